#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use events::intake::{Priority, TicketClassified, TicketKind};
use serde_json::json;

use crate::house::{House, plain};

#[tokio::test]
async fn priority_follows_from_the_matrix_and_the_number_stays() {
    let house = House::open("classifying").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    assert_eq!(ticket["priority"], "LOW");
    let input = json!({ "ticket": ticket["id"], "impactExternal": "HIGH", "urgency": "HIGH", "kind": "PROBLEM", "major": true });
    assert_eq!(
        house
            .refused(&house.ana, "classifyTicket", input.clone())
            .await,
        "FORBIDDEN"
    );
    let done = house
        .does(&house.agent, "classifyTicket", input.clone())
        .await;
    let t = &done["ticket"];
    assert_eq!(
        (&t["priority"], &t["kind"], &t["major"]),
        (&json!("CRITICAL"), &json!("PROBLEM"), &json!(true))
    );
    assert_eq!(t["number"], "INC-000001");
    // The same again changes nothing.
    assert_eq!(
        house.does(&house.agent, "classifyTicket", input).await["ticket"]["version"],
        2
    );
    let facts = house.facts_of(&plain(&ticket).to_string()).await;
    let fact: TicketClassified = facts[1].read().unwrap();
    assert_eq!(
        (fact.ticket.kind, fact.ticket.priority),
        (TicketKind::Problem, Priority::Critical)
    );
    house.close().await;
}

#[tokio::test]
async fn a_category_is_set_and_taken_away() {
    let house = House::open("categorising").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    let create = "mutation($input: CreateCategoryInput!) { createCategory(input: $input) {
        category { id name } problems { code } } }";
    let input =
        json!({ "input": { "name": "Redes", "idempotencyKey": "c", "tenant": house.tenant } });
    assert_eq!(
        house.code(&house.agent, create, input.clone()).await,
        "FORBIDDEN"
    );
    let made = house.data(&house.manager, create, input.clone()).await;
    let category = &made["createCategory"]["category"];
    let again = house.data(&house.manager, create, input).await;
    assert_eq!(again["createCategory"]["category"]["id"], category["id"]);
    let taken = json!({ "input": { "name": "Redes" } });
    let taken = house.data(&house.manager, create, taken).await;
    assert_eq!(
        taken["createCategory"]["problems"][0]["code"],
        "CATEGORY_EXISTS"
    );
    let child = json!({ "input": { "name": "Redes", "parent": category["id"] } });
    let child = house.data(&house.manager, create, child).await;
    assert_eq!(child["createCategory"]["problems"], json!([]));

    let set = json!({ "ticket": ticket["id"], "category": category["id"] });
    house.does(&house.agent, "classifyTicket", set).await;
    let query =
        "query($id: ID!) { ticket(id: $id) { category { name } } categories { name parent } }";
    let shown = house
        .data(&house.ana, query, json!({ "id": ticket["id"] }))
        .await;
    assert_eq!(shown["ticket"]["category"]["name"], "Redes");
    assert_eq!(shown["categories"].as_array().unwrap().len(), 2);
    let keep = json!({ "ticket": ticket["id"], "urgency": "HIGH" });
    house.does(&house.agent, "classifyTicket", keep).await;
    let clear = json!({ "ticket": ticket["id"], "category": null });
    house.does(&house.agent, "classifyTicket", clear).await;
    let shown = house
        .data(&house.ana, query, json!({ "id": ticket["id"] }))
        .await;
    assert!(shown["ticket"]["category"].is_null());
    let unknown = json!({ "ticket": ticket["id"], "category": crate::house::stranger::<ids::CategoryId>(house.tenant) });
    let unknown = house.does(&house.agent, "classifyTicket", unknown).await;
    assert_eq!(unknown["problems"][0]["code"], "CATEGORY_UNKNOWN");
    house.close().await;
}
