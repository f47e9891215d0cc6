//! Says that the service that a ticket is about, and that was back, is lost again: whoever works on the ticket. A ticket that is
//! reopened says so by itself.

use access::Permission;
use chrono::{DateTime, Utc};
use ids::{GlobalId, TicketId};
use serde::Serialize;

use super::restore_service::told;
use super::{Answer, Asking, Holding, Made, Tools, hold_ticket};
use crate::domain::problem::at_most;
use crate::domain::service::Said;
use crate::domain::ticket::{BODY_MAX, Ticket};

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct LoseService {
    /// Of which ticket.
    pub ticket: GlobalId<TicketId>,
    /// Since when; now if nothing is said.
    pub lost_at: Option<DateTime<Utc>>,
    /// Why, in words that everybody who sees the ticket may read.
    pub reason: Option<String>,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Says it. A service that is not back is answered as it is.
pub async fn lose_service(
    tools: &Tools,
    asking: &Asking<'_>,
    input: LoseService,
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
    let key = asking.key("loseService", input.idempotency_key.as_deref(), &input)?;
    let mut held = match hold_ticket(tools, asking, input.ticket, key).await? {
        Holding::Repeat(ticket) => return Ok(Ok(*ticket)),
        Holding::Held(held) => held,
    };
    if let Some(stale) = held.ticket.stale(input.expected_version) {
        return held.refuse(vec![stale]).await;
    }
    let now = held.now;
    match held.ticket.lose(input.lost_at, now) {
        Said::Yes(since) => {
            let made = told(tools, &mut held, since, input.reason)?;
            held.finish(made).await.map(Ok)
        }
        Said::AlreadySo => held.finish(Made::default()).await.map(Ok),
        Said::No(problem) => held.refuse(vec![problem]).await,
    }
}
