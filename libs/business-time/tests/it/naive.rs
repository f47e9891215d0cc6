//! Working time the slow way: quarter of an hour by quarter of an hour, with an own reading of the wall clock.

use business_time::{CalendarSpec, Schedule};
use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, TimeZone, Utc};

/// The step of the walk, in seconds; every opening and closing in these tests lies on one.
pub const TICK: i64 = 900;

fn tick(count: i64) -> TimeDelta {
    TimeDelta::seconds(TICK * count)
}

/// The spans that open on the local dates around `[from, to]`.
pub fn spans(
    spec: &CalendarSpec,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let first = from.date_naive() - TimeDelta::days(3);
    let last = to.date_naive() + TimeDelta::days(3);
    let mut spans = Vec::new();
    for date in first.iter_days().take_while(|date| *date <= last) {
        let weekly = spec.weekly.on(date.weekday());
        let closed = spec.holidays.contains(&date);
        let hours = spec
            .date_hours
            .get(&date)
            .map_or(if closed { &[] } else { weekly }, Vec::as_slice);
        for hours in hours {
            let closing_date = if hours.closes() <= hours.opens() {
                date + TimeDelta::days(1)
            } else {
                date
            };
            spans.push((
                instant(spec, date.and_time(hours.opens())),
                instant(spec, closing_date.and_time(hours.closes())),
            ));
        }
    }
    spans
}

/// Looks for the local time among the instants around it, asking each what the wall clock shows.
fn instant(spec: &CalendarSpec, local: NaiveDateTime) -> DateTime<Utc> {
    let shown = |at: &DateTime<Utc>| spec.tz.from_utc_datetime(&at.naive_utc()).naive_local();
    let around: Vec<_> = (-60..=60)
        .map(|step| local.and_utc() + tick(step))
        .collect();
    if let Some(found) = around.iter().find(|at| shown(at) == local) {
        return *found;
    }
    // Jumped over: go on by the clock as it was just before.
    let before = around
        .iter()
        .rfind(|at| shown(at) < local)
        .expect("the wall clock shows an earlier time before");
    *before + (local - shown(before))
}

/// Whether a schedule is open, asking each of its calendars; `open` remembers their spans around the walk, in reading order.
pub fn is_schedule_open(schedule: &Schedule, open: &mut impl Iterator<Item = bool>) -> bool {
    let mut ask = |members: &[Schedule]| -> Vec<bool> {
        members
            .iter()
            .map(|member| is_schedule_open(member, open))
            .collect()
    };
    match schedule {
        Schedule::Union(members) => ask(members).contains(&true),
        Schedule::Intersection(members) => !ask(members).contains(&false),
        Schedule::Hours(_) => open.next().expect("one answer per calendar"),
    }
}

/// Whether any span holds the instant.
pub fn is_open(spans: &[(DateTime<Utc>, DateTime<Utc>)], at: DateTime<Utc>) -> bool {
    spans.iter().any(|(from, to)| *from <= at && at < *to)
}

/// Open seconds in `[from, to)`, both on a tick.
pub fn elapsed(
    spans: &[(DateTime<Utc>, DateTime<Utc>)],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> i64 {
    let ticks = (0..)
        .map(|step| from + tick(step))
        .take_while(|at| *at < to);
    ticks.filter(|at| is_open(spans, *at)).count() as i64 * TICK
}
