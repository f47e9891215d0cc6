//! Instants at which something is to happen, in `platform.timer`: ids only, whatever the tenant.

use chrono::{DateTime, TimeDelta, Utc};
use ids::{ClockId, TenantId};
use sqlx::Row as _;
use tenancy::Tx;
use tokio::time::Instant;
use uuid::Uuid;

use crate::domain::clock::Threshold;
use crate::domain::kept::{Change, Cycle};
use crate::domain::notice::UNTOLD;
use crate::error::Error;

/// Notices of thresholds have rows of their own beside them: so much higher, and so far from any percentage or any number of
/// seconds before a deadline.
pub(super) const NOTICES: i32 = 1_000_000_000;

/// One threshold of one clock, or the notice of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timer {
    /// When.
    pub due: DateTime<Utc>,
    /// Whose.
    pub tenant: TenantId,
    /// Not the threshold itself: people may be told of it.
    pub notice: bool,
    /// Which point of the clock.
    pub threshold: Threshold,
    /// Of which clock.
    pub clock: ClockId,
    /// In which cycle.
    pub cycle: i32,
}

impl Timer {
    /// The threshold, as a timer's row tells it apart.
    pub(super) fn row(&self) -> i32 {
        self.threshold.row() + if self.notice { NOTICES } else { 0 }
    }

    /// From what a row tells apart.
    pub(super) fn of_row(
        due: DateTime<Utc>,
        tenant: TenantId,
        (clock, cycle, row): (Uuid, i32, i32),
    ) -> Self {
        let notice = row > NOTICES / 2;
        Self {
            due,
            tenant,
            notice,
            threshold: Threshold::from_row(if notice { row - NOTICES } else { row }),
            clock: ClockId::from_uuid(clock),
            cycle,
        }
    }
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
        let which = (row.clock, row.cycle, row.threshold);
        Self::of_row(row.due, TenantId::from_uuid(row.tenant), which)
    }
}

/// Puts the timers that these clocks want in the place of those they had. Notices wait on, but those of warnings that are not
/// reached by the time at which people would be told: of such a warning people are told where it is reached again, and until
/// then the clock remembers that they were not. Whether people still need to hear of the others shows when they are due. Where
/// what was told of one clock is another's now, so is what people were not told.
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
    let carried: Vec<(Cycle, Cycle)> = changes
        .iter()
        .filter_map(|c| Some((c.told_as?, (c.clock.id, c.clock.cycle))))
        .collect();
    if wanted.is_empty() && known.is_empty() && carried.is_empty() {
        return Ok(());
    }
    let fired: Vec<(&Change, Threshold, DateTime<Utc>)> = changes
        .iter()
        .flat_map(|c| c.fired.iter().map(|(which, at)| (*c, *which, *at)))
        .collect();
    let notice = |which: Threshold| which.row() + NOTICES;
    // One that is wanted again for the same instant stays, with whoever has leased it. `NOT IN` is looked up in a hash whatever
    // the planner expects; a join would be by every pair, of a plan that is kept and does not know how many there are.
    sqlx::query(
        "WITH wanted AS (SELECT clock, cycle, threshold, due \
           FROM unnest($3::uuid[], $4::int[], $5::int[], $6::timestamptz[]) AS t (clock, cycle, threshold, due)), \
         fired AS (SELECT clock, cycle, threshold, at \
           FROM unnest($7::uuid[], $8::int[], $9::int[], $10::timestamptz[]) AS f (clock, cycle, threshold, at)), \
         carried AS (SELECT told_as, told_in, clock, cycle \
           FROM unnest($14::uuid[], $15::int[], $16::uuid[], $17::int[]) AS c (told_as, told_in, clock, cycle)), \
         silent AS (DELETE FROM platform.timer t USING carried c WHERE t.tenant = $1 AND t.clock = c.told_as \
           AND t.cycle = c.told_in AND t.threshold > $12 / 2), \
         moved AS (DELETE FROM waiting_notice n USING carried c WHERE n.clock = c.told_as AND n.cycle = c.told_in \
           RETURNING c.clock, c.cycle, n.threshold), \
         gone AS (DELETE FROM platform.timer t WHERE t.tenant = $1 AND t.clock = ANY($2) \
           AND NOT (t.threshold > $12 / 2 AND (t.clock, t.cycle) IN (SELECT told_as, told_in FROM carried)) \
           AND (t.clock, t.cycle, t.threshold) NOT IN (SELECT clock, cycle, threshold FROM wanted) \
           AND (t.threshold < $12 / 2 OR (t.threshold <> $11 AND NOT EXISTS (SELECT 1 FROM fired f WHERE f.clock = t.clock \
             AND f.cycle = t.cycle AND f.threshold = t.threshold AND f.at <= t.due))) \
           RETURNING t.clock, t.cycle, t.threshold), \
         forgotten AS (DELETE FROM waiting_notice n USING gone g \
           WHERE n.clock = g.clock AND n.cycle = g.cycle AND n.threshold = g.threshold - $12 \
           RETURNING n.clock, n.cycle, n.threshold), \
         unheard AS (SELECT clock, cycle, threshold FROM forgotten UNION SELECT clock, cycle, threshold FROM moved), \
         untold AS (UPDATE clock c SET fired = c.fired || o.rows \
           FROM (SELECT clock, cycle, array_agg(threshold + $13) AS rows FROM unheard GROUP BY clock, cycle) o \
           WHERE c.id = o.clock AND c.cycle = o.cycle) \
         INSERT INTO platform.timer (tenant, clock, cycle, threshold, due) \
         SELECT $1, clock, cycle, threshold, due FROM wanted UNION \
         SELECT $1, f.clock, f.cycle, f.threshold - $12, f.at FROM fired f JOIN unheard o \
           ON o.clock = f.clock AND o.cycle = f.cycle AND o.threshold = f.threshold - $12 \
         ON CONFLICT (tenant, clock, cycle, threshold) DO UPDATE SET due = excluded.due, leased_until = NULL \
         WHERE timer.due <> excluded.due",
    )
    .bind(tenant.uuid())
    .bind(known)
    .bind(wanted.iter().map(|(c, ..)| c.clock.id.uuid()).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(c, ..)| c.clock.cycle).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(_, which, _)| which.row()).collect::<Vec<_>>())
    .bind(wanted.iter().map(|(.., at)| *at).collect::<Vec<_>>())
    .bind(fired.iter().map(|(c, ..)| c.clock.id.uuid()).collect::<Vec<_>>())
    .bind(fired.iter().map(|(c, ..)| c.clock.cycle).collect::<Vec<_>>())
    .bind(fired.iter().map(|(_, which, _)| notice(*which)).collect::<Vec<_>>())
    .bind(fired.iter().map(|(.., at)| *at).collect::<Vec<_>>())
    .bind(notice(Threshold::BREACH))
    .bind(NOTICES)
    .bind(UNTOLD)
    .bind(carried.iter().map(|((told_as, _), _)| told_as.uuid()).collect::<Vec<_>>())
    .bind(carried.iter().map(|((_, told_in), _)| *told_in).collect::<Vec<_>>())
    .bind(carried.iter().map(|(_, (clock, _))| clock.uuid()).collect::<Vec<_>>())
    .bind(carried.iter().map(|(_, (_, cycle))| *cycle).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Leases up to `most` timers that fall due within `ahead` and that nobody else holds, the earliest first. Whoever leased
/// them has `lease` to fire them; then they are anybody's again. `now`: when that is; the database's own time if none. Gives back
/// that and when it was heard here, too.
pub async fn lease(
    tx: &mut Tx,
    now: Option<DateTime<Utc>>,
    (ahead, lease): (TimeDelta, TimeDelta),
    most: i64,
) -> Result<((DateTime<Utc>, Instant), Vec<Timer>), Error> {
    // The plan is kept, and knows neither how few of the rows are due nor how many are wanted: left to itself it reads all
    // of a million five times a second. By the order of the index, and straight to the rows that were found there.
    let row = sqlx::raw_sql(
        "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off; \
         SELECT clock_timestamp()",
    )
    .fetch_one(tx.conn())
    .await?;
    let heard = Instant::now();
    let now = match now {
        Some(now) => now,
        None => row.try_get(0)?,
    };
    let rows: Vec<Row> = sqlx::query_as(
        "UPDATE platform.timer t SET leased_until = $3 WHERE t.ctid = ANY (ARRAY ( \
           SELECT ctid FROM platform.timer \
           WHERE due <= $2 AND (leased_until IS NULL OR leased_until <= $1 OR leased_until > $5) \
           ORDER BY due LIMIT $4 FOR UPDATE SKIP LOCKED)) \
         RETURNING t.due, t.tenant, t.clock, t.cycle, t.threshold",
    )
    .bind(now)
    .bind(now + ahead)
    .bind(now + lease)
    .bind(most)
    // A lease from the future: the database's clock was set back, or whoever gave it had another time.
    .bind(now + lease * 4)
    .fetch_all(tx.conn())
    .await?;
    Ok(((now, heard), rows.into_iter().map(Timer::from).collect()))
}

/// Timers of a tenant that were taken away.
#[derive(Debug, Default)]
pub struct Taken {
    /// Those that still stood as they were, in the order in which they fell due.
    pub timers: Vec<Timer>,
    /// The version of the book.
    pub book: i64,
    /// Whether the tenant has notification hours.
    pub has_hours: bool,
}

/// Takes these timers of one tenant away, and tells which of them still stood as they were: those, and no others, are
/// the caller's to fire in this transaction.
pub async fn take(tx: &mut Tx, tenant: TenantId, timers: &[Timer]) -> Result<Taken, Error> {
    // They are found by their keys: by when they are due, each would be looked for among all that are due together. No index
    // knows `IS NOT DISTINCT FROM`.
    let rows: Vec<(DateTime<Utc>, Uuid, i32, i32, i64, bool)> = sqlx::query_as(
        "DELETE FROM platform.timer t \
         USING unnest($2::uuid[], $3::int[], $4::int[], $5::timestamptz[]) AS k (clock, cycle, threshold, due) \
         WHERE t.tenant = $1 AND t.clock = k.clock AND t.cycle = k.cycle AND t.threshold = k.threshold \
         AND t.due IS NOT DISTINCT FROM k.due \
         RETURNING t.due, t.clock, t.cycle, t.threshold, (SELECT version FROM book), \
         EXISTS (SELECT 1 FROM notification_hours WHERE calendar IS NOT NULL)",
    )
    .bind(tenant.uuid())
    .bind(timers.iter().map(|t| t.clock.uuid()).collect::<Vec<_>>())
    .bind(timers.iter().map(|t| t.cycle).collect::<Vec<_>>())
    .bind(timers.iter().map(Timer::row).collect::<Vec<_>>())
    .bind(timers.iter().map(|t| t.due).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let mut taken = Taken::default();
    for (due, clock, cycle, row, book, has_hours) in rows {
        let timer = Timer::of_row(due, tenant, (clock, cycle, row));
        taken.timers.push(timer);
        (taken.book, taken.has_hours) = (book, has_hours);
    }
    taken.timers.sort_unstable();
    Ok(taken)
}
