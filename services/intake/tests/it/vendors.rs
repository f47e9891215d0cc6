//! A ticket waits for a vendor, and says for which.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use access::Caller;
use events::directory::{VendorChanged, VendorRegistered, VendorSnapshot};
use events::intake::{TicketClassified, TicketNoted, TicketState, TicketStateChanged};
use ids::{GlobalId, VendorId};
use serde_json::{Value, json};

use crate::house::{House, plain};

const MOVE: &str = "mutation($input: ChangeTicketStateInput!) { changeTicketState(input: $input) {
    ticket { id state version stateSince vendor { id } timeline(first: 100) { nodes { kind body toState vendor { id } } } }
    problems { field code } } }";

async fn moves(house: &House, by: &std::sync::Arc<Caller>, input: Value) -> Value {
    house.later(5);
    let data = house.data(by, MOVE, json!({ "input": input })).await;
    data["changeTicketState"].clone()
}

/// Directory tells of a vendor.
pub async fn knows(house: &House, vendor: VendorId) {
    let fact = VendorRegistered {
        vendor: VendorSnapshot {
            vendor,
            retired: false,
        },
    };
    let fact = house.fact(vendor.to_string(), 1, &fact);
    house.hears(&[fact]).await.unwrap();
}

#[tokio::test]
async fn a_ticket_carries_its_vendor_while_it_waits_for_one() {
    let house = House::open("vendors").await;
    let (a, b) = (
        VendorId::new(&*house.tools.ids),
        VendorId::new(&*house.tools.ids),
    );
    knows(&house, a).await;
    knows(&house, b).await;
    let gid = |vendor| GlobalId::new(house.tenant, vendor).to_string();
    let ticket = house.opened(&house.ana, json!({})).await;
    let to = |state: &str, vendor: Option<VendorId>| json!({ "ticket": ticket["id"], "to": state, "vendor": vendor.map(gid), "reason": "repuesto" });

    let done = moves(&house, &house.agent, to("WAITING_FOR_VENDOR", Some(a))).await;
    assert_eq!(done["problems"], json!([]), "{done}");
    assert_eq!(done["ticket"]["vendor"]["id"], gid(a));
    let since = done["ticket"]["stateSince"].clone();
    // The same again is no change; nor is the state alone, which takes no vendor away.
    for vendor in [Some(a), None] {
        let same = moves(&house, &house.agent, to("WAITING_FOR_VENDOR", vendor)).await;
        assert_eq!(same["ticket"]["version"], 2, "{same}");
        assert_eq!(same["ticket"]["vendor"]["id"], gid(a));
    }
    // Another one, while the state goes on.
    let other = moves(&house, &house.agent, to("WAITING_FOR_VENDOR", Some(b))).await;
    let seen = &other["ticket"];
    assert_eq!((&seen["version"], &seen["stateSince"]), (&json!(3), &since));
    assert_eq!(seen["vendor"]["id"], gid(b));
    let told = seen["timeline"]["nodes"].as_array().unwrap().clone();
    assert_eq!(
        told[1..],
        [
            json!({ "kind": "STATE_CHANGED", "body": "repuesto", "toState": "WAITING_FOR_VENDOR", "vendor": { "id": gid(a) } }),
            json!({ "kind": "CLASSIFIED", "body": "repuesto", "toState": null, "vendor": { "id": gid(b) } }),
        ]
    );
    // What else happens meanwhile says so, too.
    let note = json!({ "ticket": ticket["id"], "body": "llamado" });
    house.does(&house.agent, "addNote", note).await;
    let on = moves(&house, &house.agent, to("IN_PROGRESS", None)).await;
    assert_eq!(on["ticket"]["vendor"], Value::Null);
    // Whoever asks a vendor need not say which.
    let some = moves(&house, &house.agent, to("WAITING_FOR_VENDOR", None)).await;
    assert_eq!(
        (&some["ticket"]["state"], &some["ticket"]["vendor"]),
        (&json!("WAITING_FOR_VENDOR"), &Value::Null)
    );
    let now = moves(&house, &house.agent, to("WAITING_FOR_VENDOR", Some(a))).await;
    assert_eq!(now["ticket"]["vendor"]["id"], gid(a));

    let facts = house.facts_of(&plain(&ticket).to_string()).await;
    let waits: TicketStateChanged = facts[1].read().unwrap();
    let another: TicketClassified = facts[2].read().unwrap();
    let noted: TicketNoted = facts[3].read().unwrap();
    let on: TicketStateChanged = facts[4].read().unwrap();
    let vendors = [waits.ticket, another.ticket, noted.ticket, on.ticket].map(|t| t.vendor);
    assert_eq!(vendors, [Some(a), Some(b), Some(b), None]);
    assert!(!facts[4].data.get().contains("vendor\":"), "left out");
    let last: TicketClassified = facts[6].read().unwrap();
    assert_eq!(
        (last.ticket.state, last.ticket.vendor),
        (TicketState::WaitingForVendor, Some(a))
    );
    house.close().await;
}

#[tokio::test]
async fn a_vendor_must_be_known_here_in_service_and_waited_for() {
    let house = House::open("vendors-refused").await;
    let (known, retired) = (
        VendorId::new(&*house.tools.ids),
        VendorId::new(&*house.tools.ids),
    );
    knows(&house, known).await;
    knows(&house, retired).await;
    let ticket = house.opened(&house.ana, json!({})).await;
    let to = |state: &str, vendor: String| json!({ "ticket": ticket["id"], "to": state, "vendor": vendor });
    let gid = |vendor| GlobalId::new(house.tenant, vendor).to_string();
    let waits = to("WAITING_FOR_VENDOR", gid(retired));
    moves(&house, &house.agent, waits.clone()).await;
    let fact = VendorChanged {
        vendor: VendorSnapshot {
            vendor: retired,
            retired: true,
        },
    };
    let fact = house.fact(retired.to_string(), 2, &fact);
    house.hears(&[fact]).await.unwrap();
    // Who waits for it already goes on; nobody comes to wait for it.
    let same = moves(&house, &house.agent, waits.clone()).await;
    assert_eq!(same["problems"], json!([]));
    moves(
        &house,
        &house.agent,
        json!({ "ticket": ticket["id"], "to": "IN_PROGRESS" }),
    )
    .await;

    let version = moves(
        &house,
        &house.agent,
        json!({ "ticket": ticket["id"], "to": "IN_PROGRESS" }),
    )
    .await["ticket"]["version"]
        .clone();
    let unknown = VendorId::new(&*house.tools.ids);
    for (input, code) in [
        (waits, "VENDOR_RETIRED"),
        (to("WAITING_FOR_VENDOR", gid(unknown)), "VENDOR_UNKNOWN"),
        (to("QUEUED", gid(known)), "VENDOR_NOT_AWAITED"),
        (
            to("WAITING_FOR_REQUESTER", gid(known)),
            "VENDOR_NOT_AWAITED",
        ),
    ] {
        let refused = moves(&house, &house.agent, input.clone()).await;
        assert_eq!(
            refused["problems"],
            json!([{ "field": "vendor", "code": code }]),
            "{input}"
        );
        assert_eq!(refused["ticket"], Value::Null);
    }
    // Another tenant's is not found, and what is known here is unknown there.
    let theirs = GlobalId::new(house.other, known).to_string();
    let input = to("WAITING_FOR_VENDOR", theirs.clone());
    let code = house
        .refused(&house.agent, "changeTicketState", input)
        .await;
    assert_eq!(code, "NOT_FOUND");
    let there = house
        .opened(&house.agent, json!({ "tenant": house.other }))
        .await;
    let input = json!({ "ticket": there["id"], "to": "WAITING_FOR_VENDOR", "vendor": theirs });
    let refused = moves(&house, &house.agent, input).await;
    assert_eq!(refused["problems"][0]["code"], "VENDOR_UNKNOWN");
    let input = json!({ "ticket": there["id"], "to": "WAITING_FOR_VENDOR", "vendor": gid(known) });
    let code = house
        .refused(&house.agent, "changeTicketState", input)
        .await;
    assert_eq!(code, "NOT_FOUND");

    // Whoever asked neither lets it wait nor says for whom.
    let mine = to("WAITING_FOR_VENDOR", gid(known));
    let refused = moves(&house, &house.ana, mine.clone()).await;
    assert_eq!(refused["problems"][0]["code"], "MOVE_NOT_YOURS");
    let wait = json!({ "ticket": ticket["id"], "to": "WAITING_FOR_VENDOR" });
    let waiting = moves(&house, &house.agent, wait).await;
    let before = version.as_i64().unwrap();
    assert_eq!(waiting["ticket"]["version"], before + 1);
    let refused = moves(&house, &house.ana, mine).await;
    assert_eq!(
        refused["problems"],
        json!([{ "field": "vendor", "code": "MOVE_NOT_YOURS" }])
    );
    house.close().await;
}
