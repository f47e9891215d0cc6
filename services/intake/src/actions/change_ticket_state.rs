//! Moves a ticket to another state: the provider's staff as the work goes, the requester to confirm, withdraw or reopen
//! the own one.

use events::intake::{TicketState, TicketStateChanged};
use ids::{EntryId, GlobalId, TicketId};
use serde::Serialize;

use super::{Answer, Asking, Holding, Made, Tools, hold_ticket};
use crate::domain::entry::{Detail, EntryKind};
use crate::domain::problem::at_most;
use crate::domain::sight::{Sight, mover};
use crate::domain::ticket::{BODY_MAX, Moved, Ticket};

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct ChangeTicketState {
    /// Which ticket.
    pub ticket: GlobalId<TicketId>,
    /// Where to.
    pub to: TicketState,
    /// Why, in words that everybody who sees the ticket may read.
    pub reason: Option<String>,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Moves it. A ticket that stands there already is answered as it is.
pub async fn change_ticket_state(
    tools: &Tools,
    asking: &Asking<'_>,
    input: ChangeTicketState,
) -> Answer<Ticket> {
    // As what the caller moves depends on the ticket; that the caller sees it at all is checked here.
    Sight::of(asking.caller, input.ticket.tenant)?;
    let mut problems = Vec::new();
    at_most(
        "reason",
        input.reason.as_deref().unwrap_or_default(),
        BODY_MAX,
        &mut problems,
    );
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let key = asking.key(
        "changeTicketState",
        input.idempotency_key.as_deref(),
        &input,
    )?;
    let mut held = match hold_ticket(tools, asking, input.ticket, key).await? {
        Holding::Repeat(ticket) => return Ok(Ok(*ticket)),
        Holding::Held(held) => held,
    };
    let mover = mover(asking.caller, &held.ticket)?;
    if let Some(stale) = held.ticket.stale(input.expected_version) {
        return held.refuse(vec![stale]).await;
    }
    let now = held.now;
    let from = match held.ticket.change_state(input.to, mover, now) {
        Moved::Yes(from) => from,
        Moved::AlreadySo => return held.finish(Made::default()).await.map(Ok),
        Moved::No(problem) => return held.refuse(vec![problem]).await,
    };

    let by = held.actor;
    let ticket = &mut held.ticket;
    let at = ticket.state_since;
    let entry = ticket
        .entry(EntryId::new(&*tools.ids), EntryKind::StateChanged, by, at)
        .saying(input.reason.filter(|r| !r.trim().is_empty()))
        .with(Detail {
            from: Some(from),
            to: Some(input.to),
            ..Detail::default()
        });
    let changed = TicketStateChanged {
        ticket: ticket.snapshot(),
        from,
        by,
    };
    let made = Made {
        facts: vec![held.teller.ticket(ticket, at, &changed)?],
        entries: vec![entry],
        ..Made::default()
    };
    held.finish(made).await.map(Ok)
}
