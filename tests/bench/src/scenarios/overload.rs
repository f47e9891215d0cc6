//! Five times what can be served, by few tenants; another one asks a little all the while. Then more than can be served by many
//! tenants, none of which asks for much.
//!
//! "What can be served" is what eight connections get that ask one question after the other: more at once only wait for longer.
//! What is promised: the rest is refused and told when to come back, what is accepted is answered within three times the quiet
//! time, the other tenant's too, those who make the noise get equal parts, the other tenant gets what it asks for, and ten seconds
//! later it is as if nothing had been, for those who made the noise as well.

mod full;
mod judged;

use std::time::Duration;

use anyhow::{Context as _, ensure};
use e2e::Installation;
use serde_json::json;

use self::judged::Noise;
use super::{Body, MOST_OF_ONE_TENANT, body, drained, flat_out, pages, post};
use crate::machine::Meter;
use crate::paced::{self, Asked, Pace};
use crate::report::{Better, Report, Row};

/// So many connections, one question after the other, get what can be served without anybody having to wait for long.
const QUIET: u32 = 8;
/// So many times that is offered,
const TIMES: f64 = 5.0;
/// by so many tenants at least: how they share is looked at.
const RIVALS: usize = 2;
/// Questions per second of who asks a little: the other tenant, and one of the noisy ones beside its noise.
const LITTLE: f64 = 25.0;
/// Seconds before the noise, of it, and after it.
const BEFORE: u32 = 15;
const NOISE: u32 = 30;
const AFTER: u32 = 20;
/// Seconds that the longest-lasting answers and refusals may take without slowing the noise down: it has as many
/// connections as ask in that time,
const ROUND: f64 = 0.2;
/// within what a machine bears of threads that mostly sleep.
const CONNECTIONS: (f64, f64) = (64.0, 384.0);
/// Tickets that a tenant has pages of. The same page for the same person at the same time is asked for once.
const TICKETS: usize = 40;

/// Pages of a tenant's tickets, by two of its staff.
async fn pages_of(at: &Installation, slug: &str) -> anyhow::Result<Vec<Body>> {
    let agent = at.token(slug, "agent").await?;
    pages::standing(at, slug, &agent).await?;
    let ids = pages::opened(at, slug, TICKETS).await?;
    let coordinator = at.token(slug, "coordinator").await?;
    let of = |token: &str| -> Vec<Body> {
        let each = ids.iter();
        each.map(|id| body(token, slug, pages::PAGE, &json!({"id": id})))
            .collect()
    };
    Ok([of(&agent), of(&coordinator)].concat())
}

async fn asked(url: &str, bodies: &[Body], pace: Pace) -> anyhow::Result<Vec<Asked>> {
    let (url, bodies) = (url.to_owned(), bodies.to_vec());
    tokio::task::spawn_blocking(move || paced::post(&url, &bodies, pace))
        .await?
        .context("load")
}

/// Capacity; then the noise, and what became of it and of the other tenant; then all of them together.
pub async fn overload(at: &Installation, report: &mut Report) -> anyhow::Result<()> {
    pages::tenants(at).await?;
    let polite = pages_of(at, &pages::slug(pages::TENANTS - 1)).await?;
    let rival = pages_of(at, &pages::slug(0)).await?;
    for bodies in [&polite, &rival] {
        post(&at.url, bodies, flat_out(QUIET, 3)).await?;
    }
    drained(at).await?;
    let meter = Meter::start(at).await;
    let quiet = post(&at.url, &rival, flat_out(QUIET, 10)).await?;
    let used = meter.stop().await;
    ensure!(quiet.failed == 0, "{} failed without noise", quiet.failed);
    let what = format!("overload: whole ticket page, {QUIET} connections, quiet");
    let row = Row::new(what, quiet.per_second, "/s", Better::Higher);
    let row = row.latency(quiet.p50_ms, quiet.p99_ms);
    let row = row.used(&used, quiet.requests as f64);
    report.add(row.note("what can be served: the next question comes after the answer"));

    // One tenant may ask so often; where five times the capacity is more there are several noisy ones.
    let offered = quiet.per_second * TIMES;
    let crowd = (offered / f64::from(MOST_OF_ONE_TENANT)).ceil() as usize;
    let crowd = crowd.clamp(RIVALS, pages::TENANTS - 1);
    let mut noisy = rival.clone();
    for n in 1..crowd {
        noisy.extend(pages_of(at, &pages::slug(n)).await?);
    }
    drained(at).await?;
    let a_little = Pace {
        connections: 4,
        per_second: LITTLE,
        seconds: BEFORE + NOISE + AFTER,
    };
    let din = Pace {
        connections: (offered * ROUND).clamp(CONNECTIONS.0, CONNECTIONS.1) as u32,
        per_second: offered,
        seconds: NOISE,
    };
    let din = async {
        tokio::time::sleep(Duration::from_secs(BEFORE.into())).await;
        let meter = Meter::start(at).await;
        let din = asked(&at.url, &noisy, din).await?;
        Ok((din, meter.stop().await))
    };
    let (polite, rival, (din, used)) = tokio::try_join!(
        asked(&at.url, &polite, a_little),
        asked(&at.url, &rival, a_little),
        din
    )?;
    let judged = Noise::of(&din, crowd);
    judged.shed(&quiet, &used, report);
    judged.shared(report);
    judged.beside(quiet.p99_ms, &polite, report);
    judged.gone(("the other tenant", &polite), report);
    judged.gone(("a noisy tenant", &rival), report);
    full::full(at, report).await
}
