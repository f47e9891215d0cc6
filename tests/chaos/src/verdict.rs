//! What a run came to, as a row.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// So soon after the end of a fault everything must be answered again.
pub(crate) const RECOVERED_WITHIN: Duration = Duration::from_secs(10);

/// The head of the table; see the README for the columns.
pub const HEAD: &str = "\
| fault                      | acked | open | lost | doubled | disordered | foreign | stuck | alarms | early | longest gap           | recovery | settled |
| -------------------------- | ----: | ---: | ---: | ------: | ---------: | ------: | ----: | -----: | ----: | --------------------- | -------: | ------: |";

/// What a run came to. Times are kept in seconds.
#[derive(Debug, Default, Serialize)]
pub struct Verdict {
    /// The fault's name.
    pub fault: String,
    /// Operations that were acknowledged.
    pub acknowledged: usize,
    /// Changes that nobody answered, until it was given up.
    pub unanswered: usize,
    /// Acknowledged, or told, and not there.
    pub lost: Vec<String>,
    /// There twice.
    pub doubled: Vec<String>,
    /// There in another order than it happened.
    pub disordered: Vec<String>,
    /// Seen by another tenant.
    pub foreign: Vec<String>,
    /// Not where it should be when all is quiet.
    pub stuck: Vec<String>,
    /// Warnings and breaches that were told.
    pub alarms: usize,
    /// Told before they came.
    pub early: Vec<String>,
    /// From the fault's beginning to its end.
    #[serde(serialize_with = "seconds")]
    pub lasted: Duration,
    /// The longest time in which nothing of a kind was acknowledged for a tenant.
    #[serde(serialize_with = "seconds")]
    pub gap: Duration,
    /// Of which kind and tenant that was.
    pub gap_of: String,
    /// What it may be.
    #[serde(serialize_with = "seconds")]
    pub bound: Duration,
    /// From the fault's end until every kind was acknowledged for every tenant and nothing failed any more; none if that
    /// never was.
    #[serde(serialize_with = "maybe_seconds")]
    pub recovery: Option<Duration>,
    /// Of which kind and tenant that was, and what failed last.
    #[serde(skip)]
    pub recovery_of: (Duration, String),
    /// What never was, and why.
    pub never: Vec<String>,
    /// Of which kind too little was acknowledged, for whom.
    pub idle: Vec<String>,
    /// What was acknowledged of each kind.
    pub work: BTreeMap<String, usize>,
    /// Attempts at tickets so new that the service had not heard of them: neither answers nor failures.
    pub too_soon: usize,
    /// Why nothing was seen of the fault, if so.
    pub toothless: Option<String>,
    /// From the end of the load until nothing was under way any more.
    #[serde(serialize_with = "seconds")]
    pub settled: Duration,
    /// What else is to be known of the run.
    pub remarks: Vec<String>,
}

fn seconds<S: Serializer>(time: &Duration, s: S) -> Result<S::Ok, S::Error> {
    s.serialize_f64((time.as_secs_f64() * 1000.0).round() / 1000.0)
}

#[allow(clippy::ref_option)] // so serde hands it over
fn maybe_seconds<S: Serializer>(time: &Option<Duration>, s: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => seconds(time, s),
        None => s.serialize_none(),
    }
}

impl Verdict {
    /// The row of the table.
    pub fn row(&self) -> String {
        let gap = format!("{:.1} s {}", self.gap.as_secs_f64(), self.gap_of);
        let recovery = self.recovery.map_or_else(
            || "never".to_owned(),
            |took| format!("{:.1} s", took.as_secs_f64()),
        );
        format!(
            "| {:<26} | {:>5} | {:>4} | {:>4} | {:>7} | {:>10} | {:>7} | {:>5} | {:>6} | {:>5} | {:<21} | {:>8} | {:>5.1} s |",
            self.fault,
            self.acknowledged,
            self.unanswered,
            self.lost.len(),
            self.doubled.len(),
            self.disordered.len(),
            self.foreign.len(),
            self.stuck.len(),
            self.alarms,
            self.early.len(),
            gap,
            recovery,
            self.settled.as_secs_f64()
        )
    }

    /// What is not as it must be; nothing of it if all is well.
    pub fn wrong(&self) -> Vec<String> {
        let counted = [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("disordered", &self.disordered),
            ("foreign", &self.foreign),
            ("stuck", &self.stuck),
            ("never acknowledged again", &self.never),
            ("told early", &self.early),
            ("too little acknowledged", &self.idle),
        ];
        let mut wrong: Vec<String> = counted
            .into_iter()
            .filter(|(_, found)| !found.is_empty())
            .map(|(what, found)| {
                let some = &found[..found.len().min(5)];
                format!("{}: {} {what}: {some:#?}", self.fault, found.len())
            })
            .collect();
        if self.alarms == 0 {
            wrong.push(format!("{}: no clock warned of anything", self.fault));
        }
        if let Some(took) = self.recovery.filter(|took| *took > RECOVERED_WITHIN) {
            wrong.push(format!(
                "{}: recovered {took:.1?} after its end, not within {RECOVERED_WITHIN:?}: {}",
                self.fault, self.recovery_of.1
            ));
        }
        if self.gap > self.bound {
            wrong.push(format!(
                "{}: {:.1?} without {}, not within {:.1?}",
                self.fault, self.gap, self.gap_of, self.bound
            ));
        }
        if let Some(toothless) = &self.toothless {
            wrong.push(format!("{}: {toothless}", self.fault));
        }
        wrong
    }
}
