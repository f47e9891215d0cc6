//! Vendors of a tenant, in its schema.

use chrono::{DateTime, Utc};
use ids::VendorId;
use tenancy::Tx;
use uuid::Uuid;

use super::unless_taken;
use crate::domain::vendor::Vendor;
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    version: i64,
    name: String,
    retired: bool,
}

impl From<Row> for Vendor {
    fn from(row: Row) -> Self {
        Self {
            id: VendorId::from_uuid(row.id),
            version: row.version,
            name: row.name,
            retired: row.retired,
        }
    }
}

/// A new vendor; false if another has the name.
pub async fn insert(tx: &mut Tx, new: &Vendor, now: DateTime<Utc>) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO vendor (id, version, name, retired, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $5)",
    )
    .bind(new.id.uuid())
    .bind(new.version)
    .bind(&new.name)
    .bind(new.retired)
    .bind(now)
    .execute(tx.conn())
    .await;
    unless_taken(done, "vendor_name")
}

/// A vendor that nobody else changes until this transaction ends.
pub async fn lock(tx: &mut Tx, id: VendorId) -> Result<Vendor, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, version, name, retired FROM vendor WHERE id = $1 FOR UPDATE",
    )
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?
    .map(Vendor::from)
    .ok_or(Error::NotFound("vendor"))
}

/// Writes a locked vendor as it is now; false if another has the name.
pub async fn update(tx: &mut Tx, vendor: &Vendor, now: DateTime<Utc>) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE vendor SET version = $2, name = $3, retired = $4, changed_at = $5 WHERE id = $1",
    )
    .bind(vendor.id.uuid())
    .bind(vendor.version)
    .bind(&vendor.name)
    .bind(vendor.retired)
    .bind(now)
    .execute(tx.conn())
    .await;
    unless_taken(done, "vendor_name")
}

/// Those of `wanted` that there are.
pub async fn by_ids(tx: &mut Tx, wanted: &[VendorId]) -> Result<Vec<Vendor>, Error> {
    let rows = sqlx::query_as::<_, Row>(
        "SELECT id, version, name, retired FROM vendor WHERE id = ANY($1)",
    )
    .bind(wanted.iter().map(|v| v.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Vendor::from).collect())
}

/// Up to `limit` by name, behind the name and id of the last one seen.
pub async fn page(
    tx: &mut Tx,
    retired_too: bool,
    after: Option<&(String, VendorId)>,
    limit: i64,
) -> Result<Vec<Vendor>, Error> {
    let rows = sqlx::query_as::<_, Row>(
        "SELECT id, version, name, retired FROM vendor \
         WHERE (NOT retired OR $1) AND ($2::text IS NULL OR \
           (lower(shared.unaccented(name)) COLLATE \"C\", id) > (lower(shared.unaccented($2)) COLLATE \"C\", $3)) \
         ORDER BY lower(shared.unaccented(name)) COLLATE \"C\", id LIMIT $4",
    )
    .bind(retired_too)
    .bind(after.map(|a| &a.0))
    .bind(after.map(|a| a.1.uuid()))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Vendor::from).collect())
}
