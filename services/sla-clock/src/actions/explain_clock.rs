//! Why a clock reads what it reads, and whose its time was.

use chrono::{DateTime, Utc};

use super::read_clocks::Known;
use crate::domain::attribution::{Share, attribute};
use crate::domain::course::course_of;
use crate::domain::explain::{Explanation, Window, explain};
use crate::domain::kept::Kept;
use crate::error::Error;

/// Explains a clock of a ticket that the caller may see, up to an instant (now, if none or a later one is given), or up to where it
/// stopped. None if it had not begun by then, or cannot be computed: then its problem says why.
pub fn explain_clock(
    known: &Known,
    clock: &Kept,
    as_of: Option<DateTime<Utc>>,
    window: Window,
) -> Result<Option<Explanation>, Error> {
    let at = by_now(known, as_of);
    // A result is explained as it was reached; one that no agreement measures any more, to where it was counted.
    let stopped = clock.stopped_at.filter(|stopped| *stopped <= at);
    let until = stopped.map_or(at, |_| clock.as_of);
    let book = known.judged_by(clock);
    let course = match course_of(&book, clock, known.story(clock), at) {
        Ok(course) => course,
        Err(why) => {
            known.cannot_compute(clock, &why);
            return Ok(None);
        }
    };
    let explained = course.map(|course| explain(&course, until, window));
    Ok(explained.transpose()?)
}

/// What has not happened yet needs no reason: a far instant would only make the answer long.
fn by_now(known: &Known, as_of: Option<DateTime<Utc>>) -> DateTime<Utc> {
    as_of.map_or(known.now, |at| at.min(known.now))
}

/// Shares out the time of a clock of a ticket that the caller may see, up to an instant (now, if none or a later one is given), or up to
/// where it stopped. Empty if it had not begun by then, or cannot be computed: then its problem says why.
pub fn attribute_clock(
    known: &Known,
    clock: &Kept,
    as_of: Option<DateTime<Utc>>,
) -> Result<Vec<Share>, Error> {
    let at = by_now(known, as_of);
    let stopped = clock.stopped_at.filter(|stopped| *stopped <= at);
    let until = stopped.map_or(at, |_| clock.as_of);
    let story = known.story(clock);
    let book = known.judged_by(clock);
    let course = match course_of(&book, clock, story, at) {
        Ok(course) => course,
        Err(why) => {
            known.cannot_compute(clock, &why);
            return Ok(Vec::new());
        }
    };
    let shares =
        course.map(|course| attribute(&course, story.until(at), clock.target_seconds, until));
    Ok(shares.transpose()?.unwrap_or_default())
}
