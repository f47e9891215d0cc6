#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use std::sync::Arc;

use access::Caller;
use serde_json::{Value, json};

use crate::house::House;

async fn found(house: &House, caller: &Arc<Caller>, text: &str) -> Vec<String> {
    let (mut after, mut numbers) = (Value::Null, Vec::new());
    loop {
        let page = house
            .data(
                caller,
                "query($q: String!, $a: String, $t: ID) { searchTickets(text: $q, first: 2, after: $a, tenant: $t) {
                    nodes { number } pageInfo { hasNextPage endCursor } } }",
                json!({ "q": text, "a": after, "t": house.tenant }),
            )
            .await;
        let page = &page["searchTickets"];
        for node in page["nodes"].as_array().unwrap() {
            numbers.push(node["number"].as_str().unwrap().to_owned());
        }
        if page["pageInfo"]["hasNextPage"] == false {
            return numbers;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[tokio::test]
async fn words_are_found_with_and_without_accents_in_both_languages() {
    let house = House::open("searching").await;
    let open = async |subject: &str, description: &str| {
        house
            .opened(
                &house.ana,
                json!({ "subject": subject, "description": description }),
            )
            .await
    };
    let one = open(
        "Conexión rechazada por el servidor",
        "Ocurre al abrir sesión",
    )
    .await;
    let two = open("The printers are jammed", "paper").await;
    let three = open("Solicitud de acceso", "Necesito la conexión VPN").await;
    assert_eq!(
        found(&house, &house.ana, "conexion").await,
        ["INC-000001", "INC-000003"]
    );
    assert_eq!(
        found(&house, &house.ana, "CONEXIÓN servidor").await,
        ["INC-000001"]
    );
    assert_eq!(
        found(&house, &house.ana, "conexiones").await,
        ["INC-000001", "INC-000003"]
    );
    assert_eq!(
        found(&house, &house.ana, "printer jam").await,
        ["INC-000002"]
    );
    assert_eq!(
        found(&house, &house.ana, "inc-000003").await,
        ["INC-000003"]
    );
    assert_eq!(found(&house, &house.ana, "inexistente").await, [""; 0]);
    assert_eq!(found(&house, &house.luis, "conexion").await, [""; 0]);

    // The conversation is searched, each seeing what is for them.
    let reply = json!({ "ticket": two["id"], "body": "Se cambió el fusor" });
    house.does(&house.agent, "replyToTicket", reply).await;
    let note = json!({ "ticket": three["id"], "body": "El fusor no tiene que ver" });
    house.does(&house.agent, "addNote", note).await;
    assert_eq!(found(&house, &house.ana, "fusor").await, ["INC-000002"]);
    let mut staff = found(&house, &house.agent, "fusor").await;
    staff.sort();
    assert_eq!(staff, ["INC-000002", "INC-000003"]);
    assert_eq!(one["number"], "INC-000001");
    house.close().await;
}
