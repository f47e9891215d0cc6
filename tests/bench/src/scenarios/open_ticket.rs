//! `openTicket` through the gateway, over 50 tenants: in a burst, and held.

use anyhow::ensure;
use e2e::Installation;
use messaging::TOPOLOGY;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::baseline::WRITES;
use super::{Baseline, Body, TENANTS, body, drained, flat_out, post, slug, tenants};
use crate::load::Pressure;
use crate::machine::Meter;
use crate::report::{Better, Report, Row};

const OPEN: &str = "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id number } problems { code } } }";
/// With every lag below this a rate is held, seconds.
const LAG: f64 = 2.0;

async fn bodies(at: &Installation) -> anyhow::Result<Vec<Body>> {
    let mut bodies = Vec::new();
    for n in 0..TENANTS {
        let slug = slug(n);
        let token = at.token(&slug, "requester").await?;
        let variables = json!({"i": {"subject": "No puedo entrar al portal %ID%",
            "description": "Desde las ocho de la mañana el portal no responde.", "impactInternal": "MEDIUM", "urgency": "HIGH"}});
        bodies.push(body(&token, &slug, OPEN, &variables));
    }
    Ok(bodies)
}

/// Bursts at 1, 8 and 32 connections, then the highest rate that is held for a minute.
pub async fn open_ticket(
    at: &Installation,
    baseline: &Baseline,
    report: &mut Report,
) -> anyhow::Result<()> {
    tenants(at).await?;
    let bodies = bodies(at).await?;
    // A cold first touch of each tenant is not what is asked here.
    post(&at.url, &bodies, flat_out(32, 20)).await?;
    drained(at).await?;
    for (connections, beside) in super::CONNECTIONS.into_iter().zip(baseline.writes) {
        let burst = flat_out(
            connections,
            if connections == 32 {
                10
            } else {
                super::SECONDS
            },
        );
        let meter = Meter::start(at).await;
        let outcome = post(&at.url, &bodies, burst).await?;
        let used = meter.stop().await;
        let row = Row {
            p50_ms: Some(outcome.p50_ms),
            p99_ms: Some(outcome.p99_ms),
            ..Row::new(
                format!(
                    "openTicket, {} s burst, {connections} connections",
                    burst.seconds
                ),
                outcome.per_second,
                "/s",
                Better::Higher,
            )
        };
        // How many of the effects fall into the burst is for the load to say: one connection leaves room for all of them.
        let row = row.used(&used, outcome.requests as f64);
        let note = format!("generator {:.1} s CPU", outcome.generator_cpu_s);
        report.add(row.versus(WRITES, beside).note(note));
        ensure!(
            outcome.failed == 0,
            "requests failed: the figures say nothing"
        );
        let behind = drained(at).await?;
        if connections == 32 {
            let what = "consumers caught up after that burst";
            report.add(Row::new(what, behind, "s", Better::Lower));
        }
    }
    held(at, baseline, &bodies, report).await?;
    let (facts, effects) = effects_per_ticket(at, &slug(0)).await?;
    let note = format!("taken in {effects:.1} times by the services that hear them");
    report.add(Row::new("facts per ticket", facts, "", Better::Lower).note(note));
    Ok(())
}

async fn held(
    at: &Installation,
    baseline: &Baseline,
    bodies: &[Body],
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut best = 0.0;
    for rate in [50, 100, 150, 200, 250, 300, 400, 600] {
        // Sixteen who rest between two tickets, so that a slow answer does not slow all of them down.
        let pressure = Pressure {
            connections: 16,
            seconds: 60,
            rest_ms: 16_000 / rate,
        };
        let meter = Meter::start(at).await;
        let outcome = post(&at.url, bodies, pressure).await?;
        let lag = drained(at).await?;
        let used = meter.stop().await;
        let row = Row {
            p50_ms: Some(outcome.p50_ms),
            p99_ms: Some(outcome.p99_ms),
            ..Row::new(
                format!("openTicket, 60 s at some {rate}/s"),
                outcome.per_second,
                "/s",
                Better::Higher,
            )
        };
        let row = row.used(&used, outcome.requests as f64);
        let note = format!(
            "lag {lag:.1} s; with every effect; failed {}",
            outcome.failed
        );
        report.add(row.note(note));
        // What was refused has no effects to wait for.
        if lag >= LAG || outcome.failed > 0 {
            break;
        }
        best = outcome.per_second;
    }
    let what = "openTicket held with every lag under 2 s";
    let row = Row::new(what, best, "/s", Better::Higher);
    report.add(row.versus("pgbench, three INSERTs, c=32", baseline.c32));
    Ok(())
}

/// What one ticket brings about: facts, and how often a service takes one of them in.
async fn effects_per_ticket(at: &Installation, slug: &str) -> anyhow::Result<(f64, f64)> {
    let schema = super::schema_of(at, slug).await?;
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
