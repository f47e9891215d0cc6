//! An agent takes a ticket out of its group's queue.

use access::Permission;
use ids::{TenantId, TicketId};

use super::hand_over::{HandedOver, lock, settle};
use super::{By, Tools};
use crate::domain::problem::Outcome;
use crate::error::Error;

/// The caller holds the ticket from now on. Already so is fine.
pub async fn take_ticket(
    tools: &Tools,
    by: &By<'_>,
    tenant: TenantId,
    ticket: TicketId,
    seen: Option<i64>,
) -> Result<Outcome<HandedOver>, Error> {
    by.caller.require(tenant, Permission::TakeTicket)?;
    let lead = by.caller.may(tenant, Permission::AssignTicket);
    let locked = lock(tools, by.caller, tenant, ticket).await?;
    let team = locked.team.clone();
    let change = locked
        .assignment
        .take(&team, by.caller.person, lead, seen, tools.clock.now());
    settle(tools, by, locked, &team, change).await
}
