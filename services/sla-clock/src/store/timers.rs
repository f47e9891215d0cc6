//! Instants at which something is to happen, in `platform.timer`: ids only, whatever the tenant.

use chrono::{DateTime, TimeDelta, Utc};
use ids::{ClockId, TenantId};
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::clock::Threshold;
use crate::domain::kept::Change;
use crate::error::Error;

/// One threshold of one clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timer {
    /// When.
    pub due: DateTime<Utc>,
    /// Whose.
    pub tenant: TenantId,
    /// Which point of the clock.
    pub threshold: Threshold,
    /// Of which clock.
    pub clock: ClockId,
    /// In which cycle.
    pub cycle: i32,
}

#[derive(sqlx::FromRow)]
struct Row {
    due: DateTime<Utc>,
    tenant: Uuid,
    clock: Uuid,
    cycle: i32,
    threshold: i32,
}

impl From<Row> for Timer {
    fn from(row: Row) -> Self {
        Self {
            due: row.due,
            tenant: TenantId::from_uuid(row.tenant),
            threshold: Threshold::from_row(row.threshold),
            clock: ClockId::from_uuid(row.clock),
            cycle: row.cycle,
        }
    }
}

/// Puts the timers that these clocks want in the place of those they had.
pub async fn replace(tx: &mut Tx, tenant: TenantId, changes: &[&Change]) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    // A new clock had none.
    let known: Vec<Uuid> = changes
        .iter()
        .filter(|c| c.clock.sequence > 1)
        .map(|c| c.clock.id.uuid())
        .collect();
    let wanted: Vec<(&Change, Threshold, DateTime<Utc>)> = changes
        .iter()
        .flat_map(|c| c.timers.iter().map(|(which, at)| (*c, *which, *at)))
        .collect();
    if wanted.is_empty() && known.is_empty() {
        return Ok(());
    }
    // One that is wanted again for the same instant stays, with whoever has leased it.
    sqlx::query(
        "WITH wanted AS (SELECT clock, cycle, threshold, due \
           FROM unnest($3::uuid[], $4::int[], $5::int[], $6::timestamptz[]) AS t (clock, cycle, threshold, due)), \
         gone AS (DELETE FROM platform.timer t WHERE t.tenant = $1 AND t.clock = ANY($2) AND NOT EXISTS ( \
           SELECT 1 FROM wanted w WHERE w.clock = t.clock AND w.cycle = t.cycle AND w.threshold = t.threshold)) \
         INSERT INTO platform.timer (tenant, clock, cycle, threshold, due) \
         SELECT $1, clock, cycle, threshold, due FROM wanted \
         ON CONFLICT (tenant, clock, cycle, threshold) DO UPDATE SET due = excluded.due, leased_until = NULL \
         WHERE timer.due <> excluded.due",
    )
    .bind(tenant.uuid())
    .bind(known)
    .bind(wanted.iter().map(|(c, ..)| c.clock.id.uuid()).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(c, ..)| c.clock.cycle).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(_, which, _)| which.row()).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(.., at)| *at).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Leases up to `most` timers that fall due by `horizon` and that nobody else holds, the earliest first. Whoever leased
/// them has until `now + lease` to fire them; then they are anybody's again.
pub async fn lease(
    tx: &mut Tx,
    now: DateTime<Utc>,
    horizon: DateTime<Utc>,
    lease: TimeDelta,
    most: i64,
) -> Result<Vec<Timer>, Error> {
    // The plan is kept, and knows neither how few of the rows are due nor how many are wanted: left to itself it reads all
    // of a million five times a second. By the order of the index, and straight to the rows that were found there.
    sqlx::raw_sql(
        "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off",
    )
    .execute(tx.conn())
    .await?;
    let rows: Vec<Row> = sqlx::query_as(
        "UPDATE platform.timer t SET leased_until = $3 WHERE t.ctid = ANY (ARRAY ( \
           SELECT ctid FROM platform.timer \
           WHERE due <= $2 AND (leased_until IS NULL OR leased_until <= $1 OR leased_until > $5) \
           ORDER BY due LIMIT $4 FOR UPDATE SKIP LOCKED)) \
         RETURNING t.due, t.tenant, t.clock, t.cycle, t.threshold",
    )
    .bind(now)
    .bind(horizon)
    .bind(now + lease)
    .bind(most)
    // A lease from the future: whoever gave it had another time, or the clock was set back.
    .bind(now + lease * 4)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(Timer::from).collect())
}

/// Takes these timers of one tenant away, and tells which of them still stood as they were: those, and no others, are
/// the caller's to fire in this transaction. They come back in the order in which they fell due.
pub async fn take(tx: &mut Tx, tenant: TenantId, timers: &[Timer]) -> Result<Vec<Timer>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "DELETE FROM platform.timer t \
         USING unnest($2::uuid[], $3::int[], $4::int[], $5::timestamptz[]) AS k (clock, cycle, threshold, due) \
         WHERE t.tenant = $1 AND t.clock = k.clock AND t.cycle = k.cycle AND t.threshold = k.threshold \
         AND t.due = k.due RETURNING t.due, t.tenant, t.clock, t.cycle, t.threshold",
    )
    .bind(tenant.uuid())
    .bind(timers.iter().map(|t| t.clock.uuid()).collect::<Vec<_>>())
    .bind(timers.iter().map(|t| t.cycle).collect::<Vec<_>>())
    .bind(timers.iter().map(|t| t.threshold.row()).collect::<Vec<_>>())
    .bind(timers.iter().map(|t| t.due).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let mut taken: Vec<Timer> = rows.into_iter().map(Timer::from).collect();
    taken.sort_unstable();
    Ok(taken)
}
