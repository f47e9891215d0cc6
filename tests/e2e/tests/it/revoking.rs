//! Credentials that end: the gateway hears of it, and everybody else takes the fact in.

use std::time::{Duration, Instant};

use e2e::{Installation, PASSWORD, audit, email, settled};
use serde_json::{Value, json};
use testkit::eventually;

/// The promise, whatever happens to the broker.
const PROMISED: Duration = Duration::from_mins(1);
/// What is to be expected of facts on a busy machine; what is remembered lives three times as long.
const EXPECTED: Duration = Duration::from_secs(10);

async fn post(at: &Installation, path: &str, body: Value) -> (u16, Value) {
    let answer = at
        .http()
        .post(format!("{}{path}", at.url))
        .json(&body)
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}

async fn code(at: &Installation, token: &str) -> Value {
    let answer = at.ask(token, None, "{ me { name } }", json!({})).await;
    answer.unwrap()["errors"][0]["extensions"]["code"].clone()
}

async fn refused(at: &Installation, what: &str, token: &str) {
    let began = Instant::now();
    eventually(PROMISED, || async {
        (code(at, token).await == "UNAUTHENTICATED").then_some(())
    })
    .await;
    let took = began.elapsed();
    println!("{what}: refused after {:.2} s", took.as_secs_f64());
    assert!(took < EXPECTED, "{what}: {took:?}; nobody heard the fact");
}

#[tokio::test]
async fn what_ends_is_refused_at_once_and_every_service_takes_the_fact_in() {
    let at = Installation::together("revoking").await.unwrap();
    at.tenant("cerrada").await.unwrap();

    // A member of the staff belongs to no tenant: that fact is its provider's.
    for role in ["agent", "requester"] {
        let login = json!({"email": email("cerrada", role), "password": PASSWORD});
        let (_, session) = post(&at, "/auth/login", login).await;
        let token = session["accessToken"].as_str().unwrap();
        assert_eq!(code(&at, token).await, Value::Null);
        let (status, _) = post(
            &at,
            "/auth/logout",
            json!({"refreshToken": session["refreshToken"]}),
        )
        .await;
        assert_eq!(status, 204);
        refused(&at, role, token).await;
    }

    let admin = at
        .sign_in(&email("cerrada", "tenant_admin"), PASSWORD)
        .await
        .unwrap();
    let q = "mutation { createApiKey(input: {name: \"ERP\"}) { apiKey { id } secret problems { code } } }";
    let made = at.data(&admin, None, q, json!({})).await.unwrap()["createApiKey"].clone();
    let key = made["secret"].as_str().unwrap();
    assert_eq!(code(&at, key).await, Value::Null);
    let q = "mutation($k: ID!) { revokeApiKey(input: {apiKey: $k}) { problems { code } } }";
    at.data(&admin, None, q, json!({"k": made["apiKey"]["id"]}))
        .await
        .unwrap();
    refused(&at, "a key", key).await;

    settled(&at).await;
    for (kind, told) in [("ses", 2), ("key", 1)] {
        for (service, heard) in audit::heard(&at.suite, kind).await.unwrap() {
            let expected = if service == "directory" { 0 } else { told };
            assert_eq!(heard, expected, "{service}: {kind}_…");
        }
    }
    let queues = at.suite.broker().queue_depths(at.suite.vhost()).await;
    let mut queues = queues.unwrap();
    queues.retain(|name, depth| name.starts_with("parked.") && *depth > 0);
    assert!(queues.is_empty(), "{queues:?}");
}
