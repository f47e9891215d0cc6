//! Links a ticket to another of the same tenant. The fact is the ticket's; the other's timeline tells of it too.

use access::Permission;
use chrono::{DateTime, Utc};
use events::Envelope;
use events::intake::{Actor, LinkKind, TicketLinked};
use ids::{EntryId, GlobalId, LinkId, TicketId};
use serde::Serialize;

use super::{Answer, Asking, Tools, once_more, remembered};
use crate::domain::entry::{Detail, Entry, EntryKind};
use crate::domain::link::{Link, is_single, judge};
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::events::publish::Teller;
use crate::store::links;
use crate::store::saving::{Remembered, Saving, save};
use crate::store::ticket::hold;

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct LinkTickets {
    /// From which ticket.
    pub ticket: GlobalId<TicketId>,
    /// How: the other is its parent, the one it repeats, the one that caused it, the one it was split off.
    pub kind: LinkKind,
    /// To which.
    pub other: GlobalId<TicketId>,
    /// The version of `ticket` that the caller read.
    pub expected_version: Option<i64>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Links. What is linked so already is answered as it is.
pub async fn link_tickets(
    tools: &Tools,
    asking: &Asking<'_>,
    input: LinkTickets,
) -> Answer<Ticket> {
    asking
        .caller
        .require(input.ticket.tenant, Permission::ClassifyTicket)?;
    if input.other.tenant != input.ticket.tenant {
        // Also for somebody who serves both tenants: what one client has, another never refers to.
        return Err(Error::NotFound("ticket"));
    }
    once_more(|| attempt(tools, asking, &input)).await
}

async fn attempt(tools: &Tools, asking: &Asking<'_>, input: &LinkTickets) -> Answer<Ticket> {
    let tenant = input.ticket.tenant;
    let (id, other) = (input.ticket.id, input.other.id);
    let key = asking.key("linkTickets", input.idempotency_key.as_deref(), input)?;
    let teller = tools.teller(asking, tenant).await?;
    let mut tx = tools.db.begin(tenant).await?;
    if is_single(input.kind) {
        links::hold_single(tx.conn(), tenant).await?;
    }
    let mut tickets = hold(tx.conn(), tenant, &[id, other]).await?;
    let ticket = tickets.iter().position(|t| t.id == id);
    let far = tickets.iter().position(|t| t.id == other);
    let (Some(ticket), Some(far)) = (ticket, far) else {
        tx.rollback().await?;
        return Err(Error::NotFound("ticket"));
    };
    if remembered(&mut tx, key.as_ref()).await?.is_some() {
        tx.commit().await?;
        return Ok(Ok(tickets.swap_remove(ticket)));
    }
    let found = links::look(tx.conn(), id, input.kind, other).await?;
    if found.same.is_some() {
        tx.commit().await?;
        return Ok(Ok(tickets.swap_remove(ticket)));
    }
    let problem = tickets[ticket]
        .stale(input.expected_version)
        .or_else(|| judge(id, input.kind, other, found));
    if let Some(problem) = problem {
        tx.rollback().await?;
        return Ok(Err(vec![problem]));
    }

    let (by, now) = (asking.actor(), tools.clock.now());
    let link = Link {
        id: LinkId::new(&*tools.ids),
        ticket: id,
        kind: input.kind,
        other,
    };
    links::insert(tx.conn(), &link, now).await?;
    let ends = tickets.get_disjoint_mut([ticket, far]);
    let ends = ends.map_err(|_| Error::NotFound("ticket"))?;
    let (entries, fact) = linked(&teller, by, now, &link, ends)?;
    let facts = [fact];
    let remembered = key.map(|key| Remembered {
        key,
        result: serde_json::json!({ "ticket": id, "link": link.id }),
        at: now,
    });
    let saving = Saving {
        tickets: &tickets,
        entries: &entries,
        remembered: remembered.as_ref(),
        outbox: tools.outbox.rows(&facts),
        ..Saving::default()
    };
    save(tx.conn(), saving).await?;
    tools.wake_after(&mut tx);
    tx.commit().await?;
    Ok(Ok(tickets.swap_remove(ticket)))
}

/// What is told of a link that was made between two tickets: the near one is a version on, and both timelines have an entry.
pub(super) fn linked(
    teller: &Teller<'_>,
    by: Actor,
    now: DateTime<Utc>,
    link: &Link,
    [near, far]: [&mut Ticket; 2],
) -> Result<([Entry; 2], Envelope), Error> {
    near.version += 1;
    let linked = TicketLinked {
        ticket: near.snapshot(),
        link: link.id,
        kind: link.kind,
        other: link.other,
        removed: false,
        by,
    };
    let fact = teller.ticket(near, now, &linked)?;
    let entry = |at: &mut Ticket, other: TicketId, far_end: bool| {
        at.entry(EntryId::new(teller.ids), EntryKind::Linked, by, now)
            .with(Detail {
                link: Some(link.id),
                link_kind: Some(link.kind),
                other: Some(other),
                far_end,
                ..Detail::default()
            })
    };
    let entries = [
        entry(near, link.other, false),
        entry(far, link.ticket, true),
    ];
    Ok((entries, fact))
}
