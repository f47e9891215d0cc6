//! What a run came to, as a row.

use std::time::Duration;

/// So soon after the end of a fault everything must be answered again.
const RECOVERED_WITHIN: Duration = Duration::from_secs(10);

/// The head of the table; see the README for the columns.
pub const HEAD: &str = "\
| fault                      | acked | open | lost | doubled | disordered | foreign | stuck | alarms | early | longest gap           | recovery | settled |
| -------------------------- | ----: | ---: | ---: | ------: | ---------: | ------: | ----: | -----: | ----: | --------------------- | -------: | ------: |";

/// What a run came to.
#[derive(Debug, Default)]
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
    /// The longest time in which nothing of a kind was acknowledged, and of which.
    pub gap: (Duration, String),
    /// From the fault's end until something of every kind was acknowledged for every tenant; none if that never was.
    pub recovery: Option<Duration>,
    /// What never was, and why.
    pub never: Vec<String>,
    /// From the end of the load until nothing was under way any more.
    pub settled: Duration,
    /// What else is to be known of the run.
    pub remarks: Vec<String>,
}

impl Verdict {
    /// The row of the table.
    pub fn row(&self) -> String {
        let gap = format!("{:.1} s {}", self.gap.0.as_secs_f64(), self.gap.1);
        let recovery = self.recovery.map_or_else(
            || "never".to_owned(),
            |took| format!("{:.1} s", took.as_secs_f64()),
        );
        let mut row = format!(
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
        );
        for remark in &self.remarks {
            row.push_str("\n  ");
            row.push_str(remark);
        }
        row
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
                "{}: recovered {took:.1?} after its end, not within {RECOVERED_WITHIN:?}",
                self.fault
            ));
        }
        wrong
    }
}
