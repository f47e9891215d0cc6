//! From nothing to the first answer, and what it takes to do nothing.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use e2e::Installation;

use super::mib;
use crate::report::{Better, Report, Row};

/// Ends everything and starts it again; then looks at it while nobody asks.
pub async fn start(at: &mut Installation, report: &mut Report) -> anyhow::Result<()> {
    let mut took = Vec::new();
    for _ in 0..3 {
        let process = at.process("up")?;
        process.kill()?;
        let began = Instant::now();
        process.again()?;
        loop {
            let ready = at.http().get(format!("{}/readyz", at.url)).send().await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                break;
            }
            anyhow::ensure!(
                began.elapsed() < Duration::from_secs(30),
                "it did not come back"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        took.push(began.elapsed().as_secs_f64());
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
