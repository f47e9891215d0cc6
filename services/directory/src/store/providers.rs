//! Providers, as the platform knows them.

use chrono::{DateTime, Utc};
use ids::ProviderId;
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::tenant::Provider;
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    slug: String,
    name: String,
}

impl From<Row> for Provider {
    fn from(row: Row) -> Self {
        Self {
            id: ProviderId::from_uuid(row.id),
            slug: row.slug,
            name: row.name,
        }
    }
}

/// Promises a provider. The promise of the same slug that was not kept yet is taken over; none if the slug is taken.
pub async fn promise(
    tx: &mut Tx,
    new: &Provider,
    now: DateTime<Utc>,
) -> Result<Option<Provider>, Error> {
    let row = sqlx::query_as::<_, Row>(
        "INSERT INTO platform.provider_record (id, slug, name, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (slug) DO UPDATE SET name = excluded.name WHERE provider_record.sequence = 0 \
         RETURNING id, slug, name",
    )
    .bind(new.id.uuid())
    .bind(&new.slug)
    .bind(&new.name)
    .bind(now)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Provider::from))
}

/// Marks a promise as kept; false if it was before.
pub async fn announced(tx: &mut Tx, id: ProviderId) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE platform.provider_record SET sequence = 1 WHERE id = $1 AND sequence = 0",
    )
    .bind(id.uuid())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Promises of before `before` that nobody kept.
pub async fn broken_promises(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<Provider>, Error> {
    let rows = sqlx::query_as::<_, Row>(
        "SELECT id, slug, name FROM platform.provider_record WHERE sequence = 0 AND created_at < $1 \
         ORDER BY created_at LIMIT 100",
    )
    .bind(before)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Provider::from).collect())
}

/// By id.
pub async fn by_id(tx: &mut Tx, id: ProviderId) -> Result<Option<Provider>, Error> {
    let row = sqlx::query_as::<_, Row>(
        "SELECT id, slug, name FROM platform.provider_record WHERE id = $1 AND sequence > 0",
    )
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Provider::from))
}

/// By slug.
pub async fn by_slug(tx: &mut Tx, slug: &str) -> Result<Option<Provider>, Error> {
    let row = sqlx::query_as::<_, Row>(
        "SELECT id, slug, name FROM platform.provider_record WHERE slug = $1 AND sequence > 0",
    )
    .bind(slug)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(Provider::from))
}
