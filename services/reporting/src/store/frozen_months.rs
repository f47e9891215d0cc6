//! Months that were closed. Rows are added, never changed.

use ids::PersonId;
use sqlx::Row;
use sqlx::postgres::PgRow;
use tenancy::Conn;
use uuid::Uuid;

use super::month;
use crate::domain::month::Month;
use crate::domain::service_levels::frozen::{Contents, Frozen, Revision};

/// Where a revision stands in the list: its month's first day, and its number.
pub type Place = (chrono::NaiveDate, i32);

// The digest of the revision before is read where it stands: whoever changes it there breaks the chain.
const REVISION: &str = "f.month, f.revision, f.reason, f.frozen_by, f.frozen_at, f.digest, f.digest_version, \
                        (SELECT b.digest FROM frozen_month AS b WHERE b.month = f.month AND b.revision = f.revision - 1) AS previous";
/// As large as the month has tickets.
const CONTENTS: &str = "f.inputs, f.figures";

fn revision(row: &PgRow) -> Result<Revision, sqlx::Error> {
    Ok(Revision {
        month: month(row, "month")?,
        number: row.try_get("revision")?,
        reason: row.try_get("reason")?,
        by: PersonId::from_uuid(row.try_get::<Uuid, _>("frozen_by")?),
        at: row.try_get("frozen_at")?,
        digest: row.try_get("digest")?,
        digest_version: row.try_get("digest_version")?,
        previous: row.try_get("previous")?,
    })
}

fn contents(row: &PgRow) -> Result<Contents, sqlx::Error> {
    Ok(Contents {
        inputs: row.try_get("inputs")?,
        figures: row.try_get("figures")?,
    })
}

/// A revision of a month; the one in force if none is named.
pub async fn find(
    conn: &mut Conn,
    month: Month,
    number: Option<i32>,
) -> Result<Option<Frozen>, sqlx::Error> {
    let sql = format!(
        "SELECT {REVISION}, {CONTENTS} FROM frozen_month AS f WHERE f.month = $1 AND ($2::int IS NULL OR f.revision = $2)
         ORDER BY f.revision DESC LIMIT 1"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(month.first())
        .bind(number)
        .fetch_optional(conn)
        .await?;
    row.map(|row| {
        Ok(Frozen {
            revision: revision(&row)?,
            contents: contents(&row)?,
        })
    })
    .transpose()
}

/// Number and digest of the revision in force; none if the month was never frozen.
pub async fn latest(conn: &mut Conn, month: Month) -> Result<Option<(i32, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT revision, digest FROM frozen_month WHERE month = $1 ORDER BY revision DESC LIMIT 1",
    )
    .bind(month.first())
    .fetch_optional(conn)
    .await
}

/// The months that have been frozen, the first one first.
pub async fn months(conn: &mut Conn) -> Result<Vec<Month>, sqlx::Error> {
    let first: Vec<chrono::NaiveDate> =
        sqlx::query_scalar("SELECT DISTINCT month FROM frozen_month ORDER BY month")
            .fetch_all(conn)
            .await?;
    Ok(first.into_iter().map(Month::of).collect())
}

/// Adds a revision.
pub async fn add(conn: &mut Conn, frozen: &Frozen) -> Result<(), sqlx::Error> {
    let Frozen { revision, contents } = frozen;
    sqlx::query(
        "INSERT INTO frozen_month (month, revision, reason, inputs, figures, digest, digest_version, frozen_by, frozen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(revision.month.first())
    .bind(revision.number)
    .bind(&revision.reason)
    .bind(&contents.inputs)
    .bind(&contents.figures)
    .bind(&revision.digest)
    .bind(revision.digest_version)
    .bind(revision.by.uuid())
    .bind(revision.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The next `limit` revisions behind `after`, the latest month and revision first; of one month if one is named. What they
/// hold is read only if it is `wanted`.
pub async fn page(
    conn: &mut Conn,
    month: Option<Month>,
    wanted: bool,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<(Revision, Option<Contents>)>, sqlx::Error> {
    let held = if wanted {
        format!(", {CONTENTS}")
    } else {
        String::new()
    };
    let sql = format!(
        "SELECT {REVISION}{held} FROM frozen_month AS f
         WHERE ($1::date IS NULL OR f.month = $1) AND ($2::date IS NULL OR (f.month, f.revision) < ($2, $3))
         ORDER BY f.month DESC, f.revision DESC LIMIT $4"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(month.map(Month::first))
        .bind(after.map(|a| a.0))
        .bind(after.map(|a| a.1))
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.iter()
        .map(|row| {
            let held = wanted.then(|| contents(row)).transpose()?;
            Ok((revision(row)?, held))
        })
        .collect()
}
