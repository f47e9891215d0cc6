#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use std::sync::atomic::Ordering;

use access::{CallerKind, Role};
use ids::{ApplicationId, CategoryId, GlobalId, LinkId, PersonId, TicketId};
use serde_json::{Value, json};

use crate::house::{House, counted, plain, stranger};

const BY_ID: &str = "query($id: ID!) { ticket(id: $id) { number } }";
const LIST: &str = "query($f: TicketFilter, $s: TicketSort, $n: Int, $a: String, $t: ID) {
    tickets(filter: $f, sort: $s, first: $n, after: $a, tenant: $t) {
        nodes { number priority } pageInfo { hasNextPage hasPreviousPage endCursor } } }";

#[tokio::test]
async fn a_requester_sees_the_own_tickets_and_no_notes() {
    let house = House::open("seeing").await;
    let mine = house.opened(&house.ana, json!({})).await;
    let his = house.opened(&house.luis, json!({})).await;
    let shown = house
        .data(&house.ana, BY_ID, json!({ "id": his["id"] }))
        .await;
    assert!(shown["ticket"].is_null());
    let list = house.data(&house.ana, LIST, json!({})).await;
    assert_eq!(list["tickets"]["nodes"].as_array().unwrap().len(), 1);
    // Also not by asking for the other person's.
    let filter = json!({ "f": { "requester": house.person_id(house.luis.person) } });
    let list = house.data(&house.ana, LIST, filter).await;
    assert_eq!(list["tickets"]["nodes"], json!([]));
    let reply = json!({ "ticket": his["id"], "body": "hola" });
    assert_eq!(
        house.refused(&house.ana, "replyToTicket", reply).await,
        "NOT_FOUND"
    );

    let note = json!({ "ticket": mine["id"], "body": "cliente difícil" });
    assert_eq!(
        house.refused(&house.ana, "addNote", note.clone()).await,
        "FORBIDDEN"
    );
    house.does(&house.agent, "addNote", note).await;
    let reply = json!({ "ticket": mine["id"], "body": "Estamos en ello" });
    house.does(&house.agent, "replyToTicket", reply).await;
    let wait = json!({ "ticket": mine["id"], "to": "WAITING_FOR_VENDOR" });
    house.does(&house.agent, "changeTicketState", wait).await;
    let answer = json!({ "ticket": mine["id"], "body": "el fabricante culpa al cliente" });
    assert_eq!(
        house
            .refused(&house.ana, "recordVendorAnswer", answer.clone())
            .await,
        "FORBIDDEN"
    );
    house.does(&house.agent, "recordVendorAnswer", answer).await;
    let admin = house.somebody(CallerKind::Person, house.tenant, Role::TenantAdmin);
    for client in [&house.ana, &admin] {
        let told = house.timeline(client, &mine).await;
        let kinds = counted(told.iter().map(|e| e["kind"].as_str().unwrap()));
        assert_eq!(kinds, counted(["OPENED", "REPLY", "STATE_CHANGED"]));
    }
    let told = house.timeline(&house.agent, &mine).await;
    assert_eq!(told.len(), 5);
    assert_eq!(told[1]["internal"], true);
    assert_eq!(told[1]["body"], "cliente difícil");
    assert_eq!(
        (&told[4]["kind"], &told[4]["internal"]),
        (&json!("VENDOR_ANSWERED"), &json!(true))
    );
    let all = house.data(&admin, LIST, json!({})).await;
    assert_eq!(all["tickets"]["nodes"].as_array().unwrap().len(), 2);
    // The search does not tell either.
    let search =
        "query($w: String!, $t: ID) { searchTickets(text: $w, tenant: $t) { nodes { number } } }";
    for word in ["difícil", "fabricante"] {
        for (who, found) in [(&house.ana, 0), (&admin, 0), (&house.agent, 1)] {
            let asked = json!({ "w": word, "t": house.tenant });
            let seen = house.data(who, search, asked).await;
            let nodes = seen["searchTickets"]["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), found, "{word}");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn another_tenants_things_are_not_found() {
    let house = House::open("strangers").await;
    let ticket = house.opened(&house.ana, json!({})).await;
    let foreign = house.somebody(CallerKind::Person, house.other, Role::TenantAdmin);
    let shown = house
        .data(&foreign, BY_ID, json!({ "id": ticket["id"] }))
        .await;
    assert!(shown["ticket"].is_null());
    // Neither under the own tenant's name.
    let disguised = GlobalId::new(house.other, plain(&ticket)).to_string();
    let shown = house
        .data(&foreign, BY_ID, json!({ "id": disguised }))
        .await;
    assert!(shown["ticket"].is_null());
    for id in [ticket["id"].clone(), json!(disguised), json!("tkt_x")] {
        let reply = json!({ "ticket": id, "body": "b" });
        assert_eq!(
            house.refused(&foreign, "replyToTicket", reply).await,
            "NOT_FOUND"
        );
        let state = json!({ "ticket": id, "to": "CANCELLED" });
        assert_eq!(
            house.refused(&foreign, "changeTicketState", state).await,
            "NOT_FOUND"
        );
    }
    assert_eq!(
        house
            .code(&foreign, LIST, json!({ "t": house.tenant }))
            .await,
        "NOT_FOUND"
    );
    let link = json!({ "link": stranger::<LinkId>(house.tenant) });
    assert_eq!(
        house
            .refused(&house.agent, "unlinkTickets", link.clone())
            .await,
        "NOT_FOUND"
    );
    assert_eq!(
        house.refused(&foreign, "unlinkTickets", link).await,
        "NOT_FOUND"
    );
    let agent = house.somebody(CallerKind::Staff, house.other, Role::Agent);
    for id in [ticket["id"].clone(), json!(disguised)] {
        let split = json!({ "ticket": id, "subject": "s" });
        assert_eq!(
            house.refused(&agent, "splitTicket", split).await,
            "NOT_FOUND"
        );
    }
    // What an own ticket may refer to is of the own tenant.
    for (field, id) in [
        ("application", stranger::<ApplicationId>(house.tenant)),
        ("category", stranger::<CategoryId>(house.tenant)),
        ("requester", stranger::<PersonId>(house.tenant)),
    ] {
        let input = json!({ "tenant": house.other, "subject": "s", field: id });
        assert_eq!(
            house.refused(&foreign, "openTicket", input).await,
            "NOT_FOUND",
            "{field}"
        );
    }
    house.close().await;
}

#[tokio::test]
async fn entities_are_read_together_and_each_checked() {
    let house = House::open("entities").await;
    let mine = house.opened(&house.ana, json!({})).await;
    let his = house.opened(&house.luis, json!({})).await;
    let away = house
        .opened(&house.agent, json!({ "tenant": house.other }))
        .await;
    let none = stranger::<TicketId>(house.tenant);
    let representations: Vec<_> = [
        mine["id"].clone(),
        his["id"].clone(),
        away["id"].clone(),
        json!(none),
    ]
    .into_iter()
    .map(|id| json!({ "__typename": "Ticket", "id": id }))
    .collect();
    let query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { number version } } }";
    let variables = json!({ "r": representations });
    let staff = house.data(&house.agent, query, variables.clone()).await;
    let seen: Vec<bool> = staff["_entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::is_object)
        .collect();
    assert_eq!(seen, [true, true, true, false]);
    let ana = house.data(&house.ana, query, variables).await;
    let seen: Vec<bool> = ana["_entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::is_object)
        .collect();
    assert_eq!(seen, [true, false, false, false]);
    house.close().await;
}

#[tokio::test]
async fn many_entities_of_two_tenants_are_two_reads() {
    let (house, turns) = House::open_counting("entity-trips").await;
    let mut representations = Vec::new();
    for i in 0..12 {
        let tenant = if i % 3 == 0 {
            house.other
        } else {
            house.tenant
        };
        let ticket = house
            .opened(&house.agent, json!({ "tenant": tenant }))
            .await;
        representations.push(json!({ "__typename": "Ticket", "id": ticket["id"] }));
    }
    let query = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { number links { id } } } }";
    let variables = json!({ "r": representations });
    let mut least = u64::MAX;
    for _ in 0..4 {
        let before = turns.load(Ordering::SeqCst);
        let data = house.data(&house.agent, query, variables.clone()).await;
        assert_eq!(data["_entities"].as_array().unwrap().len(), 12);
        least = least.min(turns.load(Ordering::SeqCst) - before);
    }
    // Tickets and links: begin, read, commit for each tenant.
    assert_eq!(least, 2 * 2 * 3);
    house.close().await;
}

#[tokio::test]
async fn lists_are_paged_in_every_order() {
    let house = House::open("paging").await;
    for (i, urgency) in ["LOW", "HIGH", "NONE", "HIGH", "LOW"].iter().enumerate() {
        house.later(1);
        let input =
            json!({ "urgency": urgency, "impactInternal": "HIGH", "subject": format!("t{i}") });
        house.opened(&house.ana, input).await;
    }
    for (sort, expected) in [
        ("NEWEST", [5, 4, 3, 2, 1]),
        ("OLDEST", [1, 2, 3, 4, 5]),
        ("PRESSING", [2, 4, 1, 3, 5]),
    ] {
        let (mut after, mut numbers) = (json!(null), Vec::new());
        loop {
            let page = house
                .data(
                    &house.agent,
                    LIST,
                    json!({ "s": sort, "n": 2, "a": after, "t": house.tenant }),
                )
                .await;
            let page = &page["tickets"];
            numbers.extend(
                page["nodes"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|n| n["number"].clone()),
            );
            if page["pageInfo"]["hasNextPage"] == false {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        let expected: Vec<_> = expected
            .iter()
            .map(|n| json!(format!("INC-{n:06}")))
            .collect();
        assert_eq!(numbers, expected, "{sort}");
    }
    let filter = json!({ "f": { "priorities": ["CRITICAL"], "pending": true, "kinds": ["INCIDENT"], "states": ["OPEN"],
        "major": false, "openedFrom": "2026-11-23T14:03:00Z", "openedUntil": "2026-11-23T15:00:00Z" } });
    let list = house.data(&house.ana, LIST, filter).await;
    assert_eq!(
        list["tickets"]["nodes"],
        json!([{ "number": "INC-000004", "priority": "CRITICAL" }])
    );
    assert_eq!(
        house.code(&house.ana, LIST, json!({ "n": 101 })).await,
        "BAD_INPUT"
    );
    assert_eq!(
        house.code(&house.ana, LIST, json!({ "a": "xyz" })).await,
        "BAD_INPUT"
    );
    house.close().await;
}
