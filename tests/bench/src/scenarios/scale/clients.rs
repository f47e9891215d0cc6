//! The tenants, with somebody who asks in each, and a few tickets.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Instant;

use anyhow::Context as _;
use e2e::Installation;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};

use super::asked::Operation;
use super::{Series, Settings};
use crate::machine::Meter;
use crate::report::{Better, Row};
use crate::scenarios::drained;

/// What every slug begins with.
const SLUG: &str = "escala-";
/// Tickets of a tenant before the load.
const TICKETS: usize = 3;
/// Tenants that get them side by side.
const AT_ONCE: usize = 8;

/// What tenants are made at, at least, where there are as many as this: all of them in half an hour.
const MANY: usize = 3_000;
const MADE_PER_SECOND: f64 = MANY as f64 / 1_800.0;

const SOME: &str = "query($n: Int) { tickets(first: $n) { nodes { id number } } }";

/// A tenant as the load asks in it.
#[derive(Debug, Clone)]
pub struct Client {
    pub slug: String,
    /// Token of somebody who opens tickets.
    pub requester: String,
    /// Token of somebody who works on them.
    pub staff: String,
    /// Token of somebody who looks at indicators.
    pub coordinator: String,
    /// Global id of one of its tickets.
    pub ticket: String,
    /// That ticket's number.
    pub number: String,
    /// Global id of another one, which gets the replies: thousands of them are no part of the first one's page.
    pub replied: String,
}

/// Those of all sizes so far, the oldest first.
#[derive(Debug, Default)]
pub struct Clients(Vec<Client>);

fn slug(n: usize) -> String {
    format!("{SLUG}{n:05}")
}

/// Slugs of the tenants that are ready.
pub async fn known(at: &Installation) -> anyhow::Result<HashSet<String>> {
    let mut directory = PgConnection::connect(&at.suite.database_url("directory")).await?;
    let slugs: Vec<String> =
        sqlx::query_scalar("SELECT slug FROM platform.tenant_record WHERE state = 'ready'")
            .fetch_all(&mut directory)
            .await?;
    directory.close().await?;
    Ok(slugs.into_iter().collect())
}

/// Writes what the command line takes for many tenants, and says where.
fn listed(dir: &Path, slugs: &[String]) -> anyhow::Result<String> {
    let file = dir.join("slugs");
    std::fs::write(&file, slugs.join("\n"))?;
    Ok(file.display().to_string())
}

impl Clients {
    /// All of them.
    pub fn all(&self) -> &[Client] {
        &self.0
    }

    /// Makes what the series' size lacks. False if there are more tenants already: they cannot be taken away.
    pub async fn up_to(
        &mut self,
        at: &Installation,
        settings: &Settings,
        series: &mut Series<'_>,
    ) -> anyhow::Result<bool> {
        let mut there = known(at).await?;
        there.retain(|one| one.starts_with(SLUG));
        if there.len() > series.size {
            return Ok(false);
        }
        let missing = (0..series.size).map(slug).filter(|s| !there.contains(s));
        let missing: Vec<String> = missing.collect();
        if !missing.is_empty() {
            make(at, settings, series, &missing).await?;
        }
        let new: Vec<String> = (self.0.len()..series.size).map(slug).collect();
        let dir = tempfile::tempdir()?;
        let file = listed(dir.path(), &new)?;
        // People in a second go: how fast tenants are made is not a question of people.
        create(at, settings, &file, &["--demo-people"]).await?;
        drained(at).await?;
        let requesters = tokens(at, &file, "requester").await?;
        let agents = tokens(at, &file, "agent").await?;
        let coordinators = tokens(at, &file, "coordinator").await?;
        let clients = new.into_iter().map(|slug| {
            let token = |of: &HashMap<String, String>| {
                let token = of.get(&slug).cloned();
                token.with_context(|| format!("no token of {slug}"))
            };
            let tokens = [&requesters, &agents, &coordinators].map(token);
            async move {
                let [requester, staff, coordinator] = tokens;
                let new = Client {
                    slug,
                    requester: requester?,
                    staff: staff?,
                    coordinator: coordinator?,
                    ticket: String::new(),
                    number: String::new(),
                    replied: String::new(),
                };
                with_tickets(at, new).await
            }
        });
        let clients = stream::iter(clients).buffered(AT_ONCE);
        let clients: Vec<Client> = clients.try_collect().await?;
        self.0.extend(clients);
        drained(at).await?;
        Ok(true)
    }
}

async fn make(
    at: &Installation,
    settings: &Settings,
    series: &mut Series<'_>,
    missing: &[String],
) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let file = listed(dir.path(), missing)?;
    let (meter, began) = (Meter::start(at).await, Instant::now());
    create(at, settings, &file, &[]).await?;
    let took = began.elapsed().as_secs_f64();
    let used = meter.stop().await;
    let many = missing.len() as f64;
    let row = Row::new("", many / took, "/s", Better::Higher);
    let note = format!("{many} in {took:.0} s, {} side by side", settings.at_once);
    series.add("tenants made", row.used(&used, many).note(note));
    if series.size >= MANY {
        let rate = many / took;
        let what = format!(
            "{MANY} tenants are made in 30 min: {rate:.2}/s, at least {MADE_PER_SECOND:.2}"
        );
        series.report.promise(rate >= MADE_PER_SECOND, what);
    }
    Ok(())
}

/// By the product's own command; what is there already is left as it is.
async fn create(
    at: &Installation,
    settings: &Settings,
    file: &str,
    also: &[&str],
) -> anyhow::Result<()> {
    let at_once = settings.at_once.to_string();
    let mut args = vec!["tenant", "create", "--provider", "soporte"];
    args.extend(["--at-once", at_once.as_str(), "--from", file]);
    args.extend(also);
    at.cli(&args).await.map(drop)
}

/// A token of each of the tenants in the file, by slug.
async fn tokens(
    at: &Installation,
    file: &str,
    role: &str,
) -> anyhow::Result<HashMap<String, String>> {
    let out = at
        .cli(&["token", "--tenants", file, "--role", role])
        .await?;
    let tokens = out.lines().filter_map(|line| {
        let (slug, token) = line.split_once(' ')?;
        Some((slug.to_owned(), token.trim().to_owned()))
    });
    Ok(tokens.collect())
}

/// With its first tickets.
async fn with_tickets(at: &Installation, mut client: Client) -> anyhow::Result<Client> {
    let some = json!({"n": TICKETS});
    let mut seen = at
        .data(&client.staff, Some(&client.slug), SOME, some)
        .await?;
    let mut tickets = match seen["tickets"]["nodes"].take() {
        Value::Array(tickets) => tickets,
        _ => Vec::new(),
    };
    let open = Operation::named("openTicket")?;
    while tickets.len() < TICKETS {
        let (token, variables) = (open.token(&client), open.variables(&client));
        let mut opened = at
            .data(token, Some(&client.slug), open.query, variables)
            .await?;
        tickets.push(opened["openTicket"]["ticket"].take());
    }
    let text = |ticket: Option<&Value>, field: &str| {
        let text = ticket.and_then(|ticket| ticket[field].as_str());
        let text = text.map(str::to_owned);
        text.with_context(|| format!("no {field} of a ticket of {}", client.slug))
    };
    let (first, last) = (tickets.first(), tickets.last());
    let (ticket, number, replied) = (
        text(first, "id")?,
        text(first, "number")?,
        text(last, "id")?,
    );
    (client.ticket, client.number, client.replied) = (ticket, number, replied);
    Ok(client)
}
