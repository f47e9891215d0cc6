#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use serde_json::json;

use crate::house::House;

#[tokio::test]
async fn a_tenant_changes_its_matrix_and_new_tickets_follow_it() {
    let house = House::open("matrix").await;
    let read = "query { priorityMatrix { audience impact urgency priority } }";
    let before = house.data(&house.ana, read, json!({})).await;
    assert_eq!(before["priorityMatrix"].as_array().unwrap().len(), 32);
    let set = "mutation($input: SetPriorityMatrixInput!) { setPriorityMatrix(input: $input) {
        cells { audience impact urgency priority } problems { code } } }";
    let cell =
        json!({ "audience": "INTERNAL", "impact": "LOW", "urgency": "LOW", "priority": "HIGH" });
    let input = json!({ "input": { "cells": [cell] } });
    assert_eq!(
        house.code(&house.ana, set, input.clone()).await,
        "FORBIDDEN"
    );
    let done = house.data(&house.manager, set, input).await;
    let cells = done["setPriorityMatrix"]["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 32);
    assert!(cells.contains(&cell));
    assert_eq!(
        house.opened(&house.ana, json!({})).await["priority"],
        "HIGH"
    );
    let twice = json!({ "input": { "cells": [cell, cell] } });
    let twice = house.data(&house.manager, set, twice).await;
    assert_eq!(
        twice["setPriorityMatrix"]["problems"][0]["code"],
        "CELL_TWICE"
    );
    // The other tenant's stands as it was.
    let other = house
        .opened(&house.agent, json!({ "tenant": house.other }))
        .await;
    assert_eq!(other["priority"], "LOW");
    house.close().await;
}
