#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use events::intake::{LinkKind, TicketLinked};
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
