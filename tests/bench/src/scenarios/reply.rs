//! A public reply by an agent.

use anyhow::{Context as _, ensure};
use e2e::Installation;
use serde_json::json;

use super::baseline::WRITES;
use super::{Baseline, Body, Limit, TENANTS, at_each, body, slug, tenants};
use crate::report::Report;

const SOME: &str = "{ tickets(first: 20) { nodes { id } } }";
const OPEN: &str = "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id } } }";

const REPLY: &str = "mutation($i: ReplyToTicketInput!) { replyToTicket(input: $i) { ticket { version } problems { code } } }";

/// Global ids of tickets of the tenants, each with a token of one of the staff there: some of each tenant.
pub async fn some_tickets(at: &Installation) -> anyhow::Result<Vec<(String, String, String)>> {
    tenants(at).await?;
    let mut all = Vec::new();
    for n in 0..TENANTS / 5 {
        let slug = slug(n);
        let token = at.token(&slug, "agent").await?;
        let mut found = at.data(&token, Some(&slug), SOME, json!({})).await?;
        if found["tickets"]["nodes"]
            .as_array()
            .is_none_or(Vec::is_empty)
        {
            let requester = at.token(&slug, "requester").await?;
            for _ in 0..5 {
                let input = json!({"i": {"subject": "No puedo entrar", "impactInternal": "MEDIUM", "urgency": "HIGH"}});
                at.data(&requester, Some(&slug), OPEN, input).await?;
            }
            found = at.data(&token, Some(&slug), SOME, json!({})).await?;
        }
        let nodes = found["tickets"]["nodes"].as_array().context("no tickets")?;
        ensure!(!nodes.is_empty(), "no tickets of {slug}");
        for node in nodes {
            let id = node["id"].as_str().context("no id")?;
            all.push((token.clone(), slug.clone(), id.to_owned()));
        }
    }
    Ok(all)
}

/// To tickets of several tenants in turn.
pub async fn reply(
    at: &Installation,
    baseline: &Baseline,
    report: &mut Report,
) -> anyhow::Result<()> {
    let bodies: Vec<Body> = some_tickets(at)
        .await?
        .iter()
        .map(|(token, slug, id)| {
            let input =
                json!({"i": {"ticket": id, "body": "Ya lo estamos viendo, le avisamos %ID%."}});
            body(token, slug, REPLY, &input)
        })
        .collect();
    let what = "replyToTicket";
    at_each(
        at,
        report,
        (what, &bodies, Limit::None),
        (WRITES, baseline.writes),
    )
    .await
}
