//! Opens a ticket. Four round trips to the database: begin, one read, one write, commit.

use std::collections::BTreeMap;

use access::{CallerKind, Permission};
use chrono::{DateTime, Utc};
use events::Envelope;
use events::intake::{Actor, Channel, Degree, Priority, TicketKind, TicketOpened, TicketState};
use ids::{ApplicationId, CategoryId, ContactId, EntryId, PersonId, TenantId, TicketId};
use serde::Serialize;

use super::{Answer, Asking, Tools, once_more, read_again, remembered_in};
use crate::domain::Problem;
use crate::domain::contact::{Contact, Direction, Outcome, outcome_of};
use crate::domain::entry::EntryKind;
use crate::domain::priority::more_urgent;
use crate::domain::problem::{at_most, text};
use crate::domain::ticket::{ATTRIBUTES_MAX, BODY_MAX, SUBJECT_MAX, Ticket};
use crate::error::Error;
use crate::events::publish::Teller;
use crate::store::known::{Found, Named, look_up};
use crate::store::opening::{PLACEHOLDER, open};
use crate::store::saving::Remembered;

/// What is asked for.
#[derive(Debug, Clone, Serialize)]
pub struct OpenTicket {
    /// Whose ticket.
    pub tenant: TenantId,
    /// What it is.
    pub kind: TicketKind,
    /// In a line.
    pub subject: String,
    /// In full.
    pub description: String,
    /// Impact on internal users.
    pub impact_internal: Degree,
    /// Impact on external customers.
    pub impact_external: Degree,
    /// Urgency.
    pub urgency: Degree,
    /// Declared a major incident.
    pub major: bool,
    /// In which category.
    pub category: Option<CategoryId>,
    /// About which application.
    pub application: Option<ApplicationId>,
    /// Who asks, if not the caller.
    pub requester: Option<PersonId>,
    /// Through what it came, if not the caller's usual way.
    pub channel: Option<Channel>,
    /// Further facts, by name.
    pub attributes: BTreeMap<String, String>,
    /// Straight to N3's own channel.
    pub direct_to_n3: bool,
    /// The caller's key.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
}

/// Opens it.
pub async fn open_ticket(tools: &Tools, asking: &Asking<'_>, input: OpenTicket) -> Answer<Ticket> {
    let caller = asking.caller;
    caller.require(input.tenant, Permission::OpenTicket)?;
    let for_others = input.requester.is_some_and(|r| r != caller.person)
        || input.major
        || input.direct_to_n3
        || input.channel.is_some_and(|c| c != Channel::Portal);
    if for_others {
        caller.require(input.tenant, Permission::OpenTicketForOthers)?;
    }
    let problems = judge(&input);
    if !problems.is_empty() {
        return Ok(Err(problems));
    }
    once_more(|| attempt(tools, asking, &input)).await
}

/// What can be judged without looking anything up.
pub(super) fn judge(input: &OpenTicket) -> Vec<Problem> {
    let mut problems = Vec::new();
    text("subject", &input.subject, SUBJECT_MAX, &mut problems);
    at_most("description", &input.description, BODY_MAX, &mut problems);
    if input.attributes.len() > ATTRIBUTES_MAX {
        problems.push(Problem::of(
            "attributes",
            "TOO_MANY",
            format!("Como máximo {ATTRIBUTES_MAX} atributos"),
        ));
    }
    for (name, value) in &input.attributes {
        text("attributes", name, 100, &mut problems);
        at_most("attributes", value, 2_000, &mut problems);
    }
    if input.channel == Some(Channel::Import) {
        problems.push(Problem::of(
            "channel",
            "CHANNEL_NOT_ALLOWED",
            "Ese canal es solo de las importaciones",
        ));
    }
    problems
}

/// What is named and may not be used.
pub(super) fn judge_found(
    input: &OpenTicket,
    other: Option<PersonId>,
    found: &Found,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(judge_application(input.application, found.application));
    problems.extend(judge_category(input.category, found.category));
    if other.is_some() && found.person != Some(true) {
        problems.push(Problem::of(
            "requester",
            "PERSON_UNKNOWN",
            "No se conoce a esa persona en este cliente, o ya no está activa",
        ));
    }
    problems
}

/// What is wrong with the application that was named.
pub(super) fn judge_application(
    named: Option<ApplicationId>,
    found: Option<bool>,
) -> Option<Problem> {
    named?;
    match found {
        Some(true) => None,
        Some(false) => Some(Problem::of(
            "application",
            "APPLICATION_RETIRED",
            "La aplicación está retirada: no admite tickets",
        )),
        None => Some(Problem::of(
            "application",
            "APPLICATION_UNKNOWN",
            "No se conoce esa aplicación en este cliente",
        )),
    }
}

/// What is wrong with the category that was named.
pub(super) fn judge_category(named: Option<CategoryId>, found: Option<bool>) -> Option<Problem> {
    named?;
    (found != Some(true)).then(|| {
        Problem::of(
            "category",
            "CATEGORY_UNKNOWN",
            "No existe esa categoría, o está retirada",
        )
    })
}

async fn attempt(tools: &Tools, asking: &Asking<'_>, input: &OpenTicket) -> Answer<Ticket> {
    let caller = asking.caller;
    let tenant = input.tenant;
    let key = asking.key("openTicket", input.idempotency_key.as_deref(), input)?;
    let requester = match caller.kind {
        CallerKind::Person => Some(input.requester.unwrap_or(caller.person)),
        _ => input.requester,
    };
    // Oneself is known by the token; a person registered a moment ago may not have reached the copy here.
    let other = requester.filter(|r| *r != caller.person);

    let teller = tools.teller(asking, tenant).await?;
    let mut tx = tools.db.by_keys().begin(tenant).await?;
    let named = Named {
        degrees: (input.impact_internal, input.impact_external, input.urgency),
        application: input.application,
        category: input.category,
        person: other,
        key: key.as_ref(),
    };
    let mut found = look_up(tx.conn(), named).await?;
    if let Some(ids) = remembered_in(found.remembered.take(), key.as_ref())? {
        let id: TicketId = serde_json::from_value(ids["ticket"].clone())?;
        let ticket = read_again(&mut tx, tenant, id).await?;
        tx.commit().await?;
        return Ok(Ok(ticket));
    }
    let problems = judge_found(input, other, &found);
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }

    let now = tools.clock.now();
    let by_staff = caller.kind == CallerKind::Staff;
    let channel = input.channel.unwrap_or(match caller.kind {
        CallerKind::Person => Channel::Portal,
        CallerKind::Machine => Channel::Api,
        CallerKind::Staff | CallerKind::Operator => Channel::Phone,
    });
    let priority = more_urgent(found.internal, found.external);
    let so = (requester, channel, priority);
    let mut ticket = new_ticket(tools, Some(caller.person), input, so, now);
    let outcome = outcome_of(channel, by_staff);
    let contact = Contact {
        tenant,
        id: ContactId::new(&*tools.ids),
        channel,
        direction: Direction::Inbound,
        person: requester,
        agent: by_staff.then_some(caller.person),
        offered_at: now,
        answered_at: (outcome == Outcome::Answered).then_some(now),
        ended_at: None,
        outcome,
        ticket: Some(ticket.id),
    };
    let by = asking.actor();
    let entry = ticket
        .entry(EntryId::new(&*tools.ids), EntryKind::Opened, by, now)
        .through(contact.id);
    let remembered = key.map(|key| Remembered {
        key,
        result: serde_json::json!({ "ticket": ticket.id }),
        at: now,
    });
    let facts = facts(&teller, by, &ticket, &contact)?;
    let outbox = tools.outbox.rows(&facts);
    ticket.number = open(
        tx.conn(),
        &ticket,
        &entry,
        Some(&contact),
        remembered.as_ref(),
        outbox,
    )
    .await?;
    tools.wake_after(&mut tx);
    tx.commit().await?;
    Ok(Ok(ticket))
}

/// The ticket as it is opened, but for its number.
pub(super) fn new_ticket(
    tools: &Tools,
    opened_by: Option<PersonId>,
    input: &OpenTicket,
    (requester, channel, priority): (Option<PersonId>, Channel, Priority),
    now: DateTime<Utc>,
) -> Ticket {
    Ticket {
        tenant: input.tenant,
        id: TicketId::new(&*tools.ids),
        number: PLACEHOLDER.to_owned(),
        version: 1,
        kind: input.kind,
        major: input.major,
        restored: None,
        lost_at: None,
        state: TicketState::Open,
        priority,
        impact_internal: input.impact_internal,
        impact_external: input.impact_external,
        urgency: input.urgency,
        category: input.category,
        application: input.application,
        vendor: None,
        requester,
        opened_by,
        channel,
        subject: input.subject.trim().to_owned(),
        description: input.description.clone(),
        attributes: input.attributes.clone(),
        opened_at: now,
        state_since: now,
        solved_at: None,
        direct_to_n3: input.direct_to_n3,
        entries: 0,
        external: None,
    }
}

fn facts(
    teller: &Teller<'_>,
    by: Actor,
    ticket: &Ticket,
    contact: &Contact,
) -> Result<[Envelope; 2], Error> {
    let opened = TicketOpened {
        ticket: ticket.snapshot(),
        by,
        contact: Some(contact.id),
        direct_to_n3: ticket.direct_to_n3,
        group: None,
    };
    Ok([
        teller.ticket(ticket, ticket.opened_at, &opened)?,
        teller.contact(contact)?,
    ])
}
