//! A service level, and the set of them that is agreed from a month on.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use events::intake::{Priority, TicketKind};
use events::sla_clock::Target;
use serde::{Deserialize, Serialize};

use super::formula::{Direction, Formula, Source, Unit};
use super::volume::Band;
use super::windows::Windows;
use crate::domain::month::Month;

/// A target that becomes harder month by month (the contract's FCR is to grow over the service).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tightening {
    /// By so much each month after the set's first, hundredths of the unit.
    pub monthly: i64,
    /// No further than this, hundredths of the unit.
    pub until: i64,
}

/// Which tickets or calls a level counts. Empty lists leave everything in.
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
    /// Of calls: whoever gave up before so many seconds had passed was not offered; 0: everybody was.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub short_abandon_seconds: i32,
    /// Of calls answered: only those count as such that were within so many seconds; none: all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_within_seconds: Option<i32>,
}

/// What is left out where it is written, so that it reads as what was written before there was such a thing.
#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_nothing(seconds: &i32) -> bool {
    *seconds == 0
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
    /// Where its numbers come from, if that was said; see [`Level::source`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
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
    /// Which tickets or calls.
    pub scope: Scope,
    /// The volume that the contract is sized for, if that is agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_band: Option<Band>,
}

impl Level {
    /// Where its numbers come from: from one of the two, and never from both.
    pub fn source(&self) -> Source {
        self.source.unwrap_or(self.formula.usual_source())
    }

    /// Whether a person enters its numbers.
    pub fn is_entered(&self) -> bool {
        self.source() == Source::Entered
    }

    /// Whether it counts tickets.
    pub fn counts_tickets(&self) -> bool {
        !self.is_entered() && !self.counts_calls()
    }

    /// Whether it counts the calls that the telephone tells of.
    pub fn counts_calls(&self) -> bool {
        self.formula.is_of_calls() && !self.is_entered()
    }
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
    /// The IANA zone in which its months are cut; none of a set from before zones were kept: that of the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// In the contract's order.
    pub levels: Vec<Level>,
    /// What falls into them may be excused. Sets from before there were any have none.
    #[serde(default, skip_serializing_if = "Windows::is_empty")]
    pub windows: Windows,
}

impl LevelSet {
    /// The set that a month is judged by: of those effective by then the latest, and of two from the same month the one
    /// that was written last.
    pub fn in_force(sets: &[Self], month: Month) -> Option<&Self> {
        sets.iter()
            .filter(|s| s.effective_from <= month)
            .max_by_key(|s| (s.effective_from, s.version))
    }

    /// The zone in which its months are cut. `tenants`: that of the tenant as it is now.
    pub fn zone(&self, tenants: Tz) -> Tz {
        let own = self.time_zone.as_deref().and_then(|z| z.parse().ok());
        own.unwrap_or(tenants)
    }

    /// The zone in which a month is cut, its first instant and the first behind it. It ends at midnight in its own zone and
    /// begins where the month before ended: where a set brings another zone, no instant is left out and none counts twice,
    /// and the months before stay where they were.
    pub fn bounds(sets: &[Self], month: Month, tenants: Tz) -> (Tz, DateTime<Utc>, DateTime<Utc>) {
        let zone_in = |month| Self::in_force(sets, month).map(|s| s.zone(tenants));
        let zone = zone_in(month).unwrap_or(tenants);
        let before = zone_in(month.previous()).unwrap_or(zone);
        (zone, month.start(before), month.end(zone))
    }

    /// The zone of another set from a month on that names none. A month that has begun stays in its zone, or, where nothing
    /// was agreed for it, in that of the first set behind it; later ones go by the tenant's as it is now.
    pub fn zone_from(sets: &[Self], month: Month, now: DateTime<Utc>, tenants: Tz) -> Tz {
        let (_, from, _) = Self::bounds(sets, month, tenants);
        let first = || {
            sets.iter()
                .min_by_key(|s| (s.effective_from, std::cmp::Reverse(s.version)))
        };
        Self::in_force(sets, month)
            .or_else(first)
            .filter(|_| from <= now)
            .map_or(tenants, |s| s.zone(tenants))
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
    use super::super::evaluation::tests::{at, month, percent, set};
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

    fn zoned(version: i32, from: &str, zone: Option<&str>) -> LevelSet {
        LevelSet {
            version,
            effective_from: month(from),
            time_zone: zone.map(str::to_owned),
            ..set(vec![percent("A", 100)])
        }
    }

    #[test]
    fn a_month_stays_where_it_was_when_the_tenant_moves() {
        let (lima, madrid) = (Tz::America__Lima, Tz::Europe__Madrid);
        let lies = |sets: &[LevelSet], m: &str, tenants: Tz| {
            let (zone, from, to) = LevelSet::bounds(sets, month(m), tenants);
            (zone, from, to)
        };
        let october = (lima, at("2026-10-01T05:00:00Z"), at("2026-11-01T05:00:00Z"));
        let mut sets = vec![zoned(1, "2026-10", Some("America/Lima"))];
        assert_eq!(lies(&sets, "2026-10", lima), october);
        assert_eq!(lies(&sets, "2026-10", madrid), october);
        // Without a zone of its own a set goes with the tenant, as ever.
        let bare = [zoned(1, "2026-10", None)];
        assert_eq!(lies(&bare, "2026-10", lima), october);
        assert_eq!(lies(&bare, "2026-10", madrid).1, at("2026-09-30T22:00:00Z"));
        // Another set in another zone: its first month begins where the one before it ended.
        sets.push(zoned(2, "2026-11", Some("Europe/Madrid")));
        assert_eq!(lies(&sets, "2026-10", madrid), october);
        let november = lies(&sets, "2026-11", madrid);
        assert_eq!(
            november,
            (
                madrid,
                at("2026-11-01T05:00:00Z"),
                at("2026-11-30T23:00:00Z")
            )
        );
        assert_eq!(lies(&sets, "2026-12", lima).1, november.2);
    }

    #[test]
    fn a_set_for_months_that_have_begun_keeps_their_zone() {
        let madrid = Tz::Europe__Madrid;
        let sets = [zoned(1, "2026-10", Some("America/Lima"))];
        let zone = |from: &str| {
            LevelSet::zone_from(&sets, month(from), at("2026-11-20T12:00:00Z"), madrid)
        };
        for begun in ["2026-09", "2026-10", "2026-11"] {
            assert_eq!(zone(begun), Tz::America__Lima, "{begun}");
        }
        assert_eq!(zone("2026-12"), madrid);
        let none = LevelSet::zone_from(&[], month("2026-10"), at("2026-11-20T12:00:00Z"), madrid);
        assert_eq!(none, madrid);
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
