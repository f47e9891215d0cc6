//! Many running clocks: what they take, and how late 10,000 that fall due together are while facts come in.
//!
//! Sla-clock runs alone, as a process of its own, as on a cluster: what it hears comes over the broker, what it tells goes
//! there. `CLOCKS='10000x10 1000000x200'` says how many clocks in how many tenants; where two sizes differ in one of these
//! alone, the figures of the larger are put beside those of the smaller.

mod copies;
mod desk;
mod facts;
mod minute;
mod rows;
mod watch;

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use e2e::Process;
use events::Envelope;
use events::intake::{TicketSnapshot, TicketState};
use sqlx::PgConnection;

use self::copies::Copied;
use self::desk::{Client, Desk};
use self::facts::{Teller, Whose};
pub use self::minute::minute;
use self::watch::{Counted, Cpu, Lateness, TABLES, Table};
use crate::report::Report;
use crate::scenarios::Baseline;

/// A short run; what the product promises is measured by
/// `CLOCKS='10000x200 1000000x200'`, `CLOCKS='100000x10 100000x500'` and `CLOCKS='1000000x200 1000000x500'`; a million clocks
/// are made in some minutes.
const USUAL: &str = "10000x10 10000x100";
/// So many fall due at one instant.
const DUE: usize = 10_000;
/// So many facts a second come in meanwhile.
const FACTS: usize = 200;
/// From the first of these facts until the timers are due, and longer than timers are leased ahead.
const AHEAD: TimeDelta = TimeDelta::seconds(20);
/// Giving timers to so many tenants takes a second more.
const TENANTS_A_SECOND: usize = 20;
/// So does making so many of them.
const TIMERS_A_SECOND: usize = 2_000;

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    clocks: usize,
    tenants: usize,
}

/// The sizes that a setting says, else the usual ones.
fn sizes(setting: &str, usual: &str) -> anyhow::Result<Vec<Size>> {
    let said = std::env::var(setting).unwrap_or_default();
    let said = if said.trim().is_empty() { usual } else { &said };
    let sizes = said.split_whitespace().map(|one| {
        let (clocks, tenants) = one.split_once('x')?;
        let (clocks, tenants) = (clocks.parse().ok()?, tenants.parse().ok()?);
        (tenants > 0).then_some(Size { clocks, tenants })
    });
    sizes
        .collect::<Option<_>>()
        .with_context(|| format!("{setting}={said}: clocks x tenants, as in {usual}"))
}

/// What was measured.
#[derive(Debug, Clone, Copy)]
struct Figures {
    resident: u64,
    /// Postgres' backends for the service once it has heard of every tenant, and their own memory.
    backends: (usize, u64),
    database: i64,
    /// As they were made.
    tables: [Table; TABLES.len()],
    /// One fact alone, from being told to its effect, ms: median and 99th percentile.
    alone: (f64, f64),
    /// Microseconds of CPU for each of many facts: the service's, and Postgres'.
    fact: (f64, f64),
    /// Of these, facts per second.
    rate: f64,
    lateness: Lateness,
    /// Facts that came in meanwhile were behind by so much when the last was told, ms.
    behind: f64,
    resident_after: u64,
}

/// Every size, and then their ratios.
pub async fn run(baseline: &Baseline, report: &mut Report) -> anyhow::Result<()> {
    let mut seen: Vec<(Size, Figures)> = Vec::new();
    for size in sizes("CLOCKS", USUAL)? {
        seen.push((size, measure(size, baseline, report).await?));
    }
    rows::growth(report, &seen);
    Ok(())
}

async fn measure(size: Size, baseline: &Baseline, report: &mut Report) -> anyhow::Result<Figures> {
    let of = format!("{} clocks in {} tenants", size.clocks, size.tenants);
    let began = Instant::now();
    let mut desk = Desk::open(size.tenants).await?;
    desk.fill(size.clocks).await?;
    println!(
        "{of:<44} {:>10.0} s      made",
        began.elapsed().as_secs_f64()
    );

    let address = format!("127.0.0.1:{}", e2e::free_port()?);
    let mut process = desk.serve(&address)?;
    let figures = of_process(&desk, &mut process).await;
    let figures = figures.with_context(|| process.log());
    drop(process);
    desk.close();
    let figures = figures?;

    rows::add(report, size, &figures, baseline);
    Ok(figures)
}

async fn of_process(desk: &Desk, process: &mut Process) -> anyhow::Result<Figures> {
    let pid = process.pid().context("no process")?;
    let database = format!("{}sla_clock", desk.suite.prefix());
    let mut owner = desk.owner().await?;
    let teller = Teller::start(desk).await?;
    // It connects, and tells what was made.
    tokio::time::sleep(Duration::from_secs(10)).await;
    ensure!(process.runs(), "the service ended");
    let resident = watch::resident(pid)?;
    let bytes: i64 = sqlx::query_scalar("SELECT pg_database_size(current_database())")
        .fetch_one(&mut owner)
        .await?;
    let tables = watch::tables(&mut owner).await?;

    let (mut asked, mut stream) = tickets(desk);
    // Every tenant once, so that what is measured is not what a connection learns at a tenant's first fact.
    tell_round(&teller, &mut asked, turn).await?;
    taken_in(&mut owner, &asked).await?;
    let (before, began) = (Cpu::of(pid, &database)?, Instant::now());
    for _ in 0..2 {
        tell_round(&teller, &mut asked, turn).await?;
        taken_in(&mut owner, &asked).await?;
    }
    let facts = 2 * asked.len();
    let rate = facts as f64 / began.elapsed().as_secs_f64();
    let fact = Cpu::of(pid, &database)?.since(before, facts);
    let backends = watch::backends(&database)?;

    let mut alone = Vec::new();
    for one in asked.iter_mut().take(100) {
        let fact = turn(&teller, one)?;
        teller.tell(&[fact]).await?;
        // Four facts of this ticket: each moved its clocks once.
        let (client, ticket) = (one.client, one.ticket.ticket.uuid());
        alone.push(watch::moved(&mut owner, client, ticket, one.ticket.version).await?);
    }
    alone.sort_by(f64::total_cmp);
    let alone = (quantile(&alone, 0.5), quantile(&alone, 0.99));

    let meanwhile = (&teller, &mut stream[..]);
    let (lateness, counted, behind) =
        storm(desk, &mut owner, meanwhile, (DUE, 0), async |_| Ok(())).await?;
    ensure!(
        counted.once == DUE,
        "{DUE} clocks were to be marked once: {counted:?}"
    );
    teller.end().await?;
    Ok(Figures {
        resident,
        backends,
        database: bytes,
        tables,
        alone,
        fact,
        rate,
        lateness,
        behind,
        resident_after: watch::resident(pid)?,
    })
}

/// Lets so many timers fall due over so many seconds while facts come in, and whatever else is done once it is known from when on.
/// How late they were, and by how much the facts were
/// behind at their end, ms.
async fn storm(
    desk: &Desk,
    owner: &mut PgConnection,
    (teller, stream): (&Teller, &mut [Told<'_>]),
    (many, seconds): (usize, usize),
    meanwhile: impl AsyncFnOnce(DateTime<Utc>) -> anyhow::Result<()>,
) -> anyhow::Result<(Lateness, Counted, f64)> {
    let making = desk.clients.len() / TENANTS_A_SECOND + many / TIMERS_A_SECOND;
    let making = TimeDelta::seconds(making as i64);
    let from = (desk.clock.now() + AHEAD + making).duration_trunc(TimeDelta::seconds(1))?;
    let until = from + TimeDelta::seconds(seconds as i64);
    desk.fall_due(many, from, seconds).await?;
    ensure!(
        desk.clock.now() + TimeDelta::seconds(12) < from,
        "what falls due was made too slowly"
    );
    let stop = tokio_util::sync::CancellationToken::new();
    let flow = flow(teller, stream, &stop);
    let looked = async {
        let lateness = watch::lateness(owner, &desk.clock, (from, until), many).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        stop.cancel();
        lateness
    };
    let (flowed, lateness, happened) = tokio::join!(flow, looked, meanwhile(from));
    happened?;
    let ended = Instant::now();
    let (flowed, lateness) = (flowed?, lateness?);
    taken_in(owner, stream).await?;
    let behind = ended.elapsed().as_secs_f64() * 1e3;
    ensure!(
        flowed >= FACTS as f64 * 0.95,
        "only {flowed:.0} facts/s were told: the figures say nothing"
    );
    let counted = watch::counted(owner, &desk.clients, (from, until)).await?;
    Ok((lateness, counted, behind))
}

/// A ticket that facts are told of.
struct Told<'a> {
    client: &'a Client,
    whose: Whose,
    ticket: TicketSnapshot,
}

/// Tickets for facts that are told for themselves, and for those that come in while timers fall due: some of each tenant.
fn tickets(desk: &Desk) -> (Vec<Told<'_>>, Vec<Told<'_>>) {
    let (mut asked, mut stream) = (Vec::new(), Vec::new());
    for client in &desk.clients {
        let told = |copy: &Copied| Told {
            client,
            whose: (client.id, desk.provider),
            ticket: facts::ticket(copy.ticket, copy.opened_at),
        };
        let half = client.tickets.len() / 2;
        let some = |wanted: usize| wanted.div_ceil(desk.clients.len()).min(half);
        asked.extend(client.tickets.iter().take(some(600)).map(told));
        stream.extend(client.tickets.iter().rev().take(some(1_000)).map(told));
    }
    (asked, stream)
}

/// The requester is asked, or has answered: either moves every clock.
fn turn(teller: &Teller, one: &mut Told<'_>) -> anyhow::Result<Envelope> {
    let to = match one.ticket.state {
        TicketState::WaitingForRequester => TicketState::InProgress,
        _ => TicketState::WaitingForRequester,
    };
    let now = teller.clock.now();
    facts::moved(&*teller.ids, one.whose, &mut one.ticket, to, now)
}

/// Work goes on: taken up, answered, asked, answered by the requester. Of four facts one moves no clock, one a clock (the
/// first time), two move five.
fn work(teller: &Teller, one: &mut Told<'_>) -> anyhow::Result<Envelope> {
    let (ids, now) = (&*teller.ids, teller.clock.now());
    match one.ticket.version % 4 {
        2 => facts::replied(ids, one.whose, &mut one.ticket, now),
        3 => {
            let to = TicketState::WaitingForRequester;
            facts::moved(ids, one.whose, &mut one.ticket, to, now)
        }
        _ => facts::moved(
            ids,
            one.whose,
            &mut one.ticket,
            TicketState::InProgress,
            now,
        ),
    }
}

/// One fact of each ticket, all at once.
async fn tell_round<'a>(
    teller: &Teller,
    tickets: &mut [Told<'a>],
    next: impl Fn(&Teller, &mut Told<'a>) -> anyhow::Result<Envelope>,
) -> anyhow::Result<()> {
    let facts = tickets
        .iter_mut()
        .map(|one| next(teller, one))
        .collect::<anyhow::Result<Vec<_>>>()?;
    teller.tell(&facts).await
}

/// Waits until everything that was told of these tickets has been taken in.
async fn taken_in(owner: &mut PgConnection, tickets: &[Told<'_>]) -> anyhow::Result<()> {
    for of_one in tickets.chunk_by(|one, next| one.client.id == next.client.id) {
        let last = of_one
            .iter()
            .map(|one| (one.ticket.ticket.to_string(), one.ticket.version))
            .unzip();
        watch::taken_in(owner, of_one[0].client, &last).await?;
    }
    Ok(())
}

/// Tells facts at an even rate until told to stop; how many a second it came to.
async fn flow(
    teller: &Teller,
    tickets: &mut [Told<'_>],
    stop: &tokio_util::sync::CancellationToken,
) -> anyhow::Result<f64> {
    const BEATS: usize = 20;
    let mut beat = tokio::time::interval(Duration::from_millis(1_000 / BEATS as u64));
    let (began, mut told) = (Instant::now(), 0);
    while !stop.is_cancelled() {
        beat.tick().await;
        let each = FACTS / BEATS;
        let mut facts = Vec::with_capacity(each);
        for n in told..told + each {
            let at = n % tickets.len();
            facts.push(work(teller, &mut tickets[at])?);
        }
        teller.tell(&facts).await?;
        told += each;
    }
    Ok(told as f64 / began.elapsed().as_secs_f64())
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    let at = (sorted.len().saturating_sub(1) as f64 * share).round();
    sorted.get(at as usize).copied().unwrap_or_default()
}
