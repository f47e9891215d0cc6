//! Why a clock reads what it reads: its whole life in segments, each with what caused it.
//!
//! Segments are made from the same course as the reading ([`super::course`]), so the running seconds sum to what the
//! clock shows, to the second; all seconds sum to the real time between start and end.

use business_time::{Closed, State, TimeError};
use chrono::{DateTime, Utc};
use ids::CalendarId;

use super::course::Course;
use super::duty::Decided;
use super::happened::Happened;
use super::held_by::HeldBy;

/// What a clock does during a segment: three facts, never under one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SegmentState {
    /// Open and not held: the seconds count.
    Running,
    /// Open, and a condition of the agreement holds the clock.
    Paused,
    /// Closed, held or not.
    OutsideHours,
}

/// A part `[from, to)` of a clock's life in which one state holds for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub to: DateTime<Utc>,
    /// What holds.
    pub state: SegmentState,
    /// Its length in whole seconds of real time.
    pub seconds: i64,
    /// What happened last that made the clock run, or be held.
    pub fact: Happened,
    /// Whom the time belongs to, if it is paused.
    pub held_by: Option<HeldBy>,
    /// By which calendar, in which version; of several that count as one the one that closes the desk, or the standby's where
    /// its hours decided, else the first.
    pub calendar: Option<(CalendarId, i32)>,
    /// What decided outside the group's office hours, of hours that follow the duty; none within them.
    pub decided: Option<Decided>,
    /// What closes the desk, if it is closed.
    pub closed: Option<Closed>,
}

/// Seconds of one sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// What the clock did.
    pub state: SegmentState,
    /// Whom the time belongs to, if it was paused.
    pub held_by: Option<HeldBy>,
    /// How long, whole seconds.
    pub seconds: i64,
}

/// Which segments are wanted, and how many at most.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Those that end after this.
    pub from: Option<DateTime<Utc>>,
    /// Those that begin before this.
    pub to: Option<DateTime<Utc>>,
    /// So many.
    pub most: usize,
}

/// A clock explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The segments of the window, in order.
    pub segments: Vec<Told>,
    /// Whether the window holds more than were wanted.
    pub more: bool,
    /// Of the whole life of the clock, whatever the window.
    pub totals: Vec<Total>,
    /// Where it ends: the stop, or the instant that was asked for.
    pub until: DateTime<Utc>,
    /// What stopped or cancelled it.
    pub stop: Option<Happened>,
}

impl Explanation {
    /// The seconds of one state.
    pub fn seconds(&self, state: SegmentState) -> i64 {
        let of = self.totals.iter().filter(|t| t.state == state);
        of.map(|t| t.seconds).sum()
    }
}

/// Explains a clock up to `until`.
///
/// # Errors
/// [`TimeError`] outside the years that calendars know.
pub fn explain(
    course: &Course<'_>,
    until: DateTime<Utc>,
    window: Window,
) -> Result<Explanation, TimeError> {
    let pauses = course.pauses();
    let turns = turns(course);
    let mut segments = Vec::new();
    let mut more = false;
    let mut totals: Vec<Total> = Vec::new();
    let timeline = course.hours.timeline(course.begun.at, until, &pauses)?;
    let told = timeline.map(|(piece, segment)| Ok((piece, piece.tell(segment)?)));
    let told = told.flat_map(|told: Result<_, TimeError>| match told {
        Ok((piece, all)) => all.into_iter().map(|one| Ok((piece, one))).collect(),
        Err(error) => vec![Err(error)],
    });
    for told in told {
        let (piece, (segment, decided, calendar)) = told?;
        let hold = match segment.state {
            State::Paused { pause } => course.holds.get(pause),
            State::Running | State::OutsideHours { .. } => None,
        };
        let held_by = hold.map(|hold| course.held_by(hold));
        let (state, closed) = match segment.state {
            State::Running => (SegmentState::Running, None),
            State::Paused { .. } => (SegmentState::Paused, None),
            State::OutsideHours { why, .. } => (SegmentState::OutsideHours, Some(why)),
        };
        add(&mut totals, state, held_by, segment.seconds);
        if window.from.is_some_and(|from| segment.to <= from)
            || window.to.is_some_and(|to| segment.from >= to)
        {
            continue;
        }
        if segments.len() >= window.most {
            more = true;
            continue;
        }
        let turn = turns.partition_point(|(at, _)| *at <= segment.from.timestamp());
        let last = turn.checked_sub(1).and_then(|i| turns.get(i));
        let last = last.map_or(course.begun, |(_, h)| *h);
        // Another duty made it run, or stand, if it came behind that.
        let duty = piece.duty.as_ref().map(|duty| &duty.by);
        let last = duty.filter(|by| by.at > last.at).unwrap_or(last);
        let fact = hold.map_or(last, |hold| hold.by);
        segments.push(Told {
            from: segment.from,
            to: segment.to,
            state,
            seconds: segment.seconds,
            fact: fact.clone(),
            held_by,
            calendar,
            decided,
            closed,
        });
    }
    totals.sort_by_key(|t| (t.state, t.held_by));
    Ok(Explanation {
        segments,
        more,
        totals,
        until,
        stop: course.stop.cloned(),
    })
}

fn add(totals: &mut Vec<Total>, state: SegmentState, held_by: Option<HeldBy>, seconds: i64) {
    let known = totals
        .iter_mut()
        .find(|t| t.state == state && t.held_by == held_by);
    match known {
        Some(total) => total.seconds += seconds,
        None => totals.push(Total {
            state,
            held_by,
            seconds,
        }),
    }
}

/// What made the clock run or be held, by the second in which it did.
fn turns<'a>(course: &Course<'a>) -> Vec<(i64, &'a Happened)> {
    let mut turns = vec![(course.begun.at.timestamp(), course.begun)];
    for hold in course.holds.iter().filter(|h| !h.supposed) {
        turns.push((hold.pause.from.timestamp(), hold.by));
        if let (Some(end), Some(by)) = (hold.pause.to, hold.until) {
            turns.push((end.timestamp(), by));
        }
    }
    // Stable: of several in one second the one that happened last counts.
    turns.sort_by_key(|(at, _)| *at);
    turns
}
