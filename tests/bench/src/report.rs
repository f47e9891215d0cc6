//! What was measured, row by row: printed as it comes, kept as JSON, compared with an earlier run.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::machine::{Machine, Used};

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// A rate.
    Higher,
    /// A time, or memory.
    Lower,
}

/// Something else that was measured in the same run on the same servers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Versus {
    /// What.
    pub name: String,
    /// In the row's unit.
    pub value: f64,
}

/// Where else CPU went for one operation, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The gateway: a part of ours.
    pub gateway: f64,
    /// Postgres, whoever asked it.
    pub postgres: f64,
    /// RabbitMQ.
    pub rabbitmq: f64,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// What is measured: rows are compared by this name.
    pub scenario: String,
    /// The figure.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// Which way is better.
    pub better: Better,
    /// What it is put beside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versus: Option<Versus>,
    /// Median latency, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p50_ms: Option<f64>,
    /// 99th percentile, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_ms: Option<f64>,
    /// CPU of all our processes for one operation, milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_ms: Option<f64>,
    /// Of it the gateway's; and what Postgres and RabbitMQ took for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elsewhere: Option<Elsewhere>,
    /// Statements that Postgres counted for one operation, `BEGIN`, settings and `COMMIT` among them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statements: Option<f64>,
    /// Transactions that wrote or read for one operation, in all services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transactions: Option<f64>,
    /// Resident memory of all our processes at the end, MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_mib: Option<f64>,
    /// Share of the cores that was used by what has nothing to do with it, 0 to 1; where it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<f64>,
    /// By what share two runs differ anyway, where that is more than usual: what is over in a moment, and how late something
    /// was at worst.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wavers: Option<f64>,
    /// What else is to be said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Row {
    /// A figure with nothing beside it.
    pub fn new(scenario: impl Into<String>, value: f64, unit: &str, better: Better) -> Self {
        Self {
            scenario: scenario.into(),
            value,
            unit: unit.to_owned(),
            better,
            versus: None,
            p50_ms: None,
            p99_ms: None,
            cpu_ms: None,
            elsewhere: None,
            statements: None,
            transactions: None,
            resident_mib: None,
            noise: None,
            wavers: None,
            note: String::new(),
        }
    }

    /// Beside something of the same run.
    #[must_use]
    pub fn versus(mut self, name: &str, value: f64) -> Self {
        self.versus = Some(Versus {
            name: name.to_owned(),
            value,
        });
        self
    }

    /// With what so many operations took.
    #[must_use]
    pub fn used(mut self, used: &Used, operations: f64) -> Self {
        let each = |total: f64| (operations > 0.0).then(|| total / operations);
        let cpu_ms = used.cpu_s * 1e3;
        self.cpu_ms = each(cpu_ms);
        let (postgres_s, rabbitmq_s) = used.servers_s;
        self.elsewhere = each(1e3).map(|ms| Elsewhere {
            gateway: used.gateway_s * ms,
            postgres: postgres_s * ms,
            rabbitmq: rabbitmq_s * ms,
        });
        self.statements = used.statements.and_then(each);
        self.transactions = used.transactions.and_then(each);
        self.resident_mib = Some(used.resident_mib);
        self.noise = Some(used.noise);
        self
    }

    /// With a median and a 99th percentile, milliseconds.
    #[must_use]
    pub fn latency(mut self, p50_ms: f64, p99_ms: f64) -> Self {
        (self.p50_ms, self.p99_ms) = (Some(p50_ms), Some(p99_ms));
        self
    }

    /// Two runs differ by so much anyway.
    #[must_use]
    pub fn wavers(mut self, share: f64) -> Self {
        self.wavers = Some(share);
        self
    }

    /// With something said.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Ours divided by what it is put beside.
    pub fn ratio(&self) -> Option<f64> {
        let versus = self.versus.as_ref().filter(|v| v.value > 0.0)?;
        Some(self.value / versus.value)
    }

    fn line(&self) -> String {
        let mut more = Vec::new();
        if let (Some(ratio), Some(versus)) = (self.ratio(), &self.versus) {
            more.push(format!("{ratio:.3} of {}", versus.name));
        }
        if let (Some(p50), Some(p99)) = (self.p50_ms, self.p99_ms) {
            more.push(format!("p50 {p50:.1} ms, p99 {p99:.1} ms"));
        }
        if let Some(cpu) = self.cpu_ms {
            more.push(format!("{cpu:.2} ms CPU"));
        }
        if let Some(of) = self.elsewhere {
            more.push(format!(
                "gateway {:.2} of it, Postgres {:.2}, RabbitMQ {:.2}",
                of.gateway, of.postgres, of.rabbitmq
            ));
        }
        if let Some(statements) = self.statements {
            more.push(format!("{statements:.1} statements"));
        }
        if let Some(transactions) = self.transactions {
            more.push(format!("{transactions:.1} transactions"));
        }
        if let Some(noise) = self.noise.filter(|noise| *noise >= 0.02) {
            more.push(format!("noise {:.0} %", noise * 100.0));
        }
        if !self.note.is_empty() {
            more.push(self.note.clone());
        }
        let figure = match self.value {
            v if v.abs() >= 100.0 => format!("{v:.0}"),
            v if v.abs() >= 10.0 => format!("{v:.1}"),
            v => format!("{v:.2}"),
        };
        format!(
            "{:<52} {figure:>9} {:<9} {}",
            self.scenario,
            self.unit,
            more.join("; ")
        )
    }
}

/// A whole run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// Where it ran.
    pub machine: Machine,
    /// What came of it, in order.
    pub rows: Vec<Row>,
    /// Which of the product's promises were not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken: Vec<String>,
}

impl Report {
    /// Empty, of this machine.
    pub fn begin() -> Self {
        Self {
            machine: Machine::here(),
            rows: Vec::new(),
            broken: Vec::new(),
        }
    }

    /// Something that the product promises: where it is not kept the run ends as failed, and says what it was. Bounds belong
    /// here and not into tests: they depend on the machine.
    pub fn promise(&mut self, kept: bool, what: impl Into<String>) {
        let what = what.into();
        println!("{:<52} {what}", if kept { "  kept" } else { "  BROKEN" });
        if !kept {
            self.broken.push(what);
        }
    }

    /// Prints a row and keeps it.
    pub fn add(&mut self, row: Row) {
        println!("{}", row.line());
        self.rows.push(row);
    }

    /// From a file that [`Report::keep`] wrote.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        serde_json::from_str(&text).with_context(|| path.display().to_string())
    }

    /// Writes it, for people and for a later run to compare with.
    pub fn keep(&self, path: &Path) -> anyhow::Result<()> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        std::fs::write(path, text).with_context(|| path.display().to_string())
    }

    /// Puts every row beside that of an earlier run, and names those that got worse by more than the two runs' noise and
    /// what one machine differs by from minute to minute.
    pub fn compare(&self, before: &Self) -> Vec<String> {
        if self.machine.same_kind(&before.machine) {
            println!("\nbeside the earlier run of {}:", before.machine.at);
        } else {
            println!(
                "\nbeside the earlier run of {} ON ANOTHER MACHINE ({}): ratios alone are compared",
                before.machine.at, before.machine.cpu
            );
        }
        let same_machine = self.machine.same_kind(&before.machine);
        let earlier: HashMap<&str, &Row> = before
            .rows
            .iter()
            .map(|row| (row.scenario.as_str(), row))
            .collect();
        let mut worse = Vec::new();
        for row in &self.rows {
            let Some(then) = earlier.get(row.scenario.as_str()) else {
                println!("{:<52} new", row.scenario);
                continue;
            };
            let Some(judged) = judge(row, then, same_machine) else {
                continue;
            };
            let verdict = if judged.worse() { "WORSE" } else { "" };
            println!(
                "{:<52} {:>8.2} times as good; within {:.0} % is noise {verdict}",
                row.scenario,
                judged.as_good,
                judged.tolerance * 100.0
            );
            if judged.worse() {
                worse.push(row.scenario.clone());
            }
        }
        let now: HashSet<&str> = self.rows.iter().map(|r| r.scenario.as_str()).collect();
        for gone in before
            .rows
            .iter()
            .filter(|r| !now.contains(r.scenario.as_str()))
        {
            println!("{:<52} not measured this time", gone.scenario);
        }
        worse
    }
}

/// What a machine that does nothing else differs by from one run to the next.
const ALWAYS: f64 = 0.10;

struct Judged {
    as_good: f64,
    tolerance: f64,
}

impl Judged {
    fn worse(&self) -> bool {
        self.as_good < 1.0 - self.tolerance
    }
}

fn judge(now: &Row, then: &Row, same_machine: bool) -> Option<Judged> {
    let figures = match (now.ratio(), then.ratio()) {
        (Some(now), Some(then)) => Some((now, then)),
        _ if same_machine => Some((now.value, then.value)),
        _ => None,
    };
    let (figure, before) = figures.filter(|(_, then)| *then > 0.0)?;
    let as_good = match now.better {
        Better::Higher => figure / before,
        Better::Lower => before / figure.max(f64::MIN_POSITIVE),
    };
    let noise = |row: &Row| row.noise.unwrap_or_default();
    let usual = now.wavers.unwrap_or(ALWAYS).max(ALWAYS);
    Some(Judged {
        as_good,
        tolerance: (usual + noise(now).max(noise(then))).min(0.9),
    })
}
