//! The dates that a series closes: its rule, dates added and left out, and occurrences replaced.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use rrule::{Frequency, RRule, RRuleSet, Tz, Unvalidated};

use super::event::{self, RawEvent};
use super::{Event, FIRST_YEAR, FeedError, MAX_DATES, Window};

/// The parts of a rule that make sense for dates (RFC 5545, section 3.3.10); `UNTIL` is written anew.
const PARTS: [&str; 11] = [
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
];

/// What the events of one `UID` close in the window. An occurrence that was moved to a time of day, or cancelled, is free.
pub(super) fn dates_of(series: &[RawEvent], window: Window) -> Result<Event, FeedError> {
    let replaced: BTreeSet<NaiveDate> = series.iter().filter_map(|event| event.replaces).collect();
    let mut dates = BTreeSet::new();
    let mut name = "";
    for event in series
        .iter()
        .filter(|event| !event.cancelled && !event.timed)
    {
        let master = event.replaces.is_none();
        if master || name.is_empty() {
            name = &event.name;
        }
        for first in occurrences(event, window)? {
            if master && replaced.contains(&first) {
                continue;
            }
            let days = event::dates(first, event.days);
            dates.extend(days.filter(|day| window.0 <= *day && *day <= window.1));
            if dates.len() > MAX_DATES {
                return Err(FeedError::TooManyDates);
            }
        }
    }
    Ok(Event {
        name: name.to_owned(),
        dates,
    })
}

/// The first dates of the occurrences of an event that touch the window.
fn occurrences(event: &RawEvent, window: Window) -> Result<BTreeSet<NaiveDate>, FeedError> {
    let mut firsts: BTreeSet<NaiveDate> = event.added.iter().copied().collect();
    if event.rules.is_empty() {
        firsts.insert(event.start);
    }
    // An occurrence before the window may last into it.
    let earliest = window.0 - TimeDelta::days(event.days);
    for (line, rule) in &event.rules {
        firsts.extend(by_rule(event.start, *line, rule, (earliest, window.1))?);
    }
    firsts.retain(|first| earliest <= *first && *first <= window.1);
    for left_out in &event.left_out {
        firsts.remove(left_out);
    }
    Ok(firsts)
}

fn by_rule(
    start: NaiveDate,
    line: usize,
    rule: &str,
    window: Window,
) -> Result<BTreeSet<NaiveDate>, FeedError> {
    let refused = |reason: String| FeedError::Recurrence { line, reason };
    let rule: RRule<Unvalidated> = for_dates(rule)
        .map_err(refused)?
        .parse()
        .map_err(|error: rrule::RRuleError| refused(error.to_string()))?;
    if start.year() < FIRST_YEAR && rule.get_freq() != Frequency::Yearly {
        return Err(refused(format!(
            "a series from before {FIRST_YEAR} recurs by years only"
        )));
    }
    // Dates are reckoned as midnights of UTC, where every date has one: no zone shifts them.
    let midnight = |date: NaiveDate| {
        date.and_time(NaiveTime::MIN)
            .and_utc()
            .with_timezone(&Tz::UTC)
    };
    let set: RRuleSet = rule
        .build(midnight(start))
        .map_err(|error| refused(error.to_string()))?;
    let found = set
        .after(midnight(window.0.max(start)))
        .before(midnight(window.1))
        .all(MAX_DATES as u16);
    if found.dates.len() >= MAX_DATES {
        return Err(FeedError::TooManyDates);
    }
    Ok(found
        .dates
        .iter()
        .map(chrono::DateTime::date_naive)
        .collect())
}

/// The rule as the crate reads it for midnights of UTC, or why it is none of dates.
fn for_dates(rule: &str) -> Result<String, String> {
    let mut parts = Vec::new();
    for part in rule.split(';').filter(|part| !part.is_empty()) {
        let part = part.to_ascii_uppercase();
        let (name, value) = part.split_once('=').ok_or_else(|| part.clone())?;
        if !PARTS.contains(&name) {
            return Err(format!("{name} has no meaning for dates"));
        }
        if name == "FREQ" && !["DAILY", "WEEKLY", "MONTHLY", "YEARLY"].contains(&value) {
            return Err(format!("{value} has no meaning for dates"));
        }
        parts.push(if name == "UNTIL" {
            let until = event::digits(value).ok_or_else(|| part.clone())?;
            format!("UNTIL={}T000000Z", until.format("%Y%m%d"))
        } else {
            part
        });
    }
    Ok(parts.join(";"))
}
