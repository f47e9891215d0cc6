//! The agreements that stories judge clocks by.

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
    let targets = "{target: RESOLUTION, seconds: 864000}";
    agree(at, token, tenant, ("240 h", targets)).await
}

/// The same, with two clocks of the tenant's own beside it: `PRONTO` warns and falls due while a story is told (at half of
/// 6 s), `LEJANO` within the hour and in no story (at nine tenths of 50 min) but one whose clock is wrong.
pub async fn agree_on_alarms(at: &Installation, token: &str, tenant: &str) -> anyhow::Result<()> {
    let targets = "{target: RESOLUTION, seconds: 864000}, \
        {target: CUSTOM, code: \"PRONTO\", name: \"Pronto\", seconds: 6, warnings: [{percent: 50}]}, \
        {target: CUSTOM, code: \"LEJANO\", name: \"Lejano\", seconds: 3000, warnings: [{percent: 90}]}";
    agree(at, token, tenant, ("Alarmas", targets)).await
}

async fn agree(
    at: &Installation,
    token: &str,
    tenant: &str,
    (name, targets): (&str, &str),
) -> anyhow::Result<()> {
    let calendar = "mutation { createCalendar(input: {name: \"24x7\", validFrom: \"2010-01-01T00:00:00Z\", \
        hours: {timeZone: \"UTC\", alwaysOpen: true}}) { calendar { id } problems { code message } } }";
    let data = at.data(token, Some(tenant), calendar, json!({})).await?;
    let made = &data["createCalendar"];
    ensure!(made["problems"] == json!([]), "{made}");
    let agreement = format!(
        "mutation($c: ID!, $n: String!) {{ createAgreement(input: {{name: $n, calendar: $c, validFrom: \"2010-01-01T00:00:00Z\", \
        terms: {{targets: [{targets}], pauseOn: [], warnPercents: [], onReopening: CONTINUE}}}}) \
        {{ agreement {{ id }} problems {{ code message }} }} }}"
    );
    let variables = json!({"c": made["calendar"]["id"], "n": name});
    let data = at.data(token, Some(tenant), &agreement, variables).await?;
    let made = &data["createAgreement"];
    ensure!(made["problems"] == json!([]), "{made}");
    Ok(())
}
