//! Time allowed, in the unit that the agreement names.
//!
//! "Five days" means three different things; so an allowance says its unit, and each unit says what a pause does to it.

use chrono::{DateTime, Days, Months, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};

use crate::business_days::DayRule;
use crate::calendar::Calendar;
use crate::error::TimeError;
use crate::index::utc;
use crate::pause::{NO_END, Pause, in_order};
use crate::year;
use crate::zone;

/// How much time is allowed; below zero it is counted backwards. As JSON: `{"unit": "working_seconds", "seconds": 14400}`,
/// `{"unit": "business_days", "days": 5, "rule": "last_closing"}`, `{"unit": "calendar_days", "days": 10}`,
/// `{"unit": "months", "months": 1, "into_hours": true}`.
///
/// A pause gives back what it took, in the unit of the allowance:
/// - *Working time and business days* get the working time of the pause: "five business days", held up for two working days by somebody else,
///   end two working days later, at the same time of day. A weekend inside the pause gives nothing, for it would not have counted either. A
///   pause of three hours moves the deadline by three working hours, also one at a closing: less would cost the desk, more the client.
/// - *Calendar days and months* get the time that the wall clock showed between the pause's ends, nights and weekends included, for those count
///   as well: ten days held up from Friday noon to Monday noon end three days later at the same local time, whatever the clocks did meanwhile.
///   Only what lies behind the start and before the deadline (as moved so far) counts; the hours are looked for last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "unit", rename_all = "snake_case", deny_unknown_fields)]
pub enum Allowance {
    /// Seconds of working time.
    WorkingSeconds {
        /// How many.
        seconds: i64,
    },
    /// Local dates on which the desk opens; the start's own date is not counted.
    BusinessDays {
        /// How many.
        days: i32,
        /// At what time of the last day.
        rule: DayRule,
    },
    /// Dates of the local calendar, at the start's local time of day, open or not.
    CalendarDays {
        /// How many.
        days: i32,
        /// Whether a deadline outside the hours moves to the next opening (backwards: to the closing before). A closing instant stays.
        #[serde(default)]
        into_hours: bool,
    },
    /// From date to date, at the start's local time of day, open or not. Where the month has no such day it is the month's last: one month after
    /// 31 January ends on 28 or 29 February (Código Civil of Spain, art. 5.1; of Peru, art. 183; of Colombia, art. 67).
    Months {
        /// How many.
        months: i32,
        /// Whether a deadline outside the hours moves to the next opening (backwards: to the closing before). A closing instant stays.
        #[serde(default)]
        into_hours: bool,
    },
}

impl Calendar {
    /// The instant at which the time allowed from `start` on is over, the pauses given back as [`Allowance`] says.
    ///
    /// Dates are those of the calendar's zone (of a composite: its first member's). A local time that does not exist on the last day keeps the
    /// offset in force before the jump, one that exists twice means the first.
    pub fn after(
        &self,
        start: DateTime<Utc>,
        allowance: Allowance,
        pauses: &[Pause],
    ) -> Result<DateTime<Utc>, TimeError> {
        match allowance {
            Allowance::WorkingSeconds { seconds } => self.deadline(start, seconds, pauses),
            Allowance::BusinessDays { days, rule } => {
                self.business_deadline(start, days, rule, pauses)
            }
            Allowance::CalendarDays { days, into_hours } => {
                let date = |from: NaiveDate| {
                    let count = Days::new(u64::from(days.unsigned_abs()));
                    if days >= 0 {
                        from.checked_add_days(count)
                    } else {
                        from.checked_sub_days(count)
                    }
                };
                self.by_date(start, date, days >= 0, into_hours, pauses)
            }
            Allowance::Months { months, into_hours } => {
                let date = |from: NaiveDate| {
                    let count = Months::new(months.unsigned_abs());
                    if months >= 0 {
                        from.checked_add_months(count)
                    } else {
                        from.checked_sub_months(count)
                    }
                };
                self.by_date(start, date, months >= 0, into_hours, pauses)
            }
        }
    }

    fn by_date(
        &self,
        start: DateTime<Utc>,
        date: impl FnOnce(NaiveDate) -> Option<NaiveDate>,
        forwards: bool,
        into_hours: bool,
        pauses: &[Pause],
    ) -> Result<DateTime<Utc>, TimeError> {
        let from = start.timestamp();
        if year::slot_of(from).is_none() {
            return Err(TimeError::OutOfRange(start));
        }
        let local = self.wall_clock(from)?;
        let date = date(local.date()).ok_or(TimeError::BeyondHorizon)?;
        let due = date.and_time(local.time());
        let due = if forwards {
            self.put_off(from, due, pauses)?
        } else {
            self.brought_forward(from, due, pauses)?
        };
        let due = self.instant(due)?;
        utc(if into_hours {
            self.moved_into_hours(due, forwards)?
        } else {
            due
        })
    }

    /// Adds to a local deadline what the wall clock showed of the pauses between `start` and it.
    fn put_off(
        &self,
        start: i64,
        due: NaiveDateTime,
        pauses: &[Pause],
    ) -> Result<NaiveDateTime, TimeError> {
        let mut due = due;
        for (stopped, resumed) in in_order(pauses) {
            let stopped = stopped.max(start);
            if stopped >= resumed {
                continue;
            }
            if stopped >= self.instant(due)? {
                break;
            }
            if resumed == NO_END {
                return Err(TimeError::StillPaused {
                    since: utc(stopped)?,
                });
            }
            let shown = self.shown_between(stopped, resumed)?;
            due = due
                .checked_add_signed(shown)
                .ok_or(TimeError::BeyondHorizon)?;
        }
        Ok(due)
    }

    /// The same, backwards from `start`.
    fn brought_forward(
        &self,
        start: i64,
        due: NaiveDateTime,
        pauses: &[Pause],
    ) -> Result<NaiveDateTime, TimeError> {
        let mut due = due;
        for (stopped, resumed) in in_order(pauses).into_iter().rev() {
            let resumed = resumed.min(start);
            if stopped >= resumed {
                continue;
            }
            if resumed <= self.instant(due)? {
                break;
            }
            let shown = self.shown_between(stopped, resumed)?;
            due = due
                .checked_sub_signed(shown)
                .ok_or(TimeError::BeyondHorizon)?;
        }
        Ok(due)
    }

    /// What the wall clock advanced from one instant to a later one: never below zero, for no pause shortens.
    fn shown_between(&self, from: i64, to: i64) -> Result<TimeDelta, TimeError> {
        let shown = self.wall_clock(to)? - self.wall_clock(from)?;
        Ok(shown.max(TimeDelta::zero()))
    }

    fn wall_clock(&self, at: i64) -> Result<NaiveDateTime, TimeError> {
        let at = utc(at)?.naive_utc();
        Ok(self.spec().tz.from_utc_datetime(&at).naive_local())
    }

    /// The instant of a local time, in the years known.
    fn instant(&self, local: NaiveDateTime) -> Result<i64, TimeError> {
        zone::instant(self.spec().tz, local)
            .filter(|at| year::slot_of(*at).is_some())
            .ok_or(TimeError::BeyondHorizon)
    }
}
