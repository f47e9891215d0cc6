//! The vendor that a ticket waits for answers: staff write it down, and the ticket goes on waiting.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use std::sync::Arc;

use access::{Caller, CallerKind, Role};
use clock::Clock as _;
use events::Fact as _;
use events::intake::{Actor, TicketState, TicketVendorAnswered};
use ids::{EntryId, GlobalId, VendorId};
use intake::domain::ticket::BODY_MAX;
use serde_json::{Value, json};

use crate::house::{House, plain};
use crate::vendors::knows;

const ANSWER: &str =
    "mutation($input: RecordVendorAnswerInput!) { recordVendorAnswer(input: $input) {
    ticket { version state stateSince vendor { id } } problems { field code } position } }";
const TIMELINE: &str = "query($id: ID!) { ticket(id: $id) { timeline(first: 100) { nodes {
    id kind at internal body by { kind } vendor { id } toState } } } }";

async fn answers(house: &House, input: Value) -> Value {
    let data = house
        .data(&house.agent, ANSWER, json!({ "input": input }))
        .await;
    data["recordVendorAnswer"].clone()
}

/// The timeline's entries, as this caller sees them.
async fn told(house: &House, by: &Arc<Caller>, ticket: &Value) -> Vec<Value> {
    let data = house
        .data(by, TIMELINE, json!({ "id": ticket["id"] }))
        .await;
    data["ticket"]["timeline"]["nodes"]
        .as_array()
        .unwrap()
        .clone()
}

/// A ticket of Ana's that waits for this vendor, or for nobody named.
async fn waiting(house: &House, vendor: Option<VendorId>) -> Value {
    let ticket = house.opened(&house.ana, json!({})).await;
    let vendor = vendor.map(|v| GlobalId::new(house.tenant, v).to_string());
    let wait = json!({ "ticket": ticket["id"], "to": "WAITING_FOR_VENDOR", "vendor": vendor });
    house.does(&house.agent, "changeTicketState", wait).await;
    ticket
}

#[tokio::test]
async fn an_answer_is_told_to_staff_alone_and_the_ticket_goes_on_waiting() {
    let house = House::open("vendor-answers").await;
    let vendor = VendorId::new(&*house.tools.ids);
    knows(&house, vendor).await;
    let gid = GlobalId::new(house.tenant, vendor).to_string();
    let ticket = waiting(&house, Some(vendor)).await;
    let since = house.clock.now();
    house.later(30);
    let at = house.clock.now();
    let first = json!({ "ticket": ticket["id"], "body": "Tomaron el caso 4711", "expectedVersion": 2,
        "idempotencyKey": "v-1" });
    let done = answers(&house, first.clone()).await;
    let seen = json!({ "version": 3, "state": "WAITING_FOR_VENDOR", "stateSince": since.to_rfc3339(),
        "vendor": { "id": gid } });
    assert_eq!(
        (&done["problems"], &done["ticket"]),
        (&json!([]), &seen),
        "{done}"
    );
    assert!(done["position"].is_string());
    // The same key once more tells nothing twice, and stands for these words alone.
    house.later(5);
    let again = answers(&house, first.clone()).await;
    assert_eq!(again["ticket"], seen);
    let mut other = first;
    other["body"] = json!("Otra cosa");
    let code = house
        .refused(&house.agent, "recordVendorAnswer", other)
        .await;
    assert_eq!(code, "IDEMPOTENCY_MISMATCH");
    // A vendor answers as often as it likes, and in the same words.
    let next = json!({ "ticket": ticket["id"], "body": "Tomaron el caso 4711" });
    let done = answers(&house, next).await;
    assert_eq!(done["ticket"]["version"], 4, "{done}");

    let entries = told(&house, &house.agent, &ticket).await;
    assert_eq!(entries.len(), 4);
    let id = entries[2]["id"].clone();
    let entry = json!({ "id": id, "kind": "VENDOR_ANSWERED", "at": at.to_rfc3339(), "internal": true,
        "body": "Tomaron el caso 4711", "by": { "kind": "STAFF" }, "vendor": { "id": gid }, "toState": null });
    assert_eq!(entries[2], entry);
    let admin = house.somebody(CallerKind::Person, house.tenant, Role::TenantAdmin);
    let key = house.somebody(CallerKind::Machine, house.tenant, Role::Integrator);
    for client in [&house.ana, &admin, &key] {
        let entries = told(&house, client, &ticket).await;
        let kinds: Vec<&Value> = entries.iter().map(|e| &e["kind"]).collect();
        assert_eq!(kinds, ["OPENED", "STATE_CHANGED"]);
    }

    let facts = house.facts_of(&plain(&ticket).to_string()).await;
    assert_eq!(facts.len(), 4);
    let fact = &facts[2];
    assert_eq!(
        (fact.kind.as_str(), fact.time),
        (TicketVendorAnswered::TYPE, at)
    );
    assert!(!fact.data.get().contains("4711"), "no words in it");
    let answered: TicketVendorAnswered = fact.read().unwrap();
    let person = house.agent.person;
    assert_eq!(answered.by, Actor::Staff { person });
    let entry: GlobalId<EntryId> = id.as_str().unwrap().parse().unwrap();
    assert_eq!(answered.entry, entry.id);
    let ticket = answered.ticket;
    assert_eq!(
        (ticket.version, ticket.state, ticket.state_since),
        (3, TicketState::WaitingForVendor, since)
    );
    assert_eq!(ticket.vendor, Some(vendor));
    house.close().await;
}

#[tokio::test]
async fn a_vendor_that_nobody_named_answers_too() {
    let house = House::open("vendor-answers-unnamed").await;
    let ticket = waiting(&house, None).await;
    let input = json!({ "ticket": ticket["id"], "body": "Piden los registros" });
    let done = answers(&house, input).await;
    assert_eq!(done["problems"], json!([]), "{done}");
    let entries = told(&house, &house.agent, &ticket).await;
    assert_eq!(
        (&entries[2]["kind"], &entries[2]["vendor"]),
        (&json!("VENDOR_ANSWERED"), &Value::Null)
    );
    let facts = house.facts_of(&plain(&ticket).to_string()).await;
    let answered: TicketVendorAnswered = facts[2].read().unwrap();
    assert_eq!(answered.ticket.vendor, None);
    house.close().await;
}

#[tokio::test]
async fn who_says_it_and_of_what_is_judged_before_anything_is_written() {
    let house = House::open("vendor-answers-refused").await;
    let ticket = waiting(&house, None).await;
    let open = house.opened(&house.ana, json!({})).await;
    let input = |id: &Value| json!({ "ticket": id, "body": "Lo están mirando" });
    let quality = house.somebody(CallerKind::Staff, house.tenant, Role::QualityManager);
    let admin = house.somebody(CallerKind::Person, house.tenant, Role::TenantAdmin);
    let key = house.somebody(CallerKind::Machine, house.tenant, Role::Integrator);
    let strange = house.somebody(CallerKind::Staff, house.other, Role::Agent);
    for (by, code) in [
        (&house.ana, "FORBIDDEN"),
        (&admin, "FORBIDDEN"),
        (&key, "FORBIDDEN"),
        (&quality, "FORBIDDEN"),
        (&strange, "NOT_FOUND"),
    ] {
        let refused = house
            .refused(by, "recordVendorAnswer", input(&ticket["id"]))
            .await;
        assert_eq!(refused, code);
    }
    // Neither under the other tenant's name.
    let disguised = json!(GlobalId::new(house.other, plain(&ticket)).to_string());
    for by in [&strange, &house.agent] {
        let refused = house
            .refused(by, "recordVendorAnswer", input(&disguised))
            .await;
        assert_eq!(refused, "NOT_FOUND");
    }

    let with = |field: &str, value: Value| {
        let mut input = input(&ticket["id"]);
        input[field] = value;
        input
    };
    let full = "ñ ".repeat(BODY_MAX / 2);
    for (input, field, code) in [
        (with("body", json!(" \n")), "body", "REQUIRED"),
        (with("body", json!(format!("{full}."))), "body", "TOO_LONG"),
        (with("body", json!("a\u{0}")), "body", "INVALID_CHARACTER"),
        (
            with("expectedVersion", json!(1)),
            "expectedVersion",
            "STALE_VERSION",
        ),
        (input(&open["id"]), "ticket", "VENDOR_NOT_AWAITED"),
    ] {
        let refused = answers(&house, input).await;
        assert_eq!(
            refused["problems"],
            json!([{ "field": field, "code": code }])
        );
        assert!(refused["ticket"].is_null() && refused["position"].is_null());
    }
    let facts = house.facts_of(&plain(&ticket).to_string()).await;
    assert_eq!(facts.len(), 2);
    assert_eq!(told(&house, &house.agent, &ticket).await.len(), 2);

    // As many characters as may be.
    let done = answers(&house, with("body", json!(full))).await;
    assert_eq!(done["problems"], json!([]));
    // Whoever waits for somebody else, or no more, has no answer of a vendor.
    for to in ["WAITING_FOR_THIRD_PARTY", "IN_PROGRESS", "CANCELLED"] {
        let moved = json!({ "ticket": ticket["id"], "to": to });
        house.does(&house.agent, "changeTicketState", moved).await;
        let refused = answers(&house, input(&ticket["id"])).await;
        assert_eq!(
            refused["problems"],
            json!([{ "field": "ticket", "code": "VENDOR_NOT_AWAITED" }]),
            "{to}"
        );
    }
    house.close().await;
}
