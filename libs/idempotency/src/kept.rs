//! What is kept under a key.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tenancy::Tx;

use crate::{Error, Key};

/// Remembers for the key the ids that the answer will be made of. Some: the key was used before, for the same input, and
/// these are the ids of that answer. Without a key nothing happens.
///
/// A second transaction with the same key waits here for the first: if that one commits, it hears the answer; if it
/// rolls back, the key is free again. So this comes before any other row of the action is written: whoever comes second
/// must not stumble over a name that the first one took. Whatever the action refuses afterwards must roll back.
pub async fn remember<T: Serialize + DeserializeOwned>(
    tx: &mut Tx,
    key: Option<&Key>,
    ids: &T,
    now: DateTime<Utc>,
) -> Result<Option<T>, Error> {
    let Some(key) = key else { return Ok(None) };
    let ids = serde_json::to_value(ids)?;
    loop {
        let fresh = sqlx::query(
            "INSERT INTO idempotency (person, operation, key, body_hash, result, at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (person, operation, key) DO NOTHING",
        )
        .bind(key.person.uuid())
        .bind(key.operation)
        .bind(&key.text)
        .bind(key.hash.as_slice())
        .bind(&ids)
        .bind(now)
        .execute(tx.conn())
        .await?;
        if fresh.rows_affected() == 1 {
            return Ok(None);
        }
        // None: it was two days old, and forgotten between the two statements.
        if let Some(before) = find(tx, key).await? {
            return Ok(Some(before));
        }
    }
}

/// The ids that are remembered for the key; [`Error::OtherInput`] if they were for another input. Waits for nobody: see
/// [`raced`].
pub async fn find<T: DeserializeOwned>(tx: &mut Tx, key: &Key) -> Result<Option<T>, Error> {
    let row: Option<(Vec<u8>, Value)> = sqlx::query_as(
        "SELECT body_hash, result FROM idempotency WHERE person = $1 AND operation = $2 AND key = $3",
    )
    .bind(key.person.uuid())
    .bind(key.operation)
    .bind(&key.text)
    .fetch_optional(tx.conn())
    .await?;
    row.map(|(hash, ids)| key.answer(&hash, ids)).transpose()
}

/// Whether an INSERT of one's own failed as another request remembered the same key a moment ago.
pub fn raced(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(|e| e.is_unique_violation() && e.constraint() == Some("idempotency_pkey"))
}
