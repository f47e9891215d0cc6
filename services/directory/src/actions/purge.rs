//! What has outlived its use is deleted.

use chrono::TimeDelta;

use super::Directory;
use crate::error::Error;
use crate::store::{logins, sessions};

/// Ended sessions are kept so long: whoever asks what happened yesterday finds it.
const SESSIONS_KEPT: TimeDelta = TimeDelta::days(7);

/// Ended sessions, forgotten failures. How many rows.
pub async fn purge_platform(directory: &Directory) -> Result<u64, Error> {
    let now = directory.now();
    let mut tx = directory.db.begin_platform().await?;
    let mut rows = sessions::purge(&mut tx, now - SESSIONS_KEPT).await?;
    rows += logins::purge(&mut tx, now).await?;
    tx.commit().await?;
    Ok(rows)
}
