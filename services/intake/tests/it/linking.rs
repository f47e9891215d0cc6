#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use events::intake::{LinkKind, TicketLinked, TicketOpened};
use serde_json::json;

use crate::house::{House, plain};

const LINKS: &str =
    "query($id: ID!) { ticket(id: $id) { links { id kind outgoing ticket { number } } } }";

#[tokio::test]
async fn parents_form_no_ring_and_are_one() {
    let house = House::open("linking").await;
    let mut t = Vec::new();
    for _ in 0..3 {
        t.push(house.opened(&house.ana, json!({})).await);
    }
    let parent =
        |a: usize, b: usize| json!({ "ticket": t[a]["id"], "kind": "PARENT", "other": t[b]["id"] });
    assert_eq!(
        house.refused(&house.ana, "linkTickets", parent(0, 1)).await,
        "FORBIDDEN"
    );
    let linked = house.does(&house.agent, "linkTickets", parent(0, 1)).await;
    assert_eq!(linked["ticket"]["version"], 2);
    // The same again is already so.
    assert_eq!(
        house.does(&house.agent, "linkTickets", parent(0, 1)).await["ticket"]["version"],
        2
    );
    house.later(1);
    house.does(&house.agent, "linkTickets", parent(1, 2)).await;
    for (a, b, code) in [
        (2, 0, "PARENT_CYCLE"),
        (1, 0, "PARENT_CYCLE"),
        (0, 2, "PARENT_EXISTS"),
    ] {
        let refused = house.does(&house.agent, "linkTickets", parent(a, b)).await;
        assert_eq!(refused["problems"][0]["code"], code, "{a} -> {b}");
    }
    let itself = house.does(&house.agent, "linkTickets", parent(1, 1)).await;
    assert_eq!(itself["problems"][0]["code"], "SAME_TICKET");

    let shown = house
        .data(&house.ana, LINKS, json!({ "id": t[1]["id"] }))
        .await;
    let links = &shown["ticket"]["links"];
    assert_eq!(links[0]["outgoing"], false);
    assert_eq!(links[0]["ticket"]["number"], "INC-000001");
    assert_eq!(links[1]["outgoing"], true);
    assert_eq!(links[1]["ticket"]["number"], "INC-000003");

    let removed = house
        .does(
            &house.agent,
            "unlinkTickets",
            json!({ "link": links[0]["id"] }),
        )
        .await;
    assert_eq!(removed["ticket"]["id"], t[0]["id"]);
    let gone = json!({ "link": links[0]["id"] });
    assert_eq!(
        house.refused(&house.agent, "unlinkTickets", gone).await,
        "NOT_FOUND"
    );
    let facts = house.facts_of(&plain(&t[0]).to_string()).await;
    let [_, linked, unlinked] = facts.as_slice() else {
        panic!("{facts:?}")
    };
    let linked: TicketLinked = linked.read().unwrap();
    let unlinked: TicketLinked = unlinked.read().unwrap();
    assert_eq!(
        (linked.kind, linked.other, linked.removed),
        (LinkKind::Parent, plain(&t[1]), false)
    );
    assert_eq!((unlinked.link, unlinked.removed), (linked.link, true));
    let kinds: Vec<_> = house
        .timeline(&house.ana, &t[1])
        .await
        .iter()
        .map(|e| e["kind"].clone())
        .collect();
    assert_eq!(kinds, ["OPENED", "LINKED", "LINKED", "UNLINKED"]);
    house.close().await;
}

#[tokio::test]
async fn a_link_stays_within_the_tenant_and_shows_what_may_be_seen() {
    let house = House::open("link-tenant").await;
    let mine = house.opened(&house.ana, json!({})).await;
    let his = house.opened(&house.luis, json!({})).await;
    let away = house
        .opened(&house.agent, json!({ "tenant": house.other }))
        .await;
    let link = json!({ "ticket": mine["id"], "kind": "RELATED", "other": away["id"] });
    assert_eq!(
        house.refused(&house.agent, "linkTickets", link).await,
        "NOT_FOUND"
    );
    let link = json!({ "ticket": mine["id"], "kind": "DUPLICATE_OF", "other": his["id"] });
    house.does(&house.agent, "linkTickets", link).await;
    let shown = house
        .data(&house.ana, LINKS, json!({ "id": mine["id"] }))
        .await;
    assert_eq!(shown["ticket"]["links"][0]["kind"], "DUPLICATE_OF");
    assert!(shown["ticket"]["links"][0]["ticket"].is_null());
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_made_at_once_close_no_ring() {
    let house = House::open("link-race").await;
    let mut t = Vec::new();
    for _ in 0..4 {
        t.push(house.opened(&house.ana, json!({})).await);
    }
    let parent =
        |a: usize, b: usize| json!({ "ticket": t[a]["id"], "kind": "PARENT", "other": t[b]["id"] });
    let made = futures::future::join_all(
        [(0, 1), (1, 2), (2, 3), (3, 0)]
            .map(|(a, b)| house.does(&house.agent, "linkTickets", parent(a, b))),
    )
    .await;
    let refused = made.iter().filter(|p| p["problems"] != json!([])).count();
    assert_eq!(refused, 1, "{made:?}");
    house.close().await;
}

#[tokio::test]
async fn what_says_where_a_ticket_belongs_forms_no_ring_and_is_one() {
    let house = House::open("link-single").await;
    let mut t = Vec::new();
    for _ in 0..3 {
        t.push(house.opened(&house.ana, json!({})).await);
    }
    for (kind, cycle, exists) in [
        ("DUPLICATE_OF", "DUPLICATE_CYCLE", "DUPLICATE_EXISTS"),
        ("SPLIT_FROM", "SPLIT_CYCLE", "SPLIT_EXISTS"),
    ] {
        let link =
            |a: usize, b: usize| json!({ "ticket": t[a]["id"], "kind": kind, "other": t[b]["id"] });
        for (a, b) in [(0, 1), (1, 2)] {
            let made = house.does(&house.agent, "linkTickets", link(a, b)).await;
            assert_eq!(made["problems"], json!([]), "{kind}");
        }
        for (a, b, code) in [(2, 0, cycle), (1, 0, cycle), (0, 2, exists)] {
            let refused = house.does(&house.agent, "linkTickets", link(a, b)).await;
            assert_eq!(refused["problems"][0]["code"], code, "{kind}: {a} -> {b}");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn a_split_opens_a_ticket_beside_the_original_in_one_go() {
    let house = House::open("split").await;
    let original = house
        .opened(
            &house.ana,
            json!({ "urgency": "HIGH", "impactInternal": "HIGH" }),
        )
        .await;
    let split = json!({ "ticket": original["id"], "subject": "Y además el escáner", "idempotencyKey": "s-1" });
    assert_eq!(
        house
            .refused(&house.ana, "splitTicket", split.clone())
            .await,
        "FORBIDDEN"
    );
    let stale = json!({ "ticket": original["id"], "subject": "s", "expectedVersion": 9 });
    let refused = house.does(&house.agent, "splitTicket", stale).await;
    assert_eq!(refused["problems"][0]["field"], "expectedVersion");
    let blank = json!({ "ticket": original["id"], "subject": " " });
    let refused = house.does(&house.agent, "splitTicket", blank).await;
    assert_eq!(refused["problems"][0]["code"], "REQUIRED");
    let before = house.facts().await.len();

    let made = house.does(&house.agent, "splitTicket", split.clone()).await;
    assert_eq!(made["problems"], json!([]));
    let ticket = &made["ticket"];
    assert_eq!(
        (&ticket["number"], &ticket["version"], &ticket["priority"]),
        (&json!("INC-000002"), &json!(2), &original["priority"])
    );
    let again = house.does(&house.agent, "splitTicket", split).await;
    assert_eq!(again["ticket"]["id"], ticket["id"]);
    assert_eq!(
        house.facts().await.len(),
        before + 2,
        "opened and linked, once, and no contact"
    );

    let facts = house.facts_of(&plain(ticket).to_string()).await;
    let opened: TicketOpened = facts[0].read().unwrap();
    let linked: TicketLinked = facts[1].read().unwrap();
    assert_eq!(opened.ticket.number, "INC-000002");
    assert_eq!(opened.contact, None);
    assert_eq!(Some(opened.ticket.requester), Some(Some(house.ana.person)));
    assert_eq!(
        (linked.kind, linked.other, linked.removed),
        (LinkKind::SplitFrom, plain(&original), false)
    );
    assert_eq!(linked.ticket.number, "INC-000002");
    // The original is as it was, but for its timeline.
    assert_eq!(house.facts_of(&plain(&original).to_string()).await.len(), 1);
    for (of, kinds, other) in [
        (ticket, ["OPENED", "LINKED"], &original),
        (&original, ["OPENED", "LINKED"], ticket),
    ] {
        let timeline = house.timeline(&house.ana, of).await;
        let seen: Vec<_> = timeline.iter().map(|e| e["kind"].clone()).collect();
        assert_eq!(seen, kinds);
        assert_eq!(timeline[1]["linkKind"], "SPLIT_FROM");
        assert_eq!(timeline[1]["linkedTicket"], other["id"]);
    }
    house.close().await;
}
