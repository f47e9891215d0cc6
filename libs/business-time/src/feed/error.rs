//! Why a text is no feed.

use super::{MAX_BYTES, MAX_DATES, MAX_DAYS, MAX_EVENTS, MAX_RECURRING};

/// Why a text cannot be taken for the state of a feed: whoever has a former copy keeps it. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// The window of years is empty or leaves 1970 to 2099.
    #[error("the years asked for are none, or lie outside 1970 to 2099")]
    Years,
    /// The text holds nothing.
    #[error("the feed is empty")]
    Empty,
    /// The text is something else: a page that says sorry, say.
    #[error("not a calendar: it begins with `{begins}`")]
    NotACalendar {
        /// The beginning of its first line.
        begins: String,
    },
    /// The calendar breaks off.
    #[error("the feed breaks off: `{component}`, begun on line {line}, has no end")]
    Truncated {
        /// What was not closed.
        component: String,
        /// Where it began.
        line: usize,
    },
    /// A calendar without a single event. It would free every date; whoever means that takes the feed away.
    #[error("the feed has no events")]
    NoEvents,
    /// More than [`MAX_BYTES`].
    #[error("the feed is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// More than [`MAX_EVENTS`].
    #[error("the feed has more than {MAX_EVENTS} events")]
    TooManyEvents,
    /// More than [`MAX_RECURRING`].
    #[error("the feed has more than {MAX_RECURRING} recurring events")]
    TooManyRecurring,
    /// More than [`MAX_DATES`].
    #[error("the feed closes more than {MAX_DATES} dates")]
    TooManyDates,
    /// A line is not of the form `NAME;PARAMETER=VALUE:VALUE`.
    #[error("line {line} is no line of a calendar")]
    Line {
        /// The line.
        line: usize,
    },
    /// A component ends that did not begin, or another one ends first.
    #[error("line {line} ends what does not stand open")]
    Nesting {
        /// The line.
        line: usize,
    },
    /// An event lacks what names it over time (`UID`) or its first date (`DTSTART`).
    #[error("the event of line {line} has no {what}")]
    Missing {
        /// Where the event begins.
        line: usize,
        /// The property.
        what: &'static str,
    },
    /// A date, number or duration cannot be read, or is not one of an all-day event.
    #[error("line {line}: `{value}` cannot be read")]
    Value {
        /// The line.
        line: usize,
        /// The value.
        value: String,
    },
    /// An event ends before it begins, or lasts more than [`MAX_DAYS`].
    #[error("line {line}: the event ends before it begins, or lasts more than {MAX_DAYS} days")]
    Length {
        /// The line of its end.
        line: usize,
    },
    /// A recurrence that is not understood: taking the event without it would close the wrong dates.
    #[error("line {line}: the recurrence is not understood ({reason})")]
    Recurrence {
        /// The line.
        line: usize,
        /// What about it.
        reason: String,
    },
}
