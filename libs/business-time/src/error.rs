//! What can be wrong with a calendar, and with a question put to one.

use chrono::{DateTime, NaiveDate, Utc};

/// Why a calendar cannot be built. Each is for whoever wrote the calendar to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Neither the week nor any date has hours: no deadline could ever be reached.
    #[error("the calendar has no opening hours, neither weekly nor on a date")]
    NoHours,
    /// A holiday or a date with its own hours lies outside 1970 to 2099.
    #[error("the date {0} lies outside the years 1970 to 2099")]
    DateOutOfRange(NaiveDate),
}

/// Why a schedule cannot be compiled. Each is for whoever wrote it to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// One of its calendars cannot be built.
    #[error("calendar {} of the schedule: {error}", member + 1)]
    Hours {
        /// Its position in reading order, from 0.
        member: usize,
        /// What is wrong with it.
        #[source]
        error: CalendarError,
    },
    /// A union or an intersection has no members.
    #[error("a union or intersection without members")]
    NoMembers,
    /// More levels than [`crate::schedule::MAX_DEPTH`].
    #[error(
        "unions and intersections nest more than {} deep",
        crate::schedule::MAX_DEPTH
    )]
    TooDeep,
    /// More calendars than [`crate::schedule::MAX_MEMBERS`].
    #[error("a schedule of more than {} calendars", crate::schedule::MAX_MEMBERS)]
    TooManyMembers,
    /// The hours of its members have nothing in common from 1970 to 2099: no deadline could ever be reached.
    #[error("the calendars have no opening hours in common")]
    NeverOpen,
}

/// Why a text is not a span of opening hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// A time is neither `HH:MM` nor `HH:MM:SS`, from `00:00` to `24:00`.
    #[error("`{0}` is not a time of day from 00:00 to 24:00 (HH:MM or HH:MM:SS)")]
    Time(String),
    /// A span opens at 24:00; the day has ended by then.
    #[error("a span cannot open at 24:00: write 00:00 on the next day")]
    OpensAtEnd,
    /// The text is not two times joined by a hyphen.
    #[error("`{0}` is not a span of hours such as 09:00-13:00")]
    Span(String),
}

/// Why a question about working time has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The instant lies outside 1970 to 2099.
    #[error("the instant {0} lies outside the years 1970 to 2099")]
    OutOfRange(DateTime<Utc>),
    /// The search left 1970 to 2099 without finding what it sought: too little working time is left on that side.
    #[error("not reached within the years 1970 to 2099")]
    BeyondHorizon,
    /// The clock stands still since then, with no end known: it falls due only after it resumes.
    #[error("the clock is paused since {since} and has not resumed")]
    StillPaused {
        /// Begin of the pause without an end.
        since: DateTime<Utc>,
    },
}
