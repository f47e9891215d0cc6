//! Deadlines by the library alone, beside the same by two others (see `peers`), and what a calendar takes.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::report::{Report, Row};

/// What `peers/table.py` leaves.
#[derive(Debug, Deserialize)]
struct Found {
    rows: Vec<Row>,
    /// What is promised, and whether it was kept.
    promised: Vec<(bool, String)>,
}

/// Runs all three, one after the other.
pub fn maths(report: &mut Report) -> anyhow::Result<()> {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let rows = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.run/peers/results/rows.json");
    // None of an earlier run.
    if rows.exists() {
        std::fs::remove_file(&rows)?;
    }
    let run = peers.join("run");
    let ended = Command::new(&run)
        .status()
        .with_context(|| run.display().to_string())?;
    // A promise that was not kept is one of those below; whatever else went wrong left no rows.
    ensure!(rows.exists(), "{} ended with {ended}", run.display());
    let found: Found = serde_json::from_str(&std::fs::read_to_string(&rows)?)?;
    for row in found.rows {
        report.add(row);
    }
    for (kept, what) in found.promised {
        report.promise(kept, what);
    }
    Ok(())
}
