//! A service level, and the set of them that is agreed from a month on.

use events::intake::{Priority, TicketKind};
use events::sla_clock::Target;
use serde::{Deserialize, Serialize};

use super::formula::{Direction, Formula, Unit};
use crate::domain::month::Month;

/// A target that becomes harder month by month (the contract's FCR is to grow over the service).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tightening {
    /// By so much each month after the set's first, hundredths of the unit.
    pub monthly: i64,
    /// No further than this, hundredths of the unit.
    pub until: i64,
}

/// Which tickets a level counts. Empty lists leave everything in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Of attainment: what the clocks measure.
    pub clock_target: Option<Target>,
    /// Of a target of the tenant's own: which.
    pub target_code: Option<String>,
    /// Kinds of tickets.
    pub kinds: Vec<TicketKind>,
    /// Priorities of tickets.
    pub priorities: Vec<Priority>,
    /// Of FCR: a reopening within so many working days undoes it.
    pub reopen_days: i32,
}

/// One indicator that the contract pays by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Unique in its set; what measures and exclusions name.
    pub code: String,
    /// For people.
    pub name_es: String,
    /// For people.
    pub name_en: String,
    /// What it counts.
    pub formula: Formula,
    /// By which version of the formula.
    pub formula_version: i32,
    /// What its value is told in.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// What is wanted, hundredths of the unit.
    pub target: i64,
    /// Beyond this nothing is earned, hundredths of the unit.
    pub minimum: i64,
    /// How the target grows harder.
    pub tightening: Option<Tightening>,
    /// Its share of what the set earns, percent.
    pub weight: i32,
    /// With a smaller denominator there is no verdict.
    pub minimum_sample: i64,
    /// So many months from the contract's start have no verdict.
    pub stabilisation_months: i32,
    /// Which tickets.
    pub scope: Scope,
}

/// The levels that are agreed from a month on. A version never changes once it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelSet {
    /// Its number; the first is 1.
    pub version: i32,
    /// The first month that is judged by it.
    pub effective_from: Month,
    /// Stabilisation is counted from here.
    pub contract_start: Month,
    /// In the contract's order.
    pub levels: Vec<Level>,
}

impl LevelSet {
    /// The set that a month is judged by: of those effective by then the latest, and of two from the same month the one
    /// that was written last.
    pub fn in_force(sets: &[Self], month: Month) -> Option<&Self> {
        sets.iter()
            .filter(|s| s.effective_from <= month)
            .max_by_key(|s| (s.effective_from, s.version))
    }

    /// The level with a code.
    pub fn level(&self, code: &str) -> Option<&Level> {
        self.levels.iter().find(|l| l.code == code)
    }

    /// What a level wants in a month, hundredths of its unit.
    pub fn target_in(&self, level: &Level, month: Month) -> i64 {
        let Some(t) = level.tightening else {
            return level.target;
        };
        let months = i64::from(month.since(self.effective_from).max(0));
        let by = t.monthly.saturating_mul(months);
        match level.direction {
            Direction::HigherIsBetter => level.target.saturating_add(by).min(t.until),
            Direction::LowerIsBetter => level.target.saturating_sub(by).max(t.until),
        }
    }

    /// Whether a level is not yet judged in a month.
    pub fn is_stabilising(&self, level: &Level, month: Month) -> bool {
        month.since(self.contract_start) < level.stabilisation_months
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluation::tests::{month, percent, set};
    use super::*;

    #[test]
    fn a_month_is_judged_by_the_set_that_was_agreed_for_it() {
        let of = |version, from: &str| LevelSet {
            version,
            effective_from: month(from),
            ..set(vec![percent("A", 100)])
        };
        let sets = [
            of(1, "2026-01"),
            of(2, "2026-06"),
            of(3, "2026-06"),
            of(4, "2026-03"),
        ];
        let version = |m: &str| LevelSet::in_force(&sets, month(m)).map(|s| s.version);
        assert_eq!(version("2025-12"), None);
        assert_eq!(version("2026-02"), Some(1));
        assert_eq!(version("2026-05"), Some(4));
        assert_eq!(
            version("2026-06"),
            Some(3),
            "of two from the same month the later one"
        );
        assert_eq!(version("2030-01"), Some(3));
    }

    #[test]
    fn a_target_grows_harder_up_to_its_end() {
        let mut level = percent("FCR", 100);
        level.tightening = Some(Tightening {
            monthly: 50,
            until: 9_100,
        });
        let agreed = set(vec![level.clone()]);
        let wanted = |m: &str| agreed.target_in(&agreed.levels[0], month(m));
        assert_eq!(
            (
                wanted("2026-01"),
                wanted("2026-02"),
                wanted("2026-03"),
                wanted("2027-01")
            ),
            (9_000, 9_050, 9_100, 9_100)
        );
        level.direction = Direction::LowerIsBetter;
        level.target = 500;
        level.tightening = Some(Tightening {
            monthly: 100,
            until: 200,
        });
        let agreed = set(vec![level]);
        let wanted = |m: &str| agreed.target_in(&agreed.levels[0], month(m));
        assert_eq!(
            (wanted("2026-01"), wanted("2026-03"), wanted("2026-12")),
            (500, 300, 200)
        );
    }

    #[test]
    fn stabilisation_ends_with_its_last_month() {
        let mut level = percent("A", 100);
        level.stabilisation_months = 3;
        let agreed = set(vec![level]);
        let stabilising = |m: &str| agreed.is_stabilising(&agreed.levels[0], month(m));
        assert!(stabilising("2026-01") && stabilising("2026-03"));
        assert!(!stabilising("2026-04"));
    }
}
