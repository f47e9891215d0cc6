//! What is known of a ticket by its latest snapshot.

use std::collections::BTreeMap;

use ids::TicketId;
use tenancy::Conn;
use uuid::Uuid;

use super::Set;
use crate::domain::projection::TicketRow;

// What only the opening tells (and an import's name of the application, which later snapshots do not know) is merged apart from the snapshot, so that the order of arrival does not matter. A row
// that is not newer is locked all the same: two batches that touch a ticket take turns.
const UPSERT: &str = "
INSERT INTO ticket{n} AS t (ticket, version, kind, priority, application, channel, major, tool, opening_contact, direct_to_n3)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[], $8::text[], $9::uuid[], $10::bool[])
ON CONFLICT (ticket) DO UPDATE SET
  version = excluded.version,
  kind = excluded.kind,
  priority = excluded.priority,
  application = CASE WHEN t.tool IS NULL THEN excluded.application ELSE coalesce(excluded.application, t.application) END,
  channel = excluded.channel,
  major = excluded.major,
  tool = coalesce(excluded.tool, t.tool),
  opening_contact = coalesce(excluded.opening_contact, t.opening_contact),
  direct_to_n3 = excluded.direct_to_n3 OR t.direct_to_n3
WHERE excluded.version > t.version";

/// Takes in the snapshots and locks every ticket of the batch, in the order of ids so that no two batches can block
/// each other.
pub async fn upsert(
    conn: &mut Conn,
    set: Set,
    tickets: &BTreeMap<Uuid, TicketRow>,
) -> Result<(), sqlx::Error> {
    if tickets.is_empty() {
        return Ok(());
    }
    let rows: Vec<(&Uuid, &TicketRow)> = tickets.iter().collect();
    sqlx::query(set.sql(UPSERT))
        .bind(rows.iter().map(|r| *r.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.1.version).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.1.kind).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.1.priority).collect::<Vec<_>>())
        .bind(
            rows.iter()
                .map(|r| r.1.application.as_deref())
                .collect::<Vec<_>>(),
        )
        .bind(rows.iter().map(|r| r.1.channel).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.1.major).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.1.tool.as_deref()).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.1.opening_contact).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.1.direct_to_n3).collect::<Vec<_>>())
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether a fact has told of a ticket.
pub async fn is_known(conn: &mut Conn, ticket: TicketId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM ticket WHERE ticket = $1)")
        .bind(ticket.uuid())
        .fetch_one(conn)
        .await
}
