//! Keys of a tenant's machines, in its schema; and the platform's index of their hashes.

use chrono::{DateTime, Utc};
use ids::{ApiKeyId, PersonId, TenantId};
use tenancy::Tx;
use uuid::Uuid;

use super::roles;
use crate::credentials::secret::Hash;
use crate::domain::api_key::ApiKey;
use crate::domain::roles::words;
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    roles: Vec<String>,
    prefix: String,
    created_by: Uuid,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for ApiKey {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: ApiKeyId::from_uuid(row.id),
            name: row.name,
            roles: roles(&row.roles)?,
            prefix: row.prefix,
            created_by: PersonId::from_uuid(row.created_by),
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// A new key, findable by its secret's hash from the commit on.
pub async fn insert(tx: &mut Tx, tenant: TenantId, key: &ApiKey, hash: Hash) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO api_key (id, name, roles, secret_hash, prefix, created_by, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(key.id.uuid())
    .bind(&key.name)
    .bind(words(&key.roles))
    .bind(hash.as_slice())
    .bind(&key.prefix)
    .bind(key.created_by.uuid())
    .bind(key.created_at)
    .execute(tx.conn())
    .await?;
    sqlx::query("INSERT INTO platform.api_key_index (secret_hash, owner, key) VALUES ($1, $2, $3)")
        .bind(hash.as_slice())
        .bind(tenant.uuid())
        .bind(key.id.uuid())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// A key that nobody else changes until this transaction ends.
pub async fn lock(tx: &mut Tx, id: ApiKeyId) -> Result<ApiKey, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, name, roles, prefix, created_by, created_at, last_used_at, revoked_at FROM api_key WHERE id = $1 \
         FOR UPDATE",
    )
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?
    .ok_or(Error::NotFound("api key"))?
    .try_into()
}

/// From now on it is refused; its hash leaves the index.
pub async fn revoke(tx: &mut Tx, id: ApiKeyId, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query("UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id.uuid())
        .bind(now)
        .execute(tx.conn())
        .await?;
    sqlx::query(
        "DELETE FROM platform.api_key_index i USING api_key k WHERE k.id = $1 AND i.secret_hash = k.secret_hash",
    )
    .bind(id.uuid())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes a use.
pub async fn used(tx: &mut Tx, id: ApiKeyId, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query("UPDATE api_key SET last_used_at = $2 WHERE id = $1")
        .bind(id.uuid())
        .bind(now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Those of `wanted` that there are.
pub async fn by_ids(tx: &mut Tx, wanted: &[ApiKeyId]) -> Result<Vec<ApiKey>, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, name, roles, prefix, created_by, created_at, last_used_at, revoked_at FROM api_key WHERE id = ANY($1)",
    )
    .bind(wanted.iter().map(|k| k.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(ApiKey::try_from)
    .collect()
}

/// All of them, the newest first.
pub async fn list(tx: &mut Tx) -> Result<Vec<ApiKey>, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, name, roles, prefix, created_by, created_at, last_used_at, revoked_at FROM api_key \
         ORDER BY created_at DESC, id DESC LIMIT 1000",
    )
    .fetch_all(tx.conn())
    .await?
    .into_iter()
    .map(ApiKey::try_from)
    .collect()
}

/// Whose key has this hash; in the platform's transaction.
pub async fn find(tx: &mut Tx, hash: Hash) -> Result<Option<(TenantId, ApiKeyId)>, Error> {
    let row: Option<(Uuid, Uuid)> =
        sqlx::query_as("SELECT owner, key FROM platform.api_key_index WHERE secret_hash = $1")
            .bind(hash.as_slice())
            .fetch_optional(tx.conn())
            .await?;
    Ok(row.map(|(t, k)| (TenantId::from_uuid(t), ApiKeyId::from_uuid(k))))
}
