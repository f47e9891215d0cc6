//! From the outbox to the broker.
//!
//! One relay per service at a time: a transaction lock of the database, taken for each pass, so that another replica
//! goes on at once when this one dies. A row is deleted after its confirm; what was published but not
//! deleted (a crash between the two) is published again, and dropped by the inboxes.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use events::Lane;
use lapin::Channel;
use serde::Deserialize;
use sqlx::Row;
use tenancy::Conn;
use tenancy::ServiceDb;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::backoff::Backoff;
use crate::outbox::Outbox;
use crate::publish::{Message, publish_all};
use crate::topology::{FACTS, fact_key, lane_name, lane_of};
use crate::{BoxError, Bus, BusError};

/// How many rows one pass takes per lane. Enough to fill the broker's write-ahead log, little enough that a live fact
/// never waits long behind history.
const AT_ONCE: i64 = 1000;
/// How often the outbox is looked at when nobody rang: covers crashes and other replicas.
const SWEEP: Duration = Duration::from_millis(100);
/// From the beginning of a pass that found something to the next, unless there is more than one pass takes: the first fact after
/// a quiet moment leaves at once, and under load a pass, which costs two transactions' worth of work, carries several.
const APART: Duration = Duration::from_millis(25);
/// Any number that no other lock of the service's database uses.
const LOCK: i64 = 0x6f75_7462_6f78;

pub(crate) struct Relay {
    pub db: ServiceDb,
    pub bus: Bus,
    pub outbox: Outbox,
}

struct Waiting {
    id: i64,
    tenant: Option<Uuid>,
    lane: Lane,
    message: Message,
}

/// What the message's header repeats from the envelope.
#[derive(Deserialize)]
struct Outside {
    id: String,
    traceparent: Option<String>,
}

/// Rows that no queue takes: left alone for a while, so that they hold nobody up.
struct Shelf {
    rows: Vec<i64>,
    until: Instant,
    backoff: Backoff,
}

impl Shelf {
    fn ids(&mut self) -> &[i64] {
        if Instant::now() >= self.until {
            self.rows.clear();
        }
        &self.rows
    }

    fn put(&mut self, rows: Vec<i64>) {
        if rows.is_empty() {
            // Not where what lies here was left out.
            if self.rows.is_empty() {
                self.backoff.reset();
            }
            return;
        }
        self.until = Instant::now() + self.backoff.next();
        self.rows.extend(rows);
    }
}

impl Relay {
    /// Runs until told to stop; then publishes what is there and ends.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let mut backoff = Backoff::default();
        loop {
            match self.session(&shutdown, &mut backoff).await {
                Ok(()) => return,
                Err(error) => {
                    let service = self.bus.service();
                    tracing::warn!(service, error, "the relay starts again");
                }
            }
            if shutdown.is_cancelled() {
                return;
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep(backoff.next()) => {}
            }
        }
    }

    async fn session(
        &self,
        shutdown: &CancellationToken,
        backoff: &mut Backoff,
    ) -> Result<(), BoxError> {
        let channel = self.bus.confirming_channel().await?;
        let mut tx = self.db.begin_platform().await?;
        let (lanes, partitions) = self.partitions(tx.conn()).await?;
        tx.commit().await?;
        let mut aside = Shelf {
            rows: Vec::new(),
            until: Instant::now(),
            backoff: Backoff::default(),
        };
        let mut last_pass = false;
        loop {
            let begun = Instant::now();
            let mut tx = self.db.begin_platform().await?;
            // Where another replica relays, its sweep finds what we write.
            let mut full = false;
            let found = begin_pass(tx.conn()).await?;
            if found {
                full = self
                    .pass(tx.conn(), &channel, &lanes, &partitions, &mut aside)
                    .await?;
            } else {
                metrics::gauge!("messaging_outbox_lag_seconds", "service" => self.bus.service())
                    .set(0.0);
            }
            // A crash that undoes it makes us publish again what the inboxes know.
            tx.commit_lazily().await?;
            if !channel.status().connected() {
                return Err("the channel was closed".into());
            }
            backoff.reset();
            if full {
                continue;
            }
            if last_pass {
                return Ok(());
            }
            tokio::select! {
                () = shutdown.cancelled() => last_pass = true,
                () = async {
                    let _ = timeout(SWEEP, self.outbox.woken()).await;
                    if found {
                        sleep_until(begun + APART).await;
                    }
                } => {}
            }
        }
    }

    /// Every partition of both lanes; also those beyond the settings in which rows were left by others.
    async fn partitions(
        &self,
        connection: &mut Conn,
    ) -> Result<(Vec<Lane>, Vec<i32>), sqlx::Error> {
        let mut lanes = Vec::new();
        let mut partitions = Vec::new();
        for lane in [Lane::Live, Lane::Bulk] {
            let left: Option<i32> =
                sqlx::query_scalar("SELECT max(partition) FROM platform.outbox WHERE lane = $1")
                    .bind(lane_name(lane))
                    .fetch_one(&mut *connection)
                    .await?;
            let configured = i32::from(self.bus.settings().partitions(lane));
            for n in 0..configured.max(left.unwrap_or(0) + 1) {
                lanes.push(lane);
                partitions.push(n);
            }
        }
        Ok((lanes, partitions))
    }

    /// One look and what comes of it; `true`: there is more than was taken.
    async fn pass(
        &self,
        connection: &mut Conn,
        channel: &Channel,
        lanes: &[Lane],
        partitions: &[i32],
        aside: &mut Shelf,
    ) -> Result<bool, BoxError> {
        let (names, limits): (Vec<&str>, Vec<i64>) = lanes
            .iter()
            .map(|lane| (lane_name(*lane), self.most(*lane)))
            .unzip();
        let rows = sqlx::query(
            "SELECT o.id, o.lane, o.partition, o.tenant, o.kind, o.body, \
                    extract(epoch FROM clock_timestamp() - o.created_at)::float8 AS age \
             FROM unnest($1::text[], $2::int[], $3::bigint[]) AS k (lane, partition, most) \
             CROSS JOIN LATERAL ( \
                 SELECT id, lane, partition, tenant, kind, body, created_at FROM platform.outbox \
                 WHERE lane = k.lane AND partition = k.partition AND id <> ALL($4) ORDER BY id LIMIT k.most) AS o",
        )
        .bind(names)
        .bind(partitions)
        .bind(limits)
        .bind(aside.ids())
        .fetch_all(&mut *connection)
        .await?;
        let service = self.bus.service();
        let mut oldest = 0f64;
        let mut taken: HashMap<(Lane, i32), i64> = HashMap::new();
        let mut waiting = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(lane) = lane_of(row.try_get("lane")?) else {
                continue;
            };
            let partition: i32 = row.try_get("partition")?;
            oldest = oldest.max(row.try_get("age")?);
            *taken.entry((lane, partition)).or_default() += 1;
            waiting.push(self.waiting(&row, lane, partition)?);
        }
        metrics::gauge!("messaging_outbox_lag_seconds", "service" => service).set(oldest);
        if waiting.is_empty() {
            return Ok(false);
        }
        let full = taken
            .iter()
            .any(|((lane, _), count)| *count >= self.most(*lane));
        let waiting = take_turns(waiting);
        let (ids, messages): (Vec<i64>, Vec<Message>) =
            waiting.into_iter().map(|row| (row.id, row.message)).unzip();
        let outcomes = publish_all(channel, &messages).await;
        let mut confirmed = Vec::with_capacity(ids.len());
        let mut refused = Vec::new();
        let mut lost = None;
        for (id, outcome) in ids.iter().zip(outcomes) {
            match outcome {
                Ok(()) => confirmed.push(*id),
                Err(error @ (BusError::Unroutable { .. } | BusError::Refused { .. })) => {
                    if refused.is_empty() {
                        tracing::error!(service, row = id, %error, "a fact stays in the outbox");
                    }
                    refused.push(*id);
                }
                Err(error) => lost = Some(error),
            }
        }
        sqlx::query("DELETE FROM platform.outbox WHERE id = ANY($1)")
            .bind(&confirmed)
            .execute(&mut *connection)
            .await?;
        metrics::counter!("messaging_published_total", "service" => service)
            .increment(confirmed.len() as u64);
        metrics::counter!("messaging_refused_total", "service" => service)
            .increment(refused.len() as u64);
        aside.put(refused);
        match lost {
            Some(error) => Err(error.into()),
            None => Ok(full),
        }
    }

    /// So many rows of each partition of a lane.
    fn most(&self, lane: Lane) -> i64 {
        (AT_ONCE / i64::from(self.bus.settings().partitions(lane))).max(50)
    }

    fn waiting(
        &self,
        row: &sqlx::postgres::PgRow,
        lane: Lane,
        partition: i32,
    ) -> Result<Waiting, BoxError> {
        let kind: String = row.try_get("kind")?;
        let body: String = row.try_get("body")?;
        // A partition beyond the settings has no queue any more.
        let partition = partition.unsigned_abs() as u16 % self.bus.settings().partitions(lane);
        let outside: Option<Outside> = serde_json::from_str(&body).ok();
        let (id, traceparent) = outside.map_or((None, None), |outside| {
            (Some(outside.id), outside.traceparent)
        });
        Ok(Waiting {
            id: row.try_get("id")?,
            tenant: row.try_get("tenant")?,
            lane,
            message: Message {
                exchange: FACTS,
                key: fact_key(lane_name(lane), partition, &kind),
                body: body.into_bytes(),
                kind,
                id,
                traceparent,
                headers: Vec::new(),
            },
        })
    }
}

/// `true`: nobody else relays until the end of the transaction, and there is something to relay. With it goes what the
/// planner must not try: the outbox is mostly empty, and a plan made for an empty table reads all of a full one.
async fn begin_pass(connection: &mut Conn) -> Result<bool, sqlx::Error> {
    // One round trip by the simple protocol; `set_config` is nobody's here (see tenancy).
    let sql = format!(
        "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off; \
         SELECT pg_try_advisory_xact_lock({LOCK}) AND EXISTS (SELECT 1 FROM platform.outbox) AS go"
    );
    let row = sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .fetch_one(connection)
        .await?;
    row.try_get("go")
}

/// Live before bulk; within a lane the tenants take turns, each in the order of its rows. A subject belongs to one
/// tenant, so its order holds.
fn take_turns(mut rows: Vec<Waiting>) -> Vec<Waiting> {
    rows.sort_by_key(|row| row.id);
    let mut out = Vec::with_capacity(rows.len());
    let (live, bulk): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.lane == Lane::Live);
    for lane in [live, bulk] {
        let mut order: Vec<Option<Uuid>> = Vec::new();
        let mut queues: HashMap<Option<Uuid>, VecDeque<Waiting>> = HashMap::new();
        for row in lane {
            let queue = queues.entry(row.tenant).or_default();
            if queue.is_empty() {
                order.push(row.tenant);
            }
            queue.push_back(row);
        }
        while !order.is_empty() {
            order.retain(|tenant| {
                let Some(queue) = queues.get_mut(tenant) else {
                    return false;
                };
                out.extend(queue.pop_front());
                !queue.is_empty()
            });
        }
    }
    out
}
