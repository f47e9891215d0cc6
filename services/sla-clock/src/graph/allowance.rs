//! How long a target is allowed, as the graph takes and shows it.

use async_graphql::{Enum, SimpleObject};

use crate::domain::allowed::Allowed;

/// In what an allowance is said.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockUnit {
    /// Seconds of the clock's hours.
    Seconds,
    /// Days on which the desk opens, to the last closing of the last one; the day of the beginning is not counted.
    BusinessDays,
    /// Dates, open or not, at the time of day of the beginning; the clock counts real time.
    CalendarDays,
    /// From date to date, at the time of day of the beginning; the clock counts real time.
    Months,
}

/// How long something is allowed, as it was agreed.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockAllowance {
    /// In what it is said.
    pub unit: ClockUnit,
    /// How many.
    pub count: i32,
}

impl ClockAllowance {
    /// Said by the calendar, else in seconds.
    pub fn of(allowed: Option<Allowed>, seconds: i64) -> Self {
        let by_calendar = |unit, allowed: Allowed| Self {
            unit,
            count: allowed.count(),
        };
        match allowed {
            Some(of @ Allowed::BusinessDays(_)) => by_calendar(ClockUnit::BusinessDays, of),
            Some(of @ Allowed::CalendarDays(_)) => by_calendar(ClockUnit::CalendarDays, of),
            Some(of @ Allowed::Months(_)) => by_calendar(ClockUnit::Months, of),
            None => Self {
                unit: ClockUnit::Seconds,
                count: seconds as i32,
            },
        }
    }
}

/// What is neither one unit nor the other: no agreement can say it, so it is told as a problem, not as an error.
const UNSAID: (i64, Option<Allowed>) = (-1, Some(Allowed::CalendarDays(0)));

/// As the rules know what was said: exactly one of them.
pub fn read(
    seconds: Option<i32>,
    business_days: Option<i32>,
    calendar_days: Option<i32>,
    months: Option<i32>,
) -> (i64, Option<Allowed>) {
    let by_calendar = [
        business_days.map(Allowed::BusinessDays),
        calendar_days.map(Allowed::CalendarDays),
        months.map(Allowed::Months),
    ];
    let mut by_calendar = by_calendar.into_iter().flatten();
    match (seconds, by_calendar.next(), by_calendar.next()) {
        (Some(seconds), None, None) => (i64::from(seconds), None),
        (None, Some(allowed), None) => (0, Some(allowed)),
        _ => UNSAID,
    }
}
