//! Text search over many tickets, beside the same search by pgbench over the same rows.

use anyhow::{Context as _, ensure};
use e2e::Installation;
use serde_json::json;

use super::{
    Baseline, LARGE, Limit, STAFF, at_each, beside_bare, by_pgbench, by_several, large,
    many_written, schema_of,
};
use crate::pgbench;
use crate::report::Report;

const SEARCH: &str =
    "query($t: String!) { searchTickets(text: $t, first: 25) { nodes { number subject state } } }";

/// A word that is rare, by several people.
pub async fn search(
    at: &Installation,
    baseline: &Baseline,
    report: &mut Report,
) -> anyhow::Result<()> {
    large(at).await?;
    let token = at.token(LARGE, "coordinator").await?;
    // Numbers of tickets are words that each fit one of them; what nothing fits is asked for, too.
    let mut asked = vec![json!({"t": "\"no hay tal palabra\""})];
    let some = "{ tickets(first: 7) { nodes { number } } }";
    let some = at.data(&token, Some(LARGE), some, json!({})).await?;
    let some = some["tickets"]["nodes"].as_array().context("no tickets")?;
    for ticket in some {
        let of_ticket = json!({"t": ticket["number"]});
        let found = at
            .data(&token, Some(LARGE), SEARCH, of_ticket.clone())
            .await?;
        ensure!(
            found["searchTickets"]["nodes"]
                .as_array()
                .is_some_and(|n| !n.is_empty()),
            "nothing fits {ticket}: {found}"
        );
        asked.push(of_ticket);
    }
    let bodies = by_several(at, STAFF, SEARCH, &asked).await?;
    let schema = schema_of(at, LARGE).await?;
    let texts = asked.iter().filter_map(|of| of["t"].as_str()).enumerate();
    let scripts = texts.map(|(n, text)| pgbench::search(&schema, n, text));
    let beside = by_pgbench(at, "intake", scripts.collect()).await?;
    let what = format!("search for a rare word in {} tickets", many_written()?);
    at_each(
        at,
        report,
        (&what, &bodies, Limit::OfOneTenant),
        ("pgbench, the same search", beside),
    )
    .await?;
    beside_bare(report, &what, baseline.bare_lists)
}
