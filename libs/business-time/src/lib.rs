//! Working time: when a desk is open, when a promise falls due, how much working time has passed.
//!
//! The crate is pure: no clock, no files, no network. Instants come in and go out as `DateTime<Utc>`; durations of working time are whole
//! seconds (`i64`); an instant with a fraction counts as the second it lies in.
//!
//! # How to use it
//! ```
//! use business_time::{Calendar, Country, Hours, Pause, Tz, Weekday};
//! use chrono::{DateTime, Utc};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let at = |text: &str| text.parse::<DateTime<Utc>>();
//! let desk = Calendar::builder(Tz::America__Lima)
//!     .weekdays(Weekday::Mon, Weekday::Fri, ["09:00-13:00".parse::<Hours>()?, "14:00-18:00".parse()?])
//!     .public_holidays(Country::Peru)
//!     .holiday("2026-12-24".parse()?)
//!     .date_hours("2026-12-31".parse()?, ["09:00-12:00".parse()?])
//!     .build()?;
//!
//! // Four working hours from Friday at 17:00 in Lima, with half an hour of waiting for the requester on Monday.
//! let opened = at("2026-11-20T22:00:00Z")?;
//! let waiting = [Pause::between(at("2026-11-23T14:00:00Z")?, at("2026-11-23T14:30:00Z")?)];
//! let due = desk.deadline(opened, 4 * 60 * 60, &waiting)?;
//! assert_eq!(due, at("2026-11-23T17:30:00Z")?);
//! assert_eq!(desk.elapsed(opened, due, &waiting)?, 4 * 60 * 60);
//! # Ok(())
//! # }
//! ```
//! What is stored or sent is a [`CalendarSpec`] (serde); `Calendar::try_from(spec)` checks and compiles it. Build a calendar once and keep it:
//! clones share one index, which fills itself year by year as years are asked for. With the index warm, [`Calendar::deadline`] and
//! [`Calendar::elapsed`] cost two binary searches and one addition per calendar year crossed, whatever the length of the span (some 100 ns; see
//! `examples/sla_maths`).
//!
//! | question | answer |
//! | --- | --- |
//! | when do four working hours end, how many have passed | [`Calendar::deadline`], [`Calendar::elapsed`] |
//! | when do five business days, ten calendar days, one month end | [`Calendar::after`] an [`Allowance`] |
//! | is the desk open, until when, when again | [`Calendar::is_open`], [`Calendar::next_close`], [`Calendar::next_open`], [`Calendar::open_spans`] |
//! | why does the clock show what it shows | [`Calendar::timeline`]: running, paused by which pause, closed by what |
//! | open while either country works, or while both do | a [`Schedule`]: [`Calendar::union`], [`Calendar::intersection`] |
//! | which dates does the client's calendar feed close | [`Feed`] |
//! | until which year are the public holidays decided | [`Calendar::known_until`] |
//!
//! Why a desk is closed is told to the second: the night before a holiday is an ordinary night, and a holiday has what the week would have had.
//! ```
//! use business_time::{Calendar, Closed, Country, Hours, State, Tz, Weekday};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let office = |tz| -> Result<_, business_time::HoursError> {
//!     Ok(Calendar::builder(tz).weekdays(Weekday::Mon, Weekday::Fri, ["09:00-18:00".parse::<Hours>()?]))
//! };
//! let lima = office(Tz::America__Lima)?.public_holidays(Country::Peru).build()?;
//! let bogota = office(Tz::America__Bogota)?.public_holidays(Country::Colombia).build()?;
//!
//! // The 28th of July: Peru celebrates, Colombia works.
//! let (from, to) = ("2026-07-28T14:00:00Z".parse()?, "2026-07-28T23:00:00Z".parse()?);
//! let told = lima.timeline(from, to, &[])?.next().map(|segment| segment.state);
//! assert!(matches!(told, Some(State::OutsideHours { why: Closed::PublicHoliday { name: "Fiestas Patrias", .. }, .. })));
//! assert_eq!(Calendar::union([&lima, &bogota])?.elapsed(from, to, &[])?, 9 * 60 * 60);
//! assert_eq!(Calendar::intersection([&lima, &bogota])?.elapsed(from, to, &[])?, 0);
//! # Ok(())
//! # }
//! ```
//!
//! # What holds
//! - A span belongs to the local day on which it opens. One that closes at or before its opening time runs into the next day: a holiday closes
//!   the spans that open on it, and a span begun the evening before runs on into the holiday's morning. `24:00` is the midnight that ends the day.
//! - Hours of a date ([`CalendarBuilder::date_hours`]) replace both the weekly ones and a holiday on that date.
//! - Spans that touch or overlap are one: nothing is counted twice, and the desk closes only where it really closes.
//! - Open is `[opening, closing)`: the closing instant is not open. A deadline that lands on a closing *is* that closing; backwards, one that
//!   lands on an opening is that opening. A deadline of zero seconds is its start.
//! - What passes is real time: on the night when clocks go forward a shift of 22:00-06:00 holds seven hours, on the other night nine. A local
//!   time that does not exist keeps the offset in force before the jump, one that exists twice means the first (RFC 5545, section 3.3.5); a span
//!   that the jump swallows whole is dropped.
//! - An interval with its ends reversed counts negative.
//! - A pause stops the clock: only the working time inside it counts, overlapping pauses count once, one with its ends reversed is empty. One
//!   without an end has no deadline after it ([`TimeError::StillPaused`]).
//! - Running, paused and outside hours are three facts: a pause has only the open time that it took, and closed time is closed, paused or not.
//! - A composite is one calendar: its days are local dates of its first member's zone, its hours those of all, each on its own wall clock.
//! - Nothing searches for ever: a calendar without hours cannot be built ([`CalendarError::NoHours`]), nor a composite whose members are never
//!   open together ([`ScheduleError::NeverOpen`]); instants lie from 1970 to 2099 (where the zone tables end), and a search that leaves those
//!   years is [`TimeError::BeyondHorizon`].
//!
//! # Public holidays
//! [`holidays`] holds the rules of each country with their law, and the regions of Spain with what they decided year by year; how to add a
//! holiday or a country stands at that module's door. A calendar names the edition of that data by which it counts
//! ([`CalendarSpec::holiday_data`]): it has the same holidays in every later version of this crate. The rules of time zones are the crate's
//! (`chrono-tz`), not the calendar's.

mod allowance;
mod builder;
mod business_days;
mod calendar;
mod closed;
mod compose;
mod error;
pub mod feed;
pub mod holidays;
mod hours;
mod index;
mod pause;
pub mod schedule;
mod spec;
mod timeline;
mod year;
mod zone;

pub use allowance::Allowance;
pub use builder::CalendarBuilder;
pub use business_days::DayRule;
pub use calendar::{Calendar, OpenSpan};
pub use chrono::Weekday;
pub use chrono_tz::Tz;
pub use closed::Closed;
pub use error::{CalendarError, HoursError, ScheduleError, TimeError};
pub use feed::{Feed, FeedError};
pub use holidays::{Country, Edition, Region};
pub use hours::{Hours, Weekly};
pub use pause::Pause;
pub use schedule::Schedule;
pub use spec::CalendarSpec;
pub use timeline::{Segment, State, Timeline};
