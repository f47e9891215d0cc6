//! A whole log of history, from the file to the figures.

use std::time::{Duration, Instant};

use anyhow::ensure;
use e2e::Installation;

use super::{Baseline, mib};
use crate::log;
use crate::machine::Meter;
use crate::report::{Better, Report, Row};

/// It never takes longer.
const PATIENCE: Duration = Duration::from_mins(20);

/// Until reporting is final.
pub async fn import(
    at: &Installation,
    baseline: &Baseline,
    report: &mut Report,
) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let (file, rows) = if let Some(path) = log::real() {
        (path, 65_533.0)
    } else {
        let path = dir.path().join("made-up.csv");
        std::fs::write(&path, log::made_up(7_500, 9))?;
        (path, 67_500.0)
    };
    at.tenant("importado").await?;
    let file = file.display().to_string();
    let mapping = log::mapping();
    at.forget_peaks()?;
    let (meter, began) = (Meter::start(at).await, Instant::now());
    let held = imported(at, &mapping, &file).await?;
    let seconds = began.elapsed().as_secs_f64();
    let most = at.peak_bytes();
    let used = meter.stop().await;
    let row = Row::new(
        "import until reporting is final",
        rows / seconds,
        "events/s",
        Better::Higher,
    );
    let row = row.used(&used, rows);
    report.add(row.versus("pgbench, three INSERTs, c=8", baseline.c8));
    report.add(Row::new(
        "resident, after the import",
        mib(at.resident_bytes()),
        "MiB",
        Better::Lower,
    ));
    let what = "resident, at most while it was imported";
    let row = Row::new(what, mib(most), "MiB", Better::Lower);
    report.add(row.note("each process at its own most, summed; without the command"));
    let what = "resident, the import command itself at most";
    report.add(Row::new(what, mib(held), "MiB", Better::Lower));
    Ok(())
}

/// Runs the command to its end; the most resident memory that it held, bytes.
async fn imported(at: &Installation, mapping: &str, file: &str) -> anyhow::Result<u64> {
    let command = [
        "import",
        "--tenant",
        "importado",
        "--mapping",
        mapping,
        "--wait",
        file,
    ];
    let mut import = at.cli_spawn("import", &command)?;
    let (mut held, began) = (0, Instant::now());
    while import.runs() {
        ensure!(
            began.elapsed() < PATIENCE,
            "the import does not end:\n{}",
            import.log()
        );
        // A peak never falls: the last look before the end says it.
        held = held.max(import.peak_bytes().unwrap_or_default());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let content = import.ended(Duration::from_secs(1)).await?;
    ensure!(content, "the import failed:\n{}", import.log());
    Ok(held)
}
