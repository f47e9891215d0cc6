//! Which tickets may call out the standby, as the graph takes and shows it.

use async_graphql::{ID, InputObject, Result, SimpleObject};
use ids::{CalendarId, TenantId};
use subgraph::{Problem, gid, global, of_tenant, plain};

use super::conditions::{TicketCondition, TicketConditionInput};
use super::types::problems;
use crate::actions::set_standby_scheme;
use crate::domain::problem::Outcome;
use crate::domain::standby::Standby;

/// Which tickets may call out the standby, and when it is there: targets that count by `DUTY` follow it.
#[derive(InputObject, Debug)]
pub struct SetStandbySchemeInput {
    /// Whose; the tenant of the calendar, else the chosen one, if absent.
    pub tenant: Option<ID>,
    /// The tickets that may call it out, by kind, priority, category, application or major incident: the very critical, and the
    /// types that are listed here. With `calendar`; both absent: there is no standby any more.
    pub eligible: Option<TicketConditionInput>,
    /// Global id of the calendar: the standby's hours.
    pub calendar: Option<ID>,
    /// Move the deadlines of open tickets that it is for at once; else each at its next change.
    #[graphql(default)]
    pub apply_to_open: bool,
}

impl SetStandbySchemeInput {
    /// As the action knows it, for a caller who has chosen a tenant or names one by the calendar.
    pub fn read(
        self,
        chosen: impl Fn(Option<TenantId>) -> Result<TenantId>,
    ) -> Result<set_standby_scheme::Wish> {
        let named = self.tenant.as_ref().map(plain).transpose()?;
        let calendar = self.calendar.as_ref().map(gid::<CalendarId>).transpose()?;
        let tenant = chosen(named.or(calendar.map(|c| c.tenant)))?;
        Ok(set_standby_scheme::Wish {
            tenant,
            eligible: self.eligible.map(|c| c.read(tenant)).transpose()?,
            calendar: self.calendar.map(|c| of_tenant(tenant, &c)).transpose()?,
            apply_to_open: self.apply_to_open,
        })
    }
}

/// Which tickets may call out the standby, and when it is there.
#[derive(SimpleObject, Debug, Clone)]
pub struct StandbyScheme {
    /// The tickets that may call it out.
    pub eligible: TicketCondition,
    /// Global id of the calendar: the standby's hours.
    pub calendar: ID,
}

impl StandbyScheme {
    /// A tenant's.
    pub fn of(tenant: TenantId, standby: &Standby) -> Self {
        Self {
            eligible: TicketCondition::of(tenant, &standby.eligible),
            calendar: global(tenant, standby.calendar),
        }
    }
}

/// What `setStandbyScheme` did.
#[derive(SimpleObject, Debug, Default)]
pub struct SetStandbySchemePayload {
    /// As it is now; absent if nothing was done, and if there is no standby any more.
    pub standby_scheme: Option<StandbyScheme>,
    /// What stands in the way, for the user to put right; empty if it was done.
    pub problems: Vec<Problem>,
    /// Where sla-clock's facts stand after it. Absent: what other services read does not wait for it.
    pub position: Option<String>,
}

impl SetStandbySchemePayload {
    /// A tenant's.
    pub fn of(tenant: TenantId, outcome: Outcome<Option<Standby>>) -> Self {
        match outcome {
            Ok(standby) => Self {
                standby_scheme: standby.map(|s| StandbyScheme::of(tenant, &s)),
                ..Self::default()
            },
            Err(all) => Self {
                problems: problems(all),
                ..Self::default()
            },
        }
    }
}
