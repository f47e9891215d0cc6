//! The baseline: what this Postgres can do with the same number of rows, asked by its own tool.

use std::path::PathBuf;
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

/// A transaction of pgbench's, with values for what stands in it as `:name`. They come with each execution, as they do to a
/// service's statements: nothing is worked out beforehand.
#[derive(Debug, Clone)]
pub struct Script {
    sql: String,
    values: Vec<(String, String)>,
}

/// Reads a ticket and the first of its timeline by their keys, as intake does for a page. `ticket`: its UUID.
pub fn page(schema: &str, ticket: &str) -> Script {
    let name = format!("t{}", ticket.replace('-', ""));
    Script {
        sql: format!(
            "BEGIN;\n\
             SELECT t.id, t.number, t.version, t.kind, t.major, t.state, t.priority, t.impact_internal, t.impact_external, \
             t.urgency, t.application, t.requester, t.subject, t.description, t.attributes, t.opened_at, t.state_since \
             FROM {schema}.ticket t WHERE t.id = CAST(:{name} AS uuid);\n\
             SELECT position, id, at, kind, internal, actor_kind, actor, contact, body, detail FROM {schema}.entry \
             WHERE ticket = CAST(:{name} AS uuid) AND position > 0 ORDER BY position LIMIT 51;\n\
             COMMIT;\n"
        ),
        values: vec![(name, ticket.to_owned())],
    }
}

/// Searches tickets and conversations for a text by the predicate and the order that intake has (`store/search.rs`). `n` tells
/// the scripts of one run apart.
pub fn search(schema: &str, n: usize, text: &str) -> Script {
    let name = format!("w{n}");
    Script {
        sql: format!(
            "WITH asked AS (\
               SELECT websearch_to_tsquery('spanish', shared.unaccented(:{name})) \
                 || websearch_to_tsquery('english', shared.unaccented(:{name})) AS q\
             ), hit AS (\
               SELECT t.id, ts_rank(t.words, q) AS rank FROM {schema}.ticket t, asked WHERE t.words @@ q \
               UNION ALL \
               SELECT e.ticket, ts_rank(e.words, q) FROM {schema}.entry e, asked WHERE e.words @@ q \
               UNION ALL \
               SELECT t.id, CAST(10 AS real) FROM {schema}.ticket t WHERE t.number = upper(btrim(:{name}))\
             ), best AS (\
               SELECT id, max(rank) AS rank FROM hit GROUP BY id\
             ) \
             SELECT t.id, t.number, t.version, t.kind, t.state, t.priority, t.subject, t.description, t.opened_at, best.rank \
             FROM best JOIN {schema}.ticket t USING (id) ORDER BY best.rank DESC, t.id DESC LIMIT 26;\n"
        ),
        values: vec![(name, text.to_owned())],
    }
}

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
    run(url, &[script], &[], (clients, seconds))
}

/// Pages of 50 rows per second, by `clients` for `seconds`.
pub fn list_50(url: &str, clients: u32, seconds: u32) -> anyhow::Result<f64> {
    let dir = tempfile::tempdir()?;
    let script = dir.path().join("list.sql");
    std::fs::write(&script, LIST)?;
    run(url, &[script], &[], (clients, seconds))
}

/// Transactions per second of these scripts, each as often as another, by `clients` for `seconds`.
pub fn scripts(url: &str, scripts: &[Script], clients: u32, seconds: u32) -> anyhow::Result<f64> {
    let dir = tempfile::tempdir()?;
    let (mut files, mut values) = (Vec::new(), Vec::new());
    for (n, script) in scripts.iter().enumerate() {
        let file = dir.path().join(format!("{n}.sql"));
        std::fs::write(&file, &script.sql)?;
        files.push(file);
        values.extend_from_slice(&script.values);
    }
    run(url, &files, &values, (clients, seconds))
}

fn run(
    url: &str,
    scripts: &[PathBuf],
    values: &[(String, String)],
    (clients, seconds): (u32, u32),
) -> anyhow::Result<f64> {
    let mut command = Command::new(program("pgbench"));
    command
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={clients}"))
        .arg(format!("--time={seconds}"));
    for (name, value) in values {
        command.arg(format!("--define={name}={value}"));
    }
    for script in scripts {
        command.arg("--file").arg(script);
    }
    let output = command
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
