//! What pages cost in Postgres: a statement for each subgraph, counted where it cannot be hidden.

use std::collections::BTreeMap;
use std::time::Duration;

use e2e::{Installation, Mode, agree_on_alarms, settled};
use serde_json::{Value, json};
use sqlx::{Connection as _, PgConnection};
use testkit::{Suite, eventually, private_servers};

const PAGE: &str = include_str!("../../../../graphql/operations/TicketPage.graphql");
const WORKLIST: &str = include_str!("../../../../graphql/operations/Worklist.graphql");

/// A list, with what happened to each.
const TIMELINES: &str =
    "{ tickets(first: 20) { nodes { id timeline(first: 3) { nodes { kind } } } } }";

/// So often is a page asked for: what runs by itself meanwhile (relays, timers) does so less often.
const TIMES: i64 = 40;

/// Counts by service and statement.
type Counts = BTreeMap<(String, String), i64>;

/// Statements so far, other than those with which transactions begin and end (the lock and `SHOW role` are part of their ends).
async fn counted(at: &Installation) -> Counts {
    let mut owner = PgConnection::connect(at.suite.postgres_owner_url())
        .await
        .unwrap();
    let prefix = at.suite.prefix();
    let rows: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT substr(d.datname, length($1) + 1), s.query, sum(s.calls)::bigint FROM pg_stat_statements s \
         JOIN pg_database d ON d.oid = s.dbid \
         WHERE starts_with(d.datname, $1) AND s.query !~* '^(begin|commit|rollback|set |lock table|show role)' GROUP BY 1, 2",
    )
    .bind(prefix)
    .fetch_all(&mut owner)
    .await
    .unwrap();
    owner.close().await.unwrap();
    rows.into_iter().map(|(db, q, n)| ((db, q), n)).collect()
}

/// The statements that ran once at least for each time that this was asked, by service.
async fn each_time(
    at: &Installation,
    token: &str,
    query: &str,
    variables: &Value,
) -> BTreeMap<String, Vec<(String, i64)>> {
    for _ in 0..8 {
        at.data(token, None, query, variables.clone())
            .await
            .unwrap();
    }
    let before = counted(at).await;
    for _ in 0..TIMES {
        at.data(token, None, query, variables.clone())
            .await
            .unwrap();
    }
    let mut all: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
    for ((database, text), count) in counted(at).await {
        let key = (database.clone(), text.clone());
        let times = (count - before.get(&key).copied().unwrap_or_default()) / TIMES;
        if times > 0 {
            all.entry(database).or_default().push((text, times));
        }
    }
    all
}

fn of<'a>(
    all: &'a BTreeMap<String, Vec<(String, i64)>>,
    service: &str,
) -> (i64, &'a [(String, i64)]) {
    let statements = all.iter().find(|(db, _)| db.ends_with(service));
    let statements = statements.map_or(&[][..], |(_, s)| s.as_slice());
    (statements.iter().map(|(_, times)| times).sum(), statements)
}

async fn made(at: &Installation, token: &str, field: &str, query: &str, variables: Value) -> Value {
    let data = at.data(token, None, query, variables).await.unwrap();
    assert_eq!(data[field]["problems"], json!([]), "{data}");
    data[field].clone()
}

#[tokio::test]
async fn a_page_is_a_statement_for_each_subgraph() {
    let servers = private_servers().await.unwrap();
    let suite = Suite::start_on(servers.servers(), "statements").await;
    let at = Installation::start(suite, Mode::Together, &[])
        .await
        .unwrap();
    let mut owner = PgConnection::connect(at.suite.postgres_owner_url())
        .await
        .unwrap();
    sqlx::query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        .execute(&mut owner)
        .await
        .unwrap();
    owner.close().await.unwrap();
    at.tenant("andina").await.unwrap();
    let coordinator = at.token("andina", "coordinator").await.unwrap();
    let manager = at.token("andina", "service_manager").await.unwrap();
    let agent = at.token("andina", "agent").await.unwrap();
    let requester = at.token("andina", "requester").await.unwrap();
    agree_on_alarms(&at, &manager, "andina").await.unwrap();
    let open = "mutation($i: OpenTicketInput!) { openTicket(input: $i) { ticket { id } problems { code message } } }";
    let input =
        json!({"i": {"subject": "No puedo entrar", "impactInternal": "MEDIUM", "urgency": "HIGH"}});
    let ticket = made(&at, &requester, "openTicket", open, input).await["ticket"]["id"].clone();
    settled(&at).await;
    let take =
        "mutation($t: ID!) { takeTicket(input: {ticket: $t}) { problems { code message } } }";
    made(&at, &agent, "takeTicket", take, json!({"t": ticket})).await;
    let write = "mutation { writeArticle(input: {title: \"Entrar al portal\", body: \"Por la otra puerta.\", audience: TENANT, \
        language: ES}) { article { id } problems { code message } } }";
    let article =
        made(&at, &agent, "writeArticle", write, json!({})).await["article"]["id"].clone();
    let link = "mutation($a: ID!, $t: ID!) { linkArticle(input: {article: $a, ticket: $t}) { article { id } problems { code message } } }";
    made(
        &at,
        &agent,
        "linkArticle",
        link,
        json!({"a": article, "t": ticket}),
    )
    .await;
    settled(&at).await;

    // A page with something of every subgraph: else it would say nothing.
    let id = json!({"id": ticket});
    eventually(Duration::from_secs(20), || async {
        let page = at.data(&coordinator, None, PAGE, id.clone()).await.unwrap();
        let page = &page["ticket"];
        let filled = |list: &Value| list.as_array().is_some_and(|l| !l.is_empty());
        let whole = filled(&page["clocks"])
            && filled(&page["linkedArticles"])
            && filled(&page["timeline"]["nodes"])
            && page["assignment"]["holder"]["name"].is_string()
            && page["requester"]["name"].is_string();
        whole.then_some(()).ok_or_else(|| page.clone())
    })
    .await;
    let page = each_time(&at, &coordinator, PAGE, &id).await;
    for service in ["directory", "intake", "routing", "sla_clock", "knowledge"] {
        let (times, statements) = of(&page, service);
        assert_eq!(times, 1, "{service}: {statements:#?}");
    }

    let list = each_time(&at, &coordinator, WORKLIST, &json!({"first": 50})).await;
    // However many tickets there are, their timelines are read together, and pages of one ticket beside each other are.
    for _ in 0..6 {
        let input = json!({"i": {"subject": "Tampoco", "impactInternal": "LOW", "urgency": "LOW"}});
        made(&at, &requester, "openTicket", open, input).await;
    }
    let twice = "{ tickets(first: 20) { nodes { all: timeline(first: 3) { nodes { id } } \
        rest: timeline(first: 2, after: \"MQ\") { nodes { id } } } } }";
    let answer = at.data(&coordinator, None, twice, json!({})).await.unwrap();
    let tickets = answer["tickets"]["nodes"].as_array().unwrap();
    let rest = |of: &Value| of["rest"]["nodes"].as_array().unwrap().clone();
    assert_eq!(tickets.len(), 7);
    assert!(tickets.iter().any(|of| rest(of).len() == 2), "{answer}");
    for of in tickets {
        let all = of["all"]["nodes"].as_array().unwrap();
        assert_eq!(all[1..], rest(of)[..], "{answer}");
    }
    let of_lists = each_time(&at, &coordinator, TIMELINES, &json!({})).await;
    let (times, statements) = of(&of_lists, "intake");
    assert_eq!(times, 2, "{statements:#?}");

    // The list's `totalCount` is counted by itself.
    for (service, most) in [
        ("directory", 1),
        ("intake", 1),
        ("routing", 2),
        ("sla_clock", 0),
    ] {
        let (times, statements) = of(&list, service);
        assert!(times <= most, "{service}: {statements:#?}");
    }
}
