#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use access::{CallerKind, Role};
use events::intake::TicketState::{
    Closed, InProgress, Open, Reopened, Resolved, WaitingForRequester,
};
use events::intake::{TicketState, TicketStateChanged};
use serde_json::{Value, json};

use crate::house::{House, plain};

async fn moves(
    house: &House,
    caller: &std::sync::Arc<access::Caller>,
    ticket: &Value,
    to: &str,
) -> Value {
    house.later(5);
    let input = json!({ "ticket": ticket["id"], "to": to, "reason": format!("a {to}") });
    house.does(caller, "changeTicketState", input).await
}

#[tokio::test]
async fn a_ticket_lives_from_opening_to_closing_and_comes_back() {
    let house = House::open("settling").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    for to in ["IN_PROGRESS", "WAITING_FOR_REQUESTER"] {
        let done = moves(&house, &house.agent, &ticket, to).await;
        assert_eq!(done["ticket"]["state"], to, "{done}");
    }
    // The requester answers: the ticket goes back to work by itself.
    house.later(5);
    let input = json!({ "ticket": ticket["id"], "body": "Es el modelo de la planta 3" });
    let replied = house.does(&house.ana, "replyToTicket", input).await;
    assert_eq!(replied["ticket"]["state"], "IN_PROGRESS");
    assert_eq!(replied["ticket"]["version"], 5);

    let refused = moves(&house, &house.ana, &ticket, "RESOLVED").await;
    assert_eq!(refused["problems"][0]["code"], "MOVE_NOT_YOURS");
    assert_eq!(
        moves(&house, &house.agent, &ticket, "RESOLVED").await["ticket"]["state"],
        "RESOLVED"
    );
    assert_eq!(
        moves(&house, &house.ana, &ticket, "REOPENED").await["ticket"]["state"],
        "REOPENED"
    );
    let refused = moves(&house, &house.ana, &ticket, "CLOSED").await;
    assert_eq!(refused["problems"][0]["code"], "MOVE_NOT_ALLOWED");
    assert!(
        refused["problems"][0]["message"]
            .as_str()
            .unwrap()
            .contains("reabierto")
    );
    moves(&house, &house.agent, &ticket, "RESOLVED").await;
    let closed = moves(&house, &house.ana, &ticket, "CLOSED").await;
    assert_eq!(closed["ticket"]["state"], "CLOSED");
    // Already so is no error, and no fact.
    let again = moves(&house, &house.ana, &ticket, "CLOSED").await;
    assert_eq!(again["ticket"]["version"], closed["ticket"]["version"]);
    assert_eq!(again["problems"], json!([]));
    // Nobody answers in a closed ticket.
    let input = json!({ "ticket": ticket["id"], "body": "gracias" });
    let silent = house.does(&house.ana, "replyToTicket", input).await;
    assert_eq!(silent["problems"][0]["code"], "TICKET_DONE");

    let path: Vec<(TicketState, TicketState)> = house
        .facts_of(&plain(&ticket).to_string())
        .await
        .iter()
        .filter(|f| f.is::<TicketStateChanged>())
        .map(|f| {
            let fact: TicketStateChanged = f.read().unwrap();
            assert_eq!(fact.ticket.state_since, f.time);
            assert_eq!(fact.ticket.version, f.sequence);
            (fact.from, fact.ticket.state)
        })
        .collect();
    assert_eq!(
        path,
        [
            (Open, InProgress),
            (InProgress, WaitingForRequester),
            (WaitingForRequester, InProgress),
            (InProgress, Resolved),
            (Resolved, Reopened),
            (Reopened, Resolved),
            (Resolved, Closed),
        ]
    );
    let told = house.timeline(&house.ana, &ticket).await;
    assert_eq!(told.last().unwrap()["body"], "a CLOSED");
    assert_eq!(told.last().unwrap()["fromState"], "RESOLVED");
    house.close().await;
}

#[tokio::test]
async fn who_administers_the_tenant_settles_the_own_tickets_alone() {
    let house = House::open("admin").await;
    let admin = house.somebody(CallerKind::Person, house.tenant, Role::TenantAdmin);
    let ticket = house.opened(&house.ana, json!({})).await;
    let input = json!({ "ticket": ticket["id"], "to": "CANCELLED" });
    assert_eq!(
        house
            .refused(&admin, "changeTicketState", input.clone())
            .await,
        "FORBIDDEN"
    );
    // To Luis it does not even exist.
    assert_eq!(
        house
            .refused(&house.luis, "changeTicketState", input.clone())
            .await,
        "NOT_FOUND"
    );
    let done = house.does(&house.ana, "changeTicketState", input).await;
    assert_eq!(done["ticket"]["state"], "CANCELLED");
    let input = json!({ "ticket": ticket["id"], "to": "REOPENED" });
    let refused = house.does(&house.agent, "changeTicketState", input).await;
    assert_eq!(refused["problems"][0]["code"], "MOVE_NOT_ALLOWED");
    house.close().await;
}

#[tokio::test]
async fn a_stale_reader_is_told() {
    let house = House::open("stale").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    let note = |version: i64| json!({ "ticket": ticket["id"], "body": "visto", "expectedVersion": version });
    assert_eq!(
        house.does(&house.agent, "addNote", note(1)).await["ticket"]["version"],
        2
    );
    let stale = house.does(&house.agent, "addNote", note(1)).await;
    assert_eq!(stale["problems"][0]["code"], "STALE_VERSION");
    assert_eq!(stale["problems"][0]["field"], "expectedVersion");
    for (mutation, more) in [
        ("replyToTicket", json!({ "body": "b" })),
        ("changeTicketState", json!({ "to": "IN_PROGRESS" })),
        ("classifyTicket", json!({ "urgency": "HIGH" })),
    ] {
        let mut input = json!({ "ticket": ticket["id"], "expectedVersion": 1 });
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let stale = house.does(&house.agent, mutation, input).await;
        assert_eq!(stale["problems"][0]["code"], "STALE_VERSION", "{mutation}");
    }
    assert_eq!(house.facts_of(&plain(&ticket).to_string()).await.len(), 2);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_read_the_same_version_one_wins() {
    let house = House::open("race").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    let reply = json!({ "ticket": ticket["id"], "body": "voy", "expectedVersion": 1 });
    let (a, b) = tokio::join!(
        house.does(&house.agent, "replyToTicket", reply.clone()),
        house.does(&house.manager, "replyToTicket", reply.clone()),
    );
    let won = [&a, &b]
        .iter()
        .filter(|p| p["problems"] == json!([]))
        .count();
    assert_eq!(won, 1, "{a} {b}");
    house.close().await;
}
