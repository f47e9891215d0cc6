#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use std::sync::Arc;

use access::{Caller, CallerKind, Role};
use chrono::{DateTime, TimeDelta, Utc};
use clock::Clock as _;
use events::intake::{Actor, Service, TicketServiceChanged, TicketStateChanged};
use serde_json::{Value, json};

use crate::house::{House, plain};

/// Calls a mutation on a ticket's service: its payload.
async fn says(house: &House, by: &Arc<Caller>, mutation: &str, input: Value) -> Value {
    let mut kind = mutation[..1].to_uppercase();
    kind.push_str(&mutation[1..]);
    let query = format!(
        "mutation($input: {kind}Input!) {{ {mutation}(input: $input) {{
            ticket {{ version state restoredAt workaround }} problems {{ field code }} position }} }}"
    );
    let data = house.data(by, &query, json!({ "input": input })).await;
    data[mutation].clone()
}

#[tokio::test]
async fn a_service_is_back_before_its_ticket_is_resolved_and_may_be_lost_again() {
    let house = House::open("restoring").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    let opened: DateTime<Utc> = house.clock.now();
    house.later(90);
    let at = opened + TimeDelta::minutes(60);
    let restore = json!({ "ticket": ticket["id"], "workaround": true, "restoredAt": at, "expectedVersion": 1,
        "reason": "Se atiende por la ruta alterna", "idempotencyKey": "b-1" });
    let done = says(&house, &house.agent, "restoreService", restore.clone()).await;
    assert_eq!(done["problems"], json!([]));
    let back =
        json!({ "version": 2, "state": "OPEN", "restoredAt": at.to_rfc3339(), "workaround": true });
    assert_eq!(done["ticket"], back);
    assert!(done["position"].is_string());
    // The same key once more, and the same word without one: nothing is told twice.
    let again = says(&house, &house.agent, "restoreService", restore).await;
    assert_eq!(again["ticket"], back);
    let plainly = json!({ "ticket": ticket["id"], "workaround": true });
    let again = says(&house, &house.agent, "restoreService", plainly).await;
    assert_eq!((&again["ticket"], &again["problems"]), (&back, &json!([])));
    // Mended for good; then lost again half an hour ago.
    let good = json!({ "ticket": ticket["id"], "workaround": false });
    let done = says(&house, &house.agent, "restoreService", good).await;
    assert_eq!(done["ticket"]["workaround"], json!(false));
    let since = opened + TimeDelta::minutes(70);
    let lose = json!({ "ticket": ticket["id"], "lostAt": since, "reason": "Volvió a caer" });
    let done = says(&house, &house.agent, "loseService", lose.clone()).await;
    let gone = json!({ "version": 4, "state": "OPEN", "restoredAt": null, "workaround": null });
    assert_eq!(done["ticket"], gone);
    let again = says(&house, &house.agent, "loseService", lose).await;
    assert_eq!(again["ticket"], gone);

    let facts = house.facts_of(&plain(&ticket).to_string()).await;
    let told: Vec<_> = facts[1..]
        .iter()
        .map(|f| {
            let fact: TicketServiceChanged = f.read().unwrap();
            assert_eq!(fact.ticket.version, f.sequence);
            assert!(matches!(fact.by, Actor::Staff { .. }));
            (f.time, fact.ticket.service.unwrap())
        })
        .collect();
    let (now, restored) = (opened + TimeDelta::minutes(90), |workaround| {
        Service::Restored { at, workaround }
    });
    assert_eq!(
        told,
        [
            (now, restored(true)),
            (now, restored(false)),
            (now, Service::Lost { at: since })
        ]
    );
    // The client reads it in the timeline, at its own instant.
    let query = "query($id: ID!) { ticket(id: $id) { timeline { nodes { kind at body workaround internal } } } }";
    let id = json!({ "id": ticket["id"] });
    let data = house.data(&house.ana, query, id).await;
    let nodes = &data["ticket"]["timeline"]["nodes"];
    assert_eq!(
        nodes[1],
        json!({ "kind": "SERVICE_RESTORED", "at": at.to_rfc3339(), "body": "Se atiende por la ruta alterna",
            "workaround": true, "internal": false })
    );
    assert_eq!(
        (&nodes[2]["workaround"], &nodes[2]["body"]),
        (&json!(false), &Value::Null)
    );
    assert_eq!(
        nodes[3],
        json!({ "kind": "SERVICE_LOST", "at": since.to_rfc3339(), "body": "Volvió a caer", "workaround": null,
            "internal": false })
    );
    assert_eq!(nodes.as_array().unwrap().len(), 4);
    house.close().await;
}

#[tokio::test]
async fn reopening_a_ticket_takes_its_service_back() {
    let house = House::open("restored-reopened").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    house.later(60);
    let restore = json!({ "ticket": ticket["id"], "workaround": true });
    says(&house, &house.agent, "restoreService", restore.clone()).await;
    let at = house.clock.now();
    let move_to = |to: &str| json!({ "ticket": ticket["id"], "to": to });
    for (by, to) in [(&house.agent, "RESOLVED"), (&house.ana, "REOPENED")] {
        house.later(60);
        house.does(by, "changeTicketState", move_to(to)).await;
    }
    let reopened = house.clock.now();
    let facts = house.facts_of(&plain(&ticket).to_string()).await;
    let told = facts[2..].iter().map(|f| {
        let fact: TicketStateChanged = f.read().unwrap();
        fact.ticket.service.unwrap()
    });
    let workaround = true;
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            Service::Restored { at, workaround },
            Service::Lost { at: reopened }
        ]
    );
    house.later(30);
    let early = json!({ "ticket": ticket["id"], "workaround": true, "restoredAt": at });
    let refused = says(&house, &house.agent, "restoreService", early).await;
    assert_eq!(
        refused["problems"],
        json!([{ "field": "restoredAt", "code": "BEFORE_LOSS" }])
    );
    let done = says(&house, &house.agent, "restoreService", restore).await;
    assert_eq!(
        done["ticket"]["restoredAt"],
        json!(house.clock.now().to_rfc3339())
    );
    house.close().await;
}

#[tokio::test]
async fn who_says_it_and_of_what_is_judged_before_anything_is_written() {
    let house = House::open("restoring-refused").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    let enquiry = house.opened(&house.ana, json!({ "kind": "ENQUIRY" })).await;
    let input = |id: &Value| json!({ "ticket": id, "workaround": true });
    let quality = house.somebody(CallerKind::Staff, house.tenant, Role::QualityManager);
    let admin = house.somebody(CallerKind::Person, house.tenant, Role::TenantAdmin);
    let strange = house.somebody(CallerKind::Staff, house.other, Role::Agent);
    for (by, code) in [
        (&house.ana, "FORBIDDEN"),
        (&admin, "FORBIDDEN"),
        (&quality, "FORBIDDEN"),
        (&strange, "NOT_FOUND"),
    ] {
        let refused = house
            .refused(by, "restoreService", input(&ticket["id"]))
            .await;
        assert_eq!(refused, code);
        let lose = json!({ "ticket": ticket["id"] });
        assert_eq!(house.refused(by, "loseService", lose).await, code);
    }
    let with = |field: &str, value: Value| {
        let mut input = input(&ticket["id"]);
        input[field] = value;
        input
    };
    let future = house.clock.now() + TimeDelta::minutes(1);
    let past = house.clock.now() - TimeDelta::minutes(1);
    for (input, field, code) in [
        (
            with("restoredAt", json!(future)),
            "restoredAt",
            "IN_THE_FUTURE",
        ),
        (
            with("restoredAt", json!(past)),
            "restoredAt",
            "BEFORE_OPENING",
        ),
        (
            with("expectedVersion", json!(9)),
            "expectedVersion",
            "STALE_VERSION",
        ),
        (
            with("reason", json!("\u{0}")),
            "reason",
            "INVALID_CHARACTER",
        ),
        (input(&enquiry["id"]), "ticket", "NO_SERVICE_DOWN"),
    ] {
        let refused = says(&house, &house.agent, "restoreService", input).await;
        assert_eq!(
            refused["problems"],
            json!([{ "field": field, "code": code }])
        );
        assert!(refused["ticket"].is_null());
    }
    let stale = json!({ "ticket": ticket["id"], "expectedVersion": 9 });
    let refused = says(&house, &house.agent, "loseService", stale).await;
    assert_eq!(refused["problems"][0]["code"], "STALE_VERSION");
    assert_eq!(house.facts_of(&plain(&ticket).to_string()).await.len(), 1);

    // Of a ticket that is done nothing is said; a major one has a service whatever its kind.
    let major = json!({ "ticket": enquiry["id"], "major": true });
    house.does(&house.agent, "classifyTicket", major).await;
    let done = says(
        &house,
        &house.agent,
        "restoreService",
        input(&enquiry["id"]),
    )
    .await;
    assert_eq!(done["problems"], json!([]), "{done}");
    let resolved = json!({ "ticket": enquiry["id"], "to": "RESOLVED" });
    house
        .does(&house.agent, "changeTicketState", resolved)
        .await;
    for mutation in ["restoreService", "loseService"] {
        let mut input = input(&enquiry["id"]);
        if mutation == "loseService" {
            input.as_object_mut().unwrap().remove("workaround");
        }
        let refused = says(&house, &house.agent, mutation, input).await;
        assert_eq!(
            refused["problems"],
            json!([{ "field": "ticket", "code": "TICKET_DONE" }])
        );
    }
    house.close().await;
}
