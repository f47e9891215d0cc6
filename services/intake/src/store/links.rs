//! Links between tickets.

use chrono::{DateTime, Utc};
use events::Word as _;
use events::intake::{LinkKind, TicketKind};
use ids::{LinkId, TenantId, TicketId};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use tenancy::Conn;

use super::{id, maybe_id, uuids, word};
use crate::domain::link::{Found, Link, is_single};

/// Tells this lock from others that are named after the tenant.
const LINKS: i64 = 0x7061_7265_6e74;

fn of(row: &PgRow) -> Result<Link, sqlx::Error> {
    Ok(Link {
        id: id(row, "id")?,
        ticket: id(row, "ticket")?,
        kind: word(row, "kind")?,
        other: id(row, "other")?,
    })
}

/// Lets nobody else of this tenant make links that form no circle until the transaction ends: two made at once could close a
/// ring that neither of them sees.
pub async fn hold_single(conn: &mut Conn, tenant: TenantId) -> Result<(), sqlx::Error> {
    // 64 of the tenant id's random bits are enough for a lock's name.
    let name = tenant.uuid().as_u64_pair().1.cast_signed() ^ LINKS;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(name)
        .execute(conn)
        .await?;
    Ok(())
}

/// What there is already of a wished-for link.
pub async fn look(
    conn: &mut Conn,
    ticket: TicketId,
    kind: LinkKind,
    other: TicketId,
) -> Result<Found, sqlx::Error> {
    let row = sqlx::query(
        "WITH RECURSIVE ahead (id) AS (
            SELECT $3::uuid
            UNION
            SELECT l.other FROM ahead JOIN link l ON l.ticket = ahead.id AND l.kind = $2 AND $4
         )
         SELECT (SELECT id FROM link WHERE ticket = $1 AND kind = $2 AND other = $3) AS same,
            EXISTS (SELECT FROM link WHERE ticket = $1 AND kind = $2) AS has_one,
            EXISTS (SELECT FROM ahead WHERE id = $1) AS is_ahead",
    )
    .bind(ticket.uuid())
    .bind(kind.word())
    .bind(other.uuid())
    .bind(is_single(kind))
    .fetch_one(conn)
    .await?;
    Ok(Found {
        same: maybe_id(&row, "same")?,
        has_one: row.try_get("has_one")?,
        is_ahead: row.try_get("is_ahead")?,
    })
}

/// Those of these tickets to which one of that kind is linked as caused by them.
pub async fn that_caused(
    conn: &mut Conn,
    tickets: &[TicketId],
    kind: TicketKind,
) -> Result<Vec<TicketId>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT DISTINCT l.other FROM link l JOIN ticket t ON t.id = l.ticket
         WHERE l.other = ANY($1::uuid[]) AND l.kind = $2 AND t.kind = $3",
    )
    .bind(uuids(tickets.iter().copied()))
    .bind(LinkKind::CausedBy.word())
    .bind(kind.word())
    .fetch_all(conn)
    .await?;
    rows.iter().map(|row| id(row, "other")).collect()
}

/// Writes a new link.
pub async fn insert(conn: &mut Conn, link: &Link, at: DateTime<Utc>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO link (id, ticket, kind, other, linked_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(link.id.uuid())
    .bind(link.ticket.uuid())
    .bind(link.kind.word())
    .bind(link.other.uuid())
    .bind(at)
    .execute(conn)
    .await?;
    Ok(())
}

/// One link.
pub async fn find(conn: &mut Conn, link: LinkId) -> Result<Option<Link>, sqlx::Error> {
    sqlx::query("SELECT id, ticket, kind, other FROM link WHERE id = $1")
        .bind(link.uuid())
        .fetch_optional(conn)
        .await?
        .map(|row| of(&row))
        .transpose()
}

/// Takes a link away; whether it was there.
pub async fn delete(conn: &mut Conn, link: LinkId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM link WHERE id = $1")
        .bind(link.uuid())
        .execute(conn)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Links at either end of these tickets, oldest first.
pub async fn of_tickets(conn: &mut Conn, tickets: &[TicketId]) -> Result<Vec<Link>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT id, ticket, kind, other FROM link
         WHERE ticket = ANY($1::uuid[]) OR other = ANY($1::uuid[]) ORDER BY linked_at, id",
    )
    .bind(uuids(tickets.iter().copied()))
    .fetch_all(conn)
    .await?;
    rows.iter().map(of).collect()
}
