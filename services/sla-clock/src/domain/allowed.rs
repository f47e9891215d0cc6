//! How long a target is allowed, where an agreement says it by the calendar: business days, calendar days, months.
//!
//! Such an allowance is resolved where the cycle begins, and is a number of seconds from there on, with the hours that they
//! are counted by. So a reading, its explanation and its attribution come from one course, whatever the unit.
//!
//! - *Business days* end at the last closing of the last day; the day of the beginning is not counted (so statutes count
//!   periods of working days: Spain, Ley 39/2015, art. 30; Peru, Ley 27444, art. 145). They are the working seconds from
//!   the beginning to there, by the hours of whoever has the ticket then, each day by the version of them that counts on it;
//!   afterwards the clock counts as any other.
//! - *Calendar days and months* go from date to date at the time of day of the beginning, in the zone of the hours
//!   ([`Allowance`]). They are the real seconds to there, and the clock counts real time.

use business_time::{Allowance, Calendar, DayRule, TimeError};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::hours::Hours;
use super::hours_of::Desk;
use super::rule::Rule;

/// Ten years, leap days counted: more than any agreement means.
const MOST_DAYS: i32 = 3_653;
/// The same in months.
const MOST_MONTHS: i32 = 120;
const DAY_S: i64 = 86_400;

/// So many units of the calendar. As JSON: `{"business_days": 5}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// Local dates on which the desk opens, to the last closing of the last one.
    BusinessDays(i32),
    /// Dates of the local calendar, open or not.
    CalendarDays(i32),
    /// From date to date; where the month has no such day, its last one.
    Months(i32),
}

impl Allowed {
    /// How many.
    pub const fn count(self) -> i32 {
        match self {
            Self::BusinessDays(n) | Self::CalendarDays(n) | Self::Months(n) => n,
        }
    }

    /// The field of the API that says it.
    pub const fn field(self) -> &'static str {
        match self {
            Self::BusinessDays(_) => "businessDays",
            Self::CalendarDays(_) => "calendarDays",
            Self::Months(_) => "months",
        }
    }

    /// Whether it is some time, and at most ten years.
    pub fn is_sensible(self) -> bool {
        let most = match self {
            Self::BusinessDays(_) | Self::CalendarDays(_) => MOST_DAYS,
            Self::Months(_) => MOST_MONTHS,
        };
        (1..=most).contains(&self.count())
    }

    /// It never comes to as many seconds as this.
    pub fn fewer_seconds_than(self) -> i64 {
        // A day and an hour more: the rest of the first day, and the clocks put back.
        let days = match self {
            Self::BusinessDays(n) | Self::CalendarDays(n) => i64::from(n),
            Self::Months(n) => i64::from(n) * 31,
        };
        (days + 1) * DAY_S + 3_600
    }

    const fn allowance(self) -> Allowance {
        match self {
            Self::BusinessDays(days) => Allowance::BusinessDays {
                days,
                rule: DayRule::LastClosing,
            },
            Self::CalendarDays(days) => Allowance::CalendarDays {
                days,
                into_hours: false,
            },
            Self::Months(months) => Allowance::Months {
                months,
                into_hours: false,
            },
        }
    }

    /// What it comes to from an instant on: by which hours, and how many seconds of them. `hours` are those that the clock
    /// would count by, and `begins` those that it would if nobody else got the ticket: by them days are counted.
    ///
    /// # Errors
    /// [`TimeError`] if it ends beyond the years that calendars know.
    pub fn resolve(
        self,
        desk: &Desk,
        hours: Hours,
        begins: Option<&Hours>,
        begun: DateTime<Utc>,
    ) -> Result<(Hours, i64), TimeError> {
        match self {
            Self::BusinessDays(days) => {
                let counted = begins.unwrap_or(&hours);
                let due = counted.business_deadline(begun, days)?;
                let seconds = counted.elapsed(begun, due, &[])?;
                Ok((hours, seconds))
            }
            Self::CalendarDays(_) | Self::Months(_) => {
                let piece = hours.at(begun).ok_or(TimeError::BeyondHorizon)?;
                let due = piece.calendar.after(begun, self.allowance(), &[])?;
                let always = desk.real_time(piece.calendar.spec().tz);
                let real = piece.counting_by(always);
                Ok((Hours::new(vec![real]), due.timestamp() - begun.timestamp()))
            }
        }
    }
}

impl Rule {
    /// Whether a clock of it that begins then would fall due by these hours.
    pub fn falls_due(&self, hours: &Calendar, begun: DateTime<Utc>) -> bool {
        let due = match self.allowed {
            Some(allowed) => hours.after(begun, allowed.allowance(), &[]),
            None => hours.deadline(begun, self.seconds, &[]),
        };
        due.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_kept_by_its_unit() {
        let five = serde_json::to_string(&Allowed::BusinessDays(5)).unwrap();
        assert_eq!(five, r#"{"business_days":5}"#);
        assert_eq!(
            serde_json::from_str::<Allowed>(&five).unwrap(),
            Allowed::BusinessDays(5)
        );
    }

    #[test]
    fn ten_years_are_enough_and_none_is_not() {
        assert!(Allowed::Months(120).is_sensible() && !Allowed::Months(121).is_sensible());
        assert!(Allowed::CalendarDays(3_653).is_sensible());
        assert!(
            !Allowed::BusinessDays(0).is_sensible() && !Allowed::CalendarDays(-1).is_sensible()
        );
    }
}
