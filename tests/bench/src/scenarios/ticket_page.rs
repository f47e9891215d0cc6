//! A portal's page of a ticket: itself, its timeline, clocks, assignment and articles, from five services; beside what Postgres
//! takes for the ticket and its timeline alone.

use anyhow::Context as _;
use e2e::Installation;
use ids::{GlobalId, TicketId};

use super::{Baseline, Limit, at_each, beside_bare, of, pages, schema_of};
use crate::pgbench;
use crate::report::Report;

/// The 99th percentile of eight at once is to be below this, milliseconds.
const AIM_MS: f64 = 15.0;

/// Of several tenants in turn.
pub async fn ticket_page(
    at: &Installation,
    baseline: &Baseline,
    report: &mut Report,
) -> anyhow::Result<()> {
    let bodies = pages::of_each(at).await?;
    super::drained(at).await?;
    let beside = beside(at).await?;
    let what = "whole ticket page";
    let beside = ("pgbench, a ticket and its timeline", beside);
    at_each(at, report, (what, &bodies, Limit::None), beside).await?;
    beside_bare(report, what, baseline.bare_lists)?;
    let p99 = of(report, what, 8).and_then(|row| row.p99_ms);
    let p99 = p99.context("no row of 8 connections")?;
    report.aim(
        p99 < AIM_MS,
        format!("{what}, 8 connections: p99 {p99:.1} ms, aim: below {AIM_MS} ms"),
    );
    Ok(())
}

/// The same rows of intake's by their keys, in one transaction, pages a second: the other services' rows are in other databases,
/// and no connection of pgbench reads those.
async fn beside(at: &Installation) -> anyhow::Result<[f64; 3]> {
    let slug = pages::slug(0);
    let token = at.token(&slug, "agent").await?;
    let schema = schema_of(at, &slug).await?;
    let mut scripts = Vec::new();
    for id in pages::standing(at, &slug, &token).await? {
        let id: GlobalId<TicketId> = id.parse()?;
        scripts.push(pgbench::page(&schema, &id.id.uuid().to_string()));
    }
    super::by_pgbench(at, "intake", scripts).await
}
