//! To another group or line: functional escalation, or back.

use access::Permission;
use ids::{GroupId, TenantId, TicketId};

use super::hand_over::{HandedOver, Locked, lock, settle};
use super::{By, Tools};
use crate::domain::group::Team;
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::store::{groups, rules};

/// Where to.
#[derive(Debug, Clone, Copy)]
pub enum Destination {
    /// This group.
    Group(GroupId),
    /// The group of this line that the tenant's rules prefer; else the only active one there.
    Line(i16),
}

/// What is wished.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Whose ticket.
    pub tenant: TenantId,
    /// The ticket.
    pub ticket: TicketId,
    /// Where to.
    pub to: Destination,
    /// The version that the caller had before its eyes.
    pub seen: Option<i64>,
}

/// The ticket stands in another group's queue from now on. Whoever may take a ticket may escalate it; already there is
/// fine.
pub async fn move_ticket(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<HandedOver>, Error> {
    by.caller.require(wish.tenant, Permission::TakeTicket)?;
    let lead = by.caller.may(wish.tenant, Permission::AssignTicket);
    let mut locked = lock(tools, by.caller, wish.tenant, wish.ticket).await?;
    let foreign = locked
        .assignment
        .holder
        .is_some_and(|h| h != by.caller.person);
    if foreign && !lead {
        return Ok(Err(vec![Problem::of(
            "NOT_YOURS",
            "El ticket lo tiene otra persona; solo ella o quien coordina puede moverlo.",
        )]));
    }
    let to = match wish.to {
        Destination::Group(group) => groups::team(&mut locked.tx, group)
            .await?
            .ok_or(Error::NotFound("group"))?,
        Destination::Line(line) if line == locked.team.group.line => locked.team.clone(),
        Destination::Line(line) => match of_line(&mut locked, wish.tenant, line).await? {
            Ok(team) => team,
            Err(problems) => return Ok(Err(problems)),
        },
    };
    let change = locked.assignment.move_to(&to, wish.seen, tools.clock.now());
    settle(tools, by, locked, &to, change).await
}

async fn of_line(locked: &mut Locked, tenant: TenantId, line: i16) -> Result<Outcome<Team>, Error> {
    let tx = &mut locked.tx;
    let here: Vec<_> = groups::list(tx, Some(line), false)
        .await?
        .into_iter()
        .map(|g| (g.id, g))
        .collect();
    let by_id = here.iter().cloned().collect();
    let preferred = rules::of(tx, &[tenant])
        .await?
        .remove(&tenant)
        .and_then(|v| v.routing.preferred_of_line(line, &by_id));
    let chosen = preferred.or(match here.as_slice() {
        [(only, _)] => Some(*only),
        _ => None,
    });
    let Some(chosen) = chosen else {
        let names: Vec<&str> = here.iter().map(|(_, g)| g.name.as_str()).collect();
        let message = if names.is_empty() {
            format!("No hay grupos activos en la línea {line}.")
        } else {
            format!("Elija un grupo de la línea {line}: {}.", names.join(", "))
        };
        return Ok(Err(vec![Problem::at("line", "CHOOSE_GROUP", message)]));
    };
    groups::team(tx, chosen)
        .await?
        .map(Ok)
        .ok_or(Error::NotFound("group"))
}
