//! A stretch of time told in segments: when the clock ran, when it was paused and by what, when the desk was closed and why.
//!
//! Three facts that must not go under one word: *running* is open and not paused, *paused* is open time that a pause took, *outside hours* is
//! closed, paused or not. A pause over a weekend shows only the working time that it cost.

use std::collections::VecDeque;
use std::iter::FusedIterator;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::calendar::Calendar;
use crate::closed::{self, Closed, Reason};
use crate::error::TimeError;
use crate::index::{Spans, utc};
use crate::pause::{Pause, attributed};
use crate::year;

/// The longest closed stretch whose reasons are worked out at once, in seconds (32 days): bounds the memory of an iterator over decades without
/// hours. Longer ones are joined again from their parts.
const AT_ONCE: i64 = 32 * 86_400;

/// What the clock does during a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum State {
    /// The desk is open and no pause holds: the seconds count.
    Running,
    /// The desk is open and the pause at this index of the list given holds; of several that overlap, the one that began first until it ends.
    Paused {
        /// Index in the list of pauses that the question came with.
        pause: usize,
    },
    /// The desk is closed.
    OutsideHours {
        /// What closes it.
        why: Closed,
        /// Which calendar of a composite says so, by its position in [`crate::Schedule::members`]; 0 in a simple one.
        member: usize,
    },
}

/// A part `[from, to)` of a timeline in which one state holds for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it.
    pub to: DateTime<Utc>,
    /// What holds.
    pub state: State,
    /// Its length in whole seconds of real time, above 0.
    pub seconds: i64,
}

impl Calendar {
    /// The stretch `[from, to)` in segments: in order, without gaps, no two neighbours with the same state and reason.
    ///
    /// Instants with a fraction count as the second they lie in. The seconds of [`State::Running`] sum to what [`Calendar::elapsed`] gives, all
    /// of them to `to - from`. Nothing comes if `to` is not after `from`. Segments are worked out as they are taken; what has been taken is not
    /// kept.
    pub fn timeline(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        pauses: &[Pause],
    ) -> Result<Timeline<'_>, TimeError> {
        let (first, last) = (from.timestamp(), to.timestamp());
        if year::slot_of(last).is_none() {
            return Err(TimeError::OutOfRange(to));
        }
        let mut spans = self.index.spans(first, last)?;
        let open = spans.next();
        Ok(Timeline {
            calendar: self,
            at: first,
            end: last,
            spans,
            open,
            pauses: attributed(pauses).into(),
            closed: VecDeque::new(),
            held: None,
        })
    }
}

/// The segments of [`Calendar::timeline`], one by one.
pub struct Timeline<'calendar> {
    calendar: &'calendar Calendar,
    /// Up to here everything has been told.
    at: i64,
    end: i64,
    /// The open spans behind `open`.
    spans: Spans<'calendar>,
    /// The open span that holds `at`, or the next one.
    open: Option<(i64, i64)>,
    /// What is left of the pauses.
    pauses: VecDeque<(i64, i64, usize)>,
    /// Reasons of the closed stretch at `at`, each with its end.
    closed: VecDeque<Reason>,
    /// A piece taken one too far, in the search for neighbours to join.
    held: Option<Piece>,
}

/// A segment in Unix seconds.
type Piece = (i64, i64, State);

impl Timeline<'_> {
    fn piece(&mut self) -> Option<Piece> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        if self.at >= self.end {
            return None;
        }
        if self.open.is_some_and(|(_, closes)| closes <= self.at) {
            self.open = self.spans.next();
        }
        let (to, state) = match self.open {
            Some((opens, closes)) if opens <= self.at => self.open_until(closes.min(self.end)),
            Some((opens, _)) => self.closed_until(opens.min(self.end)),
            None => self.closed_until(self.end),
        };
        let from = std::mem::replace(&mut self.at, to);
        Some((from, to, state))
    }

    fn open_until(&mut self, closing: i64) -> (i64, State) {
        while let Some((_, resumed, _)) = self.pauses.front()
            && *resumed <= self.at
        {
            self.pauses.pop_front();
        }
        match self.pauses.front() {
            Some((stopped, resumed, pause)) if *stopped <= self.at => {
                (closing.min(*resumed), State::Paused { pause: *pause })
            }
            Some((stopped, ..)) => (closing.min(*stopped), State::Running),
            None => (closing, State::Running),
        }
    }

    fn closed_until(&mut self, opening: i64) -> (i64, State) {
        if self.closed.is_empty() {
            let until = opening.min(self.at + AT_ONCE);
            self.closed = closed::reasons(self.calendar.index.schedule(), self.at, until).into();
        }
        match self.closed.pop_front() {
            Some((until, member, why)) => (until, State::OutsideHours { why, member }),
            // Reasons cover their stretch; were one missing, the week would be the reason.
            None => (
                opening,
                State::OutsideHours {
                    why: Closed::WeeklyHours,
                    member: 0,
                },
            ),
        }
    }
}

impl Iterator for Timeline<'_> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        let (from, mut to, state) = self.piece()?;
        while let Some(next) = self.piece() {
            if next.2 != state {
                self.held = Some(next);
                break;
            }
            to = next.1;
        }
        Some(Segment {
            // The ends lie between two instants that chrono holds.
            from: utc(from).ok()?,
            to: utc(to).ok()?,
            state,
            seconds: to - from,
        })
    }
}

impl FusedIterator for Timeline<'_> {}
