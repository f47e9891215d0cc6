//! More than can be served of dear questions by many tenants, each of them well below what one may ask: the whole is full (503),
//! and nobody has more than a part of it.
//!
//! They are dear because a line is full of cheap ones, and the oldest of whoever has most in it is refused, long before anybody
//! has waited for as long as anybody may. Of dear ones fewer stand in line, for longer than that; and whose turn does not come
//! though nothing of theirs is under way is told that it is all of them together.

use anyhow::ensure;
use e2e::Installation;
use serde_json::{Value, json};

use super::judged::{Refusals, percent};
use super::{QUIET, asked};
use crate::machine::Meter;
use crate::paced::{Kind, Pace, quantile};
use crate::report::{Better, Report, Row};
use crate::scenarios::{Body, body, drained, flat_out, post, slug, tenants};

/// So many tenants,
const CROWD: usize = 30;
/// each with so many tickets at least: the most that a page of a list holds.
const TICKETS: usize = 100;
/// As many connections as are served in this time, seconds: three more than anybody waits (`overload.wait_ms` of the gateway),
const LINE: f64 = 8.0;
/// but not so many that the line is full (`overload.waiting`, 512), or a tenant's (`overload.waiting_of_one`, 128).
const CONNECTIONS: (f64, f64) = (96.0, 480.0);
/// Seconds: three times as long as anybody waits, and some.
const SECONDS: u32 = 20;
/// Lists in a question: as many of these as the gateway lets through, which reckons beforehand what they cost.
const LISTS: [usize; 5] = [8, 6, 4, 2, 1];
/// What they show of a ticket: what costs more than it is reckoned to.
const FIELDS: &str = "id number kind major state stateSince priority urgency subject description openedAt version \
    impacts { internal external } requester { id name } application { id code name } \
    assignment { line since group { id name } holder { id name } } \
    timeline(first: 5) { nodes { id kind at body internal } }";
/// What somebody has to wait at most before being told so, seconds, and half of one more.
const WAIT: f64 = 5.5;
const OPEN: &str = "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id } } }";

/// Asks for so many whole lists at once.
fn question(lists: usize) -> String {
    let list = |n: usize| {
        // Each of another length: none is a part of another.
        let first = TICKETS - n;
        format!("l{n}: tickets(first: {first}) {{ nodes {{ {FIELDS} }} }}")
    };
    let lists: Vec<String> = (0..lists).map(list).collect();
    format!("{{ {} }}", lists.join(" "))
}

/// What one tenant asks, once it has enough tickets.
async fn of_tenant(at: &Installation, slug: &str, question: &str) -> anyhow::Result<Body> {
    let agent = at.token(slug, "agent").await?;
    let some = format!("{{ tickets(first: {TICKETS}) {{ nodes {{ id }} }} }}");
    let found = at.data(&agent, Some(slug), &some, json!({})).await?;
    let there = found["tickets"]["nodes"].as_array().map_or(0, Vec::len);
    if there < TICKETS {
        let requester = at.token(slug, "requester").await?;
        for _ in there..TICKETS {
            let input = json!({"i": {"subject": "No puedo entrar", "impactInternal": "LOW", "urgency": "LOW"}});
            at.data(&requester, Some(slug), OPEN, input).await?;
        }
    }
    Ok(body(&agent, slug, question, &Value::Null))
}

/// The dearest question that is let through.
async fn dearest(at: &Installation) -> anyhow::Result<String> {
    let slug = slug(0);
    let agent = at.token(&slug, "agent").await?;
    for lists in LISTS {
        let question = question(lists);
        let answer = at.ask(&agent, Some(&slug), &question, Value::Null).await?;
        if answer["errors"].is_null() {
            return Ok(question);
        }
    }
    anyhow::bail!("no list of tickets is let through")
}

/// What they get one after the other; then what becomes of more than that.
pub async fn full(at: &Installation, report: &mut Report) -> anyhow::Result<()> {
    tenants(at).await?;
    let question = dearest(at).await?;
    let mut bodies = Vec::new();
    for n in 0..CROWD {
        bodies.push(of_tenant(at, &slug(n), &question).await?);
    }
    drained(at).await?;
    post(&at.url, &bodies, flat_out(QUIET, 4)).await?;
    let quiet = post(&at.url, &bodies, flat_out(QUIET, 6)).await?;
    ensure!(quiet.failed == 0, "{} failed without noise", quiet.failed);
    let what = format!("full: dear questions of {CROWD} tenants, {QUIET} connections, quiet");
    let row = Row::new(what, quiet.per_second, "/s", Better::Higher);
    report.add(row.latency(quiet.p50_ms, quiet.p99_ms));

    let connections = (quiet.per_second * LINE).clamp(CONNECTIONS.0, CONNECTIONS.1);
    ensure!(
        connections >= quiet.per_second * WAIT,
        "{:.0} questions a second are too many: nobody would wait for as long as anybody may",
        quiet.per_second
    );
    let pace = Pace {
        connections: connections as u32,
        // Each asks again a second after it was answered or refused: more than is served, whatever becomes of them.
        per_second: connections,
        seconds: SECONDS,
    };
    let meter = Meter::start(at).await;
    let noise = asked(&at.url, &bodies, pace).await?;
    let used = meter.stop().await;
    let answered = noise.iter().filter(|a| a.kind == Kind::Answered).count();
    let per_second = answered as f64 / f64::from(SECONDS);
    let row = Row::new("full: accepted", per_second, "/s", Better::Higher);
    let row = row.latency(quantile(&noise, 0.5), quantile(&noise, 0.99));
    let row = row.used(&used, answered as f64);
    let note = format!("{connections:.0} connections");
    report.add(
        row.versus("of what can be served", quiet.per_second)
            .note(note),
    );
    let refusals = Refusals::of(&noise);
    let what = "full: refused because all together ask too much";
    let share = percent(refusals.whole, noise.len());
    let row = Row::new(what, share, "%", Better::Lower);
    report.add(row.note(refusals.said()));
    report.promise(
        refusals.whole > 0,
        "full: where all together ask too much some are told that it is all of them",
    );
    refusals.promises("full", report);
    drained(at).await?;
    Ok(())
}
