//! Who held tickets from when on.

use ids::TicketId;
use tenancy::Tx;

use crate::domain::happened::Held;
use crate::domain::words::word as written;
use crate::error::Error;

/// Puts down who holds tickets; what stands there already stays as it is. Gives back the version of the book.
pub async fn add(tx: &mut Tx, held: &[(TicketId, Held)]) -> Result<i64, Error> {
    let all = || held.iter().map(|(_, h)| h);
    Ok(sqlx::query_scalar(
        "WITH added AS (INSERT INTO ticket_holder (ticket, sequence, at, held_by, line, origin) \
           SELECT ticket, sequence, at, held_by, line, origin \
           FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::uuid[], $5::smallint[], $6::text[]) \
           AS h (ticket, sequence, at, held_by, line, origin) ON CONFLICT (ticket, sequence) DO NOTHING) \
         SELECT version FROM book",
    )
    .bind(held.iter().map(|(t, _)| t.uuid()).collect::<Vec<_>>())
    .bind(all().map(|h| h.sequence).collect::<Vec<_>>())
    .bind(all().map(|h| h.at).collect::<Vec<_>>())
    .bind(all().map(|h| h.group.uuid()).collect::<Vec<_>>())
    .bind(all().map(|h| h.line).collect::<Vec<_>>())
    .bind(all().map(|h| written(&h.origin)).collect::<Vec<_>>())
    .fetch_one(tx.conn())
    .await?)
}
