//! What tenants and tickets take of Postgres, and all of it of memory.

use std::path::Path;

use anyhow::{Context as _, ensure};
use e2e::Installation;
use messaging::TOPOLOGY;
use sqlx::{Connection as _, PgConnection};

use super::Series;
use crate::report::{Better, Row};
use crate::scenarios::mib;

/// What Postgres may take at any size, MiB.
const LIMIT_MIB: f64 = 8_192.0;

/// A service's database.
#[derive(Debug, Clone, Copy)]
pub struct Database {
    /// Of which service.
    pub service: &'static str,
    /// Rows of pg_class: tables, indexes, what is stored out of line.
    pub relations: i64,
    /// What describes them, bytes on disk.
    pub catalogue: i64,
    /// All of it, bytes on disk.
    pub bytes: i64,
}

/// Every service's database.
pub async fn databases(at: &Installation) -> anyhow::Result<Vec<Database>> {
    let mut all = Vec::with_capacity(TOPOLOGY.len());
    for row in TOPOLOGY {
        let url = at.suite.database_url(&row.service.replace('-', "_"));
        let mut owner = PgConnection::connect(&url).await?;
        let (relations, catalogue, bytes): (i64, i64, i64) = sqlx::query_as(
            "SELECT count(*), coalesce(sum(pg_total_relation_size(oid)) FILTER (WHERE relkind = 'r' \
             AND relnamespace = 'pg_catalog'::regnamespace AND NOT relisshared), 0)::bigint, \
             pg_database_size(current_database()) FROM pg_class",
        )
        .fetch_one(&mut owner)
        .await?;
        owner.close().await?;
        all.push(Database {
            service: row.service,
            relations,
            catalogue,
            bytes,
        });
    }
    Ok(all)
}

/// What Postgres takes of memory.
#[derive(Debug, Clone, Copy, Default)]
pub struct Memory {
    /// All its processes, what they share counted once, bytes.
    pub all: u64,
    /// Processes that work for us.
    pub backends: usize,
    /// What these share with nobody, bytes.
    pub own: u64,
}

/// What it takes now.
///
/// # Errors
/// If it does not run on this machine, or its processes cannot be looked into.
pub async fn memory(at: &Installation) -> anyhow::Result<Memory> {
    let mut owner = PgConnection::connect(at.suite.postgres_owner_url()).await?;
    let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(&mut owner)
        .await?;
    let postmaster = parent(Path::new(&format!("/proc/{backend}")))
        .context("Postgres does not run on this machine")?;
    let mut memory = Memory::default();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let dir = entry.path();
        let is_postmaster = entry.file_name().to_string_lossy() == postmaster.to_string();
        if !is_postmaster && parent(&dir) != Some(postmaster) {
            continue;
        }
        // One that ended meanwhile has none.
        let Some((all, own)) = taken(&dir) else {
            continue;
        };
        memory.all += all;
        if works_for(&dir, at.suite.prefix()) {
            memory.backends += 1;
            memory.own += own;
        }
    }
    owner.close().await?;
    ensure!(
        memory.all > 0,
        "nothing is told of Postgres' memory (smaps_rollup): run this as root, or as Postgres' own user"
    );
    Ok(memory)
}

/// The process that started this one.
fn parent(dir: &Path) -> Option<u32> {
    let stat = std::fs::read_to_string(dir.join("stat")).ok()?;
    let (head, tail) = stat.rsplit_once(')')?;
    let postgres = head.ends_with("(postgres");
    tail.split_whitespace()
        .nth(1)
        .filter(|_| postgres)?
        .parse()
        .ok()
}

/// Its share of all that it sees, and what it shares with nobody, bytes.
fn taken(dir: &Path) -> Option<(u64, u64)> {
    let text = std::fs::read_to_string(dir.join("smaps_rollup")).ok()?;
    let bytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kib * 1024)
    };
    Some((bytes("Pss:")?, bytes("Pss_Anon:").unwrap_or_default()))
}

/// Whether it is a backend for one of our databases: "postgres: login database address state".
fn works_for(dir: &Path, prefix: &str) -> bool {
    let line = std::fs::read(dir.join("cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    let ours = line.split(' ').skip(1).any(|word| word.starts_with(prefix));
    line.starts_with("postgres:") && ours && !line.contains("autovacuum")
}

/// The rows of all this.
pub async fn add(at: &Installation, series: &mut Series<'_>) -> anyhow::Result<()> {
    // Before anything is read for the rows below: that takes memory, too.
    let (ours, postgres) = (mib(at.resident_bytes()), memory(at).await?);
    let mut row = |name: &str, value: f64, unit: &str, note: String| {
        let row = Row::new("", value, unit, Better::Lower).note(note);
        series.add(name, row);
    };
    row("resident, ours", ours, "MiB", String::new());
    let all = mib(postgres.all);
    let note = format!("it may take {LIMIT_MIB:.0} MiB");
    row("Postgres, what is shared counted once", all, "MiB", note);
    let own = mib(postgres.own);
    let each = own / postgres.backends.max(1) as f64;
    let note = format!("{own:.0} MiB of their own, {each:.1} MiB each");
    row("Postgres' backends", postgres.backends as f64, "", note);
    let databases = databases(at).await?;
    let sum = |of: fn(&Database) -> i64| databases.iter().map(of).sum::<i64>();
    let each = |of: fn(&Database) -> String| {
        let each = databases.iter().map(|d| format!("{} {}", d.service, of(d)));
        each.collect::<Vec<_>>().join(", ")
    };
    let relations = sum(|database| database.relations) as f64;
    let note = each(|database| database.relations.to_string());
    row("relations", relations, "", note);
    let in_mib = |bytes: i64| mib(bytes.unsigned_abs());
    let catalogue = in_mib(sum(|database| database.catalogue));
    let note = each(|database| format!("{:.0}", mib(database.catalogue.unsigned_abs())));
    row("catalogues on disk", catalogue, "MiB", note);
    let bytes = in_mib(sum(|database| database.bytes));
    let note = each(|database| format!("{:.0}", mib(database.bytes.unsigned_abs())));
    row("databases on disk", bytes, "MiB", note);
    let what = format!(
        "Postgres takes at most 8 GiB with {} {}: {all:.0} MiB",
        series.size, series.what
    );
    series.report.promise(all <= LIMIT_MIB, what);
    Ok(())
}
