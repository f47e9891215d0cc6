#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use events::intake::ContactRecorded;
use serde_json::json;

use crate::house::House;

const RECORD: &str = "mutation($input: RecordContactInput!) { recordContact(input: $input) {
    contact { id agent { id } ticket { number } } problems { field code } position } }";

#[tokio::test]
async fn a_call_about_a_ticket_is_a_contact_and_no_ticket() {
    let house = House::open("contacting").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    house.later(30);
    let input = json!({ "input": {
        "tenant": house.tenant, "channel": "PHONE", "direction": "INBOUND", "outcome": "INFORMED", "ticket": ticket["id"],
        "offeredAt": "2026-11-23T14:20:00Z", "answeredAt": "2026-11-23T14:20:15Z", "endedAt": "2026-11-23T14:23:00Z",
        "idempotencyKey": "call-1",
    }});
    assert_eq!(
        house.code(&house.ana, RECORD, input.clone()).await,
        "FORBIDDEN"
    );
    let done = house.data(&house.agent, RECORD, input.clone()).await;
    let contact = &done["recordContact"]["contact"];
    assert_eq!(contact["ticket"]["number"], ticket["number"]);
    assert_eq!(contact["agent"]["id"], house.person_id(house.agent.person));
    let again = house.data(&house.agent, RECORD, input).await;
    assert_eq!(&again["recordContact"]["contact"]["id"], &contact["id"]);

    let facts = house.facts().await;
    let recorded: Vec<ContactRecorded> = facts.iter().filter_map(|f| f.read().ok()).collect();
    assert_eq!(recorded.len(), 2);
    assert_eq!(recorded[1].outcome, "informed");
    assert_eq!(recorded[1].agent, Some(house.agent.person));
    assert_eq!(
        house.timeline(&house.ana, &ticket).await[1]["kind"],
        "CONTACT"
    );

    let list = "query($f: ContactFilter, $a: String) { contacts(filter: $f, first: 1, after: $a, tenant: null) {
        nodes { channel outcome } pageInfo { hasNextPage endCursor } } }";
    let all = house.data(&house.manager, list, json!({})).await;
    assert_eq!(all["contacts"]["nodes"][0]["outcome"], "INFORMED");
    assert_eq!(all["contacts"]["pageInfo"]["hasNextPage"], true);
    let next = json!({ "a": all["contacts"]["pageInfo"]["endCursor"] });
    let next = house.data(&house.manager, list, next).await;
    assert_eq!(next["contacts"]["nodes"][0]["channel"], "PORTAL");
    let phone =
        json!({ "f": { "channel": "PHONE", "ticket": ticket["id"], "direction": "INBOUND" } });
    let phone = house.data(&house.manager, list, phone).await;
    assert_eq!(phone["contacts"]["pageInfo"]["hasNextPage"], false);
    assert_eq!(house.code(&house.ana, list, json!({})).await, "FORBIDDEN");
    house.close().await;
}

#[tokio::test]
async fn a_contact_without_a_ticket_and_an_impossible_one() {
    let house = House::open("contacting-2").await;
    let input = json!({ "input": { "tenant": house.tenant, "channel": "VOICEMAIL", "direction": "INBOUND", "outcome": "MESSAGE_LEFT" } });
    let done = house.data(&house.agent, RECORD, input).await;
    assert!(done["recordContact"]["contact"]["ticket"].is_null());
    assert!(done["recordContact"]["position"].is_string());
    let input = json!({ "input": { "tenant": house.tenant, "channel": "PHONE", "direction": "INBOUND", "outcome": "ANSWERED",
        "offeredAt": "2026-11-23T13:00:00Z", "endedAt": "2026-11-23T12:00:00Z" } });
    let refused = house.data(&house.agent, RECORD, input).await;
    assert_eq!(
        refused["recordContact"]["problems"],
        json!([{ "field": "endedAt", "code": "OUT_OF_ORDER" }])
    );
    assert_eq!(house.facts().await.len(), 1);
    house.close().await;
}
