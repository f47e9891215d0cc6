//! Very many timers that fall due within a minute: none is late, lost or told twice.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use e2e::Process;

use super::desk::Desk;
use super::facts::Teller;
use super::rows::LATE;
use super::watch::{Counted, Lateness};
use super::{FACTS, Size, sizes, storm, taken_in, tell_round, tickets, turn};
use crate::report::{Better, Report, Row};
use crate::scenarios::Baseline;

/// So many in so many tenants, unless `MINUTE` says otherwise.
const USUAL: &str = "100000x100";
/// Over so many seconds.
const SECONDS: usize = 60;
/// Clocks that run besides, of tickets that facts come in of, of each tenant.
const OTHERS: usize = 120;
/// Two runs differ by so much anyway.
const WAVERS: f64 = 0.5;

/// Every size.
pub async fn minute(baseline: &Baseline, report: &mut Report) -> anyhow::Result<()> {
    for size in sizes("MINUTE", USUAL)? {
        let mut desk = Desk::open(size.tenants).await?;
        desk.fill(OTHERS * size.tenants).await?;
        let address = format!("127.0.0.1:{}", e2e::free_port()?);
        let mut process = desk.serve(&address)?;
        let found = of_process(&desk, &mut process, size.clocks).await;
        let found = found.with_context(|| process.log());
        drop(process);
        desk.close();
        add(report, size, &found?, baseline);
    }
    Ok(())
}

struct Found {
    lateness: Lateness,
    counted: Counted,
    behind: f64,
}

async fn of_process(desk: &Desk, process: &mut Process, many: usize) -> anyhow::Result<Found> {
    let mut owner = desk.owner().await?;
    let teller = Teller::start(desk).await?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    ensure!(process.runs(), "the service ended");
    let (mut asked, mut stream) = tickets(desk);
    // Every tenant once, as in any service that has been up for a minute.
    tell_round(&teller, &mut asked, turn).await?;
    taken_in(&mut owner, &asked).await?;
    let meanwhile = (&teller, &mut stream[..]);
    let (lateness, counted, behind) = storm(desk, &mut owner, meanwhile, (many, SECONDS)).await?;
    teller.end().await?;
    Ok(Found {
        lateness,
        counted,
        behind,
    })
}

fn add(report: &mut Report, size: Size, found: &Found, baseline: &Baseline) {
    let (many, tenants) = (size.clocks, size.tenants);
    let of = format!("minute {many}x{tenants}");
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
        late.p99 < LATE,
        format!("{of}: p99 {:.0} ms late, below {LATE:.0}", late.p99),
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
