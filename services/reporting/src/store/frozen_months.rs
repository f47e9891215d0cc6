//! Months that were closed. Rows are added, never changed.

use ids::PersonId;
use sqlx::Row;
use sqlx::postgres::PgRow;
use tenancy::Conn;
use uuid::Uuid;

use super::month;
use crate::domain::month::Month;
use crate::domain::service_levels::frozen::Frozen;

/// Where a revision stands in the list: its month's first day, and its number.
pub type Place = (chrono::NaiveDate, i32);

const COLUMNS: &str = "month, revision, reason, inputs, figures, digest, frozen_by, frozen_at";

fn read(row: &PgRow) -> Result<Frozen, sqlx::Error> {
    Ok(Frozen {
        month: month(row, "month")?,
        revision: row.try_get("revision")?,
        reason: row.try_get("reason")?,
        inputs: row.try_get("inputs")?,
        figures: row.try_get("figures")?,
        digest: row.try_get("digest")?,
        by: PersonId::from_uuid(row.try_get::<Uuid, _>("frozen_by")?),
        at: row.try_get("frozen_at")?,
    })
}

/// A revision of a month; the one in force if none is named.
pub async fn find(
    conn: &mut Conn,
    month: Month,
    revision: Option<i32>,
) -> Result<Option<Frozen>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM frozen_month WHERE month = $1 AND ($2::int IS NULL OR revision = $2)
         ORDER BY revision DESC LIMIT 1"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(month.first())
        .bind(revision)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// The number of the revision in force; 0 if the month was never frozen.
pub async fn latest(conn: &mut Conn, month: Month) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar("SELECT coalesce(max(revision), 0) FROM frozen_month WHERE month = $1")
        .bind(month.first())
        .fetch_one(conn)
        .await
}

/// Adds a revision.
pub async fn add(conn: &mut Conn, frozen: &Frozen) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO frozen_month (month, revision, reason, inputs, figures, digest, frozen_by, frozen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(frozen.month.first())
    .bind(frozen.revision)
    .bind(&frozen.reason)
    .bind(&frozen.inputs)
    .bind(&frozen.figures)
    .bind(&frozen.digest)
    .bind(frozen.by.uuid())
    .bind(frozen.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The next `limit` revisions behind `after`, the latest month and revision first; of one month if one is named.
pub async fn page(
    conn: &mut Conn,
    month: Option<Month>,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Frozen>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM frozen_month
         WHERE ($1::date IS NULL OR month = $1) AND ($2::date IS NULL OR (month, revision) < ($2, $3))
         ORDER BY month DESC, revision DESC LIMIT $4"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(month.map(Month::first))
        .bind(after.map(|a| a.0))
        .bind(after.map(|a| a.1))
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}
