//! What taking, giving, releasing and moving have in common: the ticket is locked, the rules decide, what they decide
//! is saved and announced in one transaction.

use access::Caller;
use ids::{GroupId, TenantId, TicketId};
use messaging::HandlerScope;
use tenancy::ProviderTx;

use super::{By, Tools, actor, begin, provider};
use crate::domain::assignment::{Assignment, Change};
use crate::domain::group::Team;
use crate::domain::problem::Outcome;
use crate::error::Error;
use crate::events::publish::{Handed, assignment_changed};
use crate::store::{assignments, groups};

/// A locked ticket.
pub(super) struct Locked {
    pub tx: ProviderTx,
    pub assignment: Assignment,
    pub team: Team,
}

/// What a change of hands came to.
#[derive(Debug, Clone)]
pub struct HandedOver {
    /// Who holds it now.
    pub assignment: Assignment,
    /// Routing's position, for reads that must see it; none if nothing changed.
    pub position: Option<i64>,
}

/// Locks a ticket of the caller's tenant. One that was opened a moment ago may not have been heard of yet: it is
/// waited for, briefly.
pub(super) async fn lock(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    ticket: TicketId,
) -> Result<Locked, Error> {
    let mut tx = begin(tools, caller, tenant).await?;
    let mut found = assignments::lock(&mut tx, tenant, ticket).await?;
    if found.is_none() {
        tx.rollback().await?;
        messaging::reach(
            &tools.db,
            HandlerScope::Provider,
            Some(provider(caller)?),
            tenant,
            "intake",
            &[(ticket.to_string(), 1)],
            tools.patience,
        )
        .await?;
        tx = begin(tools, caller, tenant).await?;
        found = assignments::lock(&mut tx, tenant, ticket).await?;
    }
    let assignment = found.ok_or(Error::NotFound("ticket"))?;
    let team = groups::team(&mut tx, assignment.group)
        .await?
        .ok_or(Error::NotFound("group"))?;
    Ok(Locked {
        tx,
        assignment,
        team,
    })
}

/// The group that a caller names, with its members.
pub(super) async fn team(locked: &mut Locked, group: Option<GroupId>) -> Result<Team, Error> {
    match group {
        Some(id) if id != locked.team.group.id => groups::team(&mut locked.tx, id)
            .await?
            .ok_or(Error::NotFound("group")),
        _ => Ok(locked.team.clone()),
    }
}

/// Saves and announces what was decided, and commits.
pub(super) async fn settle(
    tools: &Tools,
    by: &By<'_>,
    mut locked: Locked,
    to: &Team,
    change: Change,
) -> Result<Outcome<HandedOver>, Error> {
    let next = match change {
        Err(problems) => {
            locked.tx.rollback().await?;
            return Ok(Err(problems));
        }
        Ok(None) => {
            locked.tx.rollback().await?;
            return Ok(Ok(HandedOver {
                assignment: locked.assignment,
                position: None,
            }));
        }
        Ok(Some(next)) => next,
    };
    assignments::save(&mut locked.tx, &next).await?;
    let handed = Handed {
        from: Some((&locked.assignment, &locked.team.group)),
        to: (&next, &to.group),
        by: actor(by.caller),
    };
    let fact = assignment_changed(&*tools.ids, provider(by.caller)?, by.trace.clone(), handed)?;
    if let Some(fact) = fact {
        tools.outbox.announce(&mut locked.tx, &[fact]).await?;
    }
    locked.tx.commit().await?;
    Ok(Ok(HandedOver {
        position: Some(next.version),
        assignment: next,
    }))
}
