//! A calendar's versions, and which of them counts when.
//!
//! A version counts along the time: from its `valid_from` on, whenever a ticket was opened, until that of the next. What lies
//! before stays as it was counted, so no edit that is valid from now on judges the past anew.

use business_time::Calendar;
use chrono::{DateTime, Utc};
use ids::CalendarId;

/// One version of a calendar, compiled.
#[derive(Debug, Clone)]
pub struct Dated {
    /// Of which calendar.
    pub id: CalendarId,
    /// Which.
    pub version: i32,
    /// Since which version of the book it stands there.
    pub since: i64,
    /// It counts from here on, until a later one does; the first one before that, too.
    pub valid_from: DateTime<Utc>,
    /// The hours.
    pub calendar: Calendar,
}

/// Those that count at some time, of versions in the order in which they became valid: of several from one instant on the last.
pub fn counting(versions: &[Dated]) -> impl Iterator<Item = &Dated> {
    let replaced = |i: usize, v: &Dated| {
        versions
            .get(i + 1)
            .is_some_and(|next| next.valid_from == v.valid_from)
    };
    let all = versions.iter().enumerate();
    all.filter_map(move |(i, v)| (!replaced(i, v)).then_some(v))
}

/// The one that counts at an instant: the latest that is valid by then, else the first.
pub fn at(versions: &[Dated], at: DateTime<Utc>) -> Option<&Dated> {
    let valid = versions.iter().rev().find(|v| v.valid_from <= at);
    valid.or_else(|| counting(versions).next())
}

/// When another one counts, for the first time after an instant.
pub fn turn(versions: &[Dated], after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    // The first one counts before it is valid, too.
    let turns = counting(versions).skip(1).map(|v| v.valid_from);
    turns.into_iter().find(|from| *from > after)
}

/// Those that count from an instant on: the one that counts then, and those that become valid later.
pub fn from_then_on(versions: &[Dated], from: DateTime<Utc>) -> Vec<&Dated> {
    let later = counting(versions).filter(|v| v.valid_from > from);
    let mut all: Vec<&Dated> = at(versions, from).into_iter().chain(later).collect();
    all.dedup_by_key(|v| (v.id, v.version));
    all
}

#[cfg(test)]
mod tests {
    use ids::seeded;

    use super::*;

    fn of(days: &[&str]) -> Vec<Dated> {
        let id = CalendarId::new(&*seeded(3));
        let instant = |day: &&str| format!("{day}T00:00:00Z").parse().unwrap();
        let all = (1..).zip(days).map(|(version, day)| Dated {
            id,
            version,
            since: i64::from(version),
            valid_from: instant(day),
            calendar: Calendar::always(),
        });
        all.collect()
    }

    fn versions<'a>(of: impl IntoIterator<Item = &'a Dated>) -> Vec<i32> {
        of.into_iter().map(|v| v.version).collect()
    }

    #[test]
    fn each_counts_until_the_next_and_the_first_before_that_too() {
        let all = of(&["2026-01-01", "2026-03-01", "2026-03-01", "2026-06-01"]);
        let day = |text: &str| format!("{text}T00:00:00Z").parse().unwrap();
        assert_eq!(versions(counting(&all)), [1, 3, 4]);
        let on = |text: &str| at(&all, day(text)).unwrap().version;
        assert_eq!(
            ["2025-07-01", "2026-02-28", "2026-03-01", "2026-07-01"].map(on),
            [1, 1, 3, 4]
        );
        assert_eq!(turn(&all, day("2025-07-01")), Some(day("2026-03-01")));
        assert_eq!(turn(&all, day("2026-03-01")), Some(day("2026-06-01")));
        assert_eq!(turn(&all, day("2026-06-01")), None);
        assert_eq!(versions(from_then_on(&all, day("2025-07-01"))), [1, 3, 4]);
        assert_eq!(versions(from_then_on(&all, day("2026-04-01"))), [3, 4]);
        // What takes the place of the first one counts before it, too.
        let replaced = of(&["2026-01-01", "2026-01-01"]);
        assert_eq!(at(&replaced, day("2025-07-01")).unwrap().version, 2);
        assert_eq!(turn(&replaced, day("2025-07-01")), None);
        assert!(at(&[], day("2026-01-01")).is_none());
    }
}
