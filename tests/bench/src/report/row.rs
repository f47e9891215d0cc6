//! One figure, with what is said beside it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::machine::Used;

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
    /// Statements that Postgres counted for one operation, `BEGIN`, settings and `COMMIT` among them; without what an idle
    /// installation does in that time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statements: Option<f64>,
    /// Of them, those that do more than begin and end a transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<f64>,
    /// The statements by service.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub statements_by: BTreeMap<String, f64>,
    /// Transactions that wrote or read for one operation, in all services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transactions: Option<f64>,
    /// Resident memory of all our processes at the end, MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resident_mib: Option<f64>,
    /// Share of the cores that was used by what has nothing to do with it, 0 to 1: while it was measured, or where it was not
    /// looked at then, since the row before.
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
            sql: None,
            statements_by: BTreeMap::new(),
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
        self.sql = used.sql.and_then(each);
        let by = used.statements_by.iter();
        self.statements_by = by
            .filter_map(|(service, total)| Some((service.clone(), each(*total)?)))
            .collect();
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
}
