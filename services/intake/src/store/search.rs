//! Text search over subject, description and the conversation: Postgres full text in Spanish and English, accents
//! taken off on both sides.

use ids::{PersonId, TenantId};
use serde::{Deserialize, Serialize};
use sqlx::Row as _;
use tenancy::Conn;
use uuid::Uuid;

use super::Slice;
use super::ticket::{of, ticket_columns};
use crate::domain::ticket::Ticket;

/// Where a page ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Place {
    /// How well the ticket fits.
    pub rank: f32,
    /// The ticket.
    pub id: Uuid,
}

/// A ticket that was found, and how well it fits.
pub type Hit = (Ticket, Place);

/// Tickets that fit, best first: by number, by subject (A) and description (B), by what was written in the
/// conversation (D). `internal`: internal notes are searched too. Of `own` alone if that is given.
pub async fn page(
    conn: &mut Conn,
    tenant: TenantId,
    own: Option<PersonId>,
    internal: bool,
    text: &str,
    after: Option<Place>,
    limit: i64,
) -> Result<Slice<Hit>, sqlx::Error> {
    let rows = sqlx::query(concat!(
        "WITH asked AS (
            SELECT websearch_to_tsquery('spanish', shared.unaccented($1))
                || websearch_to_tsquery('english', shared.unaccented($1)) AS q
         ), hit AS (
            SELECT t.id, ts_rank(t.words, q) AS rank FROM ticket t, asked WHERE t.words @@ q
            UNION ALL
            SELECT e.ticket, ts_rank(e.words, q) FROM entry e, asked WHERE e.words @@ q AND ($2 OR NOT e.internal)
            UNION ALL
            SELECT t.id, 10::real FROM ticket t WHERE t.number = upper(btrim($1))
         ), best AS (
            SELECT id, max(rank) AS rank FROM hit GROUP BY id
         )
         SELECT ",
        ticket_columns!(),
        ", best.rank FROM best JOIN ticket t USING (id)
         WHERE ($3::uuid IS NULL OR t.requester = $3)
            AND ($4::real IS NULL OR (best.rank, t.id) < ($4, $5))
         ORDER BY best.rank DESC, t.id DESC LIMIT $6"
    ))
    .bind(text)
    .bind(internal)
    .bind(own.map(ids::PersonId::uuid))
    .bind(after.map(|a| a.rank))
    .bind(after.map(|a| a.id))
    .bind(limit + 1)
    .fetch_all(conn)
    .await?;
    let hits = rows
        .iter()
        .map(|row| {
            let ticket = of(tenant, row)?;
            let place = Place {
                rank: row.try_get("rank")?,
                id: ticket.id.uuid(),
            };
            Ok((ticket, place))
        })
        .collect::<Result<Vec<_>, sqlx::Error>>()?;
    Ok(Slice::of(hits, limit))
}
