//! Whoever distributes the work gives a ticket to somebody.

use access::{Permission, Role};
use ids::{GroupId, PersonId, TenantId, TicketId};

use super::hand_over::{HandedOver, lock, settle, team};
use super::{By, Tools};
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::store::staff;

/// What is wished.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Whose ticket.
    pub tenant: TenantId,
    /// The ticket.
    pub ticket: TicketId,
    /// Who is to hold it.
    pub holder: PersonId,
    /// In which group; none: the one that has it.
    pub group: Option<GroupId>,
    /// The version that the caller had before its eyes.
    pub seen: Option<i64>,
}

/// The named person holds the ticket from now on. Already so is fine.
pub async fn assign_ticket(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<HandedOver>, Error> {
    by.caller.require(wish.tenant, Permission::AssignTicket)?;
    let mut locked = lock(tools, by.caller, wish.tenant, wish.ticket).await?;
    let roles = staff::roles(&mut locked.tx, wish.tenant, wish.holder).await?;
    let works = Permission::TakeTicket
        .roles()
        .iter()
        .map(|r: &Role| r.as_str())
        .any(|r| roles.iter().any(|held| held == r));
    if !works {
        return Ok(Err(vec![Problem::at(
            "holder",
            "NOT_OF_THIS_TENANT",
            "La persona no atiende a este cliente con un rol que trabaje tickets.",
        )]));
    }
    let to = team(&mut locked, wish.group).await?;
    let change = locked
        .assignment
        .assign(&to, wish.holder, wish.seen, tools.clock.now());
    settle(tools, by, locked, &to, change).await
}
