//! Tells a ticket from others: kind, major flag, impact, urgency, category, application. The priority follows from the
//! tenant's matrix; nobody sets it.

use access::Permission;
use events::intake::{Degree, TicketClassified, TicketKind};
use ids::{ApplicationId, CategoryId, EntryId, GlobalId, TicketId};
use serde::Serialize;

use super::open_ticket::{judge_application, judge_category};
use super::{Answer, Asking, Holding, Made, Tools, hold_ticket};
use crate::domain::entry::EntryKind;
use crate::domain::priority::more_urgent;
use crate::domain::ticket::{Change, Classification, Ticket};
use crate::store::known::{Named, look_up};

/// What is asked for; what is `None` stays as it is.
#[derive(Debug, Clone, Serialize)]
pub struct ClassifyTicket {
    /// Which ticket.
    pub ticket: GlobalId<TicketId>,
    /// What it is.
    pub kind: Option<TicketKind>,
    /// Declared a major incident.
    pub major: Option<bool>,
    /// Impact on internal users.
    pub impact_internal: Option<Degree>,
    /// Impact on external customers.
    pub impact_external: Option<Degree>,
    /// Urgency.
    pub urgency: Option<Degree>,
    /// Category.
    pub category: Change<CategoryId>,
    /// Application.
    pub application: Change<ApplicationId>,
    /// The version that the caller read.
    pub expected_version: Option<i64>,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Classifies. If nothing changes, no fact follows.
pub async fn classify_ticket(
    tools: &Tools,
    asking: &Asking<'_>,
    input: ClassifyTicket,
) -> Answer<Ticket> {
    asking
        .caller
        .require(input.ticket.tenant, Permission::ClassifyTicket)?;
    let key = asking.key("classifyTicket", input.idempotency_key.as_deref(), &input)?;
    let mut held = match hold_ticket(tools, asking, input.ticket, key).await? {
        Holding::Repeat(ticket) => return Ok(Ok(*ticket)),
        Holding::Held(held) => held,
    };
    let t = &held.ticket;
    let named = Named {
        degrees: (
            input.impact_internal.unwrap_or(t.impact_internal),
            input.impact_external.unwrap_or(t.impact_external),
            input.urgency.unwrap_or(t.urgency),
        ),
        application: input.application.set(),
        category: input.category.set(),
        person: None,
        key: None,
    };
    let mut problems: Vec<_> = t.stale(input.expected_version).into_iter().collect();
    let found = look_up(held.tx.conn(), named).await?;
    problems.extend(judge_application(named.application, found.application));
    problems.extend(judge_category(named.category, found.category));
    if !problems.is_empty() {
        return held.refuse(problems).await;
    }

    let to = Classification {
        kind: input.kind,
        major: input.major,
        impact_internal: input.impact_internal,
        impact_external: input.impact_external,
        urgency: input.urgency,
        category: input.category,
        application: input.application,
    };
    let (by, now) = (held.actor, held.now);
    let ticket = &mut held.ticket;
    // An imported ticket keeps the other tool's priority until somebody judges it anew.
    let judged = [input.impact_internal, input.impact_external, input.urgency]
        .iter()
        .any(Option::is_some);
    let priority = if judged {
        more_urgent(found.internal, found.external)
    } else {
        ticket.priority
    };
    if !ticket.classify(&to, priority) {
        return held.finish(Made::default()).await.map(Ok);
    }
    let entry = ticket.entry(EntryId::new(&*tools.ids), EntryKind::Classified, by, now);
    let classified = TicketClassified {
        ticket: ticket.snapshot(),
        by,
    };
    let made = Made {
        facts: vec![held.teller.ticket(ticket, now, &classified)?],
        entries: vec![entry],
        ..Made::default()
    };
    held.finish(made).await.map(Ok)
}
