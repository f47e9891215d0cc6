//! The machine that figures are of, and what an operation takes of it.

use std::collections::BTreeMap;
use std::time::Instant;

use e2e::Installation;
use serde::{Deserialize, Serialize};
use sqlx::{Connection as _, PgConnection};

/// Where a run was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// When, UTC.
    pub at: String,
    /// The processor, as it names itself.
    pub cpu: String,
    /// How many of them.
    pub cores: usize,
    /// MiB.
    pub memory_mib: u64,
    /// The kernel.
    pub kernel: String,
    /// The commit that was measured, with `+` if something was changed since.
    pub commit: String,
}

impl Machine {
    /// This one, now.
    pub fn here() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|l| l.starts_with(name))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        };
        let memory = field(&read("/proc/meminfo"), "MemTotal").unwrap_or_default();
        let kb: u64 = memory
            .trim_end_matches("kB")
            .trim()
            .parse()
            .unwrap_or_default();
        let now = clock::Clock::now(&clock::SystemClock);
        Self {
            at: now.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            cpu: field(&read("/proc/cpuinfo"), "model name").unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: kb / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            commit: commit(),
        }
    }

    /// Whether absolute figures of the two can be put beside each other.
    pub fn same_kind(&self, other: &Self) -> bool {
        self.cpu == other.cpu && self.cores == other.cores
    }
}

fn commit() -> String {
    let git = |args: &[&str]| {
        let output = std::process::Command::new("git").args(args).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    };
    let Some(head) = git(&["rev-parse", "--short=12", "HEAD"]) else {
        return String::new();
    };
    match git(&["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if changes.is_empty() => head,
        _ => format!("{head}+"),
    }
}

/// What was taken between two looks.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// CPU seconds of our processes.
    pub cpu_s: f64,
    /// Of it the gateway's.
    pub gateway_s: f64,
    /// CPU seconds of Postgres, and of RabbitMQ.
    pub servers_s: (f64, f64),
    /// Statements, where Postgres counts them (`pg_stat_statements`).
    pub statements: Option<f64>,
    /// Transactions.
    pub transactions: Option<f64>,
    /// Resident memory of our processes at the second look, MiB.
    pub resident_mib: f64,
    /// Share of the cores that others used, 0 to 1.
    pub noise: f64,
}

/// Between two looks.
#[derive(Debug)]
pub struct Meter<'a> {
    at: &'a Installation,
    began: Instant,
    look: Look,
}

#[derive(Debug, Clone)]
struct Look {
    ours: f64,
    /// Of everybody on this machine, seconds.
    busy: f64,
    /// Of all who take part in a measurement: ours, the servers, the load.
    part: BTreeMap<&'static str, f64>,
    statements: Option<f64>,
    transactions: Option<f64>,
}

impl<'a> Meter<'a> {
    /// From now on.
    pub async fn start(at: &'a Installation) -> Self {
        Self {
            at,
            look: Look::of(at).await,
            began: Instant::now(),
        }
    }

    /// Until now.
    #[allow(clippy::cast_precision_loss)] // a number of cores
    pub async fn stop(self) -> Used {
        let wall_s = self.began.elapsed().as_secs_f64();
        let look = Look::of(self.at).await;
        let before = self.look;
        let of = |name: &str| {
            let at = |look: &Look| look.part.get(name).copied().unwrap_or_default();
            at(&look) - at(&before)
        };
        let part: f64 = PARTS.into_iter().map(of).sum();
        let others = (look.busy - before.busy) - part;
        let cores = std::thread::available_parallelism().map_or(1, usize::from) as f64;
        let since = |now: Option<f64>, then: Option<f64>| Some(now? - then?);
        Used {
            cpu_s: look.ours - before.ours,
            gateway_s: of("gateway"),
            servers_s: (of("postgres"), of("beam.smp")),
            statements: since(look.statements, before.statements),
            transactions: since(look.transactions, before.transactions),
            resident_mib: crate::scenarios::mib(self.at.resident_bytes()),
            noise: (others / (cores * wall_s)).clamp(0.0, 1.0),
        }
    }
}

impl Look {
    async fn of(at: &Installation) -> Self {
        let ours = at.cpu_seconds();
        let (statements, transactions) = counted(at).await.unwrap_or_default();
        Self {
            ours,
            busy: busy(),
            part: taking_part(),
            statements,
            transactions,
        }
    }
}

/// Statements and transactions so far, by Postgres' own count.
async fn counted(at: &Installation) -> Option<(Option<f64>, Option<f64>)> {
    let mut owner = PgConnection::connect(at.suite.postgres_owner_url())
        .await
        .ok()?;
    let like = format!("{}%", at.suite.prefix().replace('_', "\\_"));
    // Where the server was started with it; elsewhere there is no such column.
    let statements: Option<f64> = sqlx::query_scalar(
        "SELECT sum(s.calls)::float8 FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname LIKE $1",
    )
    .bind(&like)
    .fetch_one(&mut owner)
    .await
    .ok();
    let transactions: Option<f64> = sqlx::query_scalar(
        "SELECT sum(xact_commit + xact_rollback)::float8 FROM pg_stat_database WHERE datname LIKE $1",
    )
    .bind(&like)
    .fetch_one(&mut owner)
    .await
    .ok();
    Some((statements, transactions))
}

/// Lets Postgres count statements, if it was started so that it can.
pub async fn count_statements(owner_url: &str) -> anyhow::Result<()> {
    let mut owner = PgConnection::connect(owner_url).await?;
    let loaded: String = sqlx::query_scalar("SELECT current_setting('shared_preload_libraries')")
        .fetch_one(&mut owner)
        .await?;
    if loaded.contains("pg_stat_statements") {
        sqlx::query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            .execute(&mut owner)
            .await?;
    }
    Ok(())
}

/// CPU seconds that this machine was busy, also for others that share it (steal).
fn busy() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields: Vec<f64> = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1)
        .map(|f| f.parse().unwrap_or_default())
        .collect();
    // user, nice, system, idle, iowait, irq, softirq, steal; 100 ticks a second on Linux.
    let busy: f64 = [0, 1, 2, 5, 6, 7]
        .into_iter()
        .filter_map(|i| fields.get(i))
        .sum();
    busy / 100.0
}

/// Who takes part in a measurement, by the names of their programs.
const PARTS: [&str; 9] = [
    "ventanilla",
    "gateway",
    "postgres",
    "beam.smp",
    "redis-server",
    "wrk",
    "pgbench",
    "bench",
    "erl_child_setup",
];

/// CPU seconds so far of each of them, all processes of a name together.
fn taking_part() -> BTreeMap<&'static str, f64> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut all = BTreeMap::new();
    let stats =
        processes.filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    for (name, seconds) in stats.filter_map(|stat| part(&stat)) {
        *all.entry(name).or_default() += seconds;
    }
    all
}

fn part(stat: &str) -> Option<(&'static str, f64)> {
    let (head, tail) = stat.rsplit_once(')')?;
    let name = head.split_once('(')?.1;
    let name = PARTS.into_iter().find(|part| *part == name)?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok());
    // Behind the closing parenthesis: utime 11, stime 12, and the same of its children that have ended 13, 14: backends of
    // Postgres, commands and generators are somebody's children here.
    Some((
        name,
        (ticks(11)? + ticks(12)? + ticks(13)? + ticks(14)?) / 100.0,
    ))
}
