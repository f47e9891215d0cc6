//! The scenarios, a file each; and what they share.

mod baseline;
mod import;
mod indicators;
mod maths;
mod open_ticket;
mod overload;
mod pages;
mod propagation;
mod provisioning;
mod reply;
mod scale;
mod search;
mod start;
mod ticket_page;
mod worklist;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e::Installation;
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};

pub use self::baseline::Baseline;
pub use self::import::import;
pub use self::indicators::indicators;
pub use self::maths::maths;
pub use self::open_ticket::open_ticket;
pub use self::overload::overload;
pub use self::propagation::propagation;
pub use self::provisioning::provisioning;
pub use self::reply::reply;
pub use self::scale::scale;
pub use self::search::search;
pub use self::start::start;
pub use self::ticket_page::ticket_page;
pub use self::worklist::worklist;
use crate::load::{Outcome, Pressure};
use crate::machine::Meter;
use crate::report::{Better, Report, Row};
use crate::{load, log, pgbench};

/// An operation is asked by so many at once, one after the other.
const CONNECTIONS: [u32; 3] = [1, 8, 32];
/// For so long, seconds.
const SECONDS: u32 = 6;
/// Tenants that tickets are opened in.
const TENANTS: usize = 50;
/// The tenant with [`many`] tickets.
const LARGE: &str = "grande";

/// So many tickets, `MANY`; 100,000 where nothing is said.
fn many() -> anyhow::Result<usize> {
    match std::env::var("MANY") {
        Ok(many) if !many.is_empty() => many.parse().context("MANY is a number of tickets"),
        _ => Ok(100_000),
    }
}

/// The same for people: rows of different sizes have different names, and are never compared.
fn many_written() -> anyhow::Result<String> {
    let digits = many()?.to_string();
    let mut written = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    Ok(written)
}

/// Token, tenant and JSON body of a request.
type Body = (String, String, String);

/// Bytes as MiB.
#[allow(clippy::cast_precision_loss)] // memory sizes fit
pub fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

fn body(token: &str, tenant: &str, query: &str, variables: &Value) -> Body {
    let body = json!({"query": query, "variables": variables});
    (token.to_owned(), tenant.to_owned(), body.to_string())
}

/// The slug of one of the tenants that tickets are opened in.
fn slug(n: usize) -> String {
    format!("carga-{n}")
}

/// The schema that a tenant has in every service.
async fn schema_of(at: &Installation, slug: &str) -> anyhow::Result<String> {
    let mut directory = PgConnection::connect(&at.suite.database_url("directory")).await?;
    let schema = sqlx::query_scalar(
        "SELECT 't_' || replace(id::text, '-', '') FROM platform.tenant WHERE slug = $1",
    )
    .bind(slug)
    .fetch_one(&mut directory)
    .await?;
    directory.close().await?;
    Ok(schema)
}

/// Makes the tenants that tickets are opened in, where they are not there yet.
async fn tenants(at: &Installation) -> anyhow::Result<()> {
    made(at, TENANTS, slug).await
}

/// Makes so many tenants of these slugs, where they are not there yet.
async fn made(at: &Installation, count: usize, slug: fn(usize) -> String) -> anyhow::Result<()> {
    let there = at.cli(&["tenant", "list"]).await?;
    if there.contains(&slug(count - 1)) {
        return Ok(());
    }
    for n in 0..count {
        at.tenant(&slug(n)).await?;
    }
    Ok(())
}

/// Makes the tenant with many tickets, if it is not there yet.
async fn large(at: &Installation) -> anyhow::Result<()> {
    if at.cli(&["tenant", "list"]).await?.contains(LARGE) {
        return Ok(());
    }
    at.tenant(LARGE).await?;
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("grande.csv");
    std::fs::write(&file, log::made_up(many()?, 1))?;
    let file = file.display().to_string();
    let mapping = log::mapping();
    at.cli(&[
        "import",
        "--tenant",
        LARGE,
        "--mapping",
        &mapping,
        "--wait",
        &file,
    ])
    .await?;
    drained(at).await?;
    Ok(())
}

/// Who looks at tickets.
const STAFF: [&str; 4] = ["coordinator", "agent", "quality_manager", "service_manager"];

/// The same question by people of the large tenant with these roles, in many sessions, so that no limit per caller is what is measured. The gateway
/// asks the same question of the same person once for all who wait for it: with more than one connection that is a part of the
/// figure, and the statements show how large a one. `variables` take turns.
async fn by_several(
    at: &Installation,
    roles: [&str; 4],
    query: &str,
    variables: &[Value],
) -> anyhow::Result<Vec<Body>> {
    let mut bodies = Vec::new();
    for n in 0..32 {
        let token = at.token(LARGE, roles[n % roles.len()]).await?;
        bodies.push(body(&token, LARGE, query, &variables[n % variables.len()]));
    }
    Ok(bodies)
}

/// As fast as the answers come.
const fn flat_out(connections: u32, seconds: u32) -> Pressure {
    Pressure {
        connections,
        seconds,
        rest_ms: 0,
    }
}

async fn post(url: &str, bodies: &[Body], pressure: Pressure) -> anyhow::Result<Outcome> {
    let (url, bodies) = (url.to_owned(), bodies.to_vec());
    tokio::task::spawn_blocking(move || load::post(&url, &bodies, pressure))
        .await?
        .context("load")
}

/// Whether one tenant is asked for everything, and the gateway's limit per tenant must be kept clear of.
#[derive(Debug, Clone, Copy)]
enum Limit {
    OfOneTenant,
    None,
}

/// Requests a second to one tenant, at most.
const MOST_OF_ONE_TENANT: u32 = 1_600;

/// Asks the same at 1, 8 and 32 connections: a row each, beside what the baseline gives to as many.
async fn at_each(
    at: &Installation,
    report: &mut Report,
    (what, bodies, limit): (&str, &[Body], Limit),
    beside: (&str, [f64; 3]),
) -> anyhow::Result<()> {
    let warm = post(&at.url, bodies, flat_out(8, 2)).await?;
    drained(at).await?;
    let quick = warm.per_second > f64::from(MOST_OF_ONE_TENANT);
    for (connections, baseline) in CONNECTIONS.into_iter().zip(beside.1) {
        let pressure = Pressure {
            rest_ms: match limit {
                // So many connections ask for less than the gateway grants one tenant, 2,000 a second.
                Limit::OfOneTenant if connections > 16 || quick => {
                    connections * 1_000 / MOST_OF_ONE_TENANT
                }
                _ => 0,
            },
            ..flat_out(connections, SECONDS)
        };
        let (row, outcome) = measured(at, bodies, pressure).await?;
        let row = Row {
            scenario: format!("{what}, {connections} connections"),
            ..row
        };
        report.add(row.versus(beside.0, baseline));
        ensure!(
            outcome.failed == 0,
            "{} requests failed: the figures say nothing",
            outcome.failed
        );
        drained(at).await?;
    }
    Ok(())
}

/// A scenario's row of so many connections, of those that [`at_each`] added.
fn of<'a>(report: &'a Report, what: &str, connections: u32) -> Option<&'a Row> {
    let name = format!("{what}, {connections} connections");
    report.rows.iter().rev().find(|row| row.scenario == name)
}

/// The rows of a list or a page once more, beside a handler that answers by HTTP as well and does nothing but read 50 rows.
fn beside_bare(report: &mut Report, what: &str, bare: [f64; 3]) -> anyhow::Result<()> {
    for (connections, bare) in CONNECTIONS.into_iter().zip(bare) {
        let row = of(report, what, connections).context("no row")?;
        let name = format!("{what} beside a bare handler, {connections} connections");
        let row = Row::new(name, row.value, "/s", Better::Higher);
        report.add(row.versus(baseline::BARE_LISTS, bare));
    }
    Ok(())
}

/// What pgbench gets out of these scripts, one taken at random each time, at 1, 8 and 32 clients, in a service's database.
async fn by_pgbench(
    at: &Installation,
    service: &str,
    scripts: Vec<pgbench::Script>,
) -> anyhow::Result<[f64; 3]> {
    let url = at.suite.database_url(service);
    tokio::task::spawn_blocking(move || {
        let mut figures = [0.0; 3];
        for (figure, clients) in figures.iter_mut().zip(CONNECTIONS) {
            *figure = pgbench::scripts(&url, &scripts, clients, 4)?;
        }
        Ok(figures)
    })
    .await?
}

/// Puts the installation under a load. What it takes is counted until the last effect is there.
async fn measured(
    at: &Installation,
    bodies: &[Body],
    pressure: Pressure,
) -> anyhow::Result<(Row, Outcome)> {
    let meter = Meter::start(at).await;
    let outcome = post(&at.url, bodies, pressure).await?;
    drained(at).await?;
    let used = meter.stop().await;
    let row = Row {
        p50_ms: Some(outcome.p50_ms),
        p99_ms: Some(outcome.p99_ms),
        ..Row::new("", outcome.per_second, "/s", Better::Higher)
    };
    Ok((row.used(&used, outcome.requests as f64), outcome))
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
        ensure!(
            began.elapsed() < Duration::from_mins(10),
            "the consumers never caught up"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
