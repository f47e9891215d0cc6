//! Failures that are brought about on purpose: requests that make no sense, a service that is not there, a database that
//! refuses. What is answered then is what most easily tells of innards; `leaking` reads it.

use std::time::Duration;

use e2e::{Process, audit, free_port, gateway};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};
use testkit::eventually;

use super::{Answer, Ground, failure};

/// The gateway's words in place of whatever broke.
const OUTSIDE: &str = "No se pudo completar la operación.";
const TICKETS: &str = "{ tickets { nodes { subject } } }";

fn assert_refused(answer: &Answer, what: &str) {
    assert!(answer.body["data"].is_null(), "{what}: {answer:?}");
    assert!(answer.status < 500, "{what}: {answer:?}");
}

/// Bodies that are no request, values of the wrong type, ids of nothing, credentials of nobody.
pub async fn bad_requests(ground: &Ground) {
    let token = ground.sign_in("torre", "agent").await;
    for body in [
        "",
        "{",
        "null",
        "[]",
        "7",
        "\u{0}",
        "{\"query\": 7}",
        "{\"query\": null}",
        "{\"query\": \"{ me { name \"}",
        "{\"query\": \"{ nada }\"}",
        "{\"query\": \"{ me { contrasena } }\"}",
        "{\"query\": \"query A { me { name } } query B { me { name } }\", \"operationName\": \"C\"}",
        "{\"query\": \"mutation { openTicket }\"}",
        "{\"query\": \"subscription { nada }\"}",
    ] {
        let request = ground.at.http().post(format!("{}/graphql", ground.at.url));
        let request = request
            .bearer_auth(&token)
            .header("content-type", "application/json");
        let answer = ground.send(request.body(body)).await;
        assert_refused(&answer, body);
    }
    for body in ["", "{", "null", "[]", "{\"email\": 7}", "\u{0}"] {
        for path in ["/auth/login", "/auth/refresh"] {
            let request = ground.at.http().post(format!("{}{path}", ground.at.url));
            let answer = ground.send(request.body(body)).await;
            assert_eq!(
                (answer.status, answer.code()),
                (400, "BAD_INPUT"),
                "{path} {body}: {answer:?}"
            );
        }
    }

    let by_id = "query($id: ID!) { ticket(id: $id) { subject } }";
    for id in [
        json!({"a": 1}),
        json!([1, 2]),
        json!(true),
        json!(null),
        json!(ground.isla),
    ] {
        let answer = ground.ask(&token, by_id, json!({"id": id})).await;
        assert!(!answer.body["errors"].is_null(), "{id}: {answer:?}");
        assert!(answer.body["data"]["ticket"].is_null(), "{id}: {answer:?}");
    }
    // Well formed, and another tenant's: as one that there is not.
    let answer = ground
        .ask(&token, by_id, json!({"id": ground.ticket}))
        .await;
    assert_eq!(answer.body, json!({"data": {"ticket": null}}), "{answer:?}");
    let search = "query($t: String!) { searchTickets(text: $t) { nodes { id } } }";
    for text in [json!(7), json!(["x"]), json!({"t": "x"}), json!(null)] {
        let answer = ground.ask(&token, search, json!({"t": text})).await;
        assert!(!answer.body["errors"].is_null(), "{text}: {answer:?}");
    }
    let open = "mutation($i: OpenTicketInput!) { openTicket(input: $i) { problems { code } } }";
    for input in [json!({}), json!({"subject": 7}), json!({"subject": {}})] {
        let answer = ground.ask(&token, open, json!({"i": input})).await;
        assert!(!answer.body["errors"].is_null(), "{input}: {answer:?}");
    }

    let wrong = json!({"email": "provocada@torre.example", "password": "tampoco-esta-8850"});
    assert_eq!(ground.knock("/auth/login", wrong).await.status, 401);
    for credential in ["vk_inventada8851", "eyJhbGciOiJub25lIn0.e30."] {
        let answer = ground.ask(credential, TICKETS, json!({})).await;
        assert_eq!(answer.code(), "UNAUTHENTICATED", "{answer:?}");
    }
    // No sign that it is the internal door.
    let inside = ground.knock("/internal/callers", json!({})).await;
    assert_eq!(inside.status, 404, "{inside:?}");
}

/// A second gateway of the same installation, with an address for intake where nobody listens.
pub async fn a_service_that_is_gone(ground: &Ground) {
    let mut config: Value = serde_json::from_str(&ground.key_file("gateway.json")).unwrap();
    let (own, nobody) = (free_port().unwrap(), free_port().unwrap());
    config["listen"] = json!(format!("127.0.0.1:{own}"));
    config["subgraphs"]["intake"] = json!(format!("http://127.0.0.1:{nobody}/intake/graphql"));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gateway.json");
    std::fs::write(&path, config.to_string()).unwrap();
    let (args, log) = (path.display().to_string(), dir.path().join("gateway.log"));
    let env = ground.at.env();
    let process = Process::start(gateway().unwrap(), &["--config", &args], &env, log).unwrap();
    let url = format!("http://127.0.0.1:{own}");
    eventually(Duration::from_secs(30), || async {
        let ready = ground.at.http().get(format!("{url}/readyz")).send().await;
        let ready = ready.is_ok_and(|answer| answer.status().is_success());
        ready.then_some(()).ok_or_else(|| process.log())
    })
    .await;

    let token = ground.sign_in("torre", "agent").await;
    let door = format!("{url}/graphql");
    let ask = |query: &str| {
        let request = ground.at.http().post(&door).bearer_auth(&token);
        ground.send(request.json(&json!({"query": query})))
    };
    // Who asks is known, and the others answer.
    let control = ask("{ me { name } }").await;
    assert!(control.body["errors"].is_null(), "{control:?}");
    let open = "mutation { openTicket(input: {subject: \"Nadie lo oye\"}) { problems { code } } }";
    for query in [
        TICKETS,
        open,
        "{ searchTickets(text: \"x\") { nodes { id } } }",
    ] {
        let answer = ask(query).await;
        assert_eq!(answer.body["errors"][0]["message"], OUTSIDE, "{answer:?}");
        let text = answer.body.to_string();
        assert!(
            !text.contains("intake") && !text.contains(&nobody.to_string()),
            "{text}"
        );
    }
}

async fn rename(intake: &mut PgConnection, schema: &str, from: &str, to: &str) {
    let sql = format!("ALTER TABLE {schema}.{from} RENAME TO {to}");
    sqlx::query(AssertSqlSafe(sql))
        .execute(intake)
        .await
        .unwrap();
}

/// For a moment Postgres knows no such table, and says so, with the statement, to intake; the table comes back whatever happens.
pub async fn a_table_that_is_gone(ground: &Ground) {
    let (agent, requester) = (
        ground.sign_in("torre", "agent").await,
        ground.sign_in("torre", "requester").await,
    );
    let schema = audit::schema(&ground.at.suite, "torre").await.unwrap();
    let mut intake = audit::open(&ground.at.suite, "intake").await.unwrap();
    rename(&mut intake, &schema, "ticket", "ticket_gone").await;
    let asked = failure("asking", async {
        let open =
            "mutation { openTicket(input: {subject: \"No se guarda\"}) { problems { code } } }";
        let search = "{ searchTickets(text: \"alcaravan\") { nodes { id } } }";
        for (token, query) in [
            (&agent, TICKETS),
            (&agent, search),
            (&requester, TICKETS),
            (&requester, open),
        ] {
            let answer = ground.ask(token, query, json!({})).await;
            assert!(!answer.body["errors"].is_null(), "{query}: {answer:?}");
            assert!(
                !answer.body.to_string().contains("ticket_gone"),
                "{query}: {answer:?}"
            );
        }
    })
    .await;
    rename(&mut intake, &schema, "ticket_gone", "ticket").await;
    assert_eq!(asked, None);
    // And all is as before.
    eventually(Duration::from_secs(10), || async {
        let answer = ground.ask(&agent, TICKETS, json!({})).await;
        let well = answer.body["errors"].is_null();
        well.then_some(()).ok_or_else(|| answer.body.to_string())
    })
    .await;
}
