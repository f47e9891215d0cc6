//! The timeline, page by page.

use ids::{TenantId, TicketId};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use tenancy::Conn;
use uuid::Uuid;

use super::ticket::{self, ticket_columns};
use super::{Slice, id, maybe_id, word};
use crate::domain::entry::{Detail, Entry, actor};
use crate::domain::ticket::Ticket;

/// What [`of`] reads: the entries of ticket `$1` behind `$2`, `$4` of them; if `$3`, with those hidden from the tenant's roles.
macro_rules! entries {
    () => {
        "SELECT ticket AS of_ticket, position, id AS entry, at, kind AS entry_kind, internal, actor_kind, actor, contact, \
         body, detail FROM entry WHERE ticket = $1 AND position > $2 AND ($3 OR NOT internal) ORDER BY position LIMIT $4"
    };
}

fn of(row: &PgRow) -> Result<Entry, sqlx::Error> {
    let detail: Option<Json<Detail>> = row.try_get("detail")?;
    Ok(Entry {
        id: id(row, "entry")?,
        ticket: id(row, "of_ticket")?,
        position: row.try_get("position")?,
        at: row.try_get("at")?,
        kind: word(row, "entry_kind")?,
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
    let rows = sqlx::query(entries!())
        .bind(ticket.uuid())
        .bind(after)
        .bind(internal)
        .bind(limit + 1)
        .fetch_all(conn)
        .await?;
    let entries = rows.iter().map(of).collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::of(entries, limit))
}

/// A ticket and the first page of its timeline, in one statement.
pub async fn with_ticket(
    conn: &mut Conn,
    tenant: TenantId,
    ticket: TicketId,
    internal: bool,
    limit: i64,
) -> Result<Option<(Ticket, Slice<Entry>)>, sqlx::Error> {
    // The one half and the other, side by side: no row has both, and the ticket's text is sent once.
    let rows = sqlx::query(concat!(
        "SELECT t.*, e.* FROM (SELECT ",
        ticket_columns!(),
        " FROM ticket t WHERE t.id = $1) t FULL JOIN (",
        entries!(),
        ") e ON false ORDER BY e.position"
    ))
    .bind(ticket.uuid())
    .bind(0_i64)
    .bind(internal)
    .bind(limit + 1)
    .fetch_all(conn)
    .await?;
    let (mut found, mut entries) = (None, Vec::with_capacity(rows.len()));
    for row in &rows {
        if row.try_get::<Option<Uuid>, _>("entry")?.is_some() {
            entries.push(of(row)?);
        } else {
            found = Some(ticket::of(tenant, row)?);
        }
    }
    Ok(found.map(|ticket| (ticket, Slice::of(entries, limit))))
}
