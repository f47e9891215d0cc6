//! Values that were entered by hand. Rows are added, never changed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ids::PersonId;
use sqlx::Row;
use sqlx::postgres::PgRow;
use tenancy::Conn;
use uuid::Uuid;

use crate::domain::month::Month;
use crate::domain::service_levels::measure::Measure;

/// Where an entry stands in the list: when it was entered, of which level, which revision.
pub type Place = (DateTime<Utc>, String, i32);

const COLUMNS: &str = "level, revision, numerator, denominator, source, entered_by, entered_at";

fn read(row: &PgRow) -> Result<Measure, sqlx::Error> {
    Ok(Measure {
        level: row.try_get("level")?,
        revision: row.try_get("revision")?,
        numerator: row.try_get("numerator")?,
        denominator: row.try_get("denominator")?,
        source: row.try_get("source")?,
        by: PersonId::from_uuid(row.try_get::<Uuid, _>("entered_by")?),
        at: row.try_get("entered_at")?,
    })
}

/// Of each level the entry that counts in a month.
pub async fn latest(
    conn: &mut Conn,
    month: Month,
) -> Result<BTreeMap<String, Measure>, sqlx::Error> {
    let sql = format!(
        "SELECT DISTINCT ON (level) {COLUMNS} FROM measure WHERE month = $1 ORDER BY level, revision DESC"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(month.first())
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| read(row).map(|m| (m.level.clone(), m)))
        .collect()
}

/// One entry.
pub async fn find(
    conn: &mut Conn,
    month: Month,
    level: &str,
    revision: i32,
) -> Result<Option<Measure>, sqlx::Error> {
    let sql =
        format!("SELECT {COLUMNS} FROM measure WHERE month = $1 AND level = $2 AND revision = $3");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(month.first())
        .bind(level)
        .bind(revision)
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Adds an entry.
pub async fn add(conn: &mut Conn, month: Month, measure: &Measure) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO measure (month, level, revision, numerator, denominator, source, entered_by, entered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(month.first())
    .bind(&measure.level)
    .bind(measure.revision)
    .bind(measure.numerator)
    .bind(measure.denominator)
    .bind(&measure.source)
    .bind(measure.by.uuid())
    .bind(measure.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The next `limit` entries of a month behind `after`, the latest first; of one level if one is named.
pub async fn page(
    conn: &mut Conn,
    month: Month,
    level: Option<&str>,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Measure>, sqlx::Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM measure
         WHERE month = $1 AND ($2::text IS NULL OR level = $2)
           AND ($3::timestamptz IS NULL OR (entered_at, level, revision) < ($3, $4, $5))
         ORDER BY entered_at DESC, level DESC, revision DESC LIMIT $6"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(month.first())
        .bind(level)
        .bind(after.map(|a| a.0))
        .bind(after.map(|a| a.1.as_str()))
        .bind(after.map(|a| a.2))
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}
