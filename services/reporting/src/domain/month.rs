//! A calendar month, and the instants between which it lies in a contract's zone.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Years that a month may lie in: those that the zones' tables are good for.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2099;
/// No zone has ever left out more local time at once than this (Samoa skipped a whole day in 2011), minutes.
const LONGEST_GAP_MIN: i64 = 48 * 60;

/// A month of a year: `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(NaiveDate);

/// The text is no month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no month of the years 1970 to 2099 as `2026-11`: {0}")]
pub struct NoMonth(pub String);

impl Month {
    /// The month that a date lies in.
    pub fn of(date: NaiveDate) -> Self {
        Self(date.with_day(1).unwrap_or(date))
    }

    /// The month that an instant lies in, in a zone.
    pub fn at(instant: DateTime<Utc>, zone: Tz) -> Self {
        Self::of(instant.with_timezone(&zone).date_naive())
    }

    /// Its first day: what a `date` column holds.
    pub fn first(self) -> NaiveDate {
        self.0
    }

    /// The month after it.
    pub fn next(self) -> Self {
        let later = self.0.checked_add_months(chrono::Months::new(1));
        Self(later.unwrap_or(self.0))
    }

    /// The month before it.
    pub fn previous(self) -> Self {
        let earlier = self.0.checked_sub_months(chrono::Months::new(1));
        Self(earlier.unwrap_or(self.0))
    }

    /// Months from `earlier` to this one; negative if it lies before.
    pub fn since(self, earlier: Self) -> i32 {
        (self.0.year() - earlier.0.year()) * 12 + self.0.month() as i32 - earlier.0.month() as i32
    }

    /// Its first instant in a zone: local midnight; where midnight occurs twice the first of the two, and where the clocks
    /// jump over it the first instant behind the jump. Together with [`Month::end`] the months of a zone leave no instant
    /// out and hold none twice.
    pub fn start(self, zone: Tz) -> DateTime<Utc> {
        let midnight = self.0.and_time(NaiveTime::MIN);
        for minutes in 0..=LONGEST_GAP_MIN {
            match zone.from_local_datetime(&(midnight + TimeDelta::minutes(minutes))) {
                LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
                    return at.with_timezone(&Utc);
                }
                LocalResult::None => {}
            }
        }
        midnight.and_utc()
    }

    /// The first instant that is no longer in it: the start of the month after.
    pub fn end(self, zone: Tz) -> DateTime<Utc> {
        self.next().start(zone)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

impl FromStr for Month {
    type Err = NoMonth;
    fn from_str(text: &str) -> Result<Self, NoMonth> {
        let date = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok();
        date.filter(|d| YEARS.contains(&d.year()))
            .map(Self)
            // Only as it is written again: `2026-1` and `+2026-01` are others' spellings.
            .filter(|m| m.to_string() == text)
            .ok_or_else(|| NoMonth(text.to_owned()))
    }
}

impl TryFrom<String> for Month {
    type Error = NoMonth;
    fn try_from(text: String) -> Result<Self, NoMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_is_written_in_one_way() {
        assert_eq!(month("2026-11").to_string(), "2026-11");
        for wrong in [
            "2026-13",
            "2026-1",
            "2026",
            "26-11",
            "2026-11-01",
            "+2026-01",
            "1969-12",
            "2100-01",
            "",
        ] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
        assert_eq!(month("2027-01").since(month("2026-11")), 2);
        assert_eq!(month("2026-11").since(month("2027-01")), -2);
        assert_eq!(month("2026-12").next(), month("2027-01"));
        assert_eq!(month("2027-01").previous(), month("2026-12"));
    }

    #[test]
    fn a_month_lies_where_the_contract_does() {
        let utc = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let start = |text: &str, zone: Tz| month(text).start(zone);
        assert_eq!(
            start("2026-11", Tz::America__Lima),
            utc("2026-11-01T05:00:00Z")
        );
        // Santiago: in April the clocks go back on the 5th, in September forward on the 6th.
        let hours = |text: &str| {
            let m = month(text);
            (m.end(Tz::America__Santiago) - m.start(Tz::America__Santiago)).num_hours()
        };
        assert_eq!(
            (hours("2026-03"), hours("2026-04"), hours("2026-09")),
            (744, 721, 719)
        );
        // In Asunción the first hour of October 2017 did not exist: the month begins at 01:00.
        assert_eq!(
            start("2017-10", Tz::America__Asuncion),
            utc("2017-10-01T04:00:00Z")
        );
        // In Havana the first hour of November 2020 came twice: the month begins with the first.
        assert_eq!(
            start("2020-11", Tz::America__Havana),
            utc("2020-11-01T04:00:00Z")
        );
        assert_eq!(
            Month::at(utc("2026-12-01T04:59:59Z"), Tz::America__Lima),
            month("2026-11")
        );
        assert_eq!(
            Month::at(utc("2026-12-01T05:00:00Z"), Tz::America__Lima),
            month("2026-12")
        );
    }

    const ZONES: [Tz; 7] = [
        Tz::America__Santiago,
        Tz::America__Lima,
        Tz::America__Asuncion,
        Tz::America__Havana,
        Tz::Europe__Madrid,
        Tz::Australia__Lord_Howe,
        Tz::Pacific__Apia,
    ];

    proptest! {
        #[test]
        fn every_instant_is_in_one_month(seconds in 0_i64..3_000_000_000, zone in 0_usize..7) {
            let zone = ZONES[zone];
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let its = Month::at(at, zone);
            prop_assert!(its.start(zone) <= at && at < its.end(zone), "{} {}", at, zone);
            prop_assert_eq!(its.end(zone), its.next().start(zone));
        }

        #[test]
        fn an_instant_at_the_edge_is_in_the_month_that_begins(year in 1971_i32..2090, m in 1_u32..=12, zone in 0_usize..7) {
            let zone = ZONES[zone];
            let month = Month::of(NaiveDate::from_ymd_opt(year, m, 1).unwrap());
            let start = month.start(zone);
            prop_assert_eq!(Month::at(start, zone), month);
            prop_assert!(Month::at(start - TimeDelta::seconds(1), zone) < month);
        }
    }
}
