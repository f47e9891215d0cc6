//! Tenants made while everything runs.

use std::time::Instant;

use e2e::Installation;

use crate::machine::Meter;
use crate::report::{Better, Report, Row};

/// Five of them, until every service has answered for its part.
pub async fn provisioning(at: &Installation, report: &mut Report) -> anyhow::Result<()> {
    let mut took = Vec::new();
    let meter = Meter::start(at).await;
    for n in 0..5 {
        let began = Instant::now();
        at.cli(&[
            "tenant",
            "create",
            "--provider",
            "soporte",
            "--slug",
            &format!("alta-{n}"),
            "--name",
            "Alta",
        ])
        .await?;
        took.push(began.elapsed().as_secs_f64());
    }
    let used = meter.stop().await;
    took.sort_by(f64::total_cmp);
    let row = Row::new("a tenant is ready, median", took[2], "s", Better::Lower);
    let row = row.used(&used, took.len() as f64);
    report.add(row.note(format!(
        "slowest {:.2} s (with the command's own start)",
        took[4]
    )));
    report.promise(took[2] < 2.0, "a tenant is ready in under 2 s");
    Ok(())
}
