//! The calendar and the questions it answers.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::builder::CalendarBuilder;
use crate::error::{ScheduleError, TimeError};
use crate::hours::Hours;
use crate::index::{Index, utc};
use crate::pause::{NO_END, Pause, in_order};
use crate::schedule::Schedule;
use crate::spec::CalendarSpec;
use crate::year;

/// A compiled calendar. Cloning is cheap and shares what has been compiled; it may be used from many threads at once.
#[derive(Clone)]
pub struct Calendar {
    pub(crate) index: Arc<Index>,
}

/// Open time `[from, to)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenSpan {
    /// First open instant.
    pub from: DateTime<Utc>,
    /// The closing.
    pub to: DateTime<Utc>,
}

impl Calendar {
    /// Starts a calendar whose hours are read on the wall clock of that zone.
    pub fn builder(tz: Tz) -> CalendarBuilder {
        CalendarBuilder::new(tz)
    }

    /// Open at every instant: working time is elapsed time.
    pub fn always() -> Self {
        let mut spec = CalendarSpec::new(Tz::UTC);
        for ahead in 0..7 {
            let day = (0..ahead).fold(Weekday::Mon, |day, _| day.succ());
            spec.weekly.on_mut(day).push(Hours::all_day());
        }
        Self::compiled(spec)
    }

    /// From a specification that has been checked.
    pub(crate) fn compiled(spec: CalendarSpec) -> Self {
        Self {
            index: Arc::new(Index::new(spec, None)),
        }
    }

    /// From a composite that has been checked, and its first member.
    pub(crate) fn composed(first: CalendarSpec, composite: Schedule) -> Self {
        Self {
            index: Arc::new(Index::new(first, Some(composite))),
        }
    }

    /// Open while any of these is.
    pub fn union<'a>(members: impl IntoIterator<Item = &'a Self>) -> Result<Self, ScheduleError> {
        Self::try_from(Schedule::Union(schedules(members)))
    }

    /// Open while all of these are.
    pub fn intersection<'a>(
        members: impl IntoIterator<Item = &'a Self>,
    ) -> Result<Self, ScheduleError> {
        Self::try_from(Schedule::Intersection(schedules(members)))
    }

    /// What the calendar was made of, be it simple or composite: what is stored and sent.
    pub fn schedule(&self) -> Schedule {
        let simple = || self.index.spec.clone().into();
        self.index.composite.clone().unwrap_or_else(simple)
    }

    /// The last year whose public holidays are all decided, in every member of a composite; `None` if rules of law give them in every year. A
    /// deadline in a later year is a projection: it may move when a region publishes its list.
    pub fn known_until(&self) -> Option<i32> {
        let members = self.index.schedule().members().into_iter();
        members.filter_map(CalendarSpec::known_until).min()
    }

    /// What a simple calendar was made of. Of a composite it is the first member, in whose zone its days are counted; the whole is
    /// [`Self::schedule`].
    pub fn spec(&self) -> &CalendarSpec {
        &self.index.spec
    }

    /// The instant at which `seconds` of working time have passed since `start`, outside the pauses; below zero, counted backwards from it.
    ///
    /// It is the earliest such instant (backwards the latest): a deadline that lands on a closing is that closing, zero seconds is `start`.
    pub fn deadline(
        &self,
        start: DateTime<Utc>,
        seconds: i64,
        pauses: &[Pause],
    ) -> Result<DateTime<Utc>, TimeError> {
        let from = start.timestamp();
        let due = match seconds {
            0 => from,
            1.. => self.pushed_by_pauses(from, self.index.advance(from, seconds)?, pauses)?,
            ..0 => self.pulled_by_pauses(
                from,
                self.index.retreat(from, seconds.saturating_neg())?,
                pauses,
            )?,
        };
        utc(due)
    }

    /// Seconds of working time from `from` to `to` outside the pauses; negative if `to` comes first.
    pub fn elapsed(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        pauses: &[Pause],
    ) -> Result<i64, TimeError> {
        let (from, to) = (from.timestamp(), to.timestamp());
        let (first, last) = (from.min(to), from.max(to));
        let mut passed = self.index.measure(first, last)?;
        if !pauses.is_empty() {
            for (stopped, resumed) in in_order(pauses) {
                let (stopped, resumed) = (stopped.max(first), resumed.min(last));
                if stopped < resumed {
                    passed -= self.index.measure(stopped, resumed)?;
                }
            }
        }
        Ok(if from <= to { passed } else { -passed })
    }

    /// Moves a deadline, found without them, behind the pauses between `start` and it.
    pub(crate) fn pushed_by_pauses(
        &self,
        start: i64,
        due: i64,
        pauses: &[Pause],
    ) -> Result<i64, TimeError> {
        let mut due = due;
        if pauses.is_empty() {
            return Ok(due);
        }
        for (stopped, resumed) in in_order(pauses) {
            let stopped = stopped.max(start);
            if stopped >= due {
                break;
            }
            if resumed == NO_END {
                return Err(TimeError::StillPaused {
                    since: utc(stopped)?,
                });
            }
            if stopped < resumed {
                let lost = self.index.measure(stopped, resumed)?;
                if lost > 0 {
                    due = self.index.advance(due, lost)?;
                }
            }
        }
        Ok(due)
    }

    /// The same, backwards from `start`.
    pub(crate) fn pulled_by_pauses(
        &self,
        start: i64,
        due: i64,
        pauses: &[Pause],
    ) -> Result<i64, TimeError> {
        let mut due = due;
        if pauses.is_empty() {
            return Ok(due);
        }
        for (stopped, resumed) in in_order(pauses).into_iter().rev() {
            let resumed = resumed.min(start);
            if resumed <= due {
                break;
            }
            if stopped < resumed {
                let lost = self.index.measure(stopped, resumed)?;
                if lost > 0 {
                    due = self.index.retreat(due, lost)?;
                }
            }
        }
        Ok(due)
    }

    /// Whether the desk is open then; the closing instant is not.
    pub fn is_open(&self, at: DateTime<Utc>) -> Result<bool, TimeError> {
        let at = at.timestamp();
        match self.index.next_open(at) {
            Ok(open) => Ok(open == at),
            Err(TimeError::BeyondHorizon) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// The first open instant at or after `at`.
    pub fn next_open(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, TimeError> {
        utc(self.index.next_open(at.timestamp())?)
    }

    /// The first closing after `at`: of the span that contains it, else of the next one. A calendar that never closes has none
    /// ([`TimeError::BeyondHorizon`]).
    pub fn next_close(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, TimeError> {
        match self.index.spans(at.timestamp(), year::horizon())?.next() {
            Some((_, to)) if to < year::horizon() => utc(to),
            _ => Err(TimeError::BeyondHorizon),
        }
    }

    /// The last instant at or before `at` with working time just before it: `at` itself inside a span or on its closing, else the closing before.
    pub fn prev_open(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, TimeError> {
        utc(self.index.previous_open(at.timestamp())?)
    }

    /// The open spans between two instants, in order, cut at both; none if `to` comes first.
    pub fn open_spans(
        &self,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<OpenSpan>, TimeError> {
        let (first, last) = (from.timestamp(), to.timestamp());
        if year::slot_of(last).is_none() {
            return Err(TimeError::OutOfRange(to));
        }
        let cut = |(from, to): (i64, i64)| {
            Ok(OpenSpan {
                from: utc(from.max(first))?,
                to: utc(to.min(last))?,
            })
        };
        self.index.spans(first, last)?.map(cut).collect()
    }

    /// The next `take` open spans from `from` on, the first cut there.
    pub fn periods(&self, from: DateTime<Utc>, take: usize) -> Result<Vec<OpenSpan>, TimeError> {
        let first = from.timestamp();
        let mut spans = self.index.spans(first, year::horizon())?;
        (0..take)
            .map(|_| match spans.next() {
                Some((from, to)) if to < year::horizon() => Ok(OpenSpan {
                    from: utc(from.max(first))?,
                    to: utc(to)?,
                }),
                _ => Err(TimeError::BeyondHorizon),
            })
            .collect()
    }

    /// The hours that open on a local date, holidays and special dates considered; none = closed. Of a composite those of its first member:
    /// the others' are read on other clocks.
    pub fn hours_on(&self, date: NaiveDate) -> &[Hours] {
        let closed = year::public_holidays(self.spec(), date.year()..=date.year());
        year::hours_on(self.spec(), &closed, date)
    }
}

fn schedules<'a>(calendars: impl IntoIterator<Item = &'a Calendar>) -> Vec<Schedule> {
    calendars.into_iter().map(Calendar::schedule).collect()
}

impl PartialEq for Calendar {
    fn eq(&self, other: &Self) -> bool {
        self.index.composite == other.index.composite && self.spec() == other.spec()
    }
}

impl Eq for Calendar {}

impl fmt::Debug for Calendar {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = out.debug_tuple("Calendar");
        match &self.index.composite {
            Some(composite) => out.field(composite),
            None => out.field(self.spec()),
        };
        out.finish()
    }
}
