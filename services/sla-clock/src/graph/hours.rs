//! By whose hours clocks count, as the graph takes and shows it.

use async_graphql::{Enum, Error, ID, InputObject, Result, SimpleObject};
use ids::{ApplicationId, GlobalId, GroupId, TenantId};
use subgraph::{Problem, bad_input, gid};

use super::inputs::{of_tenant, tenant};
use super::types::{Application, id, problems};
use crate::actions::assign_calendar;
use crate::domain::hours_of::{Given, HoursOf, Owner};
use crate::domain::problem::Outcome;

/// By whose hours a clock counts. Who has none counts by the agreement's.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockHoursOf {
    /// The agreement's.
    Agreement,
    /// Always those of a calendar.
    Calendar,
    /// Those of the group that held the ticket first: moving it to another group changes nothing.
    FirstGroup,
    /// Those of the group that holds the ticket, from one to the next: moving it to a group with other hours changes when
    /// the clock runs.
    HoldingGroup,
    /// Those of the ticket's application.
    Application,
    /// Those of the country in which the requester worked when the ticket was opened.
    RequesterCountry,
    /// Open while any of the members is.
    Union,
    /// Open while all of the members are.
    Intersection,
}

/// By whose hours a clock counts.
#[derive(InputObject, Debug)]
pub struct ClockHoursInput {
    /// By whose.
    pub whose: ClockHoursOf,
    /// Global id of the calendar; with `CALENDAR` alone.
    pub calendar: Option<ID>,
    /// What is taken together; with `UNION` and `INTERSECTION` alone.
    pub members: Option<Vec<ClockHoursInput>>,
}

impl ClockHoursInput {
    /// As the rules know it; another tenant's calendar is not found.
    pub fn read(self, tenant: TenantId) -> Result<HoursOf, Error> {
        let members = |of: Vec<Self>| -> Result<Vec<HoursOf>, Error> {
            of.into_iter().map(|m| m.read(tenant)).collect()
        };
        Ok(match (self.whose, self.calendar, self.members) {
            (ClockHoursOf::Agreement, None, None) => HoursOf::Agreement,
            (ClockHoursOf::Calendar, Some(calendar), None) => {
                HoursOf::Calendar(of_tenant(tenant, &calendar)?)
            }
            (ClockHoursOf::FirstGroup, None, None) => HoursOf::FirstGroup,
            (ClockHoursOf::HoldingGroup, None, None) => HoursOf::HoldingGroup,
            (ClockHoursOf::Application, None, None) => HoursOf::Application,
            (ClockHoursOf::RequesterCountry, None, None) => HoursOf::RequesterCountry,
            (ClockHoursOf::Union, None, Some(of)) => HoursOf::Union(members(of)?),
            (ClockHoursOf::Intersection, None, Some(of)) => HoursOf::Intersection(members(of)?),
            _ => {
                return Err(bad_input(
                    "hours",
                    "Un calendario va con CALENDAR y nada más; los miembros, con UNION o INTERSECTION.",
                ));
            }
        })
    }
}

/// By whose hours a clock counts.
#[derive(SimpleObject, Debug, Clone)]
pub struct ClockHours {
    /// By whose.
    pub whose: ClockHoursOf,
    /// Global id of the calendar, if it is always one.
    pub calendar: Option<ID>,
    /// What is taken together.
    pub members: Option<Vec<ClockHours>>,
}

impl ClockHours {
    /// A tenant's.
    pub fn of(tenant: TenantId, hours: &HoursOf) -> Self {
        let one = |whose| Self {
            whose,
            calendar: None,
            members: None,
        };
        let several = |of, members: &[HoursOf]| Self {
            members: Some(members.iter().map(|m| Self::of(tenant, m)).collect()),
            ..one(of)
        };
        match hours {
            HoursOf::Agreement => one(ClockHoursOf::Agreement),
            HoursOf::Calendar(calendar) => Self {
                calendar: Some(id(tenant, *calendar)),
                ..one(ClockHoursOf::Calendar)
            },
            HoursOf::FirstGroup => one(ClockHoursOf::FirstGroup),
            HoursOf::HoldingGroup => one(ClockHoursOf::HoldingGroup),
            HoursOf::Application => one(ClockHoursOf::Application),
            HoursOf::RequesterCountry => one(ClockHoursOf::RequesterCountry),
            HoursOf::Union(of) => several(ClockHoursOf::Union, of),
            HoursOf::Intersection(of) => several(ClockHoursOf::Intersection, of),
        }
    }
}

/// A calendar for a group, an application or a country: exactly one of the three.
#[derive(InputObject, Debug)]
pub struct AssignCalendarInput {
    /// Whose; the chosen tenant if absent.
    pub tenant: Option<ID>,
    /// Global id of the resolver group.
    pub group: Option<ID>,
    /// Global id of the application.
    pub application: Option<ID>,
    /// ISO 3166-1 code of the country in which requesters work: `PE`.
    pub country: Option<String>,
    /// Global id of the calendar; absent: the one that was given is taken away.
    pub calendar: Option<ID>,
    /// Move the deadlines of open tickets that it is for at once; else each at its next change.
    #[graphql(default)]
    pub apply_to_open: bool,
}

impl AssignCalendarInput {
    /// As the action knows it, for a caller who has chosen a tenant or names one by what is given.
    pub fn read(
        self,
        chosen: impl Fn(Option<TenantId>) -> Result<TenantId>,
    ) -> Result<assign_calendar::Wish> {
        let group = self.group.as_ref().map(gid::<GroupId>).transpose()?;
        let application = self
            .application
            .as_ref()
            .map(gid::<ApplicationId>)
            .transpose()?;
        let named = self.tenant.as_ref().map(tenant).transpose()?;
        let whose = group.map(|g| g.tenant).or(application.map(|a| a.tenant));
        let tenant = chosen(named.or(whose))?;
        let mine = |of: TenantId| {
            if of == tenant {
                Ok(())
            } else {
                Err(subgraph::refused(access::Refusal::NotFound))
            }
        };
        let to = match (group, application, self.country) {
            (Some(GlobalId { tenant, id }), None, None) => {
                mine(tenant)?;
                Owner::Group(id)
            }
            (None, Some(GlobalId { tenant, id }), None) => {
                mine(tenant)?;
                Owner::Application(id)
            }
            (None, None, Some(country)) => Owner::Country(country),
            _ => {
                return Err(bad_input(
                    "group",
                    "Indique exactamente uno: grupo, aplicación o país.",
                ));
            }
        };
        Ok(assign_calendar::Wish {
            tenant,
            to,
            calendar: self.calendar.map(|c| of_tenant(tenant, &c)).transpose()?,
            apply_to_open: self.apply_to_open,
        })
    }
}

/// A calendar that was given to a group, an application or a country.
#[derive(SimpleObject, Debug, Clone)]
pub struct CalendarAssignment {
    /// Global id of the resolver group, if it is one.
    pub group: Option<ID>,
    /// The application, if it is one.
    pub application: Option<Application>,
    /// ISO 3166-1 code of the country, if it is one.
    pub country: Option<String>,
    /// Global id of the calendar; absent if it was taken away.
    pub calendar: Option<ID>,
}

impl CalendarAssignment {
    /// A tenant's.
    pub fn of(tenant: TenantId, given: &Given) -> Self {
        let mut out = Self {
            group: None,
            application: None,
            country: None,
            calendar: given.calendar.map(|c| id(tenant, c)),
        };
        match &given.to {
            Owner::Group(group) => out.group = Some(id(tenant, *group)),
            Owner::Application(of) => {
                out.application = Some(Application {
                    id: id(tenant, *of),
                });
            }
            Owner::Country(code) => out.country = Some(code.clone()),
        }
        out
    }
}

/// What `assignCalendar` did.
#[derive(SimpleObject, Debug, Default)]
pub struct AssignCalendarPayload {
    /// As it is now; absent if nothing was done.
    pub assignment: Option<CalendarAssignment>,
    /// What stands in the way, for the user to put right; empty if it was done.
    pub problems: Vec<Problem>,
    /// Where sla-clock's facts stand after it. Absent: what other services read does not wait for it.
    pub position: Option<String>,
}

impl AssignCalendarPayload {
    /// A tenant's.
    pub fn of(tenant: TenantId, outcome: Outcome<Given>) -> Self {
        match outcome {
            Ok(given) => Self {
                assignment: Some(CalendarAssignment::of(tenant, &given)),
                ..Self::default()
            },
            Err(all) => Self {
                problems: problems(all),
                ..Self::default()
            },
        }
    }
}
