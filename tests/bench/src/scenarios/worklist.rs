//! The first 50 of 100,000 tickets, while nothing else happens.

use anyhow::ensure;
use e2e::Installation;
use serde_json::json;

use super::baseline::LISTS;
use super::{Baseline, LARGE, Limit, STAFF, at_each, by_several, large};
use crate::report::Report;

const PAGE: &str = "{ worklist(first: 50) { totalCount nodes { number state priority dueAt ticket { subject } } } }";

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
    let what = "worklist, first 50 of 100,000";
    at_each(
        at,
        report,
        (what, &bodies, Limit::OfOneTenant),
        (LISTS, baseline.lists),
    )
    .await
}
