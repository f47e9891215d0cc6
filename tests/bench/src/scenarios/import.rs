//! A whole log of history, from the file to the figures.

use std::time::Instant;

use e2e::Installation;

use super::{Baseline, mib};
use crate::log;
use crate::machine::Meter;
use crate::report::{Better, Report, Row};

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
    let (meter, began) = (Meter::start(at).await, Instant::now());
    at.cli(&[
        "import",
        "--tenant",
        "importado",
        "--mapping",
        &mapping,
        "--wait",
        &file,
    ])
    .await?;
    let seconds = began.elapsed().as_secs_f64();
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
    Ok(())
}
