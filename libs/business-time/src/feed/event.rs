//! The events of a calendar as they are written, before their recurrence is worked out.

use chrono::{Datelike, NaiveDate, TimeDelta};

use super::lines::{ContentLine, content_lines};
use super::{FeedError, MAX_DAYS, MAX_EVENTS, MAX_RECURRING};

/// An event (`VEVENT`).
#[derive(Debug, Default)]
pub(super) struct RawEvent {
    /// The line on which it begins.
    pub line: usize,
    pub uid: String,
    pub name: String,
    pub sequence: u64,
    pub cancelled: bool,
    /// Whether it has a time of day; then it is not read further.
    pub timed: bool,
    pub start: NaiveDate,
    /// How many dates an occurrence closes, at least 1.
    pub days: i64,
    /// Rules of recurrence, with their lines.
    pub rules: Vec<(usize, String)>,
    pub added: Vec<NaiveDate>,
    pub left_out: Vec<NaiveDate>,
    /// The date of the occurrence that it replaces; `None` for a series or a single event.
    pub replaces: Option<NaiveDate>,
}

/// The events of a text, in its order.
pub(super) fn read(text: &str) -> Result<Vec<RawEvent>, FeedError> {
    let mut events = Vec::new();
    let mut recurring = 0;
    // The components that stand open, with the lines of their beginnings.
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut properties: Vec<ContentLine> = Vec::new();
    for line in content_lines(text)? {
        match line.name.as_str() {
            "BEGIN" => {
                let component = line.value.trim().to_ascii_uppercase();
                if open.is_empty() != (component == "VCALENDAR") {
                    return Err(FeedError::Nesting { line: line.number });
                }
                open.push((component, line.number));
            }
            "END" => {
                let component = line.value.trim().to_ascii_uppercase();
                let Some((_, begun)) = open.pop_if(|(begun, _)| *begun == component) else {
                    return Err(FeedError::Nesting { line: line.number });
                };
                if component == "VEVENT" && open.len() == 1 {
                    let event = RawEvent::of(begun, &properties)?;
                    recurring += usize::from(!event.rules.is_empty());
                    events.push(event);
                    properties.clear();
                    if events.len() > MAX_EVENTS {
                        return Err(FeedError::TooManyEvents);
                    }
                    if recurring > MAX_RECURRING {
                        return Err(FeedError::TooManyRecurring);
                    }
                }
            }
            // An alarm within an event has properties of its own; a zone or a task is nothing to us.
            _ if open.len() == 2 && open.last().is_some_and(|(last, _)| last == "VEVENT") => {
                properties.push(line);
            }
            _ if open.is_empty() => return Err(FeedError::Nesting { line: line.number }),
            _ => {}
        }
    }
    match open.pop() {
        Some((component, line)) => Err(FeedError::Truncated { component, line }),
        None => Ok(events),
    }
}

impl RawEvent {
    fn of(line: usize, properties: &[ContentLine]) -> Result<Self, FeedError> {
        let find = |name: &str| properties.iter().find(|property| property.name == name);
        let all = |name: &'static str| properties.iter().filter(move |p| p.name == name);
        let uid = find("UID").map(ContentLine::text);
        let start = find("DTSTART").ok_or(FeedError::Missing {
            line,
            what: "DTSTART",
        })?;
        let mut event = Self {
            line,
            uid: uid
                .filter(|uid| !uid.is_empty())
                .ok_or(FeedError::Missing { line, what: "UID" })?,
            name: find("SUMMARY").map(ContentLine::text).unwrap_or_default(),
            ..Self::default()
        };
        if let Some(replaced) = find("RECURRENCE-ID") {
            if replaced.parameter("RANGE").is_some() {
                return Err(FeedError::Recurrence {
                    line: replaced.number,
                    reason: "a change of this and all that follow".to_owned(),
                });
            }
            event.replaces = Some(date(replaced)?);
        }
        if let Some(sequence) = find("SEQUENCE") {
            let number = sequence.value.trim().parse();
            event.sequence = number.map_err(|_| unread(sequence))?;
        }
        event.timed = !is_date(start);
        if event.timed {
            return Ok(event);
        }
        event.cancelled = find("STATUS")
            .is_some_and(|status| status.value.trim().eq_ignore_ascii_case("CANCELLED"));
        event.start = date(start)?;
        event.days = match (find("DTEND"), find("DURATION")) {
            (Some(end), _) => days_until(event.start, end)?,
            (None, Some(duration)) => days_of(duration)?,
            (None, None) => 1,
        };
        for rule in all("RRULE") {
            event
                .rules
                .push((rule.number, rule.value.trim().to_owned()));
        }
        if let Some(rule) = find("EXRULE") {
            return Err(FeedError::Recurrence {
                line: rule.number,
                reason: "EXRULE is no longer part of the standard".to_owned(),
            });
        }
        for dates in all("RDATE") {
            event.added.extend(list(dates)?);
        }
        for dates in all("EXDATE") {
            event.left_out.extend(list(dates)?);
        }
        Ok(event)
    }
}

/// Whether a property holds a date; some feeds leave the parameter out that says so.
fn is_date(property: &ContentLine) -> bool {
    property
        .parameter("VALUE")
        .map_or(property.value.trim().len() == 8, |value| {
            value.eq_ignore_ascii_case("DATE")
        })
}

fn unread(property: &ContentLine) -> FeedError {
    FeedError::Value {
        line: property.number,
        value: property.value.chars().take(60).collect(),
    }
}

/// The date as its digits say, whatever time and zone stand behind them.
fn date(property: &ContentLine) -> Result<NaiveDate, FeedError> {
    digits(property.value.trim()).ok_or_else(|| unread(property))
}

pub(super) fn digits(value: &str) -> Option<NaiveDate> {
    let (date, rest) = value.split_at_checked(8)?;
    // A time may stand behind it, a period not.
    let ends = rest.is_empty() || rest.starts_with('T') && !rest.contains('/');
    let date = Some(date).filter(|date| ends && date.bytes().all(|byte| byte.is_ascii_digit()));
    let date = NaiveDate::parse_from_str(date?, "%Y%m%d").ok()?;
    // Before 1583 there was no such calendar.
    (date.year() >= 1583).then_some(date)
}

fn list(property: &ContentLine) -> Result<Vec<NaiveDate>, FeedError> {
    let values = property.value.split(',').map(str::trim);
    let dates = values.map(|value| digits(value).ok_or_else(|| unread(property)));
    dates.collect()
}

/// The end is the day after the last one; some feeds write the same day for an event of one day.
fn days_until(start: NaiveDate, end: &ContentLine) -> Result<i64, FeedError> {
    if !is_date(end) {
        return Err(unread(end));
    }
    let days = (date(end)? - start).num_days().max(0);
    if date(end)? < start || days > MAX_DAYS {
        return Err(FeedError::Length { line: end.number });
    }
    Ok(days.max(1))
}

/// A duration in whole days or weeks (`P2D`, `P1W`), the only ones that an all-day event may have.
fn days_of(duration: &ContentLine) -> Result<i64, FeedError> {
    let value = duration.value.trim().to_ascii_uppercase();
    let value = value.strip_prefix('+').unwrap_or(&value);
    let days = value.strip_prefix('P').and_then(|length| {
        let weeks = length.strip_suffix('W').map(|weeks| (weeks, 7));
        let (number, unit) = weeks.or_else(|| Some((length.strip_suffix('D')?, 1)))?;
        let number: u32 = number.parse().ok()?;
        Some(i64::from(number) * unit)
    });
    let days = days.ok_or_else(|| unread(duration))?;
    if days > MAX_DAYS {
        return Err(FeedError::Length {
            line: duration.number,
        });
    }
    Ok(days.max(1))
}

/// The dates of an occurrence that begins on `first`.
pub(super) fn dates(first: NaiveDate, days: i64) -> impl Iterator<Item = NaiveDate> {
    (0..days).filter_map(move |day| first.checked_add_signed(TimeDelta::days(day)))
}
