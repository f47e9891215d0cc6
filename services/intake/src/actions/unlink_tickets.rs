//! Takes a link between two tickets away.

use access::Permission;
use events::intake::TicketLinked;
use ids::{EntryId, GlobalId, LinkId, TicketId};
use serde::Serialize;

use super::{Answer, Asking, Tools, once_more, read_again, remembered};
use crate::domain::entry::{Detail, EntryKind};
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::store::links;
use crate::store::saving::{Remembered, Saving, save};
use crate::store::ticket::hold;

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct UnlinkTickets {
    /// Which link.
    pub link: GlobalId<LinkId>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Takes it away; the ticket it was read from.
pub async fn unlink_tickets(
    tools: &Tools,
    asking: &Asking<'_>,
    input: UnlinkTickets,
) -> Answer<Ticket> {
    asking
        .caller
        .require(input.link.tenant, Permission::ClassifyTicket)?;
    once_more(|| attempt(tools, asking, &input)).await
}

async fn attempt(tools: &Tools, asking: &Asking<'_>, input: &UnlinkTickets) -> Answer<Ticket> {
    let tenant = input.link.tenant;
    let key = asking.key("unlinkTickets", input.idempotency_key.as_deref(), input)?;
    let teller = tools.teller(asking, tenant).await?;
    let mut tx = tools.db.begin(tenant).await?;
    // First the tickets, then the key: who waited here for another request with this key sees what it remembered.
    let link = links::find(tx.conn(), input.link.id).await?;
    let ends = link.as_ref().map(|link| [link.ticket, link.other]);
    let mut tickets = match &ends {
        Some(ends) => hold(tx.conn(), tenant, ends).await?,
        None => Vec::new(),
    };
    if let Some(ids) = remembered(&mut tx, key.as_ref()).await? {
        let id: TicketId = serde_json::from_value(ids["ticket"].clone())?;
        let ticket = read_again(&mut tx, tenant, id).await?;
        tx.commit().await?;
        return Ok(Ok(ticket));
    }
    let Some(link) = link else {
        tx.rollback().await?;
        return Err(Error::NotFound("link"));
    };
    let ticket = tickets.iter().position(|t| t.id == link.ticket);
    let far = tickets.iter().position(|t| t.id == link.other);
    let (Some(ticket), Some(far)) = (ticket, far) else {
        tx.rollback().await?;
        return Err(Error::NotFound("ticket"));
    };
    if !links::delete(tx.conn(), link.id).await? {
        // Somebody took it away while we waited for the tickets.
        tx.rollback().await?;
        return Err(Error::NotFound("link"));
    }

    let (by, now) = (asking.actor(), tools.clock.now());
    tickets[ticket].version += 1;
    let ends = [(ticket, link.other, false), (far, link.ticket, true)];
    let entries = ends.map(|(at, other, far_end)| {
        tickets[at]
            .entry(EntryId::new(&*tools.ids), EntryKind::Unlinked, by, now)
            .with(Detail {
                link: Some(link.id),
                link_kind: Some(link.kind),
                other: Some(other),
                far_end,
                ..Detail::default()
            })
    });
    let unlinked = TicketLinked {
        ticket: tickets[ticket].snapshot(),
        link: link.id,
        kind: link.kind,
        other: link.other,
        removed: true,
        by,
    };
    let facts = [teller.ticket(&tickets[ticket], now, &unlinked)?];
    let remembered = key.map(|key| Remembered {
        key,
        result: serde_json::json!({ "ticket": link.ticket }),
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
