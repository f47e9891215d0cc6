//! The holder changed: the timeline says so, and the state follows where it must.
//!
//! No ring: routing answers a state with no assignment, and a ticket that already stands where the assignment would put it
//! is not moved again.

use chrono::{DateTime, Utc};
use events::Origin;
use events::intake::{Actor, TicketState, TicketStateChanged};
use events::routing::{AssignmentChanged, AssignmentReason};
use ids::{EntryId, TenantId, TicketId};
use tenancy::Tx;

use super::{Tools, hold_tickets};
use crate::domain::entry::{Detail, EntryKind};
use crate::domain::moves::Mover;
use crate::domain::ticket::{Moved, Ticket};
use crate::error::Error;
use crate::events::publish::Teller;
use crate::store::saving::{Saving, save};

/// A ticket got another holder.
#[derive(Debug)]
pub struct Assigned {
    /// When.
    pub at: DateTime<Utc>,
    /// W3C trace context of the change.
    pub trace: Option<String>,
    /// Which ticket, and who holds it now.
    pub change: AssignmentChanged,
}

/// Where a ticket goes when its holder changes, if anywhere.
fn follows(state: TicketState, change: &AssignmentChanged) -> Option<TicketState> {
    use TicketState::{InProgress, Open, Queued, Reopened};
    match (state, change.to.person, change.reason) {
        // Somebody has it now.
        (Open | Queued | Reopened, Some(_), _) => Some(InProgress),
        // A group has it, and nobody of it yet, or any more.
        (Open, None, _)
        | (InProgress, None, AssignmentReason::Released | AssignmentReason::Moved) => Some(Queued),
        _ => None,
    }
}

/// Applies the changes, in order. Those of tickets that are not here are passed over.
///
/// # Errors
/// What the database says.
pub async fn follow_assignments(
    tools: &Tools,
    tx: &mut Tx,
    tenant: TenantId,
    changes: Vec<Assigned>,
) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let wanted: Vec<TicketId> = changes.iter().map(|c| c.change.ticket).collect();
    let mut tickets = hold_tickets(tx, tenant, &wanted).await?;
    let provider = tools.db.tenant(tenant).await?.provider;
    let (mut entries, mut news) = (Vec::new(), Vec::new());
    for Assigned { at, trace, change } in changes {
        let Some(ticket) = tickets.get_mut(&change.ticket) else {
            tracing::warn!(ticket = %change.ticket, "assignment of a ticket that is not here");
            continue;
        };
        let entry = ticket
            .entry(
                EntryId::new(&*tools.ids),
                EntryKind::Assigned,
                change.by,
                at,
            )
            .with(Detail {
                group: Some(change.to.group),
                group_name: Some(change.to.group_name.clone()),
                line: Some(change.to.line),
                holder: change.to.person,
                assignment: Some(change.reason),
                ..Detail::default()
            });
        entries.push(entry);
        let Some(to) = follows(ticket.state, &change) else {
            continue;
        };
        let Moved::Yes(from) = ticket.change_state(to, Mover::System, at) else {
            continue;
        };
        let since = ticket.state_since;
        let entry = ticket
            .entry(
                EntryId::new(&*tools.ids),
                EntryKind::StateChanged,
                Actor::System,
                since,
            )
            .with(Detail {
                from: Some(from),
                to: Some(to),
                ..Detail::default()
            });
        entries.push(entry);
        let teller = Teller {
            ids: &*tools.ids,
            tenant,
            provider,
            origin: Origin::Live,
            trace,
        };
        let moved = TicketStateChanged {
            ticket: ticket.snapshot(),
            from,
            by: Actor::System,
        };
        news.push(teller.ticket(ticket, since, &moved)?);
    }
    let tickets: Vec<Ticket> = tickets.into_values().collect();
    let saving = Saving {
        tickets: &tickets,
        entries: &entries,
        outbox: tools.outbox.rows(&news),
        ..Saving::default()
    };
    save(tx.conn(), saving).await?;
    tools.wake_after(tx);
    Ok(())
}

#[cfg(test)]
mod tests {
    use events::routing::Holder;
    use ids::{GroupId, PersonId};
    use uuid::Uuid;

    use super::*;

    fn change(person: bool, reason: AssignmentReason) -> AssignmentChanged {
        let id = Uuid::from_u128(5);
        AssignmentChanged {
            ticket: TicketId::from_uuid(id),
            ticket_version: 1,
            from: None,
            to: Holder {
                group: GroupId::from_uuid(id),
                group_name: "N1".to_owned(),
                line: 1,
                person: person.then(|| PersonId::from_uuid(id)),
            },
            reason,
            by: Actor::System,
        }
    }

    #[test]
    fn the_state_follows_the_holder_and_comes_to_rest() {
        use AssignmentReason::{Assigned, Moved, Released, Routed, Taken};
        use TicketState::{InProgress, Open, Queued, Reopened, Resolved, WaitingForVendor};
        let to = |s, p, r| follows(s, &change(p, r));
        assert_eq!(to(Open, false, Routed), Some(Queued));
        assert_eq!(to(Open, true, Routed), Some(InProgress));
        assert_eq!(to(Queued, false, Moved), None);
        assert_eq!(to(Queued, true, Taken), Some(InProgress));
        assert_eq!(to(Reopened, true, Assigned), Some(InProgress));
        assert_eq!(to(Reopened, false, Moved), None);
        assert_eq!(to(InProgress, false, Released), Some(Queued));
        assert_eq!(to(InProgress, true, Assigned), None);
        assert_eq!(to(WaitingForVendor, true, Taken), None);
        assert_eq!(to(Resolved, true, Taken), None);
    }
}
