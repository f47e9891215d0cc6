//! The agreement that stories judge clocks by.

use anyhow::ensure;
use serde_json::json;

use crate::Installation;

/// A resolution clock of 240 h, around the clock, that nothing holds and a reopening continues. `token`: of somebody who
/// may agree on such things with the tenant.
pub async fn agree_on_240_hours(
    at: &Installation,
    token: &str,
    tenant: &str,
) -> anyhow::Result<()> {
    let calendar = "mutation { createCalendar(input: {name: \"24x7\", validFrom: \"2010-01-01T00:00:00Z\", \
        hours: {timeZone: \"UTC\", alwaysOpen: true}}) { calendar { id } problems { code message } } }";
    let data = at.data(token, Some(tenant), calendar, json!({})).await?;
    let made = &data["createCalendar"];
    ensure!(made["problems"] == json!([]), "{made}");
    let agreement = "mutation($c: ID!) { createAgreement(input: {name: \"240 h\", calendar: $c, validFrom: \"2010-01-01T00:00:00Z\", \
        terms: {targets: [{target: RESOLUTION, seconds: 864000}], pauseOn: [], warnPercents: [], onReopening: CONTINUE}}) \
        { agreement { id } problems { code message } } }";
    let variables = json!({"c": made["calendar"]["id"]});
    let data = at.data(token, Some(tenant), agreement, variables).await?;
    let made = &data["createAgreement"];
    ensure!(made["problems"] == json!([]), "{made}");
    Ok(())
}
