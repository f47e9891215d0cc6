//! The first day of somebody new, in the order of the README.

use std::time::Duration;

use e2e::{Installation, PASSWORD, agree_on_240_hours, email};
use serde_json::{Value, json};
use testkit::eventually;

async fn state(at: &Installation, token: &str, id: &Value) -> Value {
    let q = "query($id: ID!) { ticket(id: $id) { number subject state version clocks { target state dueAt breachedAt asOf } \
             assignment { group { name } holder { name } reason asOf } timeline(first: 50) { nodes { kind body internal toState } } } }";
    at.data(token, None, q, json!({"id": id})).await.unwrap()["ticket"].clone()
}

pub async fn does(at: &Installation, token: &str, query: &str, variables: Value) -> Value {
    let data = at
        .data(token, None, query, variables)
        .await
        .unwrap_or_else(|e| panic!("{query}: {e}"));
    let payload = data.as_object().unwrap().values().next().unwrap().clone();
    assert_eq!(payload["problems"], json!([]), "{query}");
    payload
}

#[tokio::test]
async fn a_requester_opens_an_agent_solves_the_requester_confirms_and_the_manager_sees_the_figures()
{
    let at = Installation::together("story").await.unwrap();
    at.tenant("andina").await.unwrap();
    // By address and password at the public door; a token of `ventanilla token` opens the same doors.
    let requester = at
        .sign_in(&email("andina", "requester"), PASSWORD)
        .await
        .unwrap();
    let agent = at
        .sign_in(&email("andina", "agent"), PASSWORD)
        .await
        .unwrap();
    let manager = at.token("andina", "service_manager").await.unwrap();
    agree_on_240_hours(&at, &manager, "andina").await.unwrap();

    let q = "mutation { openTicket(input: {subject: \"No puedo registrar facturas\", description: \"Sale el error FI-204.\", \
             kind: INCIDENT, impactInternal: MEDIUM, urgency: HIGH}) { ticket { id number state priority } position problems { code } } }";
    let opened = does(&at, &requester, q, json!({})).await;
    let id = &opened["ticket"]["id"];
    assert_eq!(opened["ticket"]["state"], "OPEN");
    assert_eq!(opened["ticket"]["priority"], "HIGH");
    assert!(
        opened["ticket"]["number"]
            .as_str()
            .unwrap()
            .starts_with("INC-")
    );

    // The agent finds it in the worklist, takes it, writes, solves it.
    let q = "query($p: String) { worklist(afterPosition: $p) { asOf nodes { number tenant { slug } ticket { id subject } } } }";
    let row = eventually(Duration::from_secs(10), || async {
        let list = at
            .data(&agent, None, q, json!({"p": opened["position"]}))
            .await
            .unwrap();
        list["worklist"]["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .find(|n| n["ticket"]["id"] == *id)
            .cloned()
    })
    .await;
    assert_eq!(row["ticket"]["subject"], "No puedo registrar facturas");
    assert_eq!(row["tenant"]["slug"], "andina");
    let q = "mutation($t: ID!) { takeTicket(input: {ticket: $t}) { assignment { holder { name } } problems { code message } } }";
    assert_eq!(
        does(&at, &agent, q, json!({"t": id})).await["assignment"]["holder"]["name"],
        "Soporte agent"
    );
    for to in ["IN_PROGRESS", "RESOLVED"] {
        if to == "RESOLVED" {
            let q = "mutation($t: ID!) { replyToTicket(input: {ticket: $t, body: \"Se reinició el servicio.\"}) { problems { code message } } }";
            does(&at, &agent, q, json!({"t": id})).await;
            let q = "mutation($t: ID!) { addNote(input: {ticket: $t, body: \"Ver FI-204 en la base.\"}) { problems { code message } } }";
            does(&at, &agent, q, json!({"t": id})).await;
        }
        let q = "mutation($t: ID!, $to: TicketState!) { changeTicketState(input: {ticket: $t, to: $to}) { ticket { state } problems { code message } } }";
        assert_eq!(
            does(&at, &agent, q, json!({"t": id, "to": to})).await["ticket"]["state"],
            to
        );
    }

    // The requester reads the answer, not the note, and confirms.
    let read = state(&at, &requester, id).await;
    let words = read["timeline"]["nodes"].to_string();
    assert!(
        words.contains("Se reinició el servicio.") && !words.contains("Ver FI-204"),
        "{words}"
    );
    let q = "mutation($t: ID!) { changeTicketState(input: {ticket: $t, to: CLOSED}) { ticket { state } problems { code message } } }";
    assert_eq!(
        does(&at, &requester, q, json!({"t": id})).await["ticket"]["state"],
        "CLOSED"
    );

    // The manager sees the clock, and the month.
    let clock = eventually(Duration::from_secs(10), || async {
        let ticket = state(&at, &manager, id).await;
        let clock = ticket["clocks"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["target"] == "RESOLUTION")
            .cloned();
        clock
            .filter(|c| c["asOf"].is_null())
            .ok_or(ticket.to_string())
    })
    .await;
    assert_eq!(clock["breachedAt"], Value::Null);
    assert_eq!(clock["state"], "STOPPED", "{clock}");
    let month = chrono::DateTime::parse_from_rfc3339(&at_now(&at, &manager, id).await)
        .unwrap()
        .format("%Y-%m-01T00:00:00Z")
        .to_string();
    let q = "query($from: DateTime) { indicators(from: $from, timeZone: \"UTC\") { cases casesPerMonth { month cases } \
             clocks { target cases met breached } flr { base resolved } } }";
    let figures = eventually(Duration::from_secs(20), || async {
        let figures = at
            .data(&manager, None, q, json!({"from": month}))
            .await
            .unwrap()["indicators"]
            .clone();
        if figures["flr"]["base"] == 1 && figures["clocks"][0]["met"] == 1 {
            Ok(figures)
        } else {
            Err(figures.to_string())
        }
    })
    .await;
    assert_eq!(figures["cases"], 1);
    assert_eq!(
        figures["casesPerMonth"],
        json!([{"month": &month[..7], "cases": 1}])
    );
    assert_eq!(
        figures["clocks"],
        json!([{"target": "RESOLUTION", "cases": 1, "met": 1, "breached": 0}])
    );
    assert_eq!(figures["flr"], json!({"base": 1, "resolved": 1}));
}

async fn at_now(at: &Installation, token: &str, id: &Value) -> String {
    let q = "query($id: ID!) { ticket(id: $id) { openedAt } }";
    let data = at.data(token, None, q, json!({"id": id})).await.unwrap();
    data["ticket"]["openedAt"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_machine_opens_and_follows_tickets_with_its_key_until_it_is_revoked() {
    let at = Installation::together("machine").await.unwrap();
    at.tenant("cafetera").await.unwrap();
    let admin = at
        .sign_in(&email("cafetera", "tenant_admin"), PASSWORD)
        .await
        .unwrap();
    let q = "mutation { createApiKey(input: {name: \"ERP\"}) { apiKey { id name roles } secret problems { code message } } }";
    let made = does(&at, &admin, q, json!({})).await;
    assert_eq!(made["apiKey"]["roles"], json!(["INTEGRATOR"]));
    let key = made["secret"].as_str().unwrap();

    let q = "mutation($k: String) { openTicket(input: {subject: \"Interfaz caída\", idempotencyKey: $k}) { ticket { id channel state } problems { code } } }";
    let opened = does(&at, key, q, json!({"k": "erp-1"})).await;
    assert_eq!(opened["ticket"]["channel"], "API");
    assert_eq!(
        does(&at, key, q, json!({"k": "erp-1"})).await["ticket"]["id"],
        opened["ticket"]["id"]
    );
    let found = at
        .data(
            key,
            None,
            "{ tickets { nodes { subject } } me { kind name } }",
            json!({}),
        )
        .await
        .unwrap();
    assert_eq!(
        found["tickets"]["nodes"],
        json!([{"subject": "Interfaz caída"}])
    );
    assert_eq!(found["me"], json!({"kind": "MACHINE", "name": "ERP"}));

    let q = "mutation($k: ID!) { revokeApiKey(input: {apiKey: $k}) { apiKey { revokedAt } problems { code } } }";
    does(&at, &admin, q, json!({"k": made["apiKey"]["id"]})).await;
    let began = std::time::Instant::now();
    eventually(Duration::from_mins(1), || async {
        let answer = at
            .ask(key, None, "{ me { name } }", json!({}))
            .await
            .unwrap();
        (answer["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED").then_some(())
    })
    .await;
    println!(
        "a revoked key was refused after {:.1} s",
        began.elapsed().as_secs_f64()
    );
}

#[tokio::test]
async fn wrong_passwords_open_nothing() {
    let at = Installation::together("doors").await.unwrap();
    at.tenant("norte").await.unwrap();
    assert!(
        at.sign_in(&email("norte", "agent"), "no es esta")
            .await
            .is_err()
    );
    assert!(at.sign_in("nadie@norte.example", PASSWORD).await.is_err());
    let answer = at
        .ask("no-es-un-token", None, "{ me { name } }", json!({}))
        .await
        .unwrap();
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}
