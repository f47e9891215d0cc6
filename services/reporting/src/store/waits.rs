//! How long tickets waited for the client: read from their kept events when it is asked for.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use events::Word;
use events::intake::TicketState;
use ids::TicketId;
use sqlx::Row;
use tenancy::Conn;
use uuid::Uuid;

/// A stay lasts to the next event that tells a state; the last one lasts on. What lies behind `$2` has not happened yet.
const WAITED: &str = "
SELECT ticket, floor(sum(extract(epoch FROM least(coalesce(until, $2), $2) - at)))::bigint AS seconds
FROM (SELECT ticket, at, state, lead(at) OVER (PARTITION BY ticket ORDER BY at, source, seq) AS until
      FROM step WHERE ticket = ANY($1) AND state IS NOT NULL) AS told
WHERE state = ANY($3) AND at < $2
GROUP BY ticket";

/// States in which the client owes something.
const CLIENT: [TicketState; 2] = [
    TicketState::WaitingForRequester,
    TicketState::WaitingForApproval,
];

/// Seconds that each of some tickets waited for the client up to an instant. Those that never did are left out.
pub async fn for_client(
    conn: &mut Conn,
    tickets: &[TicketId],
    as_of: DateTime<Utc>,
) -> Result<BTreeMap<TicketId, i64>, sqlx::Error> {
    if tickets.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = sqlx::query(WAITED)
        .bind(tickets.iter().map(|t| t.uuid()).collect::<Vec<_>>())
        .bind(as_of)
        .bind(CLIENT.map(Word::word).to_vec())
        // Planned each time: for a page as well as for a month.
        .persistent(false)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let ticket = TicketId::from_uuid(row.try_get::<Uuid, _>("ticket")?);
            Ok((ticket, row.try_get("seconds")?))
        })
        .collect()
}
