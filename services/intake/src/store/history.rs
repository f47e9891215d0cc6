//! What an import writes: a batch of rows costs five statements, whatever its size.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::Word as _;
use ids::{PersonId, TicketId};
use messaging::OutboxRows;
use sqlx::Row as _;
use sqlx::types::Json;
use tenancy::Conn;
use uuid::Uuid;

use super::saving::EntryColumns;
use super::uuids;
use crate::domain::entry::Entry;
use crate::domain::number;
use crate::domain::ticket::Ticket;

/// Names a row of a ticket: hash and which of equal rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RowKey {
    /// The ticket.
    pub ticket: TicketId,
    /// SHA-256 of the canonical row.
    pub sha: [u8; 32],
    /// Which of equal rows, from 1.
    pub occurrence: i32,
}

/// Those of these rows that are in already, as their places in `keys`.
pub async fn known(conn: &mut Conn, keys: &[RowKey]) -> Result<Vec<usize>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT k.place FROM unnest($1::uuid[], $2::bytea[], $3::int[]) WITH ORDINALITY AS k (ticket, sha, occurrence, place)
         JOIN imported_row r ON r.ticket = k.ticket AND r.sha = k.sha AND r.occurrence = k.occurrence",
    )
    .bind(uuids(keys.iter().map(|k| k.ticket)))
    .bind(keys.iter().map(|k| k.sha.as_slice()).collect::<Vec<_>>())
    .bind(keys.iter().map(|k| k.occurrence).collect::<Vec<_>>())
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| Ok(usize::try_from(row.try_get::<i64, _>("place")? - 1).unwrap_or(0)))
        .collect()
}

/// Remembers owners' names. Each id once.
pub async fn put_people(
    conn: &mut Conn,
    tool: &str,
    people: &BTreeMap<PersonId, &str>,
) -> Result<(), sqlx::Error> {
    if people.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO imported_person (id, tool, name)
         SELECT id, $2, name FROM unnest($1::uuid[], $3::text[]) AS n (id, name) ON CONFLICT DO NOTHING",
    )
    .bind(uuids(people.keys().copied()))
    .bind(tool)
    .bind(people.values().copied().collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// The names of imported owners, by id.
pub async fn people(
    conn: &mut Conn,
    people: &[PersonId],
) -> Result<BTreeMap<PersonId, String>, sqlx::Error> {
    let rows = sqlx::query("SELECT id, name FROM imported_person WHERE id = ANY($1::uuid[])")
        .bind(uuids(people.iter().copied()))
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| Ok((super::id(row, "id")?, row.try_get("name")?)))
        .collect()
}

/// Writes tickets that the import makes, with the entries, rows and facts of the whole batch. Numbers are given inside
/// it: a new ticket's facts come with `"number":"@<id>"`.
pub async fn append(
    conn: &mut Conn,
    made: &[Ticket],
    entries: &[Entry],
    rows: &[RowKey],
    outbox: OutboxRows,
) -> Result<(), sqlx::Error> {
    // Of each prefix: how many, and the how-manieth from the end each ticket is.
    let mut count: BTreeMap<&str, i64> = BTreeMap::new();
    let mut place = Vec::with_capacity(made.len());
    for t in made {
        let n = count.entry(number::prefix(t.kind)).or_default();
        *n += 1;
        place.push(*n);
    }
    let e = EntryColumns::of(entries);
    // To which ticket a fact belongs, to fill in its number; null for tickets that have one.
    let fresh: std::collections::HashMap<String, Uuid> = made
        .iter()
        .map(|t| (placeholder(t.id), t.id.uuid()))
        .collect();
    let of_ticket: Vec<Option<Uuid>> = outbox
        .bodies
        .iter()
        .map(|body| {
            let at = body.find("\"number\":\"@")? + "\"number\":\"".len();
            let end = body[at..].find('"')? + at;
            fresh.get(&body[at..end]).copied()
        })
        .collect();
    let times: Vec<DateTime<Utc>> = made
        .iter()
        .map(|t| {
            t.external
                .as_ref()
                .map_or(t.opened_at, |x| x.recorded_until)
        })
        .collect();
    sqlx::query(
        r#"WITH counted AS (
            UPDATE counter c SET last = c.last + n.many FROM unnest($1::text[], $2::bigint[]) AS n (prefix, many)
            WHERE c.prefix = n.prefix RETURNING c.prefix, c.last - n.many AS before
        ), given AS (
            SELECT n.id, n.prefix || '-' || lpad((before + place)::text, greatest(6, length((before + place)::text)), '0') AS number
            FROM unnest($3::uuid[], $4::text[], $5::bigint[]) AS n (id, prefix, place) JOIN counted USING (prefix)
        ), made AS (
            INSERT INTO ticket (id, number, version, kind, state, priority, impact_internal, impact_external, urgency, channel,
                subject, description, attributes, opened_at, state_since, entries, tool, case_no, recorded_until, solved_at)
            SELECT n.id, given.number, n.version, n.kind, n.state, n.priority, n.impact_internal, n.impact_external, n.urgency,
                'import', n.subject, '', n.attributes, n.opened_at, n.state_since, n.entries, n.tool, n.case_no, n.recorded_until,
                n.solved_at
            FROM unnest($3::uuid[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                $13::text[], $14::jsonb[], $15::timestamptz[], $16::timestamptz[], $17::bigint[], $18::text[], $19::text[],
                $20::timestamptz[], $39::timestamptz[])
                AS n (id, version, kind, state, priority, impact_internal, impact_external, urgency, subject, attributes,
                    opened_at, state_since, entries, tool, case_no, recorded_until, solved_at)
            JOIN given USING (id)
        ), told AS (
            INSERT INTO entry (ticket, position, id, at, kind, internal, actor_kind, actor, detail)
            SELECT ticket, position, id, at, kind, internal, actor_kind, actor, detail
            FROM unnest($21::uuid[], $22::bigint[], $23::uuid[], $24::timestamptz[], $25::text[], $26::bool[], $27::text[],
                $28::uuid[], $29::jsonb[]) AS n (ticket, position, id, at, kind, internal, actor_kind, actor, detail)
        ), kept AS (
            INSERT INTO imported_row (ticket, sha, occurrence)
            SELECT ticket, sha, occurrence FROM unnest($30::uuid[], $31::bytea[], $32::int[]) AS n (ticket, sha, occurrence)
        )
        INSERT INTO platform.outbox (lane, partition, tenant, kind, body)
        SELECT n.lane, n.partition, n.tenant, n.kind, CASE WHEN given.id IS NULL THEN n.body
            ELSE replace(n.body, '"number":"@' || n.ticket || '"', '"number":"' || given.number || '"') END
        FROM unnest($33::text[], $34::int[], $35::uuid[], $36::text[], $37::text[], $38::uuid[])
            WITH ORDINALITY AS n (lane, partition, tenant, kind, body, ticket, place)
        LEFT JOIN given ON given.id = n.ticket
        ORDER BY n.place"#,
    )
    .bind(count.keys().copied().collect::<Vec<_>>())
    .bind(count.values().copied().collect::<Vec<_>>())
    .bind(uuids(made.iter().map(|t| t.id)))
    .bind(made.iter().map(|t| number::prefix(t.kind)).collect::<Vec<_>>())
    .bind(place)
    .bind(made.iter().map(|t| t.version).collect::<Vec<_>>())
    .bind(made.iter().map(|t| t.kind.word()).collect::<Vec<_>>())
    .bind(made.iter().map(|t| t.state.word()).collect::<Vec<_>>())
    .bind(made.iter().map(|t| t.priority.word()).collect::<Vec<_>>())
    .bind(made.iter().map(|t| t.impact_internal.word()).collect::<Vec<_>>())
    .bind(made.iter().map(|t| t.impact_external.word()).collect::<Vec<_>>())
    .bind(made.iter().map(|t| t.urgency.word()).collect::<Vec<_>>())
    .bind(made.iter().map(|t| t.subject.as_str()).collect::<Vec<_>>())
    .bind(made.iter().map(|t| Json(&t.attributes)).collect::<Vec<_>>())
    .bind(made.iter().map(|t| t.opened_at).collect::<Vec<_>>())
    .bind(made.iter().map(|t| t.state_since).collect::<Vec<_>>())
    .bind(made.iter().map(|t| t.entries).collect::<Vec<_>>())
    .bind(external(made, |x| x.tool.as_str()))
    .bind(external(made, |x| x.case.as_str()))
    .bind(times)
    .bind(e.ticket)
    .bind(e.position)
    .bind(e.id)
    .bind(e.at)
    .bind(e.kind)
    .bind(e.internal)
    .bind(e.actor_kind)
    .bind(e.actor)
    .bind(e.detail)
    .bind(uuids(rows.iter().map(|r| r.ticket)))
    .bind(rows.iter().map(|r| r.sha.as_slice()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.occurrence).collect::<Vec<_>>())
    .bind(outbox.lanes)
    .bind(outbox.partitions)
    .bind(outbox.tenants)
    .bind(outbox.kinds)
    .bind(outbox.bodies)
    .bind(of_ticket)
    .bind(made.iter().map(|t| t.solved_at).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// What stands for the number of a ticket that is being made.
pub fn placeholder(ticket: TicketId) -> String {
    format!("@{}", ticket.uuid())
}

fn external(made: &[Ticket], of: impl Fn(&crate::domain::ticket::External) -> &str) -> Vec<&str> {
    made.iter()
        .map(|t| t.external.as_ref().map_or("", &of))
        .collect()
}
