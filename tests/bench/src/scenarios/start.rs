//! From nothing to the first answer, and what it takes to do nothing.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use e2e::Installation;

use super::mib;
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

/// Starts it anew three times; then looks at it while nobody asks.
pub async fn start(at: &mut Installation, report: &mut Report) -> anyhow::Result<()> {
    let mut took = Vec::new();
    for _ in 0..3 {
        took.push(restarted(at).await?);
    }
    took.sort_by(f64::total_cmp);
    let median = took.get(1).context("no start")?;
    report.add(Row::new(
        "cold start, killed to ready, median",
        *median,
        "s",
        Better::Lower,
    ));
    tokio::time::sleep(Duration::from_secs(5)).await;
    report.add(Row::new(
        "resident, idle",
        mib(at.resident_bytes()),
        "MiB",
        Better::Lower,
    ));
    Ok(())
}
