//! Who runs the platform: an id, a keyed hash of the address, a password.

use chrono::{DateTime, Utc};
use ids::PersonId;
use tenancy::Tx;
use uuid::Uuid;

use crate::error::Error;

/// An operator, or the one who has this address already. Says whether it is new.
pub async fn ensure(
    tx: &mut Tx,
    id: PersonId,
    email_hash: [u8; 32],
    password_hash: &str,
    now: DateTime<Utc>,
) -> Result<(PersonId, bool), Error> {
    let done = sqlx::query(
        "INSERT INTO platform.operator (id, email_hash, password_hash, locale, created_at) \
         VALUES ($1, $2, $3, 'es', $4) ON CONFLICT (email_hash) DO NOTHING",
    )
    .bind(id.uuid())
    .bind(email_hash.as_slice())
    .bind(password_hash)
    .bind(now)
    .execute(tx.conn())
    .await?;
    let found = by_email(tx, email_hash).await?;
    Ok((found.unwrap_or(id), done.rows_affected() == 1))
}

/// The operator with this address.
pub async fn by_email(tx: &mut Tx, email_hash: [u8; 32]) -> Result<Option<PersonId>, Error> {
    let id: Option<Uuid> =
        sqlx::query_scalar("SELECT id FROM platform.operator WHERE email_hash = $1")
            .bind(email_hash.as_slice())
            .fetch_optional(tx.conn())
            .await?;
    Ok(id.map(PersonId::from_uuid))
}

/// Whether this operator may sign in, with address and password hash. `settled`: after a change that is under way.
pub async fn credentials(
    tx: &mut Tx,
    id: PersonId,
    settled: bool,
) -> Result<Option<(Vec<u8>, String)>, Error> {
    let sql = if settled {
        "SELECT email_hash, password_hash FROM platform.operator WHERE id = $1 AND active FOR SHARE"
    } else {
        "SELECT email_hash, password_hash FROM platform.operator WHERE id = $1 AND active"
    };
    Ok(sqlx::query_as(sql)
        .bind(id.uuid())
        .fetch_optional(tx.conn())
        .await?)
}

/// Sets a password's hash.
pub async fn set_password(tx: &mut Tx, id: PersonId, hash: &str) -> Result<(), Error> {
    sqlx::query("UPDATE platform.operator SET password_hash = $2 WHERE id = $1")
        .bind(id.uuid())
        .bind(hash)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The first who may sign in.
pub async fn first(tx: &mut Tx) -> Result<Option<PersonId>, Error> {
    let id: Option<Uuid> = sqlx::query_scalar(
        "SELECT id FROM platform.operator WHERE active ORDER BY created_at, id LIMIT 1",
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(PersonId::from_uuid))
}
