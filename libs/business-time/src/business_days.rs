//! Deadlines in working days.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::compose;
use crate::error::TimeError;
use crate::hours::Hours;
use crate::index::utc;
use crate::pause::Pause;
use crate::schedule::View;
use crate::zone;

/// At what time of the last day a deadline in working days falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayRule {
    /// At the local time of day of the start, open or not.
    SameTime,
    /// The same, but outside the hours it moves to the next opening (backwards: to the closing before). A closing instant stays.
    IntoHours,
    /// At that day's last closing; a start counted for 0 days on a day without hours takes the next working day.
    LastClosing,
}

impl Calendar {
    /// The instant `days` working days after `start` (below zero: before it), on the local calendar of the zone.
    ///
    /// A working day is a local date on which a span opens (of a composite: [`crate::Schedule`] says which zone's date); the start's own date is
    /// not counted, working or not. The working time lost to pauses between `start` and the deadline is added behind it ([`crate::Allowance`] says
    /// why).
    pub fn business_deadline(
        &self,
        start: DateTime<Utc>,
        days: i32,
        rule: DayRule,
        pauses: &[Pause],
    ) -> Result<DateTime<Utc>, TimeError> {
        let local = self
            .spec()
            .tz
            .from_utc_datetime(&start.naive_utc())
            .naive_local();
        let mut date = local.date();
        for _ in 0..days.unsigned_abs() {
            date = self.working_day_beyond(date, days > 0)?;
        }
        let due = match rule {
            DayRule::LastClosing => self.last_closing(date)?,
            DayRule::SameTime | DayRule::IntoHours => {
                zone::instant(self.spec().tz, date.and_time(local.time()))
                    .ok_or(TimeError::BeyondHorizon)?
            }
        };
        let due = if rule == DayRule::IntoHours {
            self.moved_into_hours(due, days >= 0)?
        } else {
            due
        };
        if days >= 0 {
            utc(self.pushed_by_pauses(start.timestamp(), due, pauses)?)
        } else {
            utc(self.pulled_by_pauses(start.timestamp(), due, pauses)?)
        }
    }

    /// Whether a span opens on that local date.
    pub fn is_business_day(&self, date: NaiveDate) -> Result<bool, TimeError> {
        self.index.is_working_day(date)
    }

    /// When the desk closes for the last time of a local date: the end of the last span that opens on it, maybe on the next. None if none opens on
    /// it.
    ///
    /// # Errors
    /// [`TimeError`] outside the years that calendars know.
    pub fn last_closing_on(&self, date: NaiveDate) -> Result<Option<DateTime<Utc>>, TimeError> {
        if !self.is_business_day(date)? {
            return Ok(None);
        }
        utc(self.last_closing(date)?).map(Some)
    }

    fn working_day_beyond(&self, date: NaiveDate, forwards: bool) -> Result<NaiveDate, TimeError> {
        let mut date = date;
        // Ends at the latest where the years known end: `is_working_day` refuses dates beyond.
        loop {
            let next = if forwards {
                date.succ_opt()
            } else {
                date.pred_opt()
            };
            date = next.ok_or(TimeError::BeyondHorizon)?;
            if self.index.is_working_day(date)? {
                return Ok(date);
            }
        }
    }

    fn last_closing(&self, date: NaiveDate) -> Result<i64, TimeError> {
        let date = if self.index.is_working_day(date)? {
            date
        } else {
            self.working_day_beyond(date, true)?
        };
        let tz = self.spec().tz;
        let last = match self.index.schedule() {
            View::Hours(_) => {
                let closing = |hours: &Hours| Some(zone::span_on(tz, date, *hours)?.1);
                self.hours_on(date).iter().filter_map(closing).max()
            }
            composite => {
                let midnight = date.and_time(NaiveTime::MIN);
                let midnight = zone::instant(tz, midnight).ok_or(TimeError::BeyondHorizon)?;
                // Two days hold the longest local date and the closing of a span that opens in its last second.
                let spans = compose::open(composite, midnight, midnight + 2 * 86_400).spans;
                let of_date = |(from, _): &(i64, i64)| zone::date(tz, *from) == Some(date);
                spans.into_iter().filter(of_date).map(|(_, to)| to).max()
            }
        };
        last.ok_or(TimeError::BeyondHorizon)
    }

    pub(crate) fn moved_into_hours(&self, due: i64, forwards: bool) -> Result<i64, TimeError> {
        let open = self.index.next_open(due);
        let closed = self.index.previous_open(due);
        if open == Ok(due) || closed == Ok(due) {
            return Ok(due);
        }
        if forwards { open } else { closed }
    }
}
