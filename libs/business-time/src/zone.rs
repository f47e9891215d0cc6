//! From the wall clock to the instant.

use chrono::{NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::Tz;

use crate::hours::Hours;

/// The instant (Unix seconds) of a local time, read as RFC 5545 section 3.3.5 reads it: one that exists twice means the first, one that does
/// not exist keeps the offset in force before the jump.
pub(crate) fn instant(tz: Tz, local: NaiveDateTime) -> Option<i64> {
    match tz.from_local_datetime(&local).earliest() {
        Some(at) => Some(at.timestamp()),
        None => after_jump(tz, local),
    }
}

/// The local date at an instant (Unix seconds).
pub(crate) fn date(tz: Tz, at: i64) -> Option<NaiveDate> {
    Some(tz.timestamp_opt(at, 0).earliest()?.date_naive())
}

fn after_jump(tz: Tz, local: NaiveDateTime) -> Option<i64> {
    // The longest jump on record is a whole day (Samoa left out 30 December 2011); 100 quarters of an hour reach past it.
    (1..=100).find_map(|quarters| {
        let before = local.checked_sub_signed(TimeDelta::minutes(15 * quarters))?;
        let offset = tz.from_local_datetime(&before).latest()?.offset().fix();
        Some(local.and_utc().timestamp() - i64::from(offset.local_minus_utc()))
    })
}

/// Opening and closing (Unix seconds) of a span that opens on `date`; `None` if a jump of the clocks leaves nothing of it.
pub(crate) fn span_on(tz: Tz, date: NaiveDate, hours: Hours) -> Option<(i64, i64)> {
    let closing_date = if hours.closes_next_day() {
        date.succ_opt()?
    } else {
        date
    };
    let from = instant(tz, date.and_time(hours.opens()))?;
    let to = instant(tz, closing_date.and_time(hours.closes()))?;
    (from < to).then_some((from, to))
}
