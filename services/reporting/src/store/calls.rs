//! The calls that were offered in a month. What a level makes of them the domain decides.

use chrono::{DateTime, Utc};
use ids::{ContactId, TicketId};
use sqlx::Row;
use sqlx::postgres::PgRow;
use tenancy::Conn;
use uuid::Uuid;

use super::cases::Page;
use crate::domain::service_levels::calls::{Call, Ending};

/// Inbound contacts by telephone. The one that a ticket was opened in is what its agent wrote down of a call that the telephone
/// tells of as well. The tables stand in the order in which a rebuild swaps them.
const OFFERED: &str = "
SELECT c.contact, c.at, c.answered_at, c.ended_at, c.outcome, c.ticket
FROM ticket AS t RIGHT JOIN contact AS c ON t.ticket = c.ticket AND t.opening_contact = c.contact
WHERE c.direction = 'inbound' AND c.channel = 'phone' AND c.at >= $1 AND c.at < $2
  AND t.ticket IS NULL AND (c.at, c.contact) > ($3, $4)
ORDER BY c.at, c.contact LIMIT $5";

/// Where a call stands in the list of its month: when it was offered, and its contact.
pub type Place = (DateTime<Utc>, ContactId);

/// The calls offered between two instants, in their order. A page costs what it holds.
pub async fn offered(
    conn: &mut Conn,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    page: Page,
) -> Result<Vec<Call>, sqlx::Error> {
    let (at, contact) = page.behind(from);
    let rows = sqlx::query(OFFERED)
        .bind(from)
        .bind(to)
        .bind(at)
        .bind(contact)
        .bind(page.limit)
        .persistent(page.limit.is_none())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<Call, sqlx::Error> {
    Ok(Call {
        contact: ContactId::from_uuid(row.try_get::<Uuid, _>("contact")?),
        at: row.try_get("at")?,
        answered_at: row.try_get("answered_at")?,
        ended_at: row.try_get("ended_at")?,
        ending: Ending::of(row.try_get("outcome")?),
        ticket: row
            .try_get::<Option<Uuid>, _>("ticket")?
            .map(TicketId::from_uuid),
    })
}
