//! Hours that were found for a ticket, before they are one calendar.

use std::fmt::Write as _;

use business_time::{Calendar, CalendarSpec, ScheduleError};
use chrono::{DateTime, Utc};
use ids::CalendarId;

use super::agreement::Dated;
use super::duty::OutOfHours;

/// Hours that were found: one calendar, or several as one.
#[derive(Debug, Clone)]
pub enum Found<'a> {
    /// A version of a calendar.
    One(&'a Dated),
    /// Round the clock, in the zone of a version of a calendar.
    Always(&'a Dated),
    /// Those of the duty.
    Duty(Box<Found<'a>>),
    /// Open while any of these is.
    Union(Vec<Found<'a>>),
    /// Open while all of these are.
    Intersection(Vec<Found<'a>>),
}

/// What the hours of a duty are made of.
#[derive(Debug, Clone, Copy)]
pub struct Duty<'a> {
    /// The group's office hours; the agreement's if it has none.
    pub office: &'a Dated,
    /// The group's policy, if it has hours.
    pub policy: Option<OutOfHours>,
    /// The standby's hours, if the ticket may call it out.
    pub standby: Option<&'a Dated>,
}

impl<'a> Duty<'a> {
    /// Its hours; office hours cut by others, if there are any.
    pub fn hours(self, cut: impl FnOnce() -> Option<Found<'a>>) -> Found<'a> {
        let goes_on = self.policy == Some(OutOfHours::Continue);
        let own = if goes_on {
            Found::Always(self.office)
        } else {
            Found::One(self.office)
        };
        let hours = match self.standby {
            Some(standby) => Found::Union(vec![own, Found::One(standby)]),
            None if goes_on => own,
            None => match cut() {
                Some(cut) => Found::Intersection(vec![own, cut]),
                None => own,
            },
        };
        Found::Duty(Box::new(hours))
    }
}

/// Open at every instant, in the zone of that calendar.
fn round_the_clock(like: &Calendar) -> Result<Calendar, ScheduleError> {
    let spec = CalendarSpec {
        weekly: Calendar::always().spec().weekly.clone(),
        ..CalendarSpec::new(like.spec().tz)
    };
    Calendar::try_from(spec).map_err(|error| ScheduleError::Hours { member: 0, error })
}

impl Found<'_> {
    /// Whether that is true of any calendar in it.
    pub fn any(&self, is: &impl Fn(&Dated) -> bool) -> bool {
        match self {
            Self::One(dated) | Self::Always(dated) => is(dated),
            Self::Duty(of) => of.any(is),
            Self::Union(of) | Self::Intersection(of) => of.iter().any(|found| found.any(is)),
        }
    }

    /// From when on all the calendars in it are valid.
    pub fn valid_from(&self) -> DateTime<Utc> {
        match self {
            Self::One(dated) | Self::Always(dated) => dated.valid_from,
            Self::Duty(of) => of.valid_from(),
            Self::Union(of) | Self::Intersection(of) => {
                let all = of.iter().map(Self::valid_from);
                all.max().unwrap_or(DateTime::<Utc>::MIN_UTC)
            }
        }
    }

    /// The calendars in it, in reading order, which of them are the duty's, and a text that tells it from others.
    pub(super) fn name(
        &self,
        duty: bool,
        parts: &mut Vec<(CalendarId, i32)>,
        of_duty: &mut Vec<bool>,
        key: &mut String,
    ) {
        let (sign, of) = match self {
            Self::One(dated) | Self::Always(dated) => {
                parts.push((dated.id, dated.version));
                of_duty.push(duty);
                if matches!(self, Self::Always(_)) {
                    key.push('*');
                }
                // A String takes whatever is written to it.
                let _ = write!(key, "{}.{},", dated.id, dated.version);
                return;
            }
            Self::Duty(of) => return of.name(true, parts, of_duty, key),
            Self::Union(of) => ("|(", of),
            Self::Intersection(of) => ("&(", of),
        };
        key.push_str(sign);
        for found in of {
            found.name(duty, parts, of_duty, key);
        }
        key.push(')');
    }

    /// As one calendar.
    ///
    /// # Errors
    /// [`ScheduleError`] if they have nothing in common.
    pub fn compile(&self) -> Result<Calendar, ScheduleError> {
        match self {
            Self::One(dated) => Ok(dated.calendar.clone()),
            Self::Always(dated) => round_the_clock(&dated.calendar),
            Self::Duty(of) => of.compile(),
            Self::Union(of) | Self::Intersection(of) => {
                let members: Vec<Calendar> =
                    of.iter().map(Self::compile).collect::<Result<_, _>>()?;
                if matches!(self, Self::Union(_)) {
                    Calendar::union(&members)
                } else {
                    Calendar::intersection(&members)
                }
            }
        }
    }
}
