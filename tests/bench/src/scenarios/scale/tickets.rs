//! One tenant with ever more tickets: history of another tool, imported by the product's own command.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use e2e::Installation;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::Series;
use super::asked::{INDICATORS, Operation};
use super::catalogue::databases;
use super::clients::{Client, known};
use super::offer::quantiles;
use crate::log;
use crate::machine::Meter;
use crate::report::{Better, Row};
use crate::scenarios::{drained, schema_of};

/// The tenant.
const SLUG: &str = "grande-escala";
/// Imported in one go: so many are waited for before more are sent.
const PORTION: usize = 50_000;
/// Sizes are multiples of it; a number of tickets that is none was left by a run that was interrupted.
const STEP: usize = 10_000;
/// So many are looked at: of the first half the pages are asked for, the others get the replies.
const LOOKED_AT: usize = 100;
/// So often are the indicators asked for.
const TIMES: usize = 5;

/// Imports what the series' size lacks. None if there are more already; else those who ask, each with a ticket.
pub async fn up_to(
    at: &Installation,
    series: &mut Series<'_>,
) -> anyhow::Result<Option<Vec<Client>>> {
    if !known(at).await?.contains(SLUG) {
        at.tenant(SLUG).await?;
    }
    let there = imported(at).await?;
    if there > series.size {
        return Ok(None);
    }
    if there < series.size {
        fill(at, series, there).await?;
    }
    clients(at).await.map(Some)
}

/// What the indicators of all its tickets take. Asked for one after the other: `Spread::Even` has none of them.
pub async fn indicators(
    at: &Installation,
    clients: &[Client],
    series: &mut Series<'_>,
) -> anyhow::Result<()> {
    let operation = Operation::named(INDICATORS)?;
    let client = clients.first().context("nobody asks")?;
    let what = format!("indicators of {} tickets are answered", series.size);
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let (token, variables) = (operation.token(client), operation.variables(client));
        let began = Instant::now();
        let asked = at.data(token, Some(SLUG), operation.query, variables);
        if let Err(error) = asked.await {
            series.report.promise(false, format!("{what}: {error}"));
            return Ok(());
        }
        took.push(began.elapsed().as_secs_f64() * 1e3);
    }
    series.report.promise(true, what);
    let (p50, _) = quantiles(took);
    let row = Row::new("", p50, "ms", Better::Lower);
    let note = format!("median of {TIMES}, with nothing beside them");
    series.add("indicators, one after the other", row.note(note));
    Ok(())
}

/// Facts of the tenant, as reporting keeps them: of directory's none, which no ticket brings about.
async fn facts(at: &Installation) -> anyhow::Result<f64> {
    let schema = schema_of(at, SLUG).await?;
    let mut reporting = PgConnection::connect(&at.suite.database_url("reporting")).await?;
    let sql = format!("SELECT count(*) FROM {schema}.facts WHERE source <> 'directory'");
    let facts: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(&mut reporting)
        .await?;
    reporting.close().await?;
    Ok(facts as f64)
}

/// Tickets that were imported so far.
async fn imported(at: &Installation) -> anyhow::Result<usize> {
    let schema = schema_of(at, SLUG).await?;
    let mut intake = PgConnection::connect(&at.suite.database_url("intake")).await?;
    let sql = format!("SELECT count(*) FROM {schema}.ticket WHERE tool IS NOT NULL");
    let tickets: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_one(&mut intake)
        .await?;
    intake.close().await?;
    Ok(usize::try_from(tickets)?)
}

async fn fill(at: &Installation, series: &mut Series<'_>, there: usize) -> anyhow::Result<()> {
    let (before, facts_before) = (databases(at).await?, facts(at).await?);
    let (dir, mapping) = (tempfile::tempdir()?, log::mapping());
    let file = dir.path().join("portion.csv");
    let (meter, began) = (Meter::start(at).await, Instant::now());
    // What was left half way is sent again from the beginning: nobody knows which rows are in, and those that are change nothing.
    let mut from = if there.is_multiple_of(STEP) { there } else { 0 };
    while from < series.size {
        let to = (from + PORTION).min(series.size);
        std::fs::write(&file, log::portion(from..to, 1))?;
        let file = file.display().to_string();
        at.cli(&["import", "--tenant", SLUG, "--mapping", &mapping, &file])
            .await?;
        drained(at).await?;
        from = to;
    }
    let took = began.elapsed().as_secs_f64();
    let used = meter.stop().await;
    let new = (series.size - there) as f64;
    let now = imported(at).await?;
    ensure!(
        now == series.size,
        "{now} tickets are there, not {}",
        series.size
    );
    let row = Row::new("", new / took, "/s", Better::Higher).used(&used, new);
    series.add("tickets imported", row);
    let facts = facts(at).await? - facts_before;
    let row = Row::new("", facts / took, "/s", Better::Higher);
    let note = format!("{:.1} of a ticket; all of one provider", facts / new);
    series.add("facts taken in meanwhile", row.note(note));
    for (then, now) in before.iter().zip(databases(at).await?) {
        let bytes = (now.bytes - then.bytes) as f64 / new;
        let row = Row::new("", bytes, "B", Better::Lower);
        series.add(&format!("bytes of a ticket, {}", now.service), row);
    }
    Ok(())
}

/// The tenant's people in turn, each with another of its tickets.
async fn clients(at: &Installation) -> anyhow::Result<Vec<Client>> {
    let requester = at.token(SLUG, "requester").await?;
    let mut staff = Vec::new();
    for role in ["coordinator", "agent", "quality_manager", "service_manager"] {
        staff.push(at.token(SLUG, role).await?);
    }
    let coordinator = staff[0].clone();
    let some = "query($n: Int) { tickets(first: $n) { nodes { id number } } }";
    let some = at
        .data(&coordinator, Some(SLUG), some, json!({"n": LOOKED_AT}))
        .await?;
    let some = some["tickets"]["nodes"].as_array().context("no tickets")?;
    let (shown, replied) = some.split_at(some.len() / 2);
    let clients =
        shown
            .iter()
            .zip(replied)
            .zip(staff.iter().cycle())
            .map(|((ticket, replied), staff)| {
                Some(Client {
                    slug: SLUG.to_owned(),
                    requester: requester.clone(),
                    staff: staff.clone(),
                    coordinator: coordinator.clone(),
                    ticket: ticket["id"].as_str()?.to_owned(),
                    number: ticket["number"].as_str()?.to_owned(),
                    replied: replied["id"].as_str()?.to_owned(),
                })
            });
    let clients: Option<Vec<Client>> = clients.collect();
    clients
        .filter(|clients| !clients.is_empty())
        .context("tickets without their numbers")
}
