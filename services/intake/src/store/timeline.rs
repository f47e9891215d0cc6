//! The timeline, page by page.

use std::collections::HashMap;

use ids::{TenantId, TicketId};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use tenancy::Conn;
use uuid::Uuid;

use super::ticket::{self, ticket_columns};
use super::{Slice, id, maybe_id, uuids, word};
use crate::domain::entry::{Detail, Entry, actor};
use crate::domain::ticket::Ticket;

/// What [`of`] reads: the entries of a ticket behind a position, `$4` of them; if `$3`, with those hidden from the tenant's roles.
macro_rules! entries {
    ($ticket:literal, $after:literal) => {
        concat!(
            "SELECT ticket AS of_ticket, position, id AS entry, at, kind AS entry_kind, internal, actor_kind, actor, contact, \
             body, detail FROM entry WHERE ticket = ",
            $ticket,
            " AND position > ",
            $after,
            " AND ($3 OR NOT internal) ORDER BY position LIMIT $4"
        )
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

/// A page: so many entries of a ticket behind a position, which is 0 for the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Page {
    /// Whose.
    pub ticket: TicketId,
    /// Behind it.
    pub after: i64,
    /// At most.
    pub limit: i64,
}

/// Pages, each in the order in which intake came to know, in one statement. `internal`: with entries hidden from the tenant's roles.
pub async fn pages(
    conn: &mut Conn,
    wanted: &[Page],
    internal: bool,
) -> Result<HashMap<Page, Slice<Entry>>, sqlx::Error> {
    let most = wanted.iter().map(|page| page.limit).max().unwrap_or(0);
    let rows = sqlx::query(concat!(
        "SELECT k.after, e.* FROM (SELECT DISTINCT w.ticket, w.after FROM unnest($1::uuid[], $2::bigint[]) AS w (ticket, after)) k \
         CROSS JOIN LATERAL (",
        entries!("k.ticket", "k.after"),
        ") e ORDER BY e.position"
    ))
    .bind(uuids(wanted.iter().map(|page| page.ticket)))
    .bind(wanted.iter().map(|page| page.after).collect::<Vec<_>>())
    .bind(internal)
    .bind(most + 1)
    .fetch_all(conn)
    .await?;
    let mut found: HashMap<(TicketId, i64), Vec<Entry>> = HashMap::new();
    for row in &rows {
        let entry = of(row)?;
        let key = (entry.ticket, row.try_get("after")?);
        found.entry(key).or_default().push(entry);
    }
    let of_page = |page: &Page| {
        let entries = found.get(&(page.ticket, page.after));
        Slice::of(entries.cloned().unwrap_or_default(), page.limit)
    };
    Ok(wanted.iter().map(|page| (*page, of_page(page))).collect())
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
        entries!("$1", "$2"),
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
