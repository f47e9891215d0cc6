//! A calendar, or several as one.

mod json;

use crate::calendar::Calendar;
use crate::error::{CalendarError, ScheduleError};
use crate::spec::CalendarSpec;
use crate::year::{self, Year};

/// How deep schedules may nest: a union of intersections of unions of calendars is 4.
pub const MAX_DEPTH: usize = 4;

/// How many calendars a schedule may hold in all. Each costs its share of every year that is compiled.
pub const MAX_MEMBERS: usize = 32;

/// When a desk is open: by one calendar, or by several together, each on the wall clock of its own zone.
///
/// It is stored and sent like a [`CalendarSpec`], which is the JSON of the simple case; the others are `{"union": […]}` and
/// `{"intersection": […]}`, with schedules as members. `Calendar::try_from(schedule)` checks and compiles it.
///
/// A composite counts its days on the local dates of its first member's zone. A date is a business day of it if a span of some member opens on
/// it while the composite is open from then on; such a span closes when it, or the composite, does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// One calendar.
    Hours(Box<CalendarSpec>),
    /// Open while any member is.
    Union(Vec<Self>),
    /// Open while all members are.
    Intersection(Vec<Self>),
}

impl Schedule {
    /// The calendars in it, in reading order: their positions are the members that a [`crate::Segment`] names.
    pub fn members(&self) -> Vec<&CalendarSpec> {
        let mut members = Vec::new();
        self.view().collect(&mut members);
        members
    }

    pub(crate) fn view(&self) -> View<'_> {
        match self {
            Self::Hours(spec) => View::Hours(spec),
            Self::Union(members) => View::Union(members),
            Self::Intersection(members) => View::Intersection(members),
        }
    }

    /// Whether it can be compiled, and is open at some time from 1970 to 2099.
    fn check(&self) -> Result<(), ScheduleError> {
        self.check_form(MAX_DEPTH)?;
        let members = self.members();
        if members.len() > MAX_MEMBERS {
            return Err(ScheduleError::TooManyMembers);
        }
        for (member, spec) in members.into_iter().enumerate() {
            spec.check()
                .map_err(|error| ScheduleError::Hours { member, error })?;
        }
        // Union and intersection alone can come out empty; a year costs its members some 50 us each, and the first one mostly decides.
        let open = |slot| Year::compile(self.view(), slot).total > 0;
        if matches!(self, Self::Hours(_)) || (0..year::COUNT).any(open) {
            Ok(())
        } else {
            Err(ScheduleError::NeverOpen)
        }
    }

    fn check_form(&self, depth: usize) -> Result<(), ScheduleError> {
        let left = depth.checked_sub(1).ok_or(ScheduleError::TooDeep)?;
        match self {
            Self::Hours(_) => Ok(()),
            Self::Union(members) | Self::Intersection(members) if members.is_empty() => {
                Err(ScheduleError::NoMembers)
            }
            Self::Union(members) | Self::Intersection(members) => members
                .iter()
                .try_for_each(|member| member.check_form(left)),
        }
    }
}

impl From<CalendarSpec> for Schedule {
    fn from(spec: CalendarSpec) -> Self {
        Self::Hours(Box::new(spec))
    }
}

impl TryFrom<Schedule> for Calendar {
    type Error = ScheduleError;

    fn try_from(schedule: Schedule) -> Result<Self, ScheduleError> {
        schedule.check()?;
        let first = schedule.members().first().map(|spec| (*spec).clone());
        match (schedule, first) {
            (Schedule::Hours(spec), _) => Ok(Self::compiled(*spec)),
            (composite, Some(first)) => Ok(Self::composed(first, composite)),
            // `check` has refused it.
            (_, None) => Err(ScheduleError::NoMembers),
        }
    }
}

impl TryFrom<CalendarSpec> for Calendar {
    type Error = CalendarError;

    fn try_from(spec: CalendarSpec) -> Result<Self, CalendarError> {
        spec.check()?;
        Ok(Self::compiled(spec))
    }
}

/// A schedule by reference, so that a simple calendar need not be one.
#[derive(Clone, Copy)]
pub(crate) enum View<'schedule> {
    Hours(&'schedule CalendarSpec),
    Union(&'schedule [Schedule]),
    Intersection(&'schedule [Schedule]),
}

impl<'schedule> View<'schedule> {
    fn collect(self, into: &mut Vec<&'schedule CalendarSpec>) {
        match self {
            Self::Hours(spec) => into.push(spec),
            Self::Union(members) | Self::Intersection(members) => {
                for member in members {
                    member.view().collect(into);
                }
            }
        }
    }

    /// The calendars in it, in reading order.
    pub fn members(self) -> Vec<&'schedule CalendarSpec> {
        let mut members = Vec::new();
        self.collect(&mut members);
        members
    }
}
