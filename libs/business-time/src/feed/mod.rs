//! Closed dates from a calendar feed (iCalendar, RFC 5545): text in, dates out.
//!
//! # How to use it
//! [`Feed::read`] turns the text of a feed into closed dates, for a window of years that the caller names. Keep the feed (serde) as the last good
//! copy. When the next text comes, read it, compare it with the copy ([`Feed::changes_since`]) and put [`Feed::closed_dates`] into
//! [`crate::CalendarSpec::holidays`] in place of those of the copy: a date that an event has left is then free again. A [`FeedError`] means that
//! the text is no feed: keep the copy.
//!
//! # What is read
//! - All-day events: `DTSTART` with a date, `DTEND` (the day after the last) or `DURATION` in days or weeks, else one day. Their dates are taken
//!   as they are written and belong to no zone: they are the local dates of whoever closes on them.
//! - `RRULE` by days, weeks, months or years, `RDATE`, `EXDATE`, and events that replace one occurrence (`RECURRENCE-ID`).
//! - `STATUS:CANCELLED` closes nothing; on an occurrence it frees that one.
//! - Of two events with one `UID` the one with the higher `SEQUENCE` counts, of equals the later.
//!
//! # What is not
//! Events with a time of day, from midnight to midnight too (those would shift by zone): they tell when something happens, not that nobody works,
//! and are listed in [`Feed::ignored`]. `TRANSP` says nothing here, for public feeds of holidays mark theirs as free time. What would change the
//! dates and is not understood is an error that names its line: an hourly recurrence, a change of "this and all that follow".

mod changes;
mod error;
mod event;
mod lines;
mod recurrence;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use changes::{Changes, Gone, Moved, New};
pub use error::FeedError;

use event::RawEvent;

/// The largest feed read, in bytes. Public feeds of holidays have some 100 KB.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The most events in a feed.
pub const MAX_EVENTS: usize = 10_000;

/// The most events that recur: a rule made to be slow takes some 15 ms.
pub const MAX_RECURRING: usize = 300;

/// The first year of series that recur by days, weeks or months: they are followed from their beginning. Yearly ones may be older (birthdays
/// without a year begin in 1604 in some programs), back to the calendar's own beginning in 1583.
pub const FIRST_YEAR: i32 = 1900;

/// The most closed dates of a feed, over all its events.
pub const MAX_DATES: usize = 20_000;

/// The longest single closing, in days.
pub const MAX_DAYS: i64 = 366;

/// What a feed said when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    /// First year of the window in which dates were looked for.
    pub first_year: i32,
    /// Its last year.
    pub last_year: i32,
    /// The events that close dates in the window, by their `UID`.
    pub events: BTreeMap<String, Event>,
    /// The events that close nothing, for they have a time of day.
    pub ignored: Vec<Ignored>,
}

/// An all-day event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// What it is called (`SUMMARY`), unescaped; empty if it has no name.
    pub name: String,
    /// The local dates that it closes.
    pub dates: BTreeSet<NaiveDate>,
}

/// An event that closes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ignored {
    /// Its `UID`.
    pub uid: String,
    /// What it is called.
    pub name: String,
    /// The line of the feed on which it begins, from 1.
    pub line: usize,
}

impl Feed {
    /// Reads the text of a feed; recurring events are followed through these years (within 1970 to 2099).
    pub fn read(text: &str, years: RangeInclusive<i32>) -> Result<Self, FeedError> {
        if text.len() > MAX_BYTES {
            return Err(FeedError::TooLarge);
        }
        let window = window(&years)?;
        let raw = event::read(text)?;
        if raw.is_empty() {
            return Err(FeedError::NoEvents);
        }
        let mut feed = Self {
            first_year: *years.start(),
            last_year: *years.end(),
            events: BTreeMap::new(),
            ignored: Vec::new(),
        };
        let mut left = MAX_DATES;
        for (uid, series) in by_uid(raw) {
            let ignored = series
                .iter()
                .filter(|event| event.timed)
                .map(|event| Ignored {
                    uid: uid.clone(),
                    name: event.name.clone(),
                    line: event.line,
                });
            feed.ignored.extend(ignored);
            let event = recurrence::dates_of(&series, window)?;
            left = left
                .checked_sub(event.dates.len())
                .ok_or(FeedError::TooManyDates)?;
            if !event.dates.is_empty() {
                feed.events.insert(uid, event);
            }
        }
        feed.ignored.sort_by_key(|ignored| ignored.line);
        Ok(feed)
    }

    /// Every date that an event closes.
    pub fn closed_dates(&self) -> BTreeSet<NaiveDate> {
        let dates = self.events.values().flat_map(|event| &event.dates);
        dates.copied().collect()
    }
}

/// First and last date.
type Window = (NaiveDate, NaiveDate);

fn window(years: &RangeInclusive<i32>) -> Result<Window, FeedError> {
    let first = NaiveDate::from_ymd_opt(*years.start(), 1, 1);
    let last = NaiveDate::from_ymd_opt(*years.end(), 12, 31);
    match (first, last) {
        (Some(first), Some(last)) if first <= last && in_range(first) && in_range(last) => {
            Ok((first, last))
        }
        _ => Err(FeedError::Years),
    }
}

fn in_range(date: NaiveDate) -> bool {
    crate::year::holds(date)
}

/// The events of each `UID`; of those that stand for the same occurrence (or for the series) the one that counts.
fn by_uid(events: Vec<RawEvent>) -> BTreeMap<String, Vec<RawEvent>> {
    let mut series: BTreeMap<String, Vec<RawEvent>> = BTreeMap::new();
    for event in events {
        let known = series.entry(event.uid.clone()).or_default();
        match known
            .iter_mut()
            .find(|other| other.replaces == event.replaces)
        {
            Some(other) if event.sequence >= other.sequence => *other = event,
            Some(_) => {}
            None => known.push(event),
        }
    }
    series
}
