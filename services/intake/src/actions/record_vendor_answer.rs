//! Writes down that the vendor that a ticket waits for has answered: it took the case, asked something, or said how far it is.
//! Nobody of the tenant reads the words. The ticket goes on waiting; whoever takes it back to work moves it.

use access::Permission;
use events::intake::TicketVendorAnswered;
use ids::{EntryId, GlobalId, TicketId};
use serde::Serialize;

use super::{Answer, Asking, Holding, Made, Tools, hold_ticket};
use crate::domain::entry::{Detail, EntryKind};
use crate::domain::problem::text;
use crate::domain::ticket::{BODY_MAX, Ticket};

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct RecordVendorAnswer {
    /// To which ticket.
    pub ticket: GlobalId<TicketId>,
    /// What the vendor said.
    pub body: String,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Writes it down. Said again it is another answer: a vendor may say the same twice.
pub async fn record_vendor_answer(
    tools: &Tools,
    asking: &Asking<'_>,
    input: RecordVendorAnswer,
) -> Answer<Ticket> {
    asking
        .caller
        .require(input.ticket.tenant, Permission::WorkOnTicket)?;
    let mut problems = Vec::new();
    text("body", &input.body, BODY_MAX, &mut problems);
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    let key = asking.key(
        "recordVendorAnswer",
        input.idempotency_key.as_deref(),
        &input,
    )?;
    let mut held = match hold_ticket(tools, asking, input.ticket, key).await? {
        Holding::Repeat(ticket) => return Ok(Ok(*ticket)),
        Holding::Held(held) => held,
    };
    if let Some(stale) = held.ticket.stale(input.expected_version) {
        return held.refuse(vec![stale]).await;
    }
    let now = held.now;
    let at = match held.ticket.vendor_answered(now) {
        Ok(at) => at,
        Err(problem) => return held.refuse(vec![problem]).await,
    };

    let by = held.actor;
    let ticket = &mut held.ticket;
    let vendor = ticket.vendor;
    let entry = ticket
        .entry(EntryId::new(&*tools.ids), EntryKind::VendorAnswered, by, at)
        .saying(Some(input.body))
        .with(Detail {
            vendor,
            ..Detail::default()
        })
        .internal();
    let answered = TicketVendorAnswered {
        ticket: ticket.snapshot(),
        entry: entry.id,
        by,
    };
    let made = Made {
        facts: vec![held.teller.ticket(ticket, at, &answered)?],
        entries: vec![entry],
        ..Made::default()
    };
    held.finish(made).await.map(Ok)
}
