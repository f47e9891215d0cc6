//! Contacts: the touches that FCR looks at, and the calls that service levels count.

use std::collections::BTreeMap;

use tenancy::Conn;
use uuid::Uuid;

use super::Set;
use crate::domain::projection::ContactRow;

// A contact may be recorded before its ticket is known; later the ticket comes in and never goes away again.
const UPSERT: &str = "
INSERT INTO contact{n} AS c (contact, ticket, at, direction, channel, outcome, agent, answered_at, ended_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::timestamptz[], $9::timestamptz[])
ON CONFLICT (contact) DO UPDATE SET ticket = coalesce(c.ticket, excluded.ticket)";

/// Takes contacts in.
pub async fn upsert(
    conn: &mut Conn,
    set: Set,
    contacts: &BTreeMap<Uuid, ContactRow>,
) -> Result<(), sqlx::Error> {
    if contacts.is_empty() {
        return Ok(());
    }
    let rows: Vec<(&Uuid, &ContactRow)> = contacts.iter().collect();
    sqlx::query(set.sql(UPSERT))
        .bind(rows.iter().map(|r| *r.0).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.1.ticket).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.1.at).collect::<Vec<_>>())
        .bind(
            rows.iter()
                .map(|r| r.1.direction.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(rows.iter().map(|r| r.1.channel).collect::<Vec<_>>())
        .bind(
            rows.iter()
                .map(|r| r.1.outcome.as_str())
                .collect::<Vec<_>>(),
        )
        .bind(rows.iter().map(|r| r.1.agent).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.1.answered_at).collect::<Vec<_>>())
        .bind(rows.iter().map(|r| r.1.ended_at).collect::<Vec<_>>())
        .execute(conn)
        .await?;
    Ok(())
}
