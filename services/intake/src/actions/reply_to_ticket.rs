//! Writes a public reply. What the tenant's side writes is an inbound contact, what the provider's side writes an
//! outbound one. If the requester had been asked, the answer puts the ticket back to work.

use access::{CallerKind, Permission};
use events::intake::{Actor, Channel, TicketReplied, TicketState, TicketStateChanged};
use ids::{ContactId, EntryId, GlobalId, TicketId};
use serde::Serialize;

use super::{Answer, Asking, Holding, Made, Tools, hold_ticket};
use crate::domain::contact::{Contact, Direction, Outcome};
use crate::domain::entry::{Detail, EntryKind};
use crate::domain::moves::Mover;
use crate::domain::problem::text;
use crate::domain::ticket::{BODY_MAX, Moved, Ticket};

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct ReplyToTicket {
    /// Which ticket.
    pub ticket: GlobalId<TicketId>,
    /// The words.
    pub body: String,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Replies.
pub async fn reply_to_ticket(
    tools: &Tools,
    asking: &Asking<'_>,
    input: ReplyToTicket,
) -> Answer<Ticket> {
    let caller = asking.caller;
    caller.require(input.ticket.tenant, Permission::ReplyToTicket)?;
    let mut problems = Vec::new();
    text("body", &input.body, BODY_MAX, &mut problems);
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let key = asking.key("replyToTicket", input.idempotency_key.as_deref(), &input)?;
    let mut held = match hold_ticket(tools, asking, input.ticket, key).await? {
        Holding::Repeat(ticket) => return Ok(Ok(*ticket)),
        Holding::Held(held) => held,
    };
    problems.extend(held.ticket.stale(input.expected_version));
    problems.extend(held.ticket.silent());
    if !problems.is_empty() {
        return held.refuse(problems).await;
    }

    let (by, now) = (held.actor, held.now);
    let staff = caller.kind == CallerKind::Staff;
    let ticket = &mut held.ticket;
    let contact = Contact {
        tenant: ticket.tenant,
        id: ContactId::new(&*tools.ids),
        channel: match caller.kind {
            CallerKind::Machine => Channel::Api,
            CallerKind::Person => Channel::Portal,
            // An answer goes back by the channel that the requester used; an imported case has none of ours.
            _ if ticket.channel == Channel::Import => Channel::Portal,
            _ => ticket.channel,
        },
        direction: if staff {
            Direction::Outbound
        } else {
            Direction::Inbound
        },
        person: if staff {
            ticket.requester
        } else {
            Some(caller.person)
        },
        agent: staff.then_some(caller.person),
        offered_at: now,
        answered_at: None,
        ended_at: None,
        outcome: if staff {
            Outcome::Informed
        } else {
            Outcome::MessageLeft
        },
        ticket: Some(ticket.id),
    };
    ticket.version += 1;
    let entry = ticket
        .entry(EntryId::new(&*tools.ids), EntryKind::Reply, by, now)
        .saying(Some(input.body))
        .through(contact.id);
    let replied = TicketReplied {
        ticket: ticket.snapshot(),
        entry: entry.id,
        by,
        automatic: false,
        contact: Some(contact.id),
    };
    let mut made = Made {
        facts: vec![
            held.teller.ticket(ticket, now, &replied)?,
            held.teller.contact(&contact)?,
        ],
        entries: vec![entry],
        contacts: vec![contact],
    };
    let answered = !staff && ticket.state == TicketState::WaitingForRequester;
    if answered
        && let Moved::Yes(from) = ticket.change_state(TicketState::InProgress, Mover::System, now)
    {
        let by = Actor::System;
        let entry = ticket
            .entry(EntryId::new(&*tools.ids), EntryKind::StateChanged, by, now)
            .with(Detail {
                from: Some(from),
                to: Some(ticket.state),
                ..Detail::default()
            });
        let moved = TicketStateChanged {
            ticket: ticket.snapshot(),
            from,
            by,
        };
        made.facts.push(held.teller.ticket(ticket, now, &moved)?);
        made.entries.push(entry);
    }
    held.finish(made).await.map(Ok)
}
