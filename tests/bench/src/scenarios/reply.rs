//! A public reply by an agent.

use e2e::Installation;
use serde_json::json;

use super::baseline::WRITES;
use super::ticket_page::some_tickets;
use super::{Baseline, Body, Limit, at_each, body};
use crate::report::Report;

const REPLY: &str = "mutation($i: ReplyToTicketInput!) { replyToTicket(input: $i) { ticket { version } problems { code } } }";

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
