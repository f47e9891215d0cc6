//! Very many timers that fall due within a minute: none is late, lost or told twice; and as many again while two replicas share
//! them, of which one is killed on the way and started again.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use e2e::Process;

use super::desk::Desk;
use super::facts::Teller;
use super::rows::LATE;
use super::watch::{Counted, Lateness};
use super::{FACTS, sizes, storm, taken_in, tell_round, tickets, turn};
use crate::report::{Better, Report, Row};
use crate::scenarios::Baseline;

/// So many in so many tenants, unless `MINUTE` says otherwise.
const USUAL: &str = "100000x100";
/// Over so many seconds.
const SECONDS: usize = 60;
/// Clocks that run besides, of tickets that facts come in of, of each tenant.
const OTHERS: usize = 120;
/// When one of two replicas is killed, from the minute's beginning.
const KILLED: TimeDelta = TimeDelta::seconds(20);
/// What a replica that is killed has leased is the others' after so long, ms: their lease has run out, and they look again.
const LEASE: f64 = 16_000.0;
/// Two runs differ by so much anyway.
const WAVERS: f64 = 0.5;

/// Every size.
pub async fn minute(baseline: &Baseline, report: &mut Report) -> anyhow::Result<()> {
    for size in sizes("MINUTE", USUAL)? {
        let mut desk = Desk::open(size.tenants).await?;
        desk.fill(OTHERS * size.tenants).await?;
        let mut process = serve(&desk)?;
        let found = of_process(&desk, &mut process, size.clocks).await;
        let found = found.with_context(|| process.log());
        drop(process);
        desk.close();
        let (alone, crashed) = found?;
        let of = format!("minute {}x{}", size.clocks, size.tenants);
        add(report, (&of, LATE), size.clocks, &alone, baseline);
        let of = format!("{of}, one of two replicas killed");
        add(report, (&of, LEASE + LATE), size.clocks, &crashed, baseline);
    }
    Ok(())
}

fn serve(desk: &Desk) -> anyhow::Result<Process> {
    desk.serve(&format!("127.0.0.1:{}", e2e::free_port()?))
}

struct Found {
    lateness: Lateness,
    counted: Counted,
    behind: f64,
}

/// What was found with one replica, and with two of which one crashed.
async fn of_process(
    desk: &Desk,
    process: &mut Process,
    many: usize,
) -> anyhow::Result<(Found, Found)> {
    let mut owner = desk.owner().await?;
    let teller = Teller::start(desk).await?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    ensure!(process.runs(), "the service ended");
    let (mut asked, mut stream) = tickets(desk);
    // Every tenant once, as in any service that has been up for a minute.
    tell_round(&teller, &mut asked, turn).await?;
    taken_in(&mut owner, &asked).await?;
    let due = (many, SECONDS);
    let meanwhile = (&teller, &mut stream[..]);
    let alone = storm(desk, &mut owner, meanwhile, due, async |_| Ok(())).await?;

    let mut other = serve(desk)?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    ensure!(other.runs(), "the second replica ended");
    let crash = async |from: DateTime<Utc>| {
        let at = from + KILLED;
        tokio::time::sleep((at - desk.clock.now()).to_std()?).await;
        process.kill()?;
        process.again()
    };
    let meanwhile = (&teller, &mut stream[..]);
    let crashed = storm(desk, &mut owner, meanwhile, due, crash).await?;
    ensure!(process.runs() && other.runs(), "a replica ended");
    teller.end().await?;
    let found = |(lateness, counted, behind)| Found {
        lateness,
        counted,
        behind,
    };
    Ok((found(alone), found(crashed)))
}

fn add(
    report: &mut Report,
    (of, bound): (&str, f64),
    many: usize,
    found: &Found,
    baseline: &Baseline,
) {
    let late = found.lateness;
    // What pgbench needs for as many transactions as fall due in a second.
    let as_many = (many / SECONDS) as f64 / baseline.c8 * 1e3;
    let row = |what: &str, late| Row::new(format!("{of}: {what}"), late, "ms", Better::Lower);
    report.add(
        row(&format!("p99 late, {FACTS} facts/s"), late.p99)
            .versus("a second's of pgbench c=8", as_many)
            .latency(late.p50, late.p99)
            .wavers(WAVERS)
            .note(format!(
                "all told to the broker {:.0} ms after the minute; facts meanwhile {:.0} ms behind",
                late.told, found.behind
            )),
    );
    report.add(
        row("last", late.last)
            .versus("a second's of pgbench c=8", as_many)
            .wavers(WAVERS),
    );
    report.promise(
        late.p99 < bound,
        format!("{of}: p99 {:.0} ms late, below {bound:.0}", late.p99),
    );
    let Counted {
        once,
        lost,
        doubled,
    } = found.counted;
    report.promise(
        (once, lost, doubled) == (many, 0, 0),
        format!("{of}: {once} told once, {lost} lost, {doubled} doubled"),
    );
}
