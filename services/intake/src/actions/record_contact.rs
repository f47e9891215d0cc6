//! Records a touch through a channel, with a ticket or without one.

use access::{CallerKind, Permission};
use chrono::{DateTime, Utc};
use events::intake::{Channel, Degree};
use ids::{ContactId, EntryId, PersonId, TenantId, TicketId};
use serde::Serialize;

use super::{Answer, Asking, Tools, once_more, remembered_in};
use crate::domain::Problem;
use crate::domain::contact::{Contact, Direction, Outcome};
use crate::domain::entry::EntryKind;
use crate::error::Error;
use crate::store::known::{Named, look_up};
use crate::store::saving::{Remembered, Saving, save};
use crate::store::{contacts, ticket::hold};

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct RecordContact {
    /// Whose.
    pub tenant: TenantId,
    /// Through what.
    pub channel: Channel,
    /// Which way.
    pub direction: Direction,
    /// The tenant's person, if known.
    pub person: Option<PersonId>,
    /// When it was offered; now, if nothing is said.
    pub offered_at: Option<DateTime<Utc>>,
    /// When it was answered.
    pub answered_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What came of it.
    pub outcome: Outcome,
    /// The ticket it belongs to, if any.
    pub ticket: Option<TicketId>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Records it. If the caller is one of the provider's staff, the caller is its agent.
pub async fn record_contact(
    tools: &Tools,
    asking: &Asking<'_>,
    input: RecordContact,
) -> Answer<Contact> {
    asking
        .caller
        .require(input.tenant, Permission::OpenTicketForOthers)?;
    if input.channel == Channel::Import {
        return Ok(Err(vec![Problem::of(
            "channel",
            "CHANNEL_NOT_ALLOWED",
            "Ese canal es solo de las importaciones",
        )]));
    }
    once_more(|| attempt(tools, asking, &input)).await
}

async fn attempt(tools: &Tools, asking: &Asking<'_>, input: &RecordContact) -> Answer<Contact> {
    let (caller, tenant, now) = (asking.caller, input.tenant, tools.clock.now());
    let key = asking.key("recordContact", input.idempotency_key.as_deref(), input)?;
    let contact = Contact {
        tenant,
        id: ContactId::new(&*tools.ids),
        channel: input.channel,
        direction: input.direction,
        person: input.person,
        agent: (caller.kind == CallerKind::Staff).then_some(caller.person),
        offered_at: input.offered_at.unwrap_or(now),
        answered_at: input.answered_at,
        ended_at: input.ended_at,
        outcome: input.outcome,
        ticket: input.ticket,
    };
    let teller = tools.teller(asking, tenant).await?;
    let mut tx = tools.db.begin(tenant).await?;
    let named = Named {
        degrees: (Degree::None, Degree::None, Degree::None),
        application: None,
        category: None,
        person: input.person,
        key: key.as_ref(),
    };
    let mut found = look_up(tx.conn(), named).await?;
    if let Some(ids) = remembered_in(found.remembered.take(), key.as_ref())? {
        let id: ContactId = serde_json::from_value(ids["contact"].clone())?;
        let contact = contacts::find(tx.conn(), tenant, id).await?;
        tx.commit().await?;
        return contact.map(Ok).ok_or(Error::NotFound("contact"));
    }
    let mut problems = contact.problems(now);
    if input.person.is_some() && found.person.is_none() {
        problems.push(Problem::of(
            "person",
            "PERSON_UNKNOWN",
            "No se conoce a esa persona en este cliente",
        ));
    }
    let mut tickets = match input.ticket {
        Some(ticket) => hold(tx.conn(), tenant, &[ticket]).await?,
        None => Vec::new(),
    };
    if input.ticket.is_some() && tickets.is_empty() {
        tx.rollback().await?;
        return Err(Error::NotFound("ticket"));
    }
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }

    let by = asking.actor();
    let entries: Vec<_> = tickets
        .iter_mut()
        .map(|t| {
            t.entry(
                EntryId::new(&*tools.ids),
                EntryKind::Contact,
                by,
                contact.offered_at,
            )
            .through(contact.id)
        })
        .collect();
    let facts = [teller.contact(&contact)?];
    let remembered = key.map(|key| Remembered {
        key,
        result: serde_json::json!({ "contact": contact.id }),
        at: now,
    });
    let saving = Saving {
        tickets: &tickets,
        renamed: false,
        entries: &entries,
        contacts: std::slice::from_ref(&contact),
        remembered: remembered.as_ref(),
        outbox: tools.outbox.rows(&facts),
    };
    save(tx.conn(), saving).await?;
    tools.wake_after(&mut tx);
    tx.commit().await?;
    Ok(Ok(contact))
}
