//! Sites of a tenant, in its schema.

use chrono::{DateTime, Utc};
use ids::SiteId;
use tenancy::Tx;
use uuid::Uuid;

use super::unless_taken;
use crate::domain::site::Site;
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    version: i64,
    name: String,
    country: Option<String>,
}

impl From<Row> for Site {
    fn from(row: Row) -> Self {
        Self {
            id: SiteId::from_uuid(row.id),
            version: row.version,
            name: row.name,
            country: row.country,
        }
    }
}

/// A new site; false if another has the name.
pub async fn insert(tx: &mut Tx, new: &Site, now: DateTime<Utc>) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO site (id, version, name, country, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5)",
    )
    .bind(new.id.uuid())
    .bind(new.version)
    .bind(&new.name)
    .bind(&new.country)
    .bind(now)
    .execute(tx.conn())
    .await;
    unless_taken(done, "site_name")
}

/// A site that nobody else changes until this transaction ends.
pub async fn lock(tx: &mut Tx, id: SiteId) -> Result<Site, Error> {
    sqlx::query_as::<_, Row>("SELECT id, version, name, country FROM site WHERE id = $1 FOR UPDATE")
        .bind(id.uuid())
        .fetch_optional(tx.conn())
        .await?
        .map(Site::from)
        .ok_or(Error::NotFound("site"))
}

/// Writes a locked site as it is now; false if another has the name.
pub async fn update(tx: &mut Tx, site: &Site, now: DateTime<Utc>) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE site SET version = $2, name = $3, country = $4, changed_at = $5 WHERE id = $1",
    )
    .bind(site.id.uuid())
    .bind(site.version)
    .bind(&site.name)
    .bind(&site.country)
    .bind(now)
    .execute(tx.conn())
    .await;
    unless_taken(done, "site_name")
}

/// Those of `wanted` that there are.
pub async fn by_ids(tx: &mut Tx, wanted: &[SiteId]) -> Result<Vec<Site>, Error> {
    let rows =
        sqlx::query_as::<_, Row>("SELECT id, version, name, country FROM site WHERE id = ANY($1)")
            .bind(wanted.iter().map(|s| s.uuid()).collect::<Vec<_>>())
            .fetch_all(tx.conn())
            .await?;
    Ok(rows.into_iter().map(Site::from).collect())
}

/// All of them by name, as many as a list may have.
pub async fn list(tx: &mut Tx) -> Result<Vec<Site>, Error> {
    let rows = sqlx::query_as::<_, Row>(
        "SELECT id, version, name, country FROM site \
         ORDER BY lower(shared.unaccented(name)) COLLATE \"C\", id LIMIT 1000",
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Site::from).collect())
}
