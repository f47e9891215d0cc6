//! Ten tenants and thousands, and ever more tickets in one of them: what grows with them, and by how much.
//!
//! `make bench ONLY=scale TENANTS='10 100 1000 3000'`, `make bench ONLY=scale TICKETS='10000 100000 1000000'`. Settings, each
//! an environment variable: [`Settings`], and `SET='NAME=VALUE …'` for settings of the installation. A figure of a larger size stands beside the first size's.
//!
//! Tenants are made by the product's own command, and have no agreement, as in `open`: no clock runs. All are of one provider,
//! and each has staff of its own: what a member of the staff with very many tenants costs is not measured here.

mod asked;
mod catalogue;
mod clients;
mod offer;
mod tickets;
mod touch;

use std::collections::HashMap;
use std::str::FromStr;
use std::time::Instant;

use anyhow::Context as _;
use e2e::{Installation, Mode};
use testkit::Suite;

use self::asked::{Asked, OPERATIONS, Spread};
use self::clients::Clients;
use super::drained;
use crate::machine::{Meter, Used};
use crate::report::{Better, Report, Row};

/// Where `KEEP` finds its tenants again.
const PREFIX: &str = "scale_";
/// Tenants that so many more are put beside.
const FEW: usize = 10;
/// From here on they are many.
const MANY: usize = 1_000;

/// How it is measured.
#[derive(Debug, Clone)]
struct Settings {
    /// `TENANTS`: so many, one size after the other.
    tenants: Vec<usize>,
    /// `TICKETS`: so many in one tenant.
    tickets: Vec<usize>,
    /// `RATE`: requests per second that are offered, of all operations together.
    rate: u32,
    /// `WARM_UP`: seconds under that load before anything is measured.
    warm_up: u32,
    /// `MEASURE`: seconds that are measured.
    measure: u32,
    /// `ALONE`: seconds that each operation is then asked for by itself, for its CPU; 0 leaves it out.
    alone: u32,
    /// `AT_ONCE`: tenants that are made side by side.
    at_once: usize,
    /// `KEEP`: servers and tenants are those of an earlier run, and stay. `FROM` puts a copy in their place before
    /// (`scripts/with-servers`).
    keep: bool,
}

impl Settings {
    fn read() -> anyhow::Result<Self> {
        let (mut tenants, tickets) = (list("TENANTS")?, list("TICKETS")?);
        if tenants.is_empty() && tickets.is_empty() {
            tenants = vec![10, 100];
        }
        Ok(Self {
            tenants,
            tickets,
            rate: number("RATE", 200)?,
            warm_up: number("WARM_UP", 300)?,
            measure: number("MEASURE", 120)?,
            alone: number("ALONE", 60)?,
            at_once: number("AT_ONCE", 8)?,
            keep: said("KEEP").is_some(),
        })
    }
}

fn said(name: &str) -> Option<String> {
    let said = std::env::var(name).ok()?;
    Some(said.trim().to_owned()).filter(|said| !said.is_empty())
}

fn number<T: FromStr>(name: &str, usual: T) -> anyhow::Result<T> {
    let Some(said) = said(name) else {
        return Ok(usual);
    };
    let number = said.parse::<T>().ok();
    number.with_context(|| format!("{name}={said}: a number"))
}

fn list(name: &str) -> anyhow::Result<Vec<usize>> {
    let said = said(name).unwrap_or_default();
    let numbers = said.split_whitespace().map(|one| one.parse::<usize>().ok());
    let numbers: Option<Vec<usize>> = numbers.collect();
    let mut numbers = numbers.with_context(|| format!("{name}={said}: numbers, as in '10 100'"))?;
    numbers.sort_unstable();
    numbers.retain(|number| *number > 0);
    Ok(numbers)
}

/// Rows of one size after the other.
struct Series<'a> {
    report: &'a mut Report,
    /// Of what there is ever more.
    what: &'static str,
    size: usize,
    /// Each of every size that had it, with that size.
    figures: HashMap<String, Vec<(usize, f64)>>,
}

impl<'a> Series<'a> {
    fn new(report: &'a mut Report, what: &'static str) -> Self {
        Self {
            report,
            what,
            size: 0,
            figures: HashMap::new(),
        }
    }

    /// What is added from now on is of this size.
    fn begin(&mut self, size: usize) {
        println!("\n{size} {}", self.what);
        self.size = size;
    }

    /// Adds a row beside that of the first size that had it.
    fn add(&mut self, name: &str, row: Row) {
        let row = Row {
            scenario: format!("{name}, {} {}", self.size, self.what),
            ..row
        };
        let figures = self.figures.entry(name.to_owned()).or_default();
        let first = figures.first().copied();
        figures.push((self.size, row.value));
        let row = match first {
            Some((size, figure)) => row.versus(&format!("{size} {}", self.what), figure),
            None => row,
        };
        self.report.add(row);
    }

    /// Aims at p99 at the largest size being within twice that of ten, where both were measured.
    fn aim_at_twice(&mut self) {
        for operation in &OPERATIONS {
            let name = format!("{}, p99", operation.name);
            let Some(figures) = self.figures.get(&name) else {
                continue;
            };
            let few = figures.iter().find(|(size, _)| *size == FEW);
            let most = figures.iter().max_by_key(|(size, _)| *size);
            if let (Some((_, of_few)), Some((size, of_most))) = (few, most)
                && *size >= MANY
            {
                let what = format!(
                    "{name} with {size} {} within twice that with {FEW}: {of_most:.1} and {of_few:.1} ms",
                    self.what
                );
                self.report.aim(*of_most <= 2.0 * of_few, what);
            }
        }
    }
}

/// Every size of both.
pub async fn scale(report: &mut Report) -> anyhow::Result<()> {
    let settings = Settings::read()?;
    let suite = if settings.keep {
        Suite::kept("scale", PREFIX).await
    } else {
        Suite::start("scale").await
    };
    let set = said("SET").unwrap_or_default();
    let set = set.split_whitespace().map(|one| one.split_once('='));
    let set: Option<Vec<(&str, &str)>> = crate::SETTINGS.into_iter().map(Some).chain(set).collect();
    let set = set.context("SET='NAME=VALUE …'")?;
    let mut at = Installation::start(suite, Mode::Together, &set).await?;
    // Whether it can be seen at all: not found out after an hour.
    catalogue::memory(&at).await?;
    of_tenants(&mut at, &settings, report).await?;
    of_tickets(&at, &settings, report).await
}

async fn of_tenants(
    at: &mut Installation,
    settings: &Settings,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut series = Series::new(report, "tenants");
    let mut clients = Clients::default();
    for &size in &settings.tenants {
        series.begin(size);
        if !clients.up_to(at, settings, &mut series).await? {
            println!("there are more already: left out");
            continue;
        }
        let began = Instant::now();
        at.cli(&["migrate"]).await?;
        let took = began.elapsed().as_secs_f64();
        let row = Row::new("", took, "s", Better::Lower);
        series.add("migrate, nothing to be done", row);
        let took = super::start::restarted(at).await?;
        let row = Row::new("", took, "s", Better::Lower);
        series.add("killed to ready", row);
        touch::first(at, clients.all(), &mut series).await?;
        let asked = Asked::of(clients.all(), Spread::Zipf);
        under_load(at, settings, &asked, &mut series).await?;
    }
    series.aim_at_twice();
    Ok(())
}

async fn of_tickets(
    at: &Installation,
    settings: &Settings,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut series = Series::new(report, "tickets");
    for &size in &settings.tickets {
        series.begin(size);
        if let Some(clients) = tickets::up_to(at, &mut series).await? {
            tickets::indicators(at, &clients, &mut series).await?;
            let asked = Asked::of(&clients, Spread::Even);
            under_load(at, settings, &asked, &mut series).await?;
        } else {
            println!("there are more already: left out");
        }
    }
    Ok(())
}

/// All operations together, warm; what all of it takes then; and each of them alone.
async fn under_load(
    at: &Installation,
    settings: &Settings,
    asked: &Asked,
    series: &mut Series<'_>,
) -> anyhow::Result<()> {
    if settings.warm_up > 0 {
        asked.all(at, settings.rate, settings.warm_up).await?;
    }
    drained(at).await?;
    let meter = Meter::start(at).await;
    let outcomes = asked.all(at, settings.rate, settings.measure).await?;
    let behind = drained(at).await?;
    let used = meter.stop().await;
    let (mut requests, mut failed, mut rate) = (0, 0, 0.0);
    for (name, outcome) in &outcomes {
        requests += outcome.requests;
        failed += outcome.failed;
        rate += outcome.per_second;
        let row = Row::new("", outcome.p50_ms, "ms", Better::Lower).note(outcome.note());
        series.add(&format!("{name}, p50"), row);
        let row = Row::new("", outcome.p99_ms, "ms", Better::Lower);
        series.add(&format!("{name}, p99"), row);
    }
    // Who offers more than can be answered sees this, and what it did to memory all the same.
    let what = format!(
        "at most one request of a hundred fails with {} {}: {failed} of {requests}",
        series.size, series.what
    );
    series.report.promise(failed * 100 <= requests, what);
    let row = Row::new("", cpu_ms(&used, requests), "ms", Better::Lower);
    let note = format!(
        "{rate:.0}/s of {} offered; every effect {behind:.1} s after the last",
        settings.rate
    );
    let row = row.used(&used, requests as f64).note(note);
    series.add("CPU of an operation, with its effects", row);
    catalogue::add(at, series).await?;
    if settings.alone > 0 {
        alone(at, settings, asked, series).await?;
    }
    Ok(())
}

async fn alone(
    at: &Installation,
    settings: &Settings,
    asked: &Asked,
    series: &mut Series<'_>,
) -> anyhow::Result<()> {
    for name in asked.names() {
        let meter = Meter::start(at).await;
        let outcome = asked.one(at, name, settings.rate, settings.alone).await?;
        drained(at).await?;
        let used = meter.stop().await;
        let row = Row {
            p50_ms: Some(outcome.p50_ms),
            p99_ms: Some(outcome.p99_ms),
            ..Row::new("", cpu_ms(&used, outcome.requests), "ms", Better::Lower)
        };
        let row = row.used(&used, outcome.requests as f64);
        let row = row.note(outcome.note());
        series.add(&format!("CPU of {name}, alone"), row);
    }
    Ok(())
}

/// Of our processes, Postgres and RabbitMQ together, for one of so many.
fn cpu_ms(used: &Used, requests: u64) -> f64 {
    let (postgres, rabbitmq) = used.servers_s;
    (used.cpu_s + postgres + rabbitmq) * 1e3 / requests.max(1) as f64
}
