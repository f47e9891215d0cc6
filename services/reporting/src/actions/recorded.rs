//! How far an import has come, as seen from here.

use ids::TenantId;
use sqlx::Row;
use tenancy::ServiceDb;

use crate::error::Error;

/// What has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// Rows of the tool's history.
    pub rows: i64,
    /// Cases of it.
    pub cases: i64,
    /// Facts of every kind that the tenant has here: stands still when all has come.
    pub facts: i64,
}

/// Counts what has arrived of `tool`'s history in a tenant.
///
/// # Errors
/// What the database says.
pub async fn recorded(db: &ServiceDb, tenant: TenantId, tool: &str) -> Result<Recorded, Error> {
    let mut tx = db.begin_fact(tenant).await?;
    let row = sqlx::query(
        "SELECT coalesce(sum(s.events), 0)::bigint AS rows, count(*) AS cases, (SELECT coalesce(sum(i.sequence), 0)::bigint FROM inbox AS i) AS facts
         FROM ticket_summary AS s JOIN ticket AS t ON t.ticket = s.ticket WHERE t.tool = $1",
    )
    .bind(tool)
    .fetch_one(tx.conn())
    .await?;
    let recorded = Recorded {
        rows: row.try_get("rows")?,
        cases: row.try_get("cases")?,
        facts: row.try_get("facts")?,
    };
    tx.commit().await?;
    Ok(recorded)
}
