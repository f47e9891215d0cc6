//! Tells a client's story: first who and what there is, then every ticket's life, phase by phase. Between the phases the
//! running services take the facts in; within one, the clock is set to each ticket's own instant. What has been told
//! before stays as it is.

use std::collections::HashMap;
use std::time::Duration;

use access::Role;
use anyhow::Context as _;
use ids::{ProviderId, TenantId};
use serde_json::{Value, json};

use super::cast::{APPLICATIONS, ARTICLES, Client, REQUESTS, STAFF};
use super::script::{Ending, Life, lives};
use super::stand::{Stand, Standing};
use super::{Actor, Scene, Stage, people};
use crate::platform::Platform;
use crate::tenant::check;

const HELLO: &str = "Hola, recibimos su solicitud y ya la estamos revisando.";
const CALENDAR: &str = "Oficina";
const AGREEMENT: &str = "ANS de soporte";
const QUESTION: &str = "¿Podría enviarnos una captura del error?";

/// A ticket on stage.
struct Told {
    life: Life,
    id: String,
}

/// Where every ticket stands.
type Stood = HashMap<String, Standing>;

/// Tells it.
pub async fn tell(
    stage: &Stage,
    platform: &Platform,
    client: &Client,
    scene: &Scene,
) -> anyhow::Result<()> {
    let (provider, tenant) = (scene.provider.as_str(), scene.tenant.as_str());
    stage.clock.set(scene.now);
    let manager = people::manager(platform, provider, tenant)?;
    let staff = people::ensure_staff(&stage.directory, platform, provider).await?;
    let mut agents: HashMap<u8, Actor> = HashMap::new();
    for (local, _, role, line) in STAFF {
        let id = &staff[&format!("{local}@soporte-sur.example")];
        let role: Role = role.parse()?;
        people::assign(&stage.directory, &manager, id, tenant, role).await?;
        if line > 0 {
            let actor = Actor::staff(
                provider.parse::<ProviderId>()?,
                tenant.parse::<TenantId>()?,
                id,
                role,
            )?;
            agents.entry(line).or_insert(actor);
        }
    }
    let requesters = people::of_client(&stage.directory, &manager, client).await?;
    let applications = applications(stage, &manager, &requesters).await?;
    agreement(
        stage,
        &manager,
        client,
        scene.now - chrono::TimeDelta::days(60),
    )
    .await?;
    articles(stage, &manager).await?;
    groups(stage, &manager, tenant, &agents).await?;
    // Whom and what the tickets are about is heard of within milliseconds.
    tokio::time::sleep(Duration::from_millis(400)).await;

    let who = |n: usize| -> anyhow::Result<Actor> {
        Actor::person(
            provider.parse::<ProviderId>()?,
            tenant.parse::<TenantId>()?,
            &requesters[n],
            Role::Requester,
        )
    };
    let mut before = Stand::read(stage, &manager).await?;
    let mut told = Vec::new();
    for life in lives(client, scene.now) {
        let requester = who(life.requester)?;
        let subject = REQUESTS[life.request].2;
        let id = if let Some(there) = before.take(life.opened, subject, &requester.id) {
            there.id
        } else {
            stage.clock.set(life.opened);
            open(stage, &requester, &applications, &life).await?
        };
        told.push(Told { life, id });
    }
    let ids: Vec<&str> = told.iter().map(|t| t.id.as_str()).collect();
    // Each act is done once: what this one look shows is left out of all that follows.
    let stood = Stand::settled(stage, &manager, &ids).await?;
    for t in told.iter().filter(|t| t.life.ending != Ending::Untouched) {
        let agent = agents.get(&1).context("no agent of line 1")?;
        work(stage, agent, t, stood_at(&stood, t)?).await?;
    }
    Stand::settled(stage, &manager, &ids).await?;
    for t in &told {
        if let (Some((at, line)), true) = (t.life.moved, t.life.ending != Ending::Untouched) {
            stage.clock.set(at);
            hand_on(stage, &agents, t, line, stood_at(&stood, t)?).await?;
        }
    }
    Stand::settled(stage, &manager, &ids).await?;
    for t in &told {
        stage.clock.set(t.life.ended);
        let line = t.life.moved.map_or(1, |(_, line)| line);
        let agent = agents
            .get(&line)
            .or_else(|| agents.get(&1))
            .context("no agent")?;
        let requester = who(t.life.requester)?;
        end(stage, agent, &requester, t, stood_at(&stood, t)?).await?;
    }
    Ok(())
}

fn stood_at<'a>(stood: &'a Stood, t: &Told) -> anyhow::Result<&'a Standing> {
    stood.get(&t.id).context("a ticket that is not there")
}

async fn applications(
    stage: &Stage,
    manager: &Actor,
    people: &[String],
) -> anyhow::Result<HashMap<&'static str, String>> {
    let q = "{ applications(includeRetired: true) { id code } }";
    let known = manager.ask(&stage.directory, q, json!({})).await?;
    let known = known["applications"].as_array();
    let q = "mutation($code: String!, $name: String!, $owner: ID) { registerApplication(input: {code: $code, name: $name, \
             owner: $owner}) { application { id } problems { code message } } }";
    let mut all = HashMap::new();
    for (code, name) in APPLICATIONS {
        let there = known.into_iter().flatten().find(|a| a["code"] == code);
        if let Some(id) = there.and_then(|a| a["id"].as_str()) {
            all.insert(code, id.to_owned());
            continue;
        }
        let data = manager
            .ask(
                &stage.directory,
                q,
                json!({"code": code, "name": name, "owner": people.get(4)}),
            )
            .await?;
        let payload = check(&data["registerApplication"])?;
        all.insert(
            code,
            payload["application"]["id"]
                .as_str()
                .context("no application came back")?
                .to_owned(),
        );
    }
    Ok(all)
}

/// Office hours of the client's country, and what the client was promised by priority.
async fn agreement(
    stage: &Stage,
    manager: &Actor,
    client: &Client,
    from: chrono::DateTime<chrono::Utc>,
) -> anyhow::Result<()> {
    let q = "{ calendars { id name } agreements { name } }";
    let known = manager.ask(&stage.sla, q, json!({})).await?;
    if named(&known["agreements"], AGREEMENT).is_some() {
        return Ok(());
    }
    let calendar = match named(&known["calendars"], CALENDAR) {
        Some(calendar) => calendar["id"].clone(),
        None => calendar(stage, manager, client, from).await?,
    };
    let hours = |h: i64| h * 3600;
    let rule = |target: &str, priority: &str, seconds: i64| json!({"target": target, "priorities": [priority], "seconds": seconds});
    let targets = json!([
        rule("FIRST_RESPONSE", "CRITICAL", 900),
        rule("FIRST_RESPONSE", "HIGH", 1800),
        {"target": "FIRST_RESPONSE", "seconds": 3600},
        rule("RESOLUTION", "CRITICAL", hours(4)),
        rule("RESOLUTION", "HIGH", hours(9)),
        rule("RESOLUTION", "MEDIUM", hours(18)),
        {"target": "RESOLUTION", "seconds": hours(45)},
    ]);
    let q = "mutation($name: String!, $calendar: ID!, $terms: AgreementTermsInput!, $from: DateTime) { \
             createAgreement(input: {name: $name, calendar: $calendar, terms: $terms, validFrom: $from}) { \
             agreement { id } problems { code message } } }";
    let terms = json!({"targets": targets, "warnPercents": [80]});
    let variables = json!({"name": AGREEMENT, "calendar": calendar, "terms": terms, "from": from});
    let data = manager.ask(&stage.sla, q, variables).await?;
    check(&data["createAgreement"]).map(drop)
}

async fn calendar(
    stage: &Stage,
    manager: &Actor,
    client: &Client,
    from: chrono::DateTime<chrono::Utc>,
) -> anyhow::Result<Value> {
    let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"];
    let weekly: Vec<Value> = days
        .iter()
        .map(|day| json!({"day": day, "spans": ["09:00-18:00"]}))
        .collect();
    let hours =
        json!({"timeZone": client.time_zone, "weekly": weekly, "publicHolidays": [client.country]});
    let q = "mutation($name: String!, $hours: CalendarHoursInput!, $from: DateTime) { createCalendar(input: {name: $name, \
             hours: $hours, validFrom: $from}) { calendar { id } problems { code message } } }";
    let data = manager
        .ask(
            &stage.sla,
            q,
            json!({"name": CALENDAR, "hours": hours, "from": from}),
        )
        .await?;
    Ok(check(&data["createCalendar"])?["calendar"]["id"].clone())
}

fn named<'a>(list: &'a Value, name: &str) -> Option<&'a Value> {
    list.as_array()?.iter().find(|one| one["name"] == name)
}

async fn articles(stage: &Stage, manager: &Actor) -> anyhow::Result<()> {
    let q = "mutation($lang: ArticleLanguage!, $title: String!, $body: String!) { writeArticle(input: {language: $lang, \
             title: $title, body: $body, audience: TENANT}) { article { id revision } problems { code message } } }";
    let to = "mutation($id: ID!, $r: Int!, $state: ArticleState!) { changeArticleState(input: {article: $id, revision: $r, \
              state: $state}) { article { revision } problems { code message } } }";
    let known = "{ articles(first: 100) { nodes { id title revision state } } }";
    let known = manager.ask(&stage.knowledge, known, json!({})).await?;
    let known = known["articles"]["nodes"].as_array();
    for (lang, title, body) in ARTICLES {
        let there = known.into_iter().flatten().find(|a| a["title"] == title);
        let mut article = if let Some(there) = there {
            there.clone()
        } else {
            let variables = json!({"lang": lang, "title": title, "body": body});
            let data = manager.ask(&stage.knowledge, q, variables).await?;
            check(&data["writeArticle"])?["article"].clone()
        };
        let id = article["id"].clone();
        let to_come: &[&str] = match article["state"].as_str() {
            Some("VALIDATED") => &[],
            Some("NOT_VALIDATED") => &["VALIDATED"],
            _ => &["NOT_VALIDATED", "VALIDATED"],
        };
        for state in to_come {
            let variables = json!({"id": id, "r": article["revision"], "state": state});
            let data = manager.ask(&stage.knowledge, to, variables).await?;
            article = check(&data["changeArticleState"])?["article"].clone();
        }
    }
    Ok(())
}

/// A group for N2 and for N3's database, made once per provider, with their agents.
async fn groups(
    stage: &Stage,
    manager: &Actor,
    tenant: &str,
    agents: &HashMap<u8, Actor>,
) -> anyhow::Result<()> {
    let data = manager
        .ask(&stage.routing, "{ groups { id name line } }", json!({}))
        .await?;
    let known: Vec<Value> = data["groups"].as_array().cloned().unwrap_or_default();
    let wanted = [
        (1, "Mesa de servicio N1", "SERVICE_DESK"),
        (2, "Operaciones N2", "SYSTEMS_OPERATIONS"),
        (3, "Base de datos N3", "DATABASE"),
    ];
    for (line, name, speciality) in wanted {
        let mut id = known
            .iter()
            .find(|g| g["line"] == json!(line))
            .map(|g| g["id"].clone());
        if id.is_none() {
            let q = "mutation($line: Int!, $name: String!, $s: Speciality!) { createGroup(input: {line: $line, name: $name, \
                     speciality: $s}) { group { id } problems { code message } } }";
            let data = manager
                .ask(
                    &stage.routing,
                    q,
                    json!({"line": line, "name": name, "s": speciality}),
                )
                .await?;
            id = Some(check(&data["createGroup"])?["group"]["id"].clone());
        }
        let Some(agent) = agents.get(&u8::try_from(line)?) else {
            continue;
        };
        let q = "mutation($g: ID!, $p: ID!) { addGroupMember(input: {group: $g, person: $p}) { problems { code message } } }";
        let person = people::global(tenant, &agent.id)?;
        let data = manager
            .ask(&stage.routing, q, json!({"g": id, "p": person}))
            .await?;
        check(&data["addGroupMember"])?;
    }
    Ok(())
}

async fn open(
    stage: &Stage,
    who: &Actor,
    applications: &HashMap<&'static str, String>,
    life: &Life,
) -> anyhow::Result<String> {
    let (kind, application, subject, description, _) = REQUESTS[life.request];
    let q = "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id } problems { code message } } }";
    let (impact, urgency) = life.degrees;
    let input = json!({"kind": kind, "application": applications.get(application), "subject": subject,
        "description": description, "impactInternal": impact, "urgency": urgency});
    let data = who.ask(&stage.intake, q, json!({"i": input})).await?;
    let payload = check(&data["openTicket"])?;
    payload["ticket"]["id"]
        .as_str()
        .map(str::to_owned)
        .context("no ticket came back")
}

async fn work(stage: &Stage, agent: &Actor, t: &Told, stood: &Standing) -> anyhow::Result<()> {
    if stood.hands < 2 {
        stage.clock.set(t.life.taken);
        take(stage, agent, &t.id).await?;
    }
    stage.clock.set(t.life.answered);
    reply(stage, agent, t, HELLO, stood).await
}

async fn take(stage: &Stage, agent: &Actor, ticket: &str) -> anyhow::Result<()> {
    let q = "mutation($t: ID!) { takeTicket(input: {ticket: $t}) { problems { code message } } }";
    let data = agent.ask(&stage.routing, q, json!({"t": ticket})).await?;
    check(&data["takeTicket"]).map(drop)
}

/// Says it, unless it was said.
async fn reply(
    stage: &Stage,
    agent: &Actor,
    t: &Told,
    words: &str,
    stood: &Standing,
) -> anyhow::Result<()> {
    if stood.said(words) {
        return Ok(());
    }
    let q = "mutation($t: ID!, $b: String!) { replyToTicket(input: {ticket: $t, body: $b}) { problems { code message } } }";
    let data = agent
        .ask(&stage.intake, q, json!({"t": t.id, "b": words}))
        .await?;
    check(&data["replyToTicket"]).map(drop)
}

async fn hand_on(
    stage: &Stage,
    agents: &HashMap<u8, Actor>,
    t: &Told,
    line: u8,
    stood: &Standing,
) -> anyhow::Result<()> {
    if stood.hands < 3 {
        let first = agents.get(&1).context("no agent of line 1")?;
        let q = "mutation($t: ID!, $l: Int!) { moveTicket(input: {ticket: $t, line: $l}) { problems { code message } } }";
        let data = first
            .ask(&stage.routing, q, json!({"t": t.id, "l": line}))
            .await?;
        check(&data["moveTicket"])?;
    }
    match agents.get(&line) {
        Some(agent) if stood.hands < 4 => take(stage, agent, &t.id).await,
        _ => Ok(()),
    }
}

/// Leads the ticket to a state, unless it is there or beyond.
async fn lead(
    stage: &Stage,
    who: &Actor,
    t: &Told,
    to: &str,
    beyond: &[&str],
    stood: &Standing,
) -> anyhow::Result<()> {
    if stood.state == to || beyond.contains(&stood.state.as_str()) {
        return Ok(());
    }
    let q = "mutation($t: ID!, $s: TicketState!) { changeTicketState(input: {ticket: $t, to: $s}) { problems { code message } } }";
    let data = who
        .ask(&stage.intake, q, json!({"t": t.id, "s": to}))
        .await?;
    check(&data["changeTicketState"]).map(drop)
}

async fn end(
    stage: &Stage,
    agent: &Actor,
    requester: &Actor,
    t: &Told,
    stood: &Standing,
) -> anyhow::Result<()> {
    let solution = REQUESTS[t.life.request].4;
    match t.life.ending {
        Ending::Untouched | Ending::InProgress => Ok(()),
        Ending::Waiting => {
            reply(stage, agent, t, QUESTION, stood).await?;
            lead(stage, agent, t, "WAITING_FOR_REQUESTER", &[], stood).await
        }
        Ending::Resolved | Ending::Closed => {
            reply(stage, agent, t, solution, stood).await?;
            lead(stage, agent, t, "RESOLVED", &["CLOSED"], stood).await?;
            if t.life.ending == Ending::Closed {
                lead(stage, requester, t, "CLOSED", &[], stood).await?;
            }
            Ok(())
        }
    }
}
