//! The SQL of a rebuild: one transaction, a cursor over all facts, second tables, a swap.

use events::Envelope;
use ids::TenantId;
use sqlx::Row;
use tenancy::Conn;

use super::facts;
use crate::error::Error;

/// Empties the second tables and remembers what is visible now. None if another rebuild of the tenant is under way.
pub async fn prepare(conn: &mut Conn) -> Result<Option<String>, sqlx::Error> {
    let free: bool = sqlx::query_scalar("SELECT shared.reports_prepare()")
        .fetch_one(&mut *conn)
        .await?;
    if !free {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT pg_current_snapshot()::text")
        .fetch_one(conn)
        .await
        .map(Some)
}

/// Opens the cursor over everything that was kept so far.
pub async fn open(conn: &mut Conn) -> Result<(), sqlx::Error> {
    // Grouped by subject, so that a ticket's events come in few chunks; the projection itself needs no order.
    let sql = format!(
        "DECLARE kept NO SCROLL CURSOR FOR SELECT {} FROM facts ORDER BY subject, source, sequence",
        facts::COLUMNS
    );
    // Not prepared for later: the cursor that a FETCH names is another one each time.
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .persistent(false)
        .execute(conn)
        .await?;
    Ok(())
}

/// The next chunk; empty at the end.
pub async fn chunk(conn: &mut Conn, tenant: TenantId) -> Result<Vec<Envelope>, Error> {
    let rows = sqlx::query("FETCH 2000 FROM kept")
        .persistent(false)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|r| facts::read(Some(tenant), r).map(|r| r.1))
        .collect()
}

/// From here on no batch of the tenant is taken in until the transaction ends. Gives what arrived since the snapshot.
pub async fn close(
    conn: &mut Conn,
    tenant: TenantId,
    snapshot: &str,
) -> Result<Vec<Envelope>, Error> {
    sqlx::query("CLOSE kept")
        .persistent(false)
        .execute(&mut *conn)
        .await?;
    sqlx::query("SELECT shared.reports_close()")
        .execute(&mut *conn)
        .await?;
    let sql = format!(
        "SELECT {} FROM facts WHERE NOT pg_visible_in_snapshot(received, $1::text::pg_snapshot) ORDER BY position",
        facts::COLUMNS
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(snapshot)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|r| facts::read(Some(tenant), r).map(|r| r.1))
        .collect()
}

/// Every ticket that the second tables know, in chunks' order.
pub async fn tickets(conn: &mut Conn) -> Result<Vec<uuid::Uuid>, sqlx::Error> {
    let rows = sqlx::query("SELECT ticket FROM ticket_next ORDER BY ticket")
        .fetch_all(conn)
        .await?;
    rows.iter().map(|r| r.try_get("ticket")).collect()
}

/// Puts the second tables in the place of the first.
pub async fn swap(conn: &mut Conn) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT shared.reports_swap()")
        .execute(conn)
        .await?;
    Ok(())
}
