//! Timers that fall due soon, held for one replica.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::Tools;
use crate::error::Error;
use crate::store::timers;
pub use crate::store::timers::Timer;

/// How far ahead, for how long and how many.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// What falls due within so much time.
    pub ahead: TimeDelta,
    /// Nobody else gets them for so long.
    pub lease: TimeDelta,
    /// So many at most.
    pub most: i64,
}

/// Leases what falls due soon and nobody else holds, the earliest first, without firing it. `now`: when that is; the database's own
/// time if none. Gives back that and when it was heard here, too.
pub async fn lease_timers(
    tools: &Tools,
    now: Option<DateTime<Utc>>,
    terms: Terms,
) -> Result<((DateTime<Utc>, Instant), Vec<Timer>), Error> {
    let mut tx = tools.db.begin_platform().await?;
    let leased = timers::lease(&mut tx, now, (terms.ahead, terms.lease), terms.most).await?;
    tx.commit().await?;
    Ok(leased)
}
