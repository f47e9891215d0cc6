//! `openTicket` through the gateway, over 50 tenants: in a burst, and held.

mod effects;
mod lag;

use anyhow::ensure;
use e2e::Installation;
use serde_json::json;

use self::effects::Brought;
use super::baseline::WRITES;
use super::{Baseline, Body, TENANTS, body, drained, flat_out, post, slug, tenants};
use crate::load::Pressure;
use crate::machine::Meter;
use crate::report::{Better, Report, Row};

const OPEN: &str = "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id number } problems { code } } }";
/// What is to be reached: of pgbench's three INSERTs by 32 clients in a burst by as many connections, and held; and ours of
/// the CPU for one, milliseconds.
const BURST: f64 = 0.30;
const HELD: f64 = 0.12;
const CPU_MS: f64 = 0.7;
/// Any machine with two cores holds as many as this, tickets a second; less is a fault, not a slow machine.
const LEAST: f64 = 50.0;
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
    let before = Brought::so_far(at).await?;
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
        let row = row.versus(WRITES, beside).note(note);
        if connections == 32 {
            aims(&row, report);
        }
        report.add(row);
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
    let (facts, effects) = Brought::so_far(at).await?.per_ticket_since(&before);
    let note = format!("taken in {effects:.1} times by the services that hear them");
    report.add(Row::new("facts per ticket", facts, "", Better::Lower).note(note));
    Ok(())
}

/// The highest rate that is held, found by asking for twice as much until it is too much, and then for what lies between.
async fn held(
    at: &Installation,
    baseline: &Baseline,
    bodies: &[Body],
    report: &mut Report,
) -> anyhow::Result<()> {
    let (mut best, mut low, mut high) = (0.0_f64, 0, None);
    while let Some(rate) = next(low, high) {
        let (row, held) = minute(at, bodies, rate).await?;
        if held {
            (best, low) = (best.max(row.value), rate);
        } else {
            high = Some(rate);
        }
        report.add(row);
    }
    let what = "openTicket held with every lag under 2 s";
    let row = Row::new(what, best, "/s", Better::Higher);
    let row = row.note("facts' own lag in the minute, and the last effect after it; within 5 %");
    let row = row.versus("pgbench, three INSERTs, c=32", baseline.c32);
    let ratio = row.ratio().unwrap_or_default();
    report.add(row);
    report.promise(
        best >= LEAST,
        format!("{what}: {best:.0}/s, promised: {LEAST}/s"),
    );
    report.aim(
        ratio >= HELD,
        format!("{what}: {ratio:.3} of pgbench, aim: {HELD}"),
    );
    Ok(())
}

/// Of a burst by 32 connections.
fn aims(row: &Row, report: &mut Report) {
    let what = &row.scenario;
    let ratio = row.ratio().unwrap_or_default();
    report.aim(
        ratio >= BURST,
        format!("{what}: {ratio:.3} of pgbench, aim: {BURST}"),
    );
    let cpu = row.cpu_ms.unwrap_or(f64::INFINITY);
    report.aim(
        cpu < CPU_MS,
        format!("{what}: {cpu:.2} ms CPU, aim: below {CPU_MS} ms"),
    );
}

/// What is asked for next, between what was held (0: nothing yet) and what was not (none: nothing yet); none once they are
/// within a twentieth of each other.
fn next(low: u32, high: Option<u32>) -> Option<u32> {
    match (low, high) {
        (0, None) => Some(100),
        (low, None) => Some(low * 2).filter(|rate| *rate <= 6_400),
        (low, Some(high)) => {
            let rate = low.midpoint(high);
            ((high - low) * 20 > high && rate >= 10).then_some(rate)
        }
    }
}

/// A minute at some rate: the row, and whether it was held.
async fn minute(at: &Installation, bodies: &[Body], rate: u32) -> anyhow::Result<(Row, bool)> {
    // They rest between two tickets, so that a slow answer does not slow all of them down.
    let connections = 32;
    let pressure = Pressure {
        connections,
        seconds: 60,
        rest_ms: connections * 1_000 / rate,
    };
    let meter = Meter::start(at).await;
    let work = async {
        let outcome = post(&at.url, bodies, pressure).await?;
        Ok((outcome, drained(at).await?))
    };
    let ((outcome, behind), late) = lag::beside(at, work).await?;
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
        "a fact {late:.2} s late at worst; the last effect {behind:.1} s after the minute; failed {}",
        outcome.failed
    );
    // What was refused has no effects to wait for.
    let held = late < LAG && behind < LAG && outcome.failed == 0;
    Ok((row.note(note), held))
}
