//! Looks from outside at what the service does: when timers are gone, how long facts take, what it costs.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use clock::SharedClock;
use sqlx::{AssertSqlSafe, PgConnection};

use super::desk::Client;

/// How often timers are looked at: the figures are exact to so much, and too high rather than too low.
const LOOK: Duration = Duration::from_millis(20);
/// What falls due within so much time must still stand, as must everything before the first of it.
const SOON: TimeDelta = TimeDelta::seconds(1);
/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_mins(2);
/// Nor does telling the broker of very many at once, of which nothing is promised.
const RELAYED: Duration = Duration::from_mins(10);

/// How late timers were, milliseconds from the instant at which each was due to the commit that fired it.
#[derive(Debug, Clone, Copy)]
pub struct Lateness {
    pub p50: f64,
    pub p99: f64,
    pub last: f64,
    /// When the last of the breaches had left for the broker, from when the last was due.
    pub told: f64,
}

/// Watches `many` timers that fall due from one instant to another until they are gone, and what they announce has been told.
pub async fn lateness(
    owner: &mut PgConnection,
    clock: &SharedClock,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    many: usize,
) -> anyhow::Result<Lateness> {
    // In time for the look itself to have ended by then.
    let early = from - clock.now() - SOON * 3;
    let early = early.to_std().unwrap_or_default();
    tokio::time::sleep(early).await;
    let mut stand = standing(owner, (from, until)).await?;
    let all: i64 = stand.values().sum();
    ensure!(
        usize::try_from(all)? == many && clock.now() < from,
        "{all} of {many} stand before they are due"
    );
    // How late, in milliseconds, and how many of them.
    let mut gone: Vec<(f64, i64)> = Vec::new();
    while let Some(first) = stand.keys().next().copied() {
        let asked = clock.now();
        // Those behind the first are gone; those of the next moment must not be.
        let left = standing(owner, (first, until.min(asked + SOON))).await?;
        let seen = clock.now();
        for (due, before) in stand.range_mut(..=asked + SOON) {
            let left = left.get(due).copied().unwrap_or_default();
            let fired = *before - left;
            if fired > 0 {
                ensure!(*due <= seen, "{fired} fired before {due}");
                gone.push(((seen - *due).as_seconds_f64() * 1e3, fired));
            }
            *before = left;
        }
        stand.retain(|_, left| *left > 0);
        ensure!(
            seen < until + PATIENCE,
            "{} of {many} timers never fired",
            stand.values().sum::<i64>()
        );
        tokio::time::sleep(LOOK).await;
    }
    let fired = Instant::now();
    loop {
        let left: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM platform.outbox WHERE kind = 'clock.breached.v1')",
        )
        .fetch_one(&mut *owner)
        .await?;
        if !left {
            break;
        }
        ensure!(fired.elapsed() < RELAYED, "breaches are never told");
        tokio::time::sleep(LOOK).await;
    }
    let told = (clock.now() - until).as_seconds_f64() * 1e3;
    gone.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let at = |share: f64| {
        let wanted = (many as f64 * share).ceil() as i64;
        let mut counted = 0;
        let reached = gone.iter().find(|(_, some)| {
            counted += some;
            counted >= wanted
        });
        reached.map(|(late, _)| *late)
    };
    let (Some(p50), Some(p99), Some(last)) = (at(0.5), at(0.99), at(1.0)) else {
        anyhow::bail!("no lateness was seen");
    };
    Ok(Lateness {
        p50,
        p99,
        last,
        told,
    })
}

/// How many timers stand of each instant.
async fn standing(
    owner: &mut PgConnection,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> anyhow::Result<BTreeMap<DateTime<Utc>, i64>> {
    let stand: Vec<(DateTime<Utc>, i64)> = sqlx::query_as(
        "SELECT due, count(*) FROM platform.timer WHERE due >= $1 AND due <= $2 GROUP BY due",
    )
    .bind(from)
    .bind(until)
    .fetch_all(owner)
    .await?;
    Ok(stand.into_iter().collect())
}

/// What has become of copies that had a warning behind them and a deadline ahead.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    /// Breached at their very deadline, and told so once.
    pub once: usize,
    /// Not told.
    pub lost: usize,
    /// Told more often.
    pub doubled: usize,
}

/// Counts the facts that were told of each clock that fell due meanwhile: they are numbered without a gap, and each number is
/// in the outbox once. A breach and its notice come behind those of the clock that was copied.
pub async fn counted(
    owner: &mut PgConnection,
    clients: &[Client],
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> anyhow::Result<Counted> {
    let mut all = Counted::default();
    for client in clients {
        let sql = format!(
            "SELECT count(*) FILTER (WHERE c.sequence = was.sequence + 2 AND c.breached_at = c.due_at AND c.fired = '{{80,100}}'), \
             count(*) FILTER (WHERE c.sequence < was.sequence + 2), count(*) FILTER (WHERE c.sequence > was.sequence + 2) \
             FROM {0}.clock c, (SELECT sequence FROM {0}.clock WHERE ticket = $3) AS was WHERE c.due_at BETWEEN $1 AND $2",
            client.schema
        );
        let some: (i64, i64, i64) = sqlx::query_as(AssertSqlSafe(sql))
            .persistent(false)
            .bind(from)
            .bind(until)
            .bind(client.one.uuid())
            .fetch_one(&mut *owner)
            .await?;
        all.once += usize::try_from(some.0)?;
        all.lost += usize::try_from(some.1)?;
        all.doubled += usize::try_from(some.2)?;
    }
    Ok(all)
}

/// Waits until a ticket's six clocks have moved, and says how long it took, milliseconds.
pub async fn moved(
    owner: &mut PgConnection,
    client: &Client,
    ticket: uuid::Uuid,
    sequence: i64,
) -> anyhow::Result<f64> {
    let began = Instant::now();
    let sql = format!(
        "SELECT bool_and(sequence >= $2) FROM {}.clock WHERE ticket = $1",
        client.schema
    );
    loop {
        let all: bool = sqlx::query_scalar(AssertSqlSafe(sql.as_str()))
            .bind(ticket)
            .bind(sequence)
            .fetch_one(&mut *owner)
            .await?;
        if all {
            return Ok(began.elapsed().as_secs_f64() * 1e3);
        }
        ensure!(began.elapsed() < PATIENCE, "a fact was never taken in");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Waits until the service has taken in these facts of a tenant: subjects, and their sequences.
pub async fn taken_in(
    owner: &mut PgConnection,
    client: &Client,
    (subjects, sequences): &(Vec<String>, Vec<i64>),
) -> anyhow::Result<()> {
    let began = Instant::now();
    let sql = format!(
        "SELECT NOT EXISTS (SELECT 1 FROM unnest($1::text[], $2::bigint[]) AS k (subject, sequence) \
         JOIN {}.inbox i ON i.source = 'intake' AND i.subject = k.subject WHERE i.sequence < k.sequence)",
        client.schema
    );
    loop {
        let all: bool = sqlx::query_scalar(AssertSqlSafe(sql.as_str()))
            .bind(subjects)
            .bind(sequences)
            .fetch_one(&mut *owner)
            .await?;
        if all {
            return Ok(());
        }
        ensure!(began.elapsed() < PATIENCE, "facts are never taken in");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// CPU seconds so far: of the process, and of Postgres' backends for its database, with those that have ended (of whichever
/// database: here none but this one's end).
#[derive(Debug, Clone, Copy)]
pub struct Cpu {
    pub ours: f64,
    pub postgres: f64,
}

impl Cpu {
    /// Up to now.
    pub fn of(pid: u32, database: &str) -> anyhow::Result<Self> {
        let backends = of_database(database)?;
        let live: f64 = backends.iter().filter_map(|dir| ticks(dir, [11, 12])).sum();
        let parent = backends.first().and_then(|dir| field(dir, 1));
        let parent = parent.context("no backend of the service")?;
        let ended = ticks(format!("/proc/{parent}"), [13, 14]).context("no postmaster")?;
        let ours = ticks(format!("/proc/{pid}"), [11, 12]).context("the service does not run")?;
        let postgres = live + ended;
        Ok(Self { ours, postgres })
    }

    /// Microseconds since then for each of so many.
    pub fn since(self, before: Self, many: usize) -> (f64, f64) {
        let each = |seconds: f64| seconds * 1e6 / many as f64;
        (
            each(self.ours - before.ours),
            each(self.postgres - before.postgres),
        )
    }
}

/// Seconds in two fields of a process: 100 ticks a second on Linux.
fn ticks(dir: impl AsRef<Path>, [user, system]: [usize; 2]) -> Option<f64> {
    let seconds = |n| Some(field(&dir, n)? as f64 / 100.0);
    Some(seconds(user)? + seconds(system)?)
}

/// A number of a process, counted behind the closing parenthesis: its parent is field 1, utime 11, stime 12, and of its children
/// that have ended cutime 13 and cstime 14.
fn field(dir: impl AsRef<Path>, n: usize) -> Option<u64> {
    let stat = std::fs::read_to_string(dir.as_ref().join("stat")).ok()?;
    let behind = stat.rsplit(')').next()?;
    behind.split_whitespace().nth(n)?.parse().ok()
}

/// A table of every tenant's, or the platform's, bytes on disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Table {
    pub name: &'static str,
    pub rows: i64,
    pub indexes: i64,
}

/// The tables that grow with clocks, and what is told of them.
pub const TABLES: [&str; 5] = ["clock", "ticket_fact", "inbox", "timer", "outbox"];

/// How large they are, of all tenants together.
pub async fn tables(owner: &mut PgConnection) -> anyhow::Result<[Table; TABLES.len()]> {
    let mut all = [Table::default(); TABLES.len()];
    for (name, table) in TABLES.into_iter().zip(&mut all) {
        let (rows, indexes): (i64, i64) = sqlx::query_as(
            "SELECT coalesce(sum(pg_table_size(oid)), 0)::bigint, coalesce(sum(pg_indexes_size(oid)), 0)::bigint \
             FROM pg_class WHERE relname = $1 AND relkind = 'r'",
        )
        .bind(name)
        .fetch_one(&mut *owner)
        .await?;
        *table = Table {
            name,
            rows,
            indexes,
        };
    }
    Ok(all)
}

/// Postgres' backends for a database: how many there are, and their memory that nobody shares, bytes.
pub fn backends(database: &str) -> anyhow::Result<(usize, u64)> {
    let (mut count, mut bytes) = (0, 0);
    for dir in of_database(database)? {
        let status = std::fs::read_to_string(dir.join("status")).unwrap_or_default();
        if let Some(own) = kib(&status, "RssAnon:") {
            count += 1;
            bytes += own * 1024;
        }
    }
    Ok((count, bytes))
}

/// The backends' places in /proc: "postgres: login database address state".
fn of_database(database: &str) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let dir = entry.path();
        let line = std::fs::read(dir.join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line);
        if line.starts_with("postgres:") && line.split(' ').any(|word| word == database) {
            all.push(dir);
        }
    }
    Ok(all)
}

fn kib(status: &str, what: &str) -> Option<u64> {
    let line = status.lines().find_map(|l| l.strip_prefix(what))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

/// Resident memory of a process, bytes.
pub fn resident(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    Ok(kib(&status, "VmRSS:").context("no VmRSS")? * 1024)
}
