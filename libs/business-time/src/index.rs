//! The compiled calendar: years are compiled when first asked for, then every question is a binary search in a year and a sum over years.
//!
//! A year of office hours takes some 3 to 6 KB; at most 130 years exist. Readers never wait, but for the first one of a year (some 50 us, for a
//! composite some 50 us per member). `examples/sla_maths` measures it.
//! All instants here are Unix seconds.

use std::sync::OnceLock;

use chrono::{DateTime, NaiveDate, Utc};

use crate::error::TimeError;
use crate::schedule::{Schedule, View};
use crate::spec::CalendarSpec;
use crate::year::{self, Year};

/// A calendar with its years, compiled as they are needed.
#[derive(Debug)]
pub(crate) struct Index {
    /// The calendar, or of a composite its first member.
    pub spec: CalendarSpec,
    /// The whole of a composite.
    pub composite: Option<Schedule>,
    years: Box<[OnceLock<Box<Year>>]>,
}

impl Index {
    pub fn new(spec: CalendarSpec, composite: Option<Schedule>) -> Self {
        Self {
            spec,
            composite,
            years: (0..year::COUNT).map(|_| OnceLock::new()).collect(),
        }
    }

    pub fn schedule(&self) -> View<'_> {
        self.composite
            .as_ref()
            .map_or(View::Hours(&self.spec), Schedule::view)
    }

    pub fn year(&self, slot: usize) -> &Year {
        self.years[slot].get_or_init(|| Box::new(Year::compile(self.schedule(), slot)))
    }

    /// Whether a span opens on a local date; dates outside the years known are an error.
    pub fn is_working_day(&self, date: NaiveDate) -> Result<bool, TimeError> {
        let slot = year::slot_of_date(date).ok_or(TimeError::BeyondHorizon)?;
        Ok(self.year(slot).is_working_day(date))
    }

    /// Open seconds in `[from, to)`, with `from <= to`.
    pub fn measure(&self, from: i64, to: i64) -> Result<i64, TimeError> {
        let (first, last) = (slot(from)?, slot(to)?);
        let whole: i64 = (first..last)
            .map(|slot| i64::from(self.year(slot).total))
            .sum();
        let (head, tail) = (
            self.year(first).open_before(from),
            self.year(last).open_before(to),
        );
        Ok(whole + i64::from(tail) - i64::from(head))
    }

    /// The first instant with `seconds` (above 0) of open time between `from` and it.
    pub fn advance(&self, from: i64, seconds: i64) -> Result<i64, TimeError> {
        let first = slot(from)?;
        let mut left = seconds.saturating_add(i64::from(self.year(first).open_before(from)));
        for slot in first..year::COUNT {
            let year = self.year(slot);
            if left > i64::from(year.total) {
                left -= i64::from(year.total);
                continue;
            }
            let reached = year.stretches.partition_point(|stretch| {
                i64::from(stretch.before + stretch.to - stretch.from) < left
            });
            if let Some(stretch) = year.stretches.get(reached) {
                return Ok(year.start + i64::from(stretch.from) + left - i64::from(stretch.before));
            }
        }
        Err(TimeError::BeyondHorizon)
    }

    /// The last instant with `seconds` (above 0) of open time between it and `from`.
    pub fn retreat(&self, from: i64, seconds: i64) -> Result<i64, TimeError> {
        let last = slot(from)?;
        let mut left = seconds;
        let mut open = i64::from(self.year(last).open_before(from));
        for slot in (0..=last).rev() {
            let year = self.year(slot);
            if slot < last {
                open = i64::from(year.total);
            }
            if left > open {
                left -= open;
                continue;
            }
            let kept = open - left;
            let after = year
                .stretches
                .partition_point(|stretch| i64::from(stretch.before) <= kept);
            if let Some(stretch) = after
                .checked_sub(1)
                .and_then(|reached| year.stretches.get(reached))
            {
                return Ok(year.start + i64::from(stretch.from) + kept - i64::from(stretch.before));
            }
        }
        Err(TimeError::BeyondHorizon)
    }

    /// The last instant `<= at` that has open time just before it: inside a span, or its closing.
    pub fn previous_open(&self, at: i64) -> Result<i64, TimeError> {
        let last = slot(at)?;
        for slot in (0..=last).rev() {
            let year = self.year(slot);
            let after = year
                .stretches
                .partition_point(|stretch| year.start + i64::from(stretch.from) < at);
            if let Some(stretch) = after
                .checked_sub(1)
                .and_then(|reached| year.stretches.get(reached))
            {
                return Ok(at.min(year.start + i64::from(stretch.to)));
            }
        }
        Err(TimeError::BeyondHorizon)
    }

    /// The first open instant `>= at`.
    pub fn next_open(&self, at: i64) -> Result<i64, TimeError> {
        for slot in slot(at)?..year::COUNT {
            let year = self.year(slot);
            let next = year
                .stretches
                .partition_point(|stretch| year.start + i64::from(stretch.to) <= at);
            if let Some(stretch) = year.stretches.get(next) {
                return Ok(at.max(year.start + i64::from(stretch.from)));
            }
        }
        Err(TimeError::BeyondHorizon)
    }

    /// The spans that end after `from` and begin before `until`, in order. Whoever takes them cuts the first at `from` and the last at `until`:
    /// behind those they may be cut anywhere.
    pub fn spans(&self, from: i64, until: i64) -> Result<Spans<'_>, TimeError> {
        let slot = slot(from)?;
        let year = self.year(slot);
        let next = year
            .stretches
            .partition_point(|stretch| year.start + i64::from(stretch.to) <= from);
        Ok(Spans {
            index: self,
            slot,
            next,
            until,
        })
    }
}

/// Spans joined again where the ends of years cut them.
pub(crate) struct Spans<'index> {
    index: &'index Index,
    slot: usize,
    next: usize,
    until: i64,
}

impl Spans<'_> {
    fn stretch(&mut self) -> Option<(i64, i64, bool)> {
        while self.slot < year::COUNT {
            let year = self.index.year(self.slot);
            if year.start >= self.until {
                return None;
            }
            if let Some(stretch) = year.stretches.get(self.next) {
                self.next += 1;
                let (from, to) = (
                    year.start + i64::from(stretch.from),
                    year.start + i64::from(stretch.to),
                );
                return Some((from, to, to == year.end));
            }
            self.slot += 1;
            self.next = 0;
        }
        None
    }
}

impl Iterator for Spans<'_> {
    type Item = (i64, i64);

    fn next(&mut self) -> Option<(i64, i64)> {
        let (from, mut to, mut at_year_end) = self.stretch()?;
        if from >= self.until {
            return None;
        }
        while at_year_end && to < self.until && self.slot + 1 < year::COUNT {
            let following = self.index.year(self.slot + 1);
            let Some(first) = following.stretches.first().filter(|first| first.from == 0) else {
                break;
            };
            (self.slot, self.next) = (self.slot + 1, 1);
            to = following.start + i64::from(first.to);
            at_year_end = to == following.end;
        }
        Some((from, to))
    }
}

fn slot(at: i64) -> Result<usize, TimeError> {
    year::slot_of(at).ok_or_else(|| {
        DateTime::from_timestamp(at, 0).map_or(TimeError::BeyondHorizon, TimeError::OutOfRange)
    })
}

/// Back from Unix seconds.
pub(crate) fn utc(at: i64) -> Result<DateTime<Utc>, TimeError> {
    DateTime::from_timestamp(at, 0).ok_or(TimeError::BeyondHorizon)
}
