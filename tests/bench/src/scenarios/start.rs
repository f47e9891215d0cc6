//! From nothing to the first answer, and what it takes to do nothing.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e::Installation;

use super::{mib, pages};
use crate::machine::Meter;
use crate::report::{Better, Report, Row};

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

async fn ready(at: &Installation) -> bool {
    let asked = at.http().get(format!("{}/readyz", at.url)).send().await;
    asked.is_ok_and(|answer| answer.status().is_success())
}

/// Ends everything and starts it again. Seconds from then until it is ready.
pub(super) async fn restarted(at: &mut Installation) -> anyhow::Result<f64> {
    let process = at.process("up")?;
    process.kill()?;
    // The gateway is its child, and answers until it notices.
    let ended = Instant::now();
    while ready(at).await {
        ensure!(
            ended.elapsed() < PATIENCE,
            "the gateway outlives its parent"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let process = at.process("up")?;
    let began = Instant::now();
    process.again()?;
    while !ready(at).await {
        ensure!(began.elapsed() < PATIENCE, "it did not come back");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(began.elapsed().as_secs_f64())
}

/// What it is to hold at most when nobody asks, MiB; and to start within, seconds.
const IDLE_MIB: f64 = 150.0;
const START_S: f64 = 2.0;
/// So long after a start, seconds, what was only there for the start is gone,
const SETTLED: Duration = Duration::from_secs(5);
/// or with tenants: their first sweeps are over as well.
const IDLE: Duration = Duration::from_secs(30);

/// Starts it anew three times, then looks at it while nobody asks; first without a tenant, then with a few.
pub async fn start(at: &mut Installation, report: &mut Report) -> anyhow::Result<()> {
    started(at, report, "cold start, killed to ready, median").await?;
    idle(at, report, ("resident, idle", SETTLED)).await;
    pages::tenants(at).await?;
    let tenants = pages::TENANTS;
    let what = format!("cold start with {tenants} tenants, median");
    started(at, report, &what).await?;
    let what = format!("resident, idle with {tenants} tenants");
    idle(at, report, (&what, IDLE)).await;
    Ok(())
}

async fn started(at: &mut Installation, report: &mut Report, what: &str) -> anyhow::Result<()> {
    let mut took = Vec::new();
    for _ in 0..3 {
        took.push(restarted(at).await?);
    }
    took.sort_by(f64::total_cmp);
    let median = *took.get(1).context("no start")?;
    // No meter can be there before it: all that the new processes have taken so far is the start's.
    let row = Row {
        cpu_ms: Some(at.cpu_seconds() * 1e3),
        resident_mib: Some(mib(at.resident_bytes())),
        ..Row::new(what, median, "s", Better::Lower)
    };
    report.add(row.note("CPU of the last one"));
    report.aim(
        median < START_S,
        format!("{what}: {median:.2} s, aim: below {START_S} s"),
    );
    Ok(())
}

async fn idle(at: &Installation, report: &mut Report, (what, time): (&str, Duration)) {
    let meter = Meter::start(at).await;
    tokio::time::sleep(time).await;
    let used = meter.stop().await;
    let held = used.resident_mib;
    let row = Row::new(what, held, "MiB", Better::Lower);
    let row = row.used(&used, time.as_secs_f64());
    let after = time.as_secs();
    report.add(row.note(format!("{after} s after a start; per second of them")));
    report.aim(
        held < IDLE_MIB,
        format!("{what}: {held:.0} MiB, aim: below {IDLE_MIB} MiB"),
    );
}
