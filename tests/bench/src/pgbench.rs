//! The baseline: what this Postgres can do with the same number of rows, asked by its own tool.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

/// A transaction of three INSERTs into tables of our rows' size: what a ticket costs at the very least.
const SCRIPT: &str = "\
BEGIN;
INSERT INTO bench_a (body) VALUES (repeat('x', 400));
INSERT INTO bench_b (body) VALUES (repeat('x', 400));
INSERT INTO bench_c (body) VALUES (repeat('x', 400));
COMMIT;
";

const TABLES: &str = "\
DROP TABLE IF EXISTS bench_a, bench_b, bench_c, bench_list;
CREATE TABLE bench_a (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL);
CREATE TABLE bench_b (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL);
CREATE TABLE bench_c (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL);
CREATE TABLE bench_list AS SELECT n::bigint AS id, n % 9 AS state, 'Ticket ' || n AS subject,
  timestamptz '2026-03-01' + n * interval '37 seconds' AS due_at FROM generate_series(1, 100000) AS n;
CREATE INDEX ON bench_list (due_at, id) WHERE state < 5;
ANALYZE bench_list;
";

/// A page of 50 of 100,000 rows in an order that an index has.
const LIST: &str = "SELECT id, state, due_at, subject FROM bench_list WHERE state < 5 ORDER BY due_at, id LIMIT 50;\n";

fn program(name: &str) -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|e| e.path().join("bin").join(name))
        .filter(|p| p.is_file())
        .collect();
    versions.sort();
    versions.pop().unwrap_or_else(|| PathBuf::from(name))
}

/// Runs statements in the database of `url`.
pub fn psql(url: &str, sql: &str) -> anyhow::Result<()> {
    let output = Command::new(program("psql"))
        .args(["-q", "-v", "ON_ERROR_STOP=1", "-c", sql, url])
        .output()?;
    ensure!(
        output.status.success(),
        "psql: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// Makes the tables in the database of `url`.
pub fn prepare(url: &str) -> anyhow::Result<()> {
    psql(url, TABLES)
}

/// Transactions per second of three INSERTs each, by `clients` for `seconds`.
pub fn three_inserts(url: &str, clients: u32, seconds: u32) -> anyhow::Result<f64> {
    let dir = tempfile::tempdir()?;
    let script = dir.path().join("three.sql");
    std::fs::write(&script, SCRIPT)?;
    run(url, &script, clients, seconds)
}

/// Pages of 50 rows per second, by `clients` for `seconds`.
pub fn list_50(url: &str, clients: u32, seconds: u32) -> anyhow::Result<f64> {
    let dir = tempfile::tempdir()?;
    let script = dir.path().join("list.sql");
    std::fs::write(&script, LIST)?;
    run(url, &script, clients, seconds)
}

fn run(url: &str, script: &Path, clients: u32, seconds: u32) -> anyhow::Result<f64> {
    let output = Command::new(program("pgbench"))
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={clients}"))
        .arg(format!("--time={seconds}"))
        .arg("--file")
        .arg(script)
        .arg(url)
        .output()
        .context("pgbench (Debian: postgresql-contrib)")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "pgbench: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    text.lines()
        .find_map(|l| l.strip_prefix("tps = "))
        .and_then(|l| l.split_whitespace().next())
        .and_then(|n| n.parse().ok())
        .with_context(|| format!("no tps in: {text}"))
}
