//! Splits a ticket: what it also asked for becomes a ticket of its own, linked to the one it was split off, in one transaction.
//! Nobody was in touch about it, so no contact is recorded.

use std::collections::BTreeMap;

use access::Permission;
use chrono::{DateTime, Utc};
use events::intake::{Actor, Degree, LinkKind, TicketKind, TicketOpened};
use ids::{ApplicationId, CategoryId, EntryId, GlobalId, GroupId, LinkId, PersonId, TicketId};
use serde::Serialize;
use tenancy::Tx;

use super::link_tickets::linked;
use super::open_ticket::{OpenTicket, judge, judge_found, new_ticket};
use super::{Answer, Asking, Tools, once_more, read_again, remembered_in};
use crate::domain::entry::EntryKind;
use crate::domain::link::Link;
use crate::domain::priority::more_urgent;
use crate::domain::ticket::Ticket;
use crate::error::Error;
use crate::events::publish::Teller;
use crate::store::known::{Named, look_up};
use crate::store::links;
use crate::store::opening::open;
use crate::store::saving::{Remembered, Saving, save};
use crate::store::ticket::hold;

/// What is asked for. What is not said of the new ticket is as with the original.
#[derive(Debug, Clone, Serialize)]
pub struct SplitTicket {
    /// The original.
    pub ticket: GlobalId<TicketId>,
    /// What the new one is.
    pub kind: Option<TicketKind>,
    /// In a line.
    pub subject: String,
    /// In full.
    pub description: String,
    /// Impact on internal users.
    pub impact_internal: Option<Degree>,
    /// Impact on external customers.
    pub impact_external: Option<Degree>,
    /// Urgency.
    pub urgency: Option<Degree>,
    /// In which category.
    pub category: Option<CategoryId>,
    /// About which application.
    pub application: Option<ApplicationId>,
    /// Who asks.
    pub requester: Option<PersonId>,
    /// Further facts, by name.
    pub attributes: BTreeMap<String, String>,
    /// The version of the original that the caller read.
    pub expected_version: Option<i64>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

impl SplitTicket {
    /// As a ticket that is opened.
    fn opening(&self, original: &Ticket) -> OpenTicket {
        OpenTicket {
            tenant: self.ticket.tenant,
            kind: self.kind.unwrap_or(original.kind),
            subject: self.subject.clone(),
            description: self.description.clone(),
            impact_internal: self.impact_internal.unwrap_or(original.impact_internal),
            impact_external: self.impact_external.unwrap_or(original.impact_external),
            urgency: self.urgency.unwrap_or(original.urgency),
            major: false,
            category: self.category.or(original.category),
            application: self.application.or(original.application),
            requester: self.requester.or(original.requester),
            channel: None,
            attributes: self.attributes.clone(),
            direct_to_n3: false,
            idempotency_key: None,
        }
    }
}

/// Splits it; the new ticket. Who may open tickets for others and link them may split one.
pub async fn split_ticket(
    tools: &Tools,
    asking: &Asking<'_>,
    input: SplitTicket,
) -> Answer<Ticket> {
    for permission in [
        Permission::ClassifyTicket,
        Permission::OpenTicket,
        Permission::OpenTicketForOthers,
    ] {
        asking.caller.require(input.ticket.tenant, permission)?;
    }
    once_more(|| attempt(tools, asking, &input)).await
}

async fn attempt(tools: &Tools, asking: &Asking<'_>, input: &SplitTicket) -> Answer<Ticket> {
    let tenant = input.ticket.tenant;
    let key = asking.key("splitTicket", input.idempotency_key.as_deref(), input)?;
    let teller = tools.teller(asking, tenant).await?;
    let mut tx = tools.db.begin(tenant).await?;
    // First the ticket, then the key: who waited here for another request with this key sees what it remembered.
    let original = hold(tx.conn(), tenant, &[input.ticket.id]).await?.pop();
    let Some(original) = original else {
        tx.rollback().await?;
        return Err(Error::NotFound("ticket"));
    };
    let opening = input.opening(&original);
    let mut problems = judge(&opening);
    problems.extend(original.stale(input.expected_version));
    let named = Named {
        degrees: (
            opening.impact_internal,
            opening.impact_external,
            opening.urgency,
        ),
        application: opening.application,
        category: opening.category,
        person: input.requester,
        key: key.as_ref(),
    };
    let mut found = look_up(tx.conn(), named).await?;
    if let Some(ids) = remembered_in(found.remembered.take(), key.as_ref())? {
        let id: TicketId = serde_json::from_value(ids["ticket"].clone())?;
        let ticket = read_again(&mut tx, tenant, id).await?;
        tx.commit().await?;
        return Ok(Ok(ticket));
    }
    // What it has from the original is as it was there: retired or not, nobody named it here.
    let named = OpenTicket {
        application: input.application,
        category: input.category,
        ..opening.clone()
    };
    problems.extend(judge_found(&named, input.requester, &found));
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }

    let (by, now) = (asking.actor(), tools.clock.now());
    let priority = more_urgent(found.internal, found.external);
    let so = (opening.requester, original.channel, priority);
    let ticket = new_ticket(tools, Some(asking.caller.person), &opening, so, now);
    let remembered = key.map(|key| Remembered {
        key,
        result: serde_json::json!({ "ticket": ticket.id }),
        at: now,
    });
    let offshoot = Offshoot {
        ticket,
        kind: LinkKind::SplitFrom,
        group: None,
        remembered,
    };
    let ticket = open_linked(tools, &mut tx, &teller, (by, now), offshoot, original).await?;
    tx.commit().await?;
    Ok(Ok(ticket))
}

/// A ticket that comes out of another one.
#[derive(Debug)]
pub(super) struct Offshoot {
    /// As it is opened, but for its number.
    pub ticket: Ticket,
    /// How it is linked to the other.
    pub kind: LinkKind,
    /// The group that it goes to, whatever the rules say.
    pub group: Option<GroupId>,
    /// The answer to give again for the same key.
    pub remembered: Option<Remembered>,
}

/// Opens it and links it to the one that it comes out of, which is held: facts that it was opened and linked, and an entry in both
/// timelines. The ticket with its number.
pub(super) async fn open_linked(
    tools: &Tools,
    tx: &mut Tx,
    teller: &Teller<'_>,
    (by, at): (Actor, DateTime<Utc>),
    offshoot: Offshoot,
    mut original: Ticket,
) -> Result<Ticket, Error> {
    let Offshoot {
        mut ticket,
        kind,
        group,
        remembered,
    } = offshoot;
    let entry = ticket.entry(EntryId::new(&*tools.ids), EntryKind::Opened, by, at);
    let opened = TicketOpened {
        ticket: ticket.snapshot(),
        by,
        contact: None,
        direct_to_n3: ticket.direct_to_n3,
        group,
    };
    let facts = [teller.ticket(&ticket, at, &opened)?];
    let outbox = tools.outbox.rows(&facts);
    ticket.number = open(
        tx.conn(),
        &ticket,
        &entry,
        None,
        remembered.as_ref(),
        outbox,
    )
    .await?;
    let link = Link {
        id: LinkId::new(&*tools.ids),
        ticket: ticket.id,
        kind,
        other: original.id,
    };
    links::insert(tx.conn(), &link, at).await?;
    let (entries, fact) = linked(teller, by, at, &link, [&mut ticket, &mut original])?;
    let saving = Saving {
        tickets: &[ticket.clone(), original],
        entries: &entries,
        outbox: tools.outbox.rows(&[fact]),
        ..Saving::default()
    };
    save(tx.conn(), saving).await?;
    tools.wake_after(tx);
    Ok(ticket)
}
