//! The machine that figures are of, and what an operation takes of it.

mod counted;
mod meter;
mod processes;
mod servers;

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};
use testkit::Suite;

pub use self::counted::{Idle, count_statements};
pub use self::meter::{Meter, Used, Watch};

/// Where a run was made. What an older file does not tell is empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// The version of the compiler.
    #[serde(default)]
    pub rustc: String,
    /// GiB that were free where Postgres keeps its data, or here where that is elsewhere.
    #[serde(default)]
    pub disk_free_gib: Option<f64>,
    /// The servers' versions, and Postgres' settings that figures depend on.
    #[serde(default)]
    pub servers: Servers,
}

/// What the servers say of themselves; empty where it is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Servers {
    /// The version of Postgres.
    pub postgres: String,
    /// The version of RabbitMQ.
    pub rabbitmq: String,
    /// The version of Redis.
    pub redis: String,
    /// Whether Postgres waits for the disk.
    pub fsync: String,
    /// Its memory for pages.
    pub shared_buffers: String,
    /// Its connections, at most.
    pub max_connections: String,
    /// Servers whose processes are on another machine or cannot be seen: none of their CPU is counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<String>,
}

impl Machine {
    /// This one, now, with the servers that the suite talks to. From now on their processes are known.
    pub async fn here(suite: &Suite) -> Self {
        let (servers, data) = servers::found(suite).await;
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
        let data = Path::new(&data);
        Self {
            at: now.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            cpu: field(&read("/proc/cpuinfo"), "model name").unwrap_or_default(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: kb / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
            commit: commit(),
            rustc: rustc(),
            disk_free_gib: free_gib(if data.is_dir() { data } else { Path::new(".") }),
            servers,
        }
    }

    /// Whether absolute figures of the two can be put beside each other.
    pub fn same_kind(&self, other: &Self) -> bool {
        self.cpu == other.cpu && self.cores == other.cores
    }
}

/// What a command prints; none where it is not there or is not content.
fn said(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

fn commit() -> String {
    let Some(head) = said("git", &["rev-parse", "--short=12", "HEAD"]) else {
        return String::new();
    };
    match said("git", &["status", "--porcelain", "--untracked-files=no"]) {
        Some(changes) if changes.is_empty() => head,
        _ => format!("{head}+"),
    }
}

/// The compiler that is here; where there is none any more, the oldest that can have built this.
fn rustc() -> String {
    let here = said("rustc", &["-vV"]);
    let line = here.as_deref().and_then(|text| text.lines().next());
    line.map_or_else(
        || format!("at least {}", env!("CARGO_PKG_RUST_VERSION")),
        |line| line.trim_start_matches("rustc ").to_owned(),
    )
}

fn free_gib(folder: &Path) -> Option<f64> {
    let folder = folder.display().to_string();
    let table = said("df", &["--block-size=1M", "--output=avail", &folder])?;
    let mib: f64 = table.lines().nth(1)?.trim().parse().ok()?;
    Some((mib / 102.4).round() / 10.0)
}
