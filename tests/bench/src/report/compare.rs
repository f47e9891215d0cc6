//! A run beside an earlier one: what got worse by more than a row's own noise and what two runs differ by anyway.

use std::collections::{HashMap, HashSet};

use super::{Better, Report, Row};

/// What a machine that does nothing else differs by from one run to the next, in a row's own figure.
const ALWAYS: f64 = 0.10;
/// In the 99th percentile of a latency.
const P99: f64 = 0.50;
/// In CPU for an operation: ours, Postgres' and RabbitMQ's together.
const CPU: f64 = 0.15;
/// In resident memory, whoever else is busy.
const RESIDENT: f64 = 0.15;
/// In statements for an operation, whatever the machine.
const STATEMENTS: f64 = 0.05;
/// A step of a search for a rate is named by the rate that was asked for: another run takes other steps.
const STEP: &str = " at some ";

impl Report {
    /// Puts every row beside that of an earlier run, and names what got worse. `limited`: only a part of what there is was
    /// measured this time, so that what is missing says nothing.
    pub fn compare(&self, before: &Self, limited: bool) -> Vec<String> {
        let same_machine = self.machine.same_kind(&before.machine);
        if same_machine {
            println!("\nbeside the earlier run of {}:", before.machine.at);
        } else {
            println!(
                "\nbeside the earlier run of {} ON ANOTHER MACHINE ({}): ratios and statements alone are compared",
                before.machine.at, before.machine.cpu
            );
        }
        // Where a server could be seen only once its CPU cannot be compared.
        let unseen = |report: &Self| report.machine.servers.unseen.clone();
        let to = To {
            same_machine,
            same_servers: unseen(self) == unseen(before),
        };
        let earlier: HashMap<&str, &Row> = before
            .rows
            .iter()
            .map(|row| (row.scenario.as_str(), row))
            .collect();
        let mut worse = Vec::new();
        for row in &self.rows {
            let name = &row.scenario;
            let Some(then) = earlier.get(name.as_str()) else {
                println!("{name:<52} new");
                continue;
            };
            let judged = judge(row, then, to);
            let mut said: Vec<String> = judged.iter().map(Judged::said).collect();
            if !judged.iter().any(|one| one.what == FIGURE) {
                said.insert(0, why_not(row, then, to).to_owned());
            }
            println!("{name:<52} {}", said.join("; "));
            let bad = judged.iter().filter(|one| one.worse());
            worse.extend(bad.map(|one| format!("{name}: {}", one.said())));
        }
        let now: HashSet<&str> = self.rows.iter().map(|r| r.scenario.as_str()).collect();
        for gone in before
            .rows
            .iter()
            .map(|row| &row.scenario)
            .filter(|name| !now.contains(name.as_str()))
        {
            let excused = limited || gone.contains(STEP);
            let verdict = if excused { "" } else { ", which is WORSE" };
            println!("{gone:<52} not measured this time{verdict}");
            if !excused {
                worse.push(format!("{gone}: not measured this time"));
            }
        }
        worse
    }
}

/// What a row is put beside.
#[derive(Debug, Clone, Copy)]
struct To {
    same_machine: bool,
    same_servers: bool,
}

/// The figure itself, as it is called.
const FIGURE: &str = "figure";

/// One thing of a row beside that of the earlier run.
#[derive(Debug, Clone, Copy)]
struct Judged {
    what: &'static str,
    /// What it was, and what it is.
    then: f64,
    now: f64,
    better: Better,
    tolerance: f64,
}

impl Judged {
    /// How many times as good as it was: below 1 it is worse.
    fn as_good(&self) -> f64 {
        match self.better {
            Better::Higher => self.now / self.then,
            Better::Lower => self.then / self.now.max(f64::MIN_POSITIVE),
        }
    }

    fn worse(&self) -> bool {
        match (self.what, self.better) {
            (FIGURE, _) => self.as_good() < 1.0 - self.tolerance,
            (_, Better::Higher) => self.now < self.then * (1.0 - self.tolerance),
            (_, Better::Lower) => self.now > self.then * (1.0 + self.tolerance),
        }
    }

    fn said(&self) -> String {
        let within = self.tolerance * 100.0;
        let verdict = if self.worse() { " WORSE" } else { "" };
        if self.what == FIGURE {
            let as_good = self.as_good();
            format!("{as_good:>8.2} times as good; within {within:.0} % is noise{verdict}")
        } else {
            let times = self.now / self.then;
            format!("{} x {times:.2} (within {within:.0} %){verdict}", self.what)
        }
    }
}

fn judge(now: &Row, then: &Row, to: To) -> Vec<Judged> {
    let noise = |row: &Row| row.noise.unwrap_or_default();
    let noise = noise(now).max(noise(then));
    let usual = now.wavers.unwrap_or(ALWAYS).max(ALWAYS);
    let ratios = now.ratio().zip(then.ratio());
    let same = |of: fn(&Row) -> Option<f64>| {
        let both = of(now).zip(of(then));
        both.filter(|_| to.same_machine)
    };
    let cpu = same(cpu).filter(|_| to.same_servers && seen(now) == seen(then));
    let all = [
        (
            FIGURE,
            ratios.or(same(|row| Some(row.value))),
            usual + noise,
        ),
        ("p99", same(|row| row.p99_ms), P99 + noise),
        ("CPU", cpu, CPU + noise),
        ("resident", same(|row| row.resident_mib), RESIDENT),
        (
            "statements",
            now.statements.zip(then.statements),
            STATEMENTS,
        ),
        ("sql", now.sql.zip(then.sql), STATEMENTS),
    ];
    let judged = all.into_iter().filter_map(|(what, figures, tolerance)| {
        let (now_is, was) = figures.filter(|(_, was)| *was > 0.0)?;
        Some(Judged {
            what,
            then: was,
            now: now_is,
            better: if what == FIGURE {
                now.better
            } else {
                Better::Lower
            },
            tolerance: if what == FIGURE {
                tolerance.min(0.9)
            } else {
                tolerance
            },
        })
    });
    judged.collect()
}

/// Ours, Postgres' and RabbitMQ's.
fn cpu(row: &Row) -> Option<f64> {
    let elsewhere = row.elsewhere.map(|of| of.postgres + of.rabbitmq);
    Some(row.cpu_ms? + elsewhere.unwrap_or_default())
}

fn seen(row: &Row) -> bool {
    row.elsewhere.is_some()
}

/// Why a figure is not put beside the earlier one.
fn why_not(now: &Row, then: &Row, to: To) -> &'static str {
    match (now.ratio().and(then.ratio()), to.same_machine) {
        (None, false) => "not comparable: another machine, and no ratio",
        _ => "not comparable: it was nothing",
    }
}

#[cfg(test)]
mod tests {
    use super::{Better, FIGURE, Judged, Row, To, judge};

    const HERE: To = To {
        same_machine: true,
        same_servers: true,
    };
    const ELSEWHERE: To = To {
        same_machine: false,
        same_servers: true,
    };

    fn row(value: f64, p99_ms: f64, statements: f64) -> Row {
        let row = Row::new("page", value, "/s", Better::Higher).latency(1.0, p99_ms);
        Row {
            cpu_ms: Some(1.0),
            resident_mib: Some(100.0),
            statements: Some(statements),
            noise: Some(0.0),
            ..row
        }
    }

    fn worse(now: &Row, then: &Row, to: To) -> Vec<&'static str> {
        let judged = judge(now, then, to).into_iter();
        judged.filter(Judged::worse).map(|one| one.what).collect()
    }

    #[test]
    fn each_thing_has_its_own_tolerance() {
        let then = row(100.0, 10.0, 20.0);
        assert!(worse(&row(95.0, 14.0, 20.9), &then, HERE).is_empty());
        assert_eq!(worse(&row(85.0, 10.0, 20.0), &then, HERE), [FIGURE]);
        assert_eq!(worse(&row(100.0, 16.0, 20.0), &then, HERE), ["p99"]);
        assert_eq!(worse(&row(100.0, 10.0, 21.1), &then, HERE), ["statements"]);
        let heavy = Row {
            cpu_ms: Some(1.2),
            resident_mib: Some(116.0),
            ..row(100.0, 10.0, 20.0)
        };
        assert_eq!(worse(&heavy, &then, HERE), ["CPU", "resident"]);
        let noisy = Row {
            noise: Some(0.2),
            ..heavy
        };
        assert_eq!(worse(&noisy, &then, HERE), ["resident"]);
    }

    #[test]
    fn on_another_machine_ratios_and_statements_are_compared() {
        let then = row(100.0, 10.0, 20.0).versus("pgbench", 1_000.0);
        let slow = row(50.0, 30.0, 25.0).versus("pgbench", 500.0);
        assert_eq!(worse(&slow, &then, ELSEWHERE), ["statements"]);
        let behind = row(30.0, 10.0, 20.0).versus("pgbench", 500.0);
        assert_eq!(worse(&behind, &then, ELSEWHERE), [FIGURE]);
        let alone = (row(10.0, 30.0, 20.0), row(100.0, 10.0, 20.0));
        assert!(worse(&alone.0, &alone.1, ELSEWHERE).is_empty());
    }
}
