//! Connections: one per slot, and each tenant back to the slot that knows it.
//!
//! A connection that has served a tenant knows its tables and has its statements prepared; one that has not takes tens of
//! milliseconds to learn them, and keeps them in memory. Each tenant has an order of the slots (rendezvous hashing: it
//! barely changes with their number). It takes its first, its second where that has few tenants, or a free one that knows it,
//! as it has served it often lately; when none of these is free it waits a moment, before it takes one that does not; when there
//! is none of these either, it queues at its first. So where tenants are many most are known to one connection alone, and those
//! that ask for more than it can do to as many as they take: what all connections keep together is what all tenants need, once.
//!
//! A socket belongs to the runtime that opened it: it is woken by that runtime's threads, and dies with it. All of ours
//! are opened by the runtime on which the service connected, whoever asks.
//!
//! A connection is out of its slot while it is used. Whoever drops a transaction half-way therefore cannot leave an
//! open one behind: it is rolled back in the background while the slot stays taken, or the connection is closed.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Error,
    postgres::{PgConnectOptions, PgConnection},
};
use tokio::{
    runtime::Handle,
    sync::{Mutex, OwnedMutexGuard},
    time::{Instant, timeout},
};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;

use crate::{
    TenancyError,
    by_keys::Plans,
    conn::{Conn, LONGEST, silent},
    error::{is_gone, state},
    order::{order, share},
};

/// How long a caller waits for a connection, connecting included; then the database counts as away.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long a rollback may take before the connection is given up: it may have to wait for the statement that runs.
const ROLLBACK: Duration = Duration::from_secs(5);

/// Statements that a connection apart keeps: what it prepares for a tenant is of no use to the next one.
const APART: usize = 20;
/// How long a tenant waits for a connection that knows it before it takes another one: about what that would cost it.
const STRANGER: Duration = Duration::from_millis(50);
/// How often it looks meanwhile whether one is free that knows it.
const LOOK: Duration = Duration::from_millis(5);
/// A connection that has served a tenant so often knows most of its statements.
const KNOWN: u32 = 10;

type Slot = Arc<Mutex<Option<Live>>>;

pub(crate) struct Slots {
    service: &'static str,
    options: PgConnectOptions,
    /// Where connections are opened, rolled back and closed.
    home: Handle,
    all: Vec<Slot>,
    /// How often a connection was given a time of its own.
    turns: AtomicU64,
    keep_plans: Duration,
    recycle_after_tenants: usize,
    recycle_after: Duration,
}

struct Live {
    conn: Conn,
    /// When it is replaced.
    ends_at: Instant,
    served: HashMap<Uuid, Served>,
    /// When it forgets its plans.
    forgets_at: Instant,
}

/// A connection in a transaction, out of its slot.
pub(crate) struct Lease {
    live: Option<Live>,
    slot: Option<OwnedMutexGuard<Option<Live>>>,
    slots: Arc<Slots>,
    own: String,
}

/// What a connection remembers of whom it served.
struct Served {
    last: Instant,
    /// How often, with no longer break than plans are kept for.
    times: u32,
}

impl Live {
    /// Whether most of what that tenant needs is prepared here: what is older has made room for others.
    fn knows(&self, key: Uuid, lately: Duration) -> bool {
        let served = self.served.get(&key);
        served.is_some_and(|one| one.times >= KNOWN && one.last.elapsed() <= lately)
    }

    fn note(&mut self, key: Uuid, lately: Duration) {
        let now = Instant::now();
        let served = self.served.entry(key).or_insert(Served {
            last: now,
            times: 0,
        });
        if now.duration_since(served.last) > lately {
            served.times = 0;
        }
        served.last = now;
        served.times = served.times.saturating_add(1);
    }
}

impl Slots {
    /// Called on the runtime that the connections are to live on.
    pub fn new(
        service: &'static str,
        options: PgConnectOptions,
        settings: &crate::DbSettings,
    ) -> Arc<Self> {
        Arc::new(Self {
            service,
            options,
            home: Handle::current(),
            all: (0..settings.slots).map(|_| Slot::default()).collect(),
            turns: AtomicU64::new(0),
            keep_plans: settings.keep_plans,
            recycle_after_tenants: settings.recycle_after_tenants.max(1),
            recycle_after: settings.recycle_after,
        })
    }

    /// A slot more, apart from these.
    pub fn apart(&self) -> Arc<Self> {
        let options = self.options.clone();
        Arc::new(Self {
            service: self.service,
            options: options.statement_cache_capacity(APART),
            home: self.home.clone(),
            all: vec![Slot::default()],
            turns: AtomicU64::new(0),
            keep_plans: self.keep_plans,
            recycle_after_tenants: self.recycle_after_tenants.min(5 * APART),
            recycle_after: self.recycle_after,
        })
    }

    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// The slot that `key` likes best.
    pub fn home(&self, key: Uuid) -> usize {
        let order = order(key, self.all.len());
        order.first().copied().unwrap_or_default()
    }

    /// Opens a transaction by `sql` (`BEGIN;SET LOCAL …`) on the slot that `key` likes best, in one round trip; `schema` is
    /// what it sets the path to, and has a table `inbox` that the role it sets may read, and no other role.
    pub async fn begin(
        self: &Arc<Self>,
        key: Uuid,
        sql: String,
        schema: &str,
        plans: Plans,
    ) -> Result<Lease, TenancyError> {
        match timeout(ACQUIRE, self.begin_on_slot(key, sql, schema, plans)).await {
            Ok(lease) => Ok(lease?),
            Err(_) => Err(TenancyError::Unavailable(Error::PoolTimedOut)),
        }
    }

    async fn begin_on_slot(
        self: &Arc<Self>,
        key: Uuid,
        mut sql: String,
        schema: &str,
        plans: Plans,
    ) -> Result<Lease, Error> {
        let mut slot = self.take(key).await;
        let mut kept = None;
        if let Some(live) = slot.take() {
            match self.worn(&live) {
                None => kept = Some(live),
                Some(why) => self.retire(live, why),
            }
        }
        // While it is used the connection is held here alone: a caller that goes away closes it.
        let mut live = match kept {
            Some(mut live) => {
                let now = Instant::now();
                if plans.forgotten(live.forgets_at, now, self.keep_plans) {
                    // Last, as it takes a snapshot: behind that no isolation can be set.
                    sql.push_str(";DISCARD PLANS");
                    live.forgets_at = now + self.kept_for(plans);
                }
                match open_transaction(live.conn.raw(), &sql).await {
                    Ok(()) => live,
                    // It died while it idled. Nothing has happened in this transaction yet: another connection will do.
                    // Or it does not believe that it may take the role: it was making its list of the roles that it may take (the
                    // longer, the more there are) while one more was granted, and keeps what it made until the next grant.
                    Err(error) if is_gone(&error) || state(&error) == Some("42501") => {
                        drop(live);
                        self.connect_and_begin(&sql).await?
                    }
                    Err(error) => return Err(error),
                }
            }
            None => self.connect_and_begin(&sql).await?,
        };
        live.note(key, self.keep_plans);
        live.conn.moved_to(schema, plans);
        Ok(Lease {
            live: Some(live),
            slot: Some(slot),
            slots: Arc::clone(self),
            own: format!("{schema}.inbox"),
        })
    }

    async fn take(&self, key: Uuid) -> OwnedMutexGuard<Option<Live>> {
        let order = order(key, self.all.len());
        // Where tenants are few, two connections may learn them all.
        let few = (self.recycle_after_tenants / 8).max(1);
        let at_home = |rank: usize, live: Option<&Live>| match (rank, live) {
            (0, _) | (1, None) => true,
            (1, Some(live)) if live.served.len() < few => true,
            (_, live) => live.is_some_and(|live| live.knows(key, self.keep_plans)),
        };
        if let Some(slot) = self.free(&order, at_home) {
            return slot;
        }
        let first = order
            .first()
            .map_or_else(Slot::default, |at| Arc::clone(&self.all[*at]));
        // Tokio's mutex is fair: first come, first served. The place is kept while others are looked at.
        let mut queued = pin!(first.lock_owned());
        let began = Instant::now();
        let mut told = false;
        loop {
            if let Ok(slot) = timeout(LOOK, queued.as_mut()).await {
                return slot;
            }
            if let Some(slot) = self.free(&order, at_home) {
                return slot;
            }
            if began.elapsed() < STRANGER {
                continue;
            }
            if let Some(slot) = self.free(&order, |_, _| true) {
                return slot;
            }
            if !std::mem::replace(&mut told, true) {
                metrics::counter!("tenancy_tx_queued_total", "service" => self.service)
                    .increment(1);
            }
        }
    }

    /// The first free slot in that order that will do.
    fn free(
        &self,
        order: &[usize],
        will_do: impl Fn(usize, Option<&Live>) -> bool,
    ) -> Option<OwnedMutexGuard<Option<Live>>> {
        for (rank, &index) in order.iter().enumerate() {
            let Ok(slot) = Arc::clone(&self.all[index]).try_lock_owned() else {
                continue;
            };
            if will_do(rank, slot.as_ref()) {
                if rank > 0 {
                    metrics::counter!("tenancy_tx_spilled_total", "service" => self.service)
                        .increment(1);
                }
                return Some(slot);
            }
        }
        None
    }

    /// How long plans are kept that are made from now on: connections that forget together, as after a quiet time, make theirs
    /// apart the next time.
    fn kept_for(&self, plans: Plans) -> Duration {
        match plans {
            Plans::Own | Plans::Kept => self.keep_plans.mul_f64(self.share()),
            Plans::Ahead(_) => self.keep_plans,
        }
    }

    /// Another share of a time each time.
    fn share(&self) -> f64 {
        share(self.turns.fetch_add(1, Ordering::Relaxed))
    }

    async fn connect(&self) -> Result<Live, Error> {
        let options = self.options.clone();
        // Bounded there, and given up with its caller: a server that accepts and does not answer must not collect sockets.
        let opened = AbortOnDropHandle::new(
            self.home
                .spawn(async move { timeout(ACQUIRE, options.connect()).await }),
        );
        let opened = opened.await.map_err(|_| Error::WorkerCrashed)?;
        let conn = opened.map_err(|_| Error::PoolTimedOut)??;
        let now = Instant::now();
        Ok(Live {
            conn: Conn::new(conn),
            ends_at: now + self.recycle_after.mul_f64(self.share()),
            served: HashMap::new(),
            forgets_at: now + self.kept_for(Plans::Own),
        })
    }

    async fn connect_and_begin(&self, sql: &str) -> Result<Live, Error> {
        let mut live = self.connect().await?;
        open_transaction(live.conn.raw(), sql).await?;
        Ok(live)
    }

    /// Why a connection should be replaced.
    fn worn(&self, live: &Live) -> Option<&'static str> {
        if live.served.len() >= self.recycle_after_tenants {
            Some("tenants")
        } else if Instant::now() >= live.ends_at {
            Some("age")
        } else {
            None
        }
    }

    /// Closes a connection politely, without making anybody wait.
    fn retire(&self, live: Live, why: &'static str) {
        metrics::counter!("tenancy_connections_recycled_total", "service" => self.service, "reason" => why).increment(1);
        self.home
            .spawn(async move { timeout(ROLLBACK, live.conn.into_raw().close()).await });
    }

    /// Puts a connection that is in no transaction back; a worn one is replaced in the background, so that nobody's
    /// request pays for the new connection while other slots are free.
    fn put_back(self: &Arc<Self>, live: Live, mut slot: OwnedMutexGuard<Option<Live>>) {
        let Some(why) = self.worn(&live) else {
            *slot = Some(live);
            return;
        };
        self.retire(live, why);
        let slots = Arc::clone(self);
        self.home.spawn(async move {
            // When it fails, the next caller connects, and hears why not.
            if let Ok(Ok(fresh)) = timeout(ACQUIRE, slots.connect()).await {
                *slot = Some(fresh);
            }
        });
    }
}

impl Lease {
    pub fn conn(&mut self) -> &mut Conn {
        match &mut self.live {
            Some(live) => &mut live.conn,
            // `commit` takes the whole lease, so there is none without its connection.
            None => unreachable!("a lease holds its connection until it ends"),
        }
    }

    /// Ends the transaction for good. On an error nothing was committed, unless the connection broke on the way: then
    /// nobody knows.
    /// `lazily`: Postgres answers before it is on disk.
    pub async fn commit(mut self, lazily: bool) -> Result<(), TenancyError> {
        // The first statement makes two silent failures loud: Postgres answers COMMIT of an aborted transaction with a
        // quiet ROLLBACK, and a transaction that ends in another role than it began in was not what it said. This lock is
        // the cheapest statement that needs a right of the role (some 10 us, a SELECT some 40).
        let lazily = if lazily {
            "SET LOCAL synchronous_commit=off;"
        } else {
            ""
        };
        let sql = format!(
            "LOCK TABLE {} IN ACCESS SHARE MODE;{lazily}COMMIT",
            self.own
        );
        let done = sqlx::raw_sql(AssertSqlSafe(sql)).execute(self.conn().raw());
        let done = timeout(LONGEST, done).await;
        match done.unwrap_or_else(|_| Err(silent())) {
            Ok(_) => {
                self.end();
                Ok(())
            }
            Err(error) if state(&error) == Some("42501") => Err(TenancyError::Invalid(format!(
                "a transaction ended in another role than that of {}",
                self.own
            ))),
            Err(error) => Err(error.into()),
        }
    }

    /// Undoes everything, and waits for it: the slot is free again afterwards.
    pub async fn rollback(mut self) -> Result<(), TenancyError> {
        undo(self.conn()).await?;
        self.end();
        Ok(())
    }

    /// The transaction is over: the connection goes back.
    fn end(&mut self) {
        if let (Some(live), Some(slot)) = (self.live.take(), self.slot.take()) {
            self.slots.put_back(live, slot);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let (Some(mut live), Some(slot)) = (self.live.take(), self.slot.take()) else {
            return;
        };
        // If that runtime has ended the connection is closed, and Postgres rolls back.
        let slots = Arc::clone(&self.slots);
        self.slots.home.spawn(async move {
            if let Ok(Ok(())) = timeout(ROLLBACK, undo(&mut live.conn)).await {
                slots.put_back(live, slot);
            }
        });
    }
}

/// sqlx counts the depth of transactions, to make a nested `begin` a savepoint. Ours begin and end by texts of our own
/// (settings in the same round trip, checks before the commit), so the count is set once and stays at one.
async fn open_transaction(conn: &mut PgConnection, sql: &str) -> Result<(), Error> {
    let text = AssertSqlSafe(sql.to_owned());
    if conn.is_in_transaction() {
        return sqlx::raw_sql(text).execute(conn).await.map(drop);
    }
    // Forgotten on purpose: it holds nothing but the borrow, and its drop would take the count back.
    conn.begin_with(text).await.map(std::mem::forget)
}

async fn undo(conn: &mut Conn) -> Result<(), Error> {
    // Any statement tells whether the transaction is aborted; this one does nothing.
    match sqlx::raw_sql("SHOW role;ROLLBACK")
        .execute(conn.raw())
        .await
    {
        Ok(_) => Ok(()),
        // 25P02: a statement had failed. Should it have been for a plan made before a migration (0A000), it would fail again:
        // forget all plans, unless it is known to have failed by something else. Role and path do not hang on it: they are
        // the transaction's own (SET LOCAL) and end with it, and statements pass from tenant to tenant after a commit too.
        Err(error) if state(&error) == Some("25P02") => {
            sqlx::raw_sql("ROLLBACK").execute(conn.raw()).await?;
            if conn.failed_in_passing() {
                return Ok(());
            }
            conn.raw().clear_cached_statements().await
        }
        Err(error) => Err(error),
    }
}
