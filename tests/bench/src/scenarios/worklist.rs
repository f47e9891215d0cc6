//! The first 50 of many tickets, while nothing else happens.

use anyhow::{Context as _, ensure};
use e2e::Installation;
use serde_json::json;

use super::baseline::LISTS;
use super::{
    Baseline, LARGE, Limit, STAFF, at_each, beside_bare, by_several, large, many_written, of,
};
use crate::report::{Report, Row};

const PAGE: &str = "{ worklist(first: 50) { totalCount nodes { number state priority dueAt ticket { subject } } } }";

/// Beside pgbench's list by eight it is to be at least this.
const AIM: f64 = 0.15;

/// By several people of the provider.
pub async fn worklist(
    at: &Installation,
    baseline: &Baseline,
    report: &mut Report,
) -> anyhow::Result<()> {
    large(at).await?;
    let token = at.token(LARGE, "coordinator").await?;
    let page = at.data(&token, Some(LARGE), PAGE, json!({})).await?;
    ensure!(
        page["worklist"]["nodes"]
            .as_array()
            .is_some_and(|n| n.len() == 50),
        "no page of 50: {page}"
    );
    let bodies = by_several(at, STAFF, PAGE, &[json!({})]).await?;
    let what = format!("worklist, first 50 of {}", many_written()?);
    at_each(
        at,
        report,
        (&what, &bodies, Limit::OfOneTenant),
        (LISTS, baseline.lists),
    )
    .await?;
    beside_bare(report, &what, baseline.bare_lists)?;
    let ratio = of(report, &what, 8).and_then(Row::ratio);
    let ratio = ratio.context("nothing to put it beside")?;
    report.aim(
        ratio >= AIM,
        format!("{what}, 8 connections: {ratio:.3} of {LISTS}, aim: {AIM}"),
    );
    Ok(())
}
