//! A portal's page of a ticket: itself, its timeline, clocks, assignment and articles, from five services.

use anyhow::{Context as _, ensure};
use e2e::Installation;
use serde_json::json;

use super::baseline::LISTS;
use super::{Baseline, Body, Limit, TENANTS, at_each, body, slug, tenants};
use crate::report::Report;

/// The portal's own operation.
pub const PAGE: &str = include_str!("../../../../graphql/operations/TicketPage.graphql");
const SOME: &str = "{ tickets(first: 20) { nodes { id } } }";
/// Opens one.
pub const OPEN: &str = "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id } } }";

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

/// Of several tenants in turn.
pub async fn ticket_page(
    at: &Installation,
    baseline: &Baseline,
    report: &mut Report,
) -> anyhow::Result<()> {
    let tickets = some_tickets(at).await?;
    super::drained(at).await?;
    let (token, slug, id) = tickets.first().context("no tickets")?;
    let page = at.data(token, Some(slug), PAGE, json!({"id": id})).await?;
    for part in ["clocks", "timeline", "assignment"] {
        ensure!(!page["ticket"][part].is_null(), "no {part}: {page}");
    }
    let bodies: Vec<Body> = tickets
        .iter()
        .map(|(token, slug, id)| body(token, slug, PAGE, &json!({"id": id})))
        .collect();
    let what = "ticket page";
    at_each(
        at,
        report,
        (what, &bodies, Limit::None),
        (LISTS, baseline.lists),
    )
    .await
}
