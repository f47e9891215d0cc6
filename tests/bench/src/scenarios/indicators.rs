//! The indicators of a tenant with many tickets.

use anyhow::ensure;
use e2e::Installation;
use serde_json::json;

use super::baseline::LISTS;
use super::{Baseline, LARGE, Limit, at_each, by_several, large, many, many_written};
use crate::report::Report;

const INDICATORS: &str = include_str!("../../../../graphql/operations/Indicators.graphql");

/// All of them, by line and priority: the portal's own operation.
pub async fn indicators(
    at: &Installation,
    baseline: &Baseline,
    report: &mut Report,
) -> anyhow::Result<()> {
    large(at).await?;
    let asked = json!({"groupBy": ["LINE", "PRIORITY"]});
    let token = at.token(LARGE, "coordinator").await?;
    let seen = at
        .data(&token, Some(LARGE), INDICATORS, asked.clone())
        .await?;
    ensure!(
        seen["indicators"]["cases"] == json!(many()?),
        "not of all tickets: {}",
        seen["indicators"]["cases"]
    );
    let roles = [
        "coordinator",
        "tenant_admin",
        "quality_manager",
        "service_manager",
    ];
    let bodies = by_several(at, roles, INDICATORS, &[asked]).await?;
    let what = format!(
        "indicators of {} tickets by line and priority",
        many_written()?
    );
    at_each(
        at,
        report,
        (&what, &bodies, Limit::OfOneTenant),
        (LISTS, baseline.lists),
    )
    .await
}
