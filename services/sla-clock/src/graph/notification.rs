//! When people may be told of warnings and breaches, as the graph takes and shows it.

use async_graphql::{ID, InputObject, Result, SimpleObject};
use ids::{CalendarId, TenantId};
use subgraph::{Problem, gid, global, of_tenant, plain};

use super::conditions::{TicketCondition, TicketConditionInput};
use super::types::problems;
use crate::actions::set_notification_hours;
use crate::domain::notice;
use crate::domain::problem::Outcome;

/// When a tenant's people may be told of warnings and breaches, which are at their second whatever the hour.
#[derive(SimpleObject, Debug, Clone)]
pub struct NotificationHours {
    /// Global id of the calendar in whose hours they are told; absent: at any hour.
    pub calendar: Option<ID>,
    /// They are told at once of tickets of which this holds, whatever the hour.
    pub urgent: Option<TicketCondition>,
}

impl NotificationHours {
    /// A tenant's.
    pub fn of(tenant: TenantId, hours: &notice::NotificationHours) -> Self {
        Self {
            calendar: hours.calendar.map(|c| global(tenant, c)),
            urgent: hours
                .urgent
                .as_ref()
                .map(|c| TicketCondition::of(tenant, c)),
        }
    }
}

/// When people may be told of warnings and breaches.
#[derive(InputObject, Debug)]
pub struct SetNotificationHoursInput {
    /// Whose; the calendar's or else the chosen tenant if absent.
    pub tenant: Option<ID>,
    /// Global id of the calendar in whose hours they are told; absent: at any hour.
    pub calendar: Option<ID>,
    /// They are told at once of tickets of which this holds, whatever the hour; with a calendar alone. It may look at kind,
    /// state, priority, category, application and major: who holds a ticket and who asks are not known where it is looked at.
    pub urgent: Option<TicketConditionInput>,
}

impl SetNotificationHoursInput {
    /// As the action knows it, for a caller who has chosen a tenant or names one by the calendar.
    pub fn read(
        self,
        chosen: impl Fn(Option<TenantId>) -> Result<TenantId>,
    ) -> Result<set_notification_hours::Wish> {
        let named = self.tenant.as_ref().map(plain).transpose()?;
        let calendar = self.calendar.as_ref().map(gid::<CalendarId>).transpose()?;
        let tenant = chosen(named.or(calendar.map(|c| c.tenant)))?;
        Ok(set_notification_hours::Wish {
            tenant,
            calendar: self.calendar.map(|c| of_tenant(tenant, &c)).transpose()?,
            urgent: self.urgent.map(|c| c.read(tenant)).transpose()?,
        })
    }
}

/// What `setNotificationHours` did.
#[derive(SimpleObject, Debug, Default)]
pub struct SetNotificationHoursPayload {
    /// As they are now; absent if nothing was done.
    pub notification_hours: Option<NotificationHours>,
    /// What stands in the way, for the user to put right; empty if it was done.
    pub problems: Vec<Problem>,
    /// Where sla-clock's facts stand after it. Absent: what other services read does not wait for it.
    pub position: Option<String>,
}

impl SetNotificationHoursPayload {
    /// A tenant's.
    pub fn of(tenant: TenantId, outcome: Outcome<notice::NotificationHours>) -> Self {
        match outcome {
            Ok(hours) => Self {
                notification_hours: Some(NotificationHours::of(tenant, &hours)),
                ..Self::default()
            },
            Err(all) => Self {
                problems: problems(all),
                ..Self::default()
            },
        }
    }
}
