//! A fact, from the commit that brings it about to every service that hears it, at 200 writes a second, however they are
//! answered: tickets that are opened, and followed; and notes.

mod follow;

use std::collections::BTreeMap;

use anyhow::ensure;
use e2e::Installation;
use serde_json::json;

use self::follow::Follower;
use super::reply::some_tickets;
use super::{Body, body, drained, pages};
use crate::machine::Meter;
use crate::paced::{self, Kind, Pace};
use crate::report::{Better, Report, Row};

const NOTE: &str =
    "mutation($i: AddNoteInput!) { addNote(input: $i) { ticket { version } problems { code } } }";
const OPEN: &str =
    "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id } problems { code } } }";
/// Writes a second, of which a ticket is opened by so many in a hundred. A note is one fact; a ticket is one too, and brings
/// about those of its assignment and of its clock.
const RATE: f64 = 200.0;
const TICKETS: usize = 25;
/// Seconds: as long as it takes to follow so many tickets, and a tenth more.
const SECONDS: u32 = 44;
const FOLLOWED: usize = 2_000;
/// Of all that is asked so much may be missing, in hundredths: a connection that waits for its answer asks later.
const MISSING: usize = 5;

/// Median and 99th percentile from the commit of a fact to the commit of every service that hears it, for whichever publisher a
/// ticket has a fact of.
pub async fn propagation(at: &Installation, report: &mut Report) -> anyhow::Result<()> {
    let bodies = writes(at).await?;
    let mut follower = Follower::open(at, &pages::slug(0)).await?;
    drained(at).await?;
    let pace = Pace {
        // Two hundred a second that take a tenth of one each keep twenty of them busy; when it is late it is late for all.
        connections: 128,
        per_second: RATE,
        seconds: SECONDS,
    };
    let meter = Meter::start(at).await;
    let url = at.url.clone();
    let asked = async {
        let asked = tokio::task::spawn_blocking(move || paced::post(&url, &bodies, pace)).await??;
        drained(at).await?;
        anyhow::Ok(asked)
    };
    let (asked, took) = follower.beside(asked).await?;
    let used = meter.stop().await;
    let failed = asked.iter().filter(|a| a.kind != Kind::Answered).count();
    ensure!(
        failed == 0,
        "{failed} writes failed: the figures say nothing"
    );
    let wanted = (RATE * f64::from(SECONDS)) as usize * (100 - MISSING) / 100;
    ensure!(
        asked.len() >= wanted,
        "{} writes instead of {wanted}: the rate was not offered",
        asked.len()
    );
    let row = Row::new(
        "propagation: writes meanwhile",
        asked.len() as f64 / f64::from(SECONDS),
        "/s",
        Better::Higher,
    );
    let row = row.latency(paced::quantile(&asked, 0.5), paced::quantile(&asked, 0.99));
    report.add(row.used(&used, asked.len() as f64));
    add(&took, report)
}

/// Bodies of tickets and of notes in turn, mixed as the rate is.
async fn writes(at: &Installation) -> anyhow::Result<Vec<Body>> {
    let tickets = some_tickets(at).await?;
    let slug = pages::slug(0);
    // With an agreement: otherwise no clock has anything to tell.
    pages::standing(at, &slug, &at.token(&slug, "agent").await?).await?;
    let requester = at.token(&slug, "requester").await?;
    let input = json!({"i": {"subject": "Medida %ID%", "impactInternal": "LOW", "urgency": "LOW"}});
    let open = body(&requester, &slug, OPEN, &input);
    let notes = tickets.iter().cycle();
    let mut bodies = Vec::new();
    for (n, (token, slug, id)) in notes.take(100).enumerate() {
        let opens = (n + 1) * TICKETS / 100 > n * TICKETS / 100;
        let input = json!({"i": {"ticket": id, "body": "Nota %ID%."}});
        bodies.push(if opens {
            open.clone()
        } else {
            body(token, slug, NOTE, &input)
        });
    }
    Ok(bodies)
}

/// A row for each way that a fact takes.
fn add(took: &BTreeMap<(&str, &str), Vec<f64>>, report: &mut Report) -> anyhow::Result<()> {
    for ((publisher, hearer), took) in took {
        let name = format!("a fact of {publisher}, from its commit to {hearer}");
        let mut took = took.clone();
        took.sort_by(f64::total_cmp);
        ensure!(
            took.len() >= FOLLOWED,
            "{name}: {} of {FOLLOWED} tickets were followed",
            took.len()
        );
        let last = (took.len() - 1) as f64;
        let quantile = |share: f64| took[(last * share).round() as usize];
        let (p50, p99) = (quantile(0.5), quantile(0.99));
        let row = Row::new(name, p50, "ms", Better::Lower).latency(p50, p99);
        let note = format!("{} tickets, at {RATE} writes/s", took.len());
        report.add(row.note(note));
    }
    Ok(())
}
