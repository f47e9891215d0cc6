//! Writes an internal note. Nobody of the tenant sees it.

use access::Permission;
use events::intake::TicketNoted;
use ids::{EntryId, GlobalId, TicketId};
use serde::Serialize;

use super::{Answer, Asking, Holding, Made, Tools, hold_ticket};
use crate::domain::entry::EntryKind;
use crate::domain::problem::text;
use crate::domain::ticket::{BODY_MAX, Ticket};

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct AddNote {
    /// To which ticket.
    pub ticket: GlobalId<TicketId>,
    /// The words.
    pub body: String,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Writes it; also on a closed ticket.
pub async fn add_note(tools: &Tools, asking: &Asking<'_>, input: AddNote) -> Answer<Ticket> {
    asking
        .caller
        .require(input.ticket.tenant, Permission::ReadNotes)?;
    let mut problems = Vec::new();
    text("body", &input.body, BODY_MAX, &mut problems);
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let key = asking.key("addNote", input.idempotency_key.as_deref(), &input)?;
    let mut held = match hold_ticket(tools, asking, input.ticket, key).await? {
        Holding::Repeat(ticket) => return Ok(Ok(*ticket)),
        Holding::Held(held) => held,
    };
    if let Some(stale) = held.ticket.stale(input.expected_version) {
        return held.refuse(vec![stale]).await;
    }

    let (by, now) = (held.actor, held.now);
    let ticket = &mut held.ticket;
    ticket.version += 1;
    let entry = ticket
        .entry(EntryId::new(&*tools.ids), EntryKind::Note, by, now)
        .saying(Some(input.body))
        .internal();
    let noted = TicketNoted {
        ticket: ticket.snapshot(),
        entry: entry.id,
        by,
    };
    let made = Made {
        facts: vec![held.teller.ticket(ticket, now, &noted)?],
        entries: vec![entry],
        ..Made::default()
    };
    held.finish(made).await.map(Ok)
}
