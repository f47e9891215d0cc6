//! The one statement that opens a ticket: number, ticket, timeline, contact, remembered answer and facts.
//!
//! The number is given inside it, so that the counter's row is held for this statement and the commit alone. The facts
//! carry the number, hence their bodies come with a placeholder that the statement fills in; facts hold no free text,
//! so nobody can write the placeholder into one.

use events::Word as _;
use messaging::OutboxRows;
use sqlx::Row as _;
use sqlx::types::Json;
use tenancy::Conn;

use super::saving::Remembered;
use crate::domain::contact::Contact;
use crate::domain::entry::{Entry, actor_columns};
use crate::domain::number;
use crate::domain::ticket::Ticket;

/// What stands for the number until it is given.
pub const PLACEHOLDER: &str = "@";

/// Writes a new ticket with its first entry, and the contact that brought it if one did; its number.
pub async fn open(
    conn: &mut Conn,
    ticket: &Ticket,
    entry: &Entry,
    contact: Option<&Contact>,
    remembered: Option<&Remembered>,
    outbox: OutboxRows,
) -> Result<String, sqlx::Error> {
    let (actor_kind, actor) = actor_columns(entry.by);
    let row = sqlx::query(
        r#"WITH given AS (
            UPDATE counter SET last = last + 1 WHERE prefix = $1
            RETURNING prefix || '-' || lpad(last::text, greatest(6, length(last::text)), '0') AS number
        ), opened AS (
            INSERT INTO ticket (id, number, version, kind, major, state, priority, impact_internal, impact_external, urgency,
                category, application, requester, opened_by, channel, subject, description, attributes, opened_at,
                state_since, direct_to_n3, entries)
            SELECT $2, number, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, $20, 1
            FROM given
        ), told AS (
            INSERT INTO entry (ticket, position, id, at, kind, internal, actor_kind, actor, contact)
            VALUES ($2, 1, $21, $19, $22, false, $23, $24, $25)
        ), touched AS (
            INSERT INTO contact (id, channel, direction, person, agent, offered_at, answered_at, ended_at, outcome, ticket)
            SELECT $25, $15, $26, $27, $28, $29, $30, $31, $32, $2 WHERE $25::uuid IS NOT NULL
        ), remembered AS (
            INSERT INTO idempotency (person, operation, key, body_hash, result, at)
            SELECT $33, $34, $35, $36, $37, $19 WHERE $35::text IS NOT NULL
        ), announced AS (
            INSERT INTO platform.outbox (lane, partition, tenant, kind, body)
            SELECT n.lane, n.partition, n.tenant, n.kind,
                replace(n.body, '"number":"@"', '"number":"' || given.number || '"')
            FROM given, unnest($38::text[], $39::int[], $40::uuid[], $41::text[], $42::text[])
                AS n (lane, partition, tenant, kind, body)
        )
        SELECT number FROM given"#,
    )
    .bind(number::prefix(ticket.kind))
    .bind(ticket.id.uuid())
    .bind(ticket.version)
    .bind(ticket.kind.word())
    .bind(ticket.major)
    .bind(ticket.state.word())
    .bind(ticket.priority.word())
    .bind(ticket.impact_internal.word())
    .bind(ticket.impact_external.word())
    .bind(ticket.urgency.word())
    .bind(ticket.category.map(ids::CategoryId::uuid))
    .bind(ticket.application.map(ids::ApplicationId::uuid))
    .bind(ticket.requester.map(ids::PersonId::uuid))
    .bind(ticket.opened_by.map(ids::PersonId::uuid))
    .bind(ticket.channel.word())
    .bind(&ticket.subject)
    .bind(&ticket.description)
    .bind(Json(&ticket.attributes))
    .bind(ticket.opened_at)
    .bind(ticket.direct_to_n3)
    .bind(entry.id.uuid())
    .bind(entry.kind.word())
    .bind(actor_kind)
    .bind(actor.map(ids::PersonId::uuid))
    .bind(contact.map(|c| c.id.uuid()))
    .bind(contact.map(|c| c.direction.word()))
    .bind(contact.and_then(|c| c.person).map(ids::PersonId::uuid))
    .bind(contact.and_then(|c| c.agent).map(ids::PersonId::uuid))
    .bind(contact.map(|c| c.offered_at))
    .bind(contact.and_then(|c| c.answered_at))
    .bind(contact.and_then(|c| c.ended_at))
    .bind(contact.map(|c| c.outcome.word()))
    .bind(remembered.map(|r| r.key.person.uuid()))
    .bind(remembered.map(|r| r.key.operation))
    .bind(remembered.map(|r| r.key.text.as_str()))
    .bind(remembered.map(|r| r.key.hash.as_slice()))
    .bind(remembered.map(|r| Json(&r.result)))
    .bind(outbox.lanes)
    .bind(outbox.partitions)
    .bind(outbox.tenants)
    .bind(outbox.kinds)
    .bind(outbox.bodies)
    .fetch_one(conn)
    .await?;
    row.try_get("number")
}
