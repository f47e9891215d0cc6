//! The timeline, page by page.

use ids::TicketId;
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use tenancy::Conn;

use super::{Slice, id, maybe_id, word};
use crate::domain::entry::{Detail, Entry, actor};

fn of(row: &PgRow) -> Result<Entry, sqlx::Error> {
    let detail: Option<Json<Detail>> = row.try_get("detail")?;
    Ok(Entry {
        id: id(row, "id")?,
        ticket: id(row, "ticket")?,
        position: row.try_get("position")?,
        at: row.try_get("at")?,
        kind: word(row, "kind")?,
        internal: row.try_get("internal")?,
        by: actor(row.try_get("actor_kind")?, maybe_id(row, "actor")?),
        contact: maybe_id(row, "contact")?,
        body: row.try_get("body")?,
        detail: detail.map(|d| d.0).unwrap_or_default(),
    })
}

/// Entries behind `after`, in the order in which intake came to know. `internal`: with those hidden from the tenant's roles.
pub async fn page(
    conn: &mut Conn,
    ticket: TicketId,
    internal: bool,
    after: i64,
    limit: i64,
) -> Result<Slice<Entry>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT ticket, position, id, at, kind, internal, actor_kind, actor, contact, body, detail FROM entry
         WHERE ticket = $1 AND position > $2 AND ($3 OR NOT internal) ORDER BY position LIMIT $4",
    )
    .bind(ticket.uuid())
    .bind(after)
    .bind(internal)
    .bind(limit + 1)
    .fetch_all(conn)
    .await?;
    let entries = rows.iter().map(of).collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::of(entries, limit))
}
