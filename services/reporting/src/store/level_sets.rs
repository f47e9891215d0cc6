//! What is agreed, version by version.

use chrono::{DateTime, Utc};
use ids::PersonId;
use sqlx::Row;
use tenancy::Conn;
use uuid::Uuid;

use super::month;
use crate::domain::service_levels::level::LevelSet;
use crate::domain::service_levels::windows::Windows;
use crate::error::Error;

/// A set of levels, who wrote it and when.
#[derive(Debug, Clone)]
pub struct KeptSet {
    /// What is agreed.
    pub set: LevelSet,
    /// Who wrote it.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Every version, the latest first. A contract has few.
pub async fn all(conn: &mut Conn) -> Result<Vec<KeptSet>, Error> {
    let rows = sqlx::query(
        "SELECT version, effective_from, contract_start, time_zone, levels, windows, written_by, written_at FROM level_set
         ORDER BY version DESC",
    )
    .fetch_all(conn)
    .await?;
    rows.iter()
        .map(|row| {
            let levels: String = row.try_get("levels")?;
            let windows: Option<String> = row.try_get("windows")?;
            let windows = windows.map(|w| serde_json::from_str::<Windows>(&w));
            Ok(KeptSet {
                set: LevelSet {
                    version: row.try_get("version")?,
                    effective_from: month(row, "effective_from")?,
                    contract_start: month(row, "contract_start")?,
                    time_zone: row.try_get("time_zone")?,
                    levels: serde_json::from_str(&levels)?,
                    windows: windows.transpose()?.unwrap_or_default(),
                },
                by: PersonId::from_uuid(row.try_get::<Uuid, _>("written_by")?),
                at: row.try_get("written_at")?,
            })
        })
        .collect()
}

/// Writes a version.
pub async fn add(conn: &mut Conn, kept: &KeptSet) -> Result<(), Error> {
    let windows = Some(&kept.set.windows).filter(|w| !w.is_empty());
    sqlx::query(
        "INSERT INTO level_set (version, effective_from, contract_start, time_zone, levels, windows, written_by, written_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(kept.set.version)
    .bind(kept.set.effective_from.first())
    .bind(kept.set.contract_start.first())
    .bind(&kept.set.time_zone)
    .bind(serde_json::to_string(&kept.set.levels)?)
    .bind(windows.map(serde_json::to_string).transpose()?)
    .bind(kept.by.uuid())
    .bind(kept.at)
    .execute(conn)
    .await?;
    Ok(())
}
