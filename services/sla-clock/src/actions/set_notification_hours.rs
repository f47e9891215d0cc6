//! When a tenant's people may be told of warnings and breaches.

use access::Permission;
use ids::{CalendarId, TenantId};

use super::move_notices::move_notices;
use super::recompute::begin;
use super::{By, Tools};
use crate::domain::condition::Condition;
use crate::domain::notice::NotificationHours;
use crate::domain::problem::Outcome;
use crate::error::Error;
use crate::store::{agreements, notices};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// By which calendar; at any hour if absent.
    pub calendar: Option<CalendarId>,
    /// Of which tickets people are told whatever the hour; of none if absent.
    pub urgent: Option<Condition>,
}

/// Sets them, in the place of those before. Notices that wait go by the new ones at once; clocks are as they were.
pub async fn set_notification_hours(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<NotificationHours>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::ConfigureAgreements)?;
    let mut tx = begin(tools, tenant).await?;
    let mut hours = NotificationHours {
        calendar: wish.calendar,
        urgent: wish.urgent,
        ..NotificationHours::default()
    };
    if let Some(calendar) = wish.calendar {
        let book = agreements::book(&mut tx, tenant, &tools.books.calendars).await?;
        let Some(known) = book.calendars.into_iter().find(|c| c.id == calendar) else {
            tx.rollback().await?;
            return Err(Error::NotFound("calendar"));
        };
        hours.hours = known.versions;
    }
    let problems = hours.problems(tools.clock.now());
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    notices::set_hours(&mut tx, &hours).await?;
    move_notices(&mut tx, tools, tenant).await?;
    tx.commit().await?;
    Ok(Ok(hours))
}
