//! Five times what can be served, by one tenant; another one asks a little all the while.
//!
//! What is promised: the rest is refused and told when to come back, what is accepted is answered within three times the
//! quiet time, the other tenant gets what it asks for, and ten seconds later it is as if nothing had been.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use e2e::Installation;
use serde_json::json;

use super::ticket_page::{OPEN, PAGE};
use super::{Body, MOST_OF_ONE_TENANT, TENANTS, body, drained, flat_out, post, slug, tenants};
use crate::paced::{self, Asked, Kind, Pace, quantile};
use crate::report::{Better, Report, Row};

/// So many connections, one question after the other, get what can be served without anybody having to wait for long.
const QUIET: u32 = 8;
/// So many times that is offered.
const TIMES: f64 = 5.0;
/// The other tenant's questions per second.
const POLITE: f64 = 25.0;
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
/// After the noise it is as before once five seconds are no slower than this many times what they were: the 99th
/// percentile of a hundred answers is the second worst of them.
const AS_BEFORE: f64 = 1.5;
const LOOK: f64 = 5.0;

/// Pages of a tenant's tickets, by two of its staff.
async fn pages(at: &Installation, slug: &str) -> anyhow::Result<Vec<Body>> {
    let requester = at.token(slug, "requester").await?;
    let mut ids = Vec::new();
    for _ in 0..TICKETS {
        let input = json!({"i": {"subject": "No puedo entrar", "impactInternal": "MEDIUM", "urgency": "HIGH"}});
        let opened = at.data(&requester, Some(slug), OPEN, input).await?;
        let id = opened["openTicket"]["ticket"]["id"].as_str();
        ids.push(id.context("no ticket")?.to_owned());
    }
    let mut pages = Vec::new();
    for role in ["agent", "coordinator"] {
        let token = at.token(slug, role).await?;
        for id in &ids {
            let id = json!({"id": id});
            if pages.is_empty() {
                at.data(&token, Some(slug), PAGE, id.clone()).await?;
            }
            pages.push(body(&token, slug, PAGE, &id));
        }
    }
    Ok(pages)
}

async fn asked(url: &str, bodies: &[Body], pace: Pace) -> anyhow::Result<Vec<Asked>> {
    let (url, bodies) = (url.to_owned(), bodies.to_vec());
    tokio::task::spawn_blocking(move || paced::post(&url, &bodies, pace))
        .await?
        .context("load")
}

/// Capacity; then the noise, and what became of it and of the other tenant.
pub async fn overload(at: &Installation, report: &mut Report) -> anyhow::Result<()> {
    tenants(at).await?;
    let polite = pages(at, &slug(TENANTS - 1)).await?;
    let mut noisy = pages(at, &slug(0)).await?;
    for bodies in [&polite, &noisy] {
        post(&at.url, bodies, flat_out(QUIET, 3)).await?;
    }
    drained(at).await?;
    let quiet = post(&at.url, &noisy, flat_out(QUIET, 10)).await?;
    ensure!(quiet.failed == 0, "{} failed without noise", quiet.failed);
    let what = format!("overload: ticket page, {QUIET} connections, quiet");
    report.add(Row {
        p50_ms: Some(quiet.p50_ms),
        p99_ms: Some(quiet.p99_ms),
        ..Row::new(what, quiet.per_second, "/s", Better::Higher)
    });

    // One tenant may ask so often; where five times the capacity is more there are several noisy ones.
    let offered = quiet.per_second * TIMES;
    let crowd = (offered / f64::from(MOST_OF_ONE_TENANT)).ceil() as usize;
    for n in 1..crowd {
        noisy.extend(pages(at, &slug(n)).await?);
    }
    drained(at).await?;
    let a_little = Pace {
        connections: 4,
        per_second: POLITE,
        seconds: BEFORE + NOISE + AFTER,
    };
    let din = Pace {
        connections: (offered * ROUND).clamp(CONNECTIONS.0, CONNECTIONS.1) as u32,
        per_second: offered,
        seconds: NOISE,
    };
    let din = async {
        tokio::time::sleep(Duration::from_secs(BEFORE.into())).await;
        asked(&at.url, &noisy, din).await
    };
    let (polite, din) = tokio::try_join!(asked(&at.url, &polite, a_little), din)?;
    of_the_noisy(&din, (&quiet, crowd), report)?;
    of_the_polite(&polite, &din, report);
    Ok(())
}

fn share(part: usize, whole: usize) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}

fn of_the_noisy(
    noise: &[Asked],
    (quiet, crowd): (&crate::load::Outcome, usize),
    report: &mut Report,
) -> anyhow::Result<()> {
    let count = |want: &dyn Fn(&Asked) -> bool| noise.iter().filter(|a| want(a)).count();
    let of = |kind: Kind| count(&|a: &Asked| a.kind == kind);
    let each_second = |count: usize| count as f64 / f64::from(NOISE);
    let capacity = "of what can be served";
    let row = Row::new(
        "overload: offered",
        each_second(noise.len()),
        "/s",
        Better::Higher,
    );
    let note = format!("by {crowd} noisy tenant(s)");
    report.add(row.versus(capacity, quiet.per_second).note(note));

    let (p50, p99) = (quantile(noise, 0.5), quantile(noise, 0.99));
    let answered = each_second(of(Kind::Answered));
    let row = Row {
        p50_ms: Some(p50),
        p99_ms: Some(p99),
        ..Row::new("overload: accepted", answered, "/s", Better::Higher)
    };
    report.add(row.versus(capacity, quiet.per_second));
    let row = Row::new("overload: p99 of the accepted", p99, "ms", Better::Lower);
    let beside = format!("p99 of {QUIET} connections, quiet; promised: 3");
    report.add(row.versus(&beside, quiet.p99_ms));

    let status = |status: u16| count(&|a: &Asked| a.status == status);
    let refused = status(429) + status(503);
    let says_when = count(&|a: &Asked| a.says_when && matches!(a.status, 429 | 503));
    let note = format!(
        "429: {}, 503: {}, by a rate limit {} of them; {:.1} % say when to come back; anything else: {}",
        status(429),
        status(503),
        of(Kind::Limited),
        share(says_when, refused),
        of(Kind::Failed),
    );
    let what = "overload: refused";
    let row = Row::new(what, share(refused, noise.len()), "%", Better::Lower);
    report.add(row.note(note));
    ensure!(
        says_when == refused,
        "{} refusals do not say when to come back",
        refused - says_when
    );
    Ok(())
}

fn of_the_polite(polite: &[Asked], noise: &[Asked], report: &mut Report) {
    let begins = noise.first().map_or(0.0, |a| a.at);
    let ends = noise.iter().map(|a| a.at + a.ms / 1e3).fold(0.0, f64::max);
    let between = |from: f64, to: f64| polite.iter().filter(move |a| a.at >= from && a.at < to);
    let before = quantile(between(0.0, begins), 0.99);
    let beside = quantile(between(begins, ends), 0.99);
    let asked = between(begins, ends).count();
    let answered = between(begins, ends).filter(|a| a.kind == Kind::Answered);
    let row = Row {
        p50_ms: Some(quantile(between(begins, ends), 0.5)),
        p99_ms: Some(beside),
        ..Row::new(
            "overload: the other tenant's p99",
            beside,
            "ms",
            Better::Lower,
        )
    };
    let quiet_p50 = quantile(between(0.0, begins), 0.5);
    let note = format!("{POLITE:.0} questions a second; quiet p50 {quiet_p50:.1} ms");
    report.add(row.versus("its own, quiet", before).note(note));
    let what = "overload: the other tenant's questions that were answered";
    let share = share(answered.count(), asked);
    report.add(Row::new(what, share, "%", Better::Higher).note(format!("of {asked}")));

    let looks = (0_u32..).map(|n| f64::from(n) * 0.5);
    let within = f64::from(AFTER) - LOOK;
    let back = looks.take_while(|s| *s <= within).find(|since| {
        let from = ends + since;
        let good = between(from, from + LOOK).all(|a| a.kind == Kind::Answered);
        good && quantile(between(from, from + LOOK), 0.99) <= before * AS_BEFORE
    });
    let note = match back {
        Some(_) => "promised: 10",
        None => "NOT as before in all of that time",
    };
    let what = "overload: until it is as before";
    let row = Row::new(what, back.unwrap_or(within), "s", Better::Lower);
    report.add(row.note(note));
}
