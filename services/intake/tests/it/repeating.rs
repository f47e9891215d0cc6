#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use clock::Clock as _;
use idempotency::purge;
use serde_json::json;

use crate::house::{House, plain};

#[tokio::test]
async fn the_same_key_gives_the_same_ticket_for_two_days() {
    let house = House::open("repeating").await;
    let input = json!({ "idempotencyKey": "a-1", "subject": "Sin red" });
    let first = house.opened(&house.ana, input.clone()).await;
    // Re-read: what happened since shows.
    let reply = json!({ "ticket": first["id"], "body": "hola", "idempotencyKey": "r-1" });
    house.does(&house.ana, "replyToTicket", reply.clone()).await;
    let again = house.opened(&house.ana, input.clone()).await;
    assert_eq!(again["id"], first["id"]);
    assert_eq!(again["version"], 2);
    // The key is the caller's own, and that operation's.
    assert_ne!(
        house.opened(&house.luis, input.clone()).await["id"],
        first["id"]
    );
    let repeated = house.does(&house.ana, "replyToTicket", reply).await;
    assert_eq!(repeated["ticket"]["version"], 2);
    assert_eq!(house.facts_of(&plain(&first).to_string()).await.len(), 2);

    let other = json!({ "tenant": house.tenant, "subject": "Otra cosa", "idempotencyKey": "a-1" });
    assert_eq!(
        house.refused(&house.ana, "openTicket", other.clone()).await,
        "IDEMPOTENCY_MISMATCH"
    );
    let other_reply = json!({ "ticket": first["id"], "body": "otra", "idempotencyKey": "r-1" });
    assert_eq!(
        house
            .refused(&house.ana, "replyToTicket", other_reply)
            .await,
        "IDEMPOTENCY_MISMATCH"
    );

    let forget = || purge(&house.tools.db, house.clock.now());
    house.later(48 * 60 - 1);
    assert_eq!(forget().await.unwrap(), 0);
    house.later(2);
    assert_eq!(forget().await.unwrap(), 3);
    let new = house
        .opened(
            &house.ana,
            json!({ "subject": "Otra cosa", "idempotencyKey": "a-1" }),
        )
        .await;
    assert_ne!(new["id"], first["id"]);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_at_the_same_moment_opens_one_ticket() {
    let house = House::open("at-once").await;
    let input = json!({ "idempotencyKey": "once", "subject": "Una sola vez" });
    let all =
        futures::future::join_all((0..8).map(|_| house.opened(&house.ana, input.clone()))).await;
    assert!(all.iter().all(|t| t["id"] == all[0]["id"]), "{all:?}");
    assert_eq!(house.facts().await.len(), 2);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_at_the_same_moment_makes_one_category() {
    let house = House::open("at-once-category").await;
    let create = "mutation($input: CreateCategoryInput!) { createCategory(input: $input) {
        category { id } problems { code } } }";
    let input =
        json!({ "input": { "name": "Redes", "idempotencyKey": "once", "tenant": house.tenant } });
    let once = || house.data(&house.manager, create, input.clone());
    let all = futures::future::join_all((0..4).map(|_| once())).await;
    // Nobody hears that the name is taken.
    assert_eq!(all[0]["createCategory"]["problems"], json!([]));
    assert!(all.iter().all(|made| *made == all[0]), "{all:?}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_at_the_same_moment_takes_a_link_away_once() {
    let house = House::open("at-once-unlink").await;
    let near = house.opened(&house.ana, json!({})).await;
    let far = house.opened(&house.ana, json!({})).await;
    let link = json!({ "ticket": near["id"], "kind": "RELATED", "other": far["id"] });
    house.does(&house.agent, "linkTickets", link).await;
    let query = "query($id: ID!) { ticket(id: $id) { links { id } } }";
    let shown = house
        .data(&house.ana, query, json!({ "id": near["id"] }))
        .await;
    let input = json!({ "link": shown["ticket"]["links"][0]["id"], "idempotencyKey": "once" });
    let once = || house.does(&house.agent, "unlinkTickets", input.clone());
    let all = futures::future::join_all((0..4).map(|_| once())).await;
    // Nobody hears that there is no such link.
    assert!(
        all.iter().all(|done| done["ticket"]["version"] == 3),
        "{all:?}"
    );
    assert_eq!(once().await["ticket"]["version"], 3);
    house.close().await;
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let house = House::open("no-key").await;
    let input = json!({ "tenant": house.tenant, "subject": "s", "idempotencyKey": "" });
    assert_eq!(
        house.refused(&house.ana, "openTicket", input).await,
        "BAD_INPUT"
    );
    house.close().await;
}
