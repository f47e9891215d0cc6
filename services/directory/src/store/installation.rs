//! What there is once.

use tenancy::Tx;

use crate::credentials::Pepper;
use crate::error::Error;

/// The pepper of this installation; `fresh` if it has none yet.
pub async fn pepper(tx: &mut Tx, fresh: [u8; 32]) -> Result<Pepper, Error> {
    sqlx::query("INSERT INTO platform.installation (pepper) VALUES ($1) ON CONFLICT DO NOTHING")
        .bind(fresh.as_slice())
        .execute(tx.conn())
        .await?;
    let bytes: Vec<u8> = sqlx::query_scalar("SELECT pepper FROM platform.installation")
        .fetch_one(tx.conn())
        .await?;
    Ok(Pepper::new(bytes))
}
