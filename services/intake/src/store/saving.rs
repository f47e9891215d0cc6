//! One statement that writes what a change made: tickets, timeline, contacts, the remembered answer and the facts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::Word as _;
use idempotency::Key;
use messaging::OutboxRows;
use serde_json::Value;
use sqlx::types::Json;
use tenancy::Conn;
use uuid::Uuid;

use crate::domain::contact::Contact;
use crate::domain::entry::{Detail, Entry, actor_columns};
use crate::domain::ticket::Ticket;

/// Everything that a change made.
#[derive(Debug, Default)]
pub struct Saving<'a> {
    /// Tickets that exist and changed.
    pub tickets: &'a [Ticket],
    /// Whether their subjects may have changed too. Another tool's rows alone do that, and whoever writes a subject has Postgres
    /// find the words of subject and description anew: half of what writing the ticket costs.
    pub renamed: bool,
    /// New entries.
    pub entries: &'a [Entry],
    /// New contacts.
    pub contacts: &'a [Contact],
    /// The answer to give again for the same key.
    pub remembered: Option<&'a Remembered>,
    /// The facts.
    pub outbox: OutboxRows,
}

/// An answer to give again, written in the statement that makes it true.
#[derive(Debug, Clone)]
pub struct Remembered {
    /// For which key.
    pub key: Key,
    /// The ids that the answer was made of.
    pub result: Value,
    /// When.
    pub at: DateTime<Utc>,
}

/// The columns of entries, each as an array for `unnest`.
#[derive(Debug, Default)]
pub(super) struct EntryColumns {
    pub ticket: Vec<Uuid>,
    pub position: Vec<i64>,
    pub id: Vec<Uuid>,
    pub at: Vec<DateTime<Utc>>,
    pub kind: Vec<&'static str>,
    pub internal: Vec<bool>,
    pub actor_kind: Vec<&'static str>,
    pub actor: Vec<Option<Uuid>>,
    pub contact: Vec<Option<Uuid>>,
    pub body: Vec<Option<String>>,
    pub detail: Vec<Option<Json<Detail>>>,
}

impl EntryColumns {
    pub(super) fn of(entries: &[Entry]) -> Self {
        let mut c = Self::default();
        let nothing = Detail::default();
        for e in entries {
            let (kind, actor) = actor_columns(e.by);
            c.ticket.push(e.ticket.uuid());
            c.position.push(e.position);
            c.id.push(e.id.uuid());
            c.at.push(e.at);
            c.kind.push(e.kind.word());
            c.internal.push(e.internal);
            c.actor_kind.push(kind);
            c.actor.push(actor.map(ids::PersonId::uuid));
            c.contact.push(e.contact.map(ids::ContactId::uuid));
            c.body.push(e.body.clone());
            c.detail
                .push((e.detail != nothing).then(|| Json(e.detail.clone())));
        }
        c
    }
}

/// The columns of tickets that a change may touch.
#[derive(Debug, Default)]
struct TicketColumns {
    id: Vec<Uuid>,
    version: Vec<i64>,
    kind: Vec<&'static str>,
    major: Vec<bool>,
    state: Vec<&'static str>,
    priority: Vec<&'static str>,
    impact_internal: Vec<&'static str>,
    impact_external: Vec<&'static str>,
    urgency: Vec<&'static str>,
    category: Vec<Option<Uuid>>,
    application: Vec<Option<Uuid>>,
    vendor: Vec<Option<Uuid>>,
    subject: Vec<String>,
    attributes: Vec<Json<BTreeMap<String, String>>>,
    opened_at: Vec<DateTime<Utc>>,
    state_since: Vec<DateTime<Utc>>,
    entries: Vec<i64>,
    recorded_until: Vec<Option<DateTime<Utc>>>,
    restored_at: Vec<Option<DateTime<Utc>>>,
    workaround: Vec<Option<bool>>,
    lost_at: Vec<Option<DateTime<Utc>>>,
    solved_at: Vec<Option<DateTime<Utc>>>,
}

impl TicketColumns {
    fn of(tickets: &[Ticket]) -> Self {
        let mut c = Self::default();
        for t in tickets {
            c.id.push(t.id.uuid());
            c.version.push(t.version);
            c.kind.push(t.kind.word());
            c.major.push(t.major);
            c.state.push(t.state.word());
            c.priority.push(t.priority.word());
            c.impact_internal.push(t.impact_internal.word());
            c.impact_external.push(t.impact_external.word());
            c.urgency.push(t.urgency.word());
            c.category.push(t.category.map(ids::CategoryId::uuid));
            c.application
                .push(t.application.map(ids::ApplicationId::uuid));
            c.vendor.push(t.vendor.map(ids::VendorId::uuid));
            c.subject.push(t.subject.clone());
            c.attributes.push(Json(t.attributes.clone()));
            c.opened_at.push(t.opened_at);
            c.state_since.push(t.state_since);
            c.entries.push(t.entries);
            c.recorded_until
                .push(t.external.as_ref().map(|e| e.recorded_until));
            c.restored_at.push(t.restored.map(|r| r.at));
            c.workaround.push(t.restored.map(|r| r.workaround));
            c.lost_at.push(t.lost_at);
            c.solved_at.push(t.solved_at);
        }
        c
    }
}

/// The statement; `$subject` is what it sets of a ticket's subject.
macro_rules! saving {
    ($subject:literal) => {
        concat!(
            "WITH changed AS (
            UPDATE ticket SET version = n.version, kind = n.kind, major = n.major, state = n.state,
                priority = n.priority, impact_internal = n.impact_internal, impact_external = n.impact_external,
                urgency = n.urgency, category = n.category, application = n.application, ",
            $subject,
            "attributes = n.attributes, opened_at = n.opened_at, state_since = n.state_since,
                entries = n.entries, recorded_until = n.recorded_until,
                restored_at = n.restored_at, workaround = n.workaround, lost_at = n.lost_at, vendor = n.vendor,
                solved_at = n.solved_at
            FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bool[], $5::text[], $6::text[], $7::text[],
                $8::text[], $9::text[], $10::uuid[], $11::uuid[], $12::text[], $13::jsonb[], $14::timestamptz[],
                $15::timestamptz[], $16::bigint[], $17::timestamptz[],
                $50::timestamptz[], $51::bool[], $52::timestamptz[], $53::uuid[], $54::timestamptz[])
                AS n (id, version, kind, major, state, priority, impact_internal, impact_external, urgency, category,
                    application, subject, attributes, opened_at, state_since, entries, recorded_until,
                    restored_at, workaround, lost_at, vendor, solved_at)
            WHERE ticket.id = n.id
        ), told AS (
            INSERT INTO entry (ticket, position, id, at, kind, internal, actor_kind, actor, contact, body, detail)
            SELECT ticket, position, id, at, kind, internal, actor_kind, actor, contact, body, detail
            FROM unnest($18::uuid[], $19::bigint[], $20::uuid[], $21::timestamptz[], $22::text[], $23::bool[],
                $24::text[], $25::uuid[], $26::uuid[], $27::text[], $28::jsonb[])
                AS n (ticket, position, id, at, kind, internal, actor_kind, actor, contact, body, detail)
        ), touched AS (
            INSERT INTO contact (id, channel, direction, person, agent, offered_at, answered_at, ended_at, outcome, ticket)
            SELECT id, channel, direction, person, agent, offered_at, answered_at, ended_at, outcome, ticket
            FROM unnest($29::uuid[], $30::text[], $31::text[], $32::uuid[], $33::uuid[], $34::timestamptz[],
                $35::timestamptz[], $36::timestamptz[], $37::text[], $38::uuid[])
                AS n (id, channel, direction, person, agent, offered_at, answered_at, ended_at, outcome, ticket)
        ), remembered AS (
            INSERT INTO idempotency (person, operation, key, body_hash, result, at)
            SELECT $39, $40, $41, $42, $43, $44 WHERE $41::text IS NOT NULL
        )
        INSERT INTO platform.outbox (lane, partition, tenant, kind, body)
        SELECT lane, partition, tenant, kind, body
        FROM unnest($45::text[], $46::int[], $47::uuid[], $48::text[], $49::text[])
            AS n (lane, partition, tenant, kind, body)"
        )
    };
}

/// Writes it all. The tickets must be held by this transaction.
pub async fn save(conn: &mut Conn, saving: Saving<'_>) -> Result<(), sqlx::Error> {
    let tickets = TicketColumns::of(saving.tickets);
    let told = EntryColumns::of(saving.entries);
    let contacts = saving.contacts;
    let remembered = saving.remembered;
    let facts = saving.outbox;
    let text = if saving.renamed {
        saving!("subject = n.subject, ")
    } else {
        saving!("")
    };
    sqlx::query(text)
        .bind(tickets.id)
        .bind(tickets.version)
        .bind(tickets.kind)
        .bind(tickets.major)
        .bind(tickets.state)
        .bind(tickets.priority)
        .bind(tickets.impact_internal)
        .bind(tickets.impact_external)
        .bind(tickets.urgency)
        .bind(tickets.category)
        .bind(tickets.application)
        .bind(tickets.subject)
        .bind(tickets.attributes)
        .bind(tickets.opened_at)
        .bind(tickets.state_since)
        .bind(tickets.entries)
        .bind(tickets.recorded_until)
        .bind(told.ticket)
        .bind(told.position)
        .bind(told.id)
        .bind(told.at)
        .bind(told.kind)
        .bind(told.internal)
        .bind(told.actor_kind)
        .bind(told.actor)
        .bind(told.contact)
        .bind(told.body)
        .bind(told.detail)
        .bind(contacts.iter().map(|x| x.id.uuid()).collect::<Vec<_>>())
        .bind(
            contacts
                .iter()
                .map(|x| x.channel.word())
                .collect::<Vec<_>>(),
        )
        .bind(
            contacts
                .iter()
                .map(|x| x.direction.word())
                .collect::<Vec<_>>(),
        )
        .bind(
            contacts
                .iter()
                .map(|x| x.person.map(ids::PersonId::uuid))
                .collect::<Vec<_>>(),
        )
        .bind(
            contacts
                .iter()
                .map(|x| x.agent.map(ids::PersonId::uuid))
                .collect::<Vec<_>>(),
        )
        .bind(contacts.iter().map(|x| x.offered_at).collect::<Vec<_>>())
        .bind(contacts.iter().map(|x| x.answered_at).collect::<Vec<_>>())
        .bind(contacts.iter().map(|x| x.ended_at).collect::<Vec<_>>())
        .bind(
            contacts
                .iter()
                .map(|x| x.outcome.word())
                .collect::<Vec<_>>(),
        )
        .bind(
            contacts
                .iter()
                .map(|x| x.ticket.map(ids::TicketId::uuid))
                .collect::<Vec<_>>(),
        )
        .bind(remembered.map(|r| r.key.person.uuid()))
        .bind(remembered.map(|r| r.key.operation))
        .bind(remembered.map(|r| r.key.text.as_str()))
        .bind(remembered.map(|r| r.key.hash.as_slice()))
        .bind(remembered.map(|r| Json(&r.result)))
        .bind(remembered.map(|r| r.at))
        .bind(facts.lanes)
        .bind(facts.partitions)
        .bind(facts.tenants)
        .bind(facts.kinds)
        .bind(facts.bodies)
        .bind(tickets.restored_at)
        .bind(tickets.workaround)
        .bind(tickets.lost_at)
        .bind(tickets.vendor)
        .bind(tickets.solved_at)
        .execute(conn)
        .await?;
    Ok(())
}
