//! Says that the service that a ticket is about is back, by a workaround or for good: whoever works on the ticket. The ticket
//! stays in its state; it is resolved when what was broken is mended.

use access::Permission;
use chrono::{DateTime, Utc};
use events::intake::TicketServiceChanged;
use ids::{EntryId, GlobalId, TicketId};
use serde::Serialize;

use super::{Answer, Asking, Held, Holding, Made, Tools, hold_ticket};
use crate::domain::entry::{Detail, EntryKind};
use crate::domain::problem::at_most;
use crate::domain::service::Said;
use crate::domain::ticket::{BODY_MAX, Ticket};
use crate::error::Error;

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct RestoreService {
    /// Of which ticket.
    pub ticket: GlobalId<TicketId>,
    /// By a workaround.
    pub workaround: bool,
    /// Since when; now, or since it was said to be, if nothing is said.
    pub restored_at: Option<DateTime<Utc>>,
    /// How, in words that everybody who sees the ticket may read.
    pub reason: Option<String>,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Says it. What is known already is answered as it is; what is known otherwise is put right.
pub async fn restore_service(
    tools: &Tools,
    asking: &Asking<'_>,
    input: RestoreService,
) -> Answer<Ticket> {
    asking
        .caller
        .require(input.ticket.tenant, Permission::WorkOnTicket)?;
    let mut problems = Vec::new();
    let reason = input.reason.as_deref().unwrap_or_default();
    at_most("reason", reason, BODY_MAX, &mut problems);
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let key = asking.key("restoreService", input.idempotency_key.as_deref(), &input)?;
    let mut held = match hold_ticket(tools, asking, input.ticket, key).await? {
        Holding::Repeat(ticket) => return Ok(Ok(*ticket)),
        Holding::Held(held) => held,
    };
    if let Some(stale) = held.ticket.stale(input.expected_version) {
        return held.refuse(vec![stale]).await;
    }
    let now = held.now;
    let said = held
        .ticket
        .restore(input.workaround, input.restored_at, now);
    match said {
        Said::Yes(since) => {
            let made = told(tools, &mut held, since, input.reason)?;
            held.finish(made).await.map(Ok)
        }
        Said::AlreadySo => held.finish(Made::default()).await.map(Ok),
        Said::No(problem) => held.refuse(vec![problem]).await,
    }
}

/// What is told of a service that stands otherwise since then. The entry has that instant; the fact has the one at which it
/// was said, as the rest of its snapshot is of then.
pub(super) fn told(
    tools: &Tools,
    held: &mut Held<'_>,
    since: DateTime<Utc>,
    reason: Option<String>,
) -> Result<Made, Error> {
    let by = held.actor;
    let ticket = &mut held.ticket;
    let restored = ticket.restored;
    let kind = match restored {
        Some(_) => EntryKind::ServiceRestored,
        None => EntryKind::ServiceLost,
    };
    let entry = ticket
        .entry(EntryId::new(&*tools.ids), kind, by, since)
        .saying(reason.filter(|r| !r.trim().is_empty()))
        .with(Detail {
            workaround: restored.map(|r| r.workaround),
            ..Detail::default()
        });
    let changed = TicketServiceChanged {
        ticket: ticket.snapshot(),
        by,
    };
    Ok(Made {
        facts: vec![held.teller.ticket(ticket, held.now, &changed)?],
        entries: vec![entry],
        ..Made::default()
    })
}
