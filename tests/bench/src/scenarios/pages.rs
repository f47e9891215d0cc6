//! Tickets whose pages have everything on them: clocks, a holder, a timeline, an article. In tenants of their own: elsewhere
//! nothing runs that other scenarios did not ask for.

use anyhow::{Context as _, ensure};
use e2e::{Installation, agree_on_240_hours};
use serde_json::{Value, json};

use super::{Body, body, drained};

/// So many tenants. An installation with these alone is what is looked at while nobody asks.
pub const TENANTS: usize = 10;
/// The portal's own operation.
pub const PAGE: &str = include_str!("../../../../graphql/operations/TicketPage.graphql");
/// Tickets of each tenant that stand there from the beginning.
const TICKETS: usize = 5;
const SOME: &str = "{ tickets(first: 5) { nodes { id } } }";
const OPEN: &str = "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id } } }";
const WRITE: &str = "mutation { writeArticle(input: {title: \"No puedo entrar\", body: \"Se restablece la clave.\", \
    audience: TENANT, language: ES}) { article { id revision } problems { code } } }";
const CONFIRM: &str = "mutation($a: ID!, $r: Int!) { changeArticleState(input: {article: $a, revision: $r, state: VALIDATED}) \
    { article { id } problems { code } } }";
const LINK: &str = "mutation($a: ID!, $t: ID!) { linkArticle(input: {article: $a, ticket: $t}) { problems { code } } }";

/// The slug of one of the tenants.
pub fn slug(n: usize) -> String {
    format!("pagina-{n}")
}

/// Makes them, where they are not there yet; without a ticket.
pub async fn tenants(at: &Installation) -> anyhow::Result<()> {
    super::made(at, TENANTS, slug).await
}

/// The pages of some tickets of each tenant, as one of its agents asks for them.
pub async fn of_each(at: &Installation) -> anyhow::Result<Vec<Body>> {
    tenants(at).await?;
    let mut all = Vec::new();
    for n in 0..TENANTS {
        let slug = slug(n);
        let token = at.token(&slug, "agent").await?;
        for id in standing(at, &slug, &token).await? {
            all.push(body(&token, &slug, PAGE, &json!({"id": id})));
        }
    }
    Ok(all)
}

/// The tickets that a tenant has from the beginning: made with what belongs to them, if they are not there yet.
pub async fn standing(at: &Installation, slug: &str, token: &str) -> anyhow::Result<Vec<String>> {
    let found = at.data(token, Some(slug), SOME, json!({})).await?;
    let nodes = found["tickets"]["nodes"].as_array().context("no tickets")?;
    if nodes.is_empty() {
        // Before the tickets: it is for those that are opened from then on. It ends long after the bench, and warns of nothing.
        let quality = at.token(slug, "quality_manager").await?;
        agree_on_240_hours(at, &quality, slug).await?;
        return opened(at, slug, TICKETS).await;
    }
    let ids = nodes.iter().map(|node| id(&node["id"]));
    ids.collect()
}

/// Opens so many more tickets, which one article answers; the last one's page is looked at.
pub async fn opened(at: &Installation, slug: &str, count: usize) -> anyhow::Result<Vec<String>> {
    let requester = at.token(slug, "requester").await?;
    let mut ids = Vec::new();
    for _ in 0..count {
        let input = json!({"i": {"subject": "No puedo entrar", "impactInternal": "MEDIUM", "urgency": "HIGH"}});
        let opened = at.data(&requester, Some(slug), OPEN, input).await?;
        ids.push(id(&opened["openTicket"]["ticket"]["id"])?);
    }
    let lead = at.token(slug, "coordinator").await?;
    let written = done(at, (&lead, slug), WRITE, json!({})).await?;
    let article = &written["writeArticle"]["article"];
    let confirmed = json!({"a": article["id"], "r": article["revision"]});
    done(at, (&lead, slug), CONFIRM, confirmed).await?;
    // Knowledge links to tickets that it has heard of.
    drained(at).await?;
    for ticket in &ids {
        let link = json!({"a": article["id"], "t": ticket});
        done(at, (&lead, slug), LINK, link).await?;
    }
    drained(at).await?;
    let last = ids.last().context("no tickets")?;
    whole(at, (&lead, slug), last).await?;
    Ok(ids)
}

/// An empty part of a page costs nothing: what is measured has all of them.
async fn whole(at: &Installation, (token, slug): (&str, &str), id: &str) -> anyhow::Result<()> {
    let page = at.data(token, Some(slug), PAGE, json!({"id": id})).await?;
    let ticket = &page["ticket"];
    for (part, list) in [
        ("clocks", &ticket["clocks"]),
        ("timeline", &ticket["timeline"]["nodes"]),
        ("articles", &ticket["linkedArticles"]),
    ] {
        let some = list.as_array().is_some_and(|list| !list.is_empty());
        ensure!(some, "a page without {part}: {page}");
    }
    ensure!(
        ticket["assignment"]["group"]["id"].is_string(),
        "a page without a holder: {page}"
    );
    Ok(())
}

/// A mutation that has to be done without a problem.
async fn done(
    at: &Installation,
    (token, slug): (&str, &str),
    mutation: &str,
    variables: Value,
) -> anyhow::Result<Value> {
    let data = at.data(token, Some(slug), mutation, variables).await?;
    let payloads = data.as_object().into_iter().flatten();
    for (what, payload) in payloads {
        ensure!(payload["problems"] == json!([]), "{what}: {payload}");
    }
    Ok(data)
}

fn id(of: &Value) -> anyhow::Result<String> {
    Ok(of.as_str().context("no id")?.to_owned())
}
