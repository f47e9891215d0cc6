//! By whose hours clocks count, as the graph takes and shows it.

use async_graphql::{Enum, Error, ID, InputObject, Result, SimpleObject};
use ids::{ApplicationId, GlobalId, GroupId, SiteId, TenantId};
use subgraph::{Problem, bad_input, gid, global, of_tenant, plain};

use super::types::{Application, problems};
use crate::actions::assign_calendar;
use crate::domain::duty::OutOfHours;
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
    /// Those of the site at which the requester worked when the ticket was opened.
    RequesterSite,
    /// Those of the duty that the ticket is under, from one to the next. While it may call out the standby
    /// (`standbyScheme`): the holding group's and the standby's. Else the holding group's office hours; round the clock where
    /// the group's policy is `CONTINUE`.
    Duty,
    /// Open while any of the members is.
    Union,
    /// Open while all of the members are.
    Intersection,
}

/// What becomes outside a group's office hours of a ticket that may not call out the standby.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "OutOfHours")]
pub enum OutOfHoursPolicy {
    /// A linked corrective maintenance carries estimate, approval and hours. The incident keeps its number, its kind and its
    /// clocks, which go on in the group's office hours: to a clock it is the same as `DEFER`.
    Convert,
    /// It waits for the group's office hours.
    Defer,
    /// The group works on: it counts round the clock.
    Continue,
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
    /// Office hours count only while these are open, too (working days of the requester's country, say); with `DUTY` alone. They
    /// cut neither the standby's hours nor a group that goes on.
    pub office_only: Option<Box<ClockHoursInput>>,
}

impl ClockHoursInput {
    /// As the rules know it; another tenant's calendar is not found.
    pub fn read(self, tenant: TenantId) -> Result<HoursOf, Error> {
        let members = |of: Vec<Self>| -> Result<Vec<HoursOf>, Error> {
            of.into_iter().map(|m| m.read(tenant)).collect()
        };
        if self.whose == ClockHoursOf::Duty && self.calendar.is_none() && self.members.is_none() {
            let office_only = self.office_only.map(|of| of.read(tenant)).transpose()?;
            return Ok(HoursOf::Duty {
                office_only: office_only.map(Box::new),
            });
        }
        if self.office_only.is_some() {
            return Err(bad_input("hours", "officeOnly va con DUTY y nada más."));
        }
        Ok(match (self.whose, self.calendar, self.members) {
            (ClockHoursOf::Agreement, None, None) => HoursOf::Agreement,
            (ClockHoursOf::Calendar, Some(calendar), None) => {
                HoursOf::Calendar(of_tenant(tenant, &calendar)?)
            }
            (ClockHoursOf::FirstGroup, None, None) => HoursOf::FirstGroup,
            (ClockHoursOf::HoldingGroup, None, None) => HoursOf::HoldingGroup,
            (ClockHoursOf::Application, None, None) => HoursOf::Application,
            (ClockHoursOf::RequesterCountry, None, None) => HoursOf::RequesterCountry,
            (ClockHoursOf::RequesterSite, None, None) => HoursOf::RequesterSite,
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
    /// What office hours are cut by, of those that follow the duty.
    pub office_only: Option<Box<ClockHours>>,
}

impl ClockHours {
    /// A tenant's.
    pub fn of(tenant: TenantId, hours: &HoursOf) -> Self {
        let one = |whose| Self {
            whose,
            calendar: None,
            members: None,
            office_only: None,
        };
        let several = |of, members: &[HoursOf]| Self {
            members: Some(members.iter().map(|m| Self::of(tenant, m)).collect()),
            ..one(of)
        };
        match hours {
            HoursOf::Agreement => one(ClockHoursOf::Agreement),
            HoursOf::Calendar(calendar) => Self {
                calendar: Some(global(tenant, *calendar)),
                ..one(ClockHoursOf::Calendar)
            },
            HoursOf::FirstGroup => one(ClockHoursOf::FirstGroup),
            HoursOf::HoldingGroup => one(ClockHoursOf::HoldingGroup),
            HoursOf::Application => one(ClockHoursOf::Application),
            HoursOf::RequesterCountry => one(ClockHoursOf::RequesterCountry),
            HoursOf::RequesterSite => one(ClockHoursOf::RequesterSite),
            HoursOf::Duty { office_only } => Self {
                office_only: office_only
                    .as_ref()
                    .map(|of| Box::new(Self::of(tenant, of))),
                ..one(ClockHoursOf::Duty)
            },
            HoursOf::Union(of) => several(ClockHoursOf::Union, of),
            HoursOf::Intersection(of) => several(ClockHoursOf::Intersection, of),
        }
    }
}

/// A calendar for a group, an application, a country or a site: exactly one of the four.
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
    /// Global id of the site at which requesters work.
    pub site: Option<ID>,
    /// Global id of the calendar; absent: the one that was given is taken away.
    pub calendar: Option<ID>,
    /// Of a group: what becomes outside these hours of tickets that may not call out the standby, where targets count by
    /// `DUTY`. Absent: they wait for office hours, as with `DEFER`.
    pub out_of_hours: Option<OutOfHoursPolicy>,
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
        let named = self.tenant.as_ref().map(plain).transpose()?;
        let site = self.site.as_ref().map(gid::<SiteId>).transpose()?;
        let whose = group.map(|g| g.tenant).or(application.map(|a| a.tenant));
        let whose = whose.or(site.map(|s| s.tenant));
        let tenant = chosen(named.or(whose))?;
        let mine = |of: TenantId| {
            if of == tenant {
                Ok(())
            } else {
                Err(subgraph::refused(access::Refusal::NotFound))
            }
        };
        let to = match (group, application, self.country, site) {
            (Some(GlobalId { tenant, id }), None, None, None) => {
                mine(tenant)?;
                Owner::Group(id)
            }
            (None, Some(GlobalId { tenant, id }), None, None) => {
                mine(tenant)?;
                Owner::Application(id)
            }
            (None, None, Some(country), None) => Owner::Country(country),
            (None, None, None, Some(GlobalId { tenant, id })) => {
                mine(tenant)?;
                Owner::Site(id)
            }
            _ => {
                return Err(bad_input(
                    "group",
                    "Indique exactamente uno: grupo, aplicación, país o sede.",
                ));
            }
        };
        Ok(assign_calendar::Wish {
            tenant,
            to,
            calendar: self.calendar.map(|c| of_tenant(tenant, &c)).transpose()?,
            out_of_hours: self.out_of_hours.map(Into::into),
            apply_to_open: self.apply_to_open,
        })
    }
}

/// A calendar that was given to a group, an application, a country or a site.
#[derive(SimpleObject, Debug, Clone)]
pub struct CalendarAssignment {
    /// Global id of the resolver group, if it is one.
    pub group: Option<ID>,
    /// The application, if it is one.
    pub application: Option<Application>,
    /// ISO 3166-1 code of the country, if it is one.
    pub country: Option<String>,
    /// Global id of the site, if it is one.
    pub site: Option<ID>,
    /// Global id of the calendar; absent if it was taken away.
    pub calendar: Option<ID>,
    /// Of a group: what becomes of tickets outside these hours; absent if nothing is said, which is the same as `DEFER`.
    pub out_of_hours: Option<OutOfHoursPolicy>,
}

impl CalendarAssignment {
    /// A tenant's.
    pub fn of(tenant: TenantId, given: &Given) -> Self {
        let mut out = Self {
            group: None,
            application: None,
            country: None,
            site: None,
            calendar: given.calendar.map(|c| global(tenant, c)),
            out_of_hours: given.out_of_hours.map(Into::into),
        };
        match &given.to {
            Owner::Group(group) => out.group = Some(global(tenant, *group)),
            Owner::Application(of) => {
                out.application = Some(Application {
                    id: global(tenant, *of),
                });
            }
            Owner::Country(code) => out.country = Some(code.clone()),
            Owner::Site(site) => out.site = Some(global(tenant, *site)),
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
