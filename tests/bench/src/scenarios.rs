//! The scenarios, each printing its rows.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use e2e::Installation;
use messaging::TOPOLOGY;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::Suite;

use crate::load::Pressure;
use crate::{load, log, pgbench};

/// What Postgres can do here and now.
#[derive(Debug, Clone, Copy)]
pub struct Baseline {
    /// Transactions/s of three INSERTs by 8 clients.
    pub c8: f64,
    /// By 32 clients.
    pub c32: f64,
}

impl Baseline {
    /// Measures it in a database of the suite.
    pub async fn measure(suite: &Suite) -> anyhow::Result<Self> {
        let (owner, name) = (
            suite.postgres_owner_url().to_owned(),
            format!("{}bench", suite.prefix()),
        );
        let url = suite.database_url("bench");
        tokio::task::spawn_blocking(move || {
            pgbench::psql(&owner, &format!("CREATE DATABASE {name}"))?;
            pgbench::prepare(&url)?;
            Ok(Self {
                c8: pgbench::three_inserts(&url, 8, 10)?,
                c32: pgbench::three_inserts(&url, 32, 10)?,
            })
        })
        .await?
    }
}

/// Bytes as MiB.
#[allow(clippy::cast_precision_loss)] // memory sizes fit
pub fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

/// Tenants made while everything runs.
pub async fn provisioning(at: &Installation) -> anyhow::Result<()> {
    let mut took = Vec::new();
    for n in 0..5 {
        let began = Instant::now();
        at.cli(&[
            "tenant",
            "create",
            "--provider",
            "soporte",
            "--slug",
            &format!("alta-{n}"),
            "--name",
            "Alta",
        ])
        .await?;
        took.push(began.elapsed().as_secs_f64());
    }
    took.sort_by(f64::total_cmp);
    println!(
        "{:<44} {:>10.2} s    slowest {:.2} s (with the command's own start)",
        "a tenant is ready, median", took[2], took[4]
    );
    Ok(())
}

/// The import of the log until reporting is final.
pub async fn import(at: &Installation, baseline: &Baseline) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let (file, rows) = if let Some(path) = log::real() {
        (path, 65_533.0)
    } else {
        let path = dir.path().join("made-up.csv");
        std::fs::write(&path, log::made_up(7_500, 9))?;
        (path, 67_500.0)
    };
    at.tenant("importado").await?;
    let file = file.display().to_string();
    let (cpu, began) = (at.cpu_seconds(), Instant::now());
    at.cli(&[
        "import",
        "--tenant",
        "importado",
        "--mapping",
        &log::mapping(),
        "--wait",
        &file,
    ])
    .await?;
    let seconds = began.elapsed().as_secs_f64();
    let rate = rows / seconds;
    println!(
        "{:<44} {rate:>10.0} events/s    {:.2} of pgbench c=8; {:.0} us CPU per event in our processes",
        "import until reporting is final",
        rate / baseline.c8,
        (at.cpu_seconds() - cpu) / rows * 1e6
    );
    println!(
        "{:<44} {:>10.1} MiB",
        "resident, after the import",
        mib(at.resident_bytes())
    );
    Ok(())
}

const OPEN: &str = "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id number } problems { code } } }";

/// `openTicket` through the gateway, over 50 tenants.
pub async fn open_ticket(at: &Installation, baseline: &Baseline) -> anyhow::Result<()> {
    let mut bodies = Vec::new();
    for n in 0..50 {
        let slug = format!("carga-{n}");
        at.tenant(&slug).await?;
        let token = at.token(&slug, "requester").await?;
        let body = json!({"query": OPEN, "variables": {"i": {"subject": "No puedo entrar al portal %ID%",
            "description": "Desde las ocho de la mañana el portal no responde.", "impactInternal": "MEDIUM", "urgency": "HIGH"}}});
        bodies.push((token, slug, body.to_string()));
    }
    // A cold first touch of each tenant is not what is asked here.
    post(at, &bodies, flat_out(32, 20)).await?;
    drained(at).await?;
    let cpu = at.cpu_seconds();
    let burst = post(at, &bodies, flat_out(32, 10)).await?;
    println!(
        "{:<44} {:>10.0} /s    {:.2} of pgbench c=32; p50 {:.1} ms, p99 {:.1} ms; {:.2} ms CPU per request; failed {}; generator {:.1} s CPU",
        "openTicket, 10 s burst at 32 connections",
        burst.per_second,
        burst.per_second / baseline.c32,
        burst.p50_ms,
        burst.p99_ms,
        (at.cpu_seconds() - cpu) / burst.requests as f64 * 1e3,
        burst.failed,
        burst.generator_cpu_s
    );
    anyhow::ensure!(
        burst.failed == 0,
        "requests failed: the figures say nothing"
    );
    println!(
        "{:<44} {:>10.1} s",
        "consumers caught up after the burst",
        drained(at).await?
    );
    let mut best = 0.0;
    for rate in [50, 100, 150, 200, 250, 300, 400, 600] {
        // Sixteen who rest between two tickets, so that a slow answer does not slow all of them down.
        let held = Pressure {
            connections: 16,
            seconds: 60,
            rest_ms: 16_000 / rate,
        };
        let cpu = at.cpu_seconds();
        let held = post(at, &bodies, held).await?;
        let cpu = (at.cpu_seconds() - cpu) / held.requests as f64 * 1e3;
        let lag = drained(at).await?;
        println!(
            "{:<44} {:>10.0} /s    {:.3} of pgbench c=32; lag {lag:.1} s; p50 {:.1} ms, p99 {:.1} ms; {cpu:.2} ms CPU per request with every effect",
            format!("openTicket, 60 s at some {rate}/s"),
            held.per_second,
            held.per_second / baseline.c32,
            held.p50_ms,
            held.p99_ms,
        );
        if lag >= 2.0 {
            break;
        }
        best = held.per_second;
    }
    println!(
        "{:<44} {best:>10.0} /s    {:.3} of pgbench c=32",
        "openTicket held with every lag under 2 s",
        best / baseline.c32
    );
    let (facts, effects) = effects_per_ticket(at, "carga-0").await?;
    println!(
        "{:<44} {facts:>10.1}       taken in {effects:.1} times by the services that hear them",
        "facts per ticket"
    );
    Ok(())
}

/// What one ticket brings about: facts, and how often a service takes one of them in.
async fn effects_per_ticket(at: &Installation, slug: &str) -> anyhow::Result<(f64, f64)> {
    let mut directory = PgConnection::connect(&at.suite.database_url("directory")).await?;
    let schema: String = sqlx::query_scalar(
        "SELECT 't_' || replace(id::text, '-', '') FROM platform.tenant WHERE slug = $1",
    )
    .bind(slug)
    .fetch_one(&mut directory)
    .await?;
    let mut reporting = PgConnection::connect(&at.suite.database_url("reporting")).await?;
    let rows: Vec<(String, i64)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT source, count(*) FROM {schema}.facts WHERE source <> 'directory' GROUP BY source"
    )))
    .fetch_all(&mut reporting)
    .await?;
    let tickets: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT count(*) FROM {schema}.facts WHERE kind = 'ticket.opened.v1'"
    )))
    .fetch_one(&mut reporting)
    .await?;
    let hear = |source: &str| {
        TOPOLOGY
            .iter()
            .filter(|row| row.hears.iter().any(|p| p.source() == source))
            .count() as f64
    };
    let facts: f64 = rows.iter().map(|(_, n)| *n as f64).sum();
    let effects: f64 = rows
        .iter()
        .map(|(source, n)| *n as f64 * hear(source))
        .sum();
    Ok((facts / tickets as f64, effects / tickets as f64))
}

const PAGE: &str = "{ worklist(first: 50) { totalCount nodes { number state priority dueAt ticket { subject } } } }";

/// The first 50 of 100,000 tickets, while nothing else happens.
pub async fn worklist(at: &Installation) -> anyhow::Result<()> {
    at.tenant("grande").await?;
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("grande.csv");
    std::fs::write(&file, log::made_up(100_000, 1))?;
    let file = file.display().to_string();
    at.cli(&[
        "import",
        "--tenant",
        "grande",
        "--mapping",
        &log::mapping(),
        "--wait",
        &file,
    ])
    .await?;
    let token = at.token("grande", "coordinator").await?;
    let page = at.data(&token, Some("grande"), PAGE, json!({})).await?;
    anyhow::ensure!(
        page["worklist"]["nodes"]
            .as_array()
            .is_some_and(|n| n.len() == 50),
        "no page of 50: {page}"
    );
    // Several people, so that the limit per caller is not what is measured.
    let mut bodies = Vec::new();
    for role in ["coordinator", "agent", "quality_manager", "service_manager"] {
        let token = at.token("grande", role).await?;
        let body = json!({"query": PAGE}).to_string();
        bodies.push((token, "grande".to_owned(), body));
    }
    drained(at).await?;
    post(at, &bodies, flat_out(8, 3)).await?;
    let cpu = at.cpu_seconds();
    let run = post(at, &bodies, flat_out(8, 15)).await?;
    println!(
        "{:<44} {:>10.0} /s    p50 {:.1} ms, p99 {:.1} ms; {:.2} ms CPU per request; failed {}",
        "worklist, first 50 of 100,000, 8 connections",
        run.per_second,
        run.p50_ms,
        run.p99_ms,
        (at.cpu_seconds() - cpu) / run.requests as f64 * 1e3,
        run.failed
    );
    anyhow::ensure!(run.failed == 0, "requests failed: the figures say nothing");
    Ok(())
}

/// As fast as the answers come.
const fn flat_out(connections: u32, seconds: u32) -> Pressure {
    Pressure {
        connections,
        seconds,
        rest_ms: 0,
    }
}

async fn post(
    at: &Installation,
    bodies: &[(String, String, String)],
    pressure: Pressure,
) -> anyhow::Result<load::Outcome> {
    let (url, bodies) = (at.url.clone(), bodies.to_vec());
    tokio::task::spawn_blocking(move || load::post(&url, &bodies, pressure))
        .await?
        .context("load")
}

/// Seconds until no queue and no outbox holds anything.
async fn drained(at: &Installation) -> anyhow::Result<f64> {
    let began = Instant::now();
    let mut empty = 0;
    loop {
        // Twice in a row: between an outbox and a queue a fact is in neither for a moment.
        empty = if at.backlog().await? == 0 {
            empty + 1
        } else {
            0
        };
        if empty == 2 {
            return Ok(began.elapsed().as_secs_f64());
        }
        anyhow::ensure!(
            began.elapsed() < Duration::from_mins(10),
            "the consumers never caught up"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
