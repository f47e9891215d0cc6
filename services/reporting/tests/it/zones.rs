//! A month lies where it lay when its service levels were agreed, wherever the tenant moves.

use serde_json::{Value, json};

use crate::contract::{Contract, FREEZE, SET, attainment};
use crate::world::World;

const MADRID: &str = "Europe/Madrid";

async fn lies(contract: &Contract<'_>, month: &str) -> [String; 3] {
    let found = contract.month(month).await;
    ["timeZone", "from", "to"].map(|name| found[name].as_str().unwrap().to_owned())
}

fn set(from: &str, zone: Value) -> Value {
    json!({"effectiveFrom": from, "levels": [attainment("A", 100)], "timeZone": zone})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_moves_takes_no_past_month_along() {
    let world = World::start("zones").await;
    let contract = Contract::sign(&world, "mudanza").await;
    contract.agrees(json!([attainment("A", 100)])).await;
    // Stops at 03:00Z on the first of November: October in Lima, November in Madrid.
    contract.ticket("2026-10-31T23:00:00Z", Some(4)).await;
    let october = [
        "America/Lima",
        "2026-10-01T05:00:00+00:00",
        "2026-11-01T05:00:00+00:00",
    ];
    assert_eq!(lies(&contract, "2026-10").await, october);
    let frozen = json!({"month": "2026-10"});
    contract.done(&contract.quality, FREEZE, frozen).await;
    world.moves(contract.tenant, "mudanza", MADRID).await;
    assert_eq!(lies(&contract, "2026-10").await, october);
    assert_eq!(contract.figures("2026-10").await, ["1/1 MET"]);
    assert_eq!(
        contract.month("2026-10").await["differences"],
        json!([]),
        "a move makes no difference"
    );

    // A correction of months that have begun stays where they are; what is agreed for later goes by the new zone, and its
    // first month begins where the one before it ends.
    contract
        .done(&contract.quality, SET, set("2026-10", Value::Null))
        .await;
    assert_eq!(lies(&contract, "2026-10").await, october);
    contract
        .done(&contract.quality, SET, set("2026-12", Value::Null))
        .await;
    assert_eq!(
        lies(&contract, "2026-11").await,
        ["America/Lima", october[2], "2026-12-01T05:00:00+00:00"]
    );
    assert_eq!(
        lies(&contract, "2026-12").await,
        [
            MADRID,
            "2026-12-01T05:00:00+00:00",
            "2026-12-31T23:00:00+00:00"
        ]
    );
    // Unless somebody says so; but what was frozen stays where it was frozen.
    assert_eq!(
        contract
            .problems(&contract.quality, SET, set("2026-10", json!(MADRID)))
            .await,
        ["MONTH_FROZEN timeZone"]
    );
    contract
        .done(&contract.quality, SET, set("2026-11", json!(MADRID)))
        .await;
    assert_eq!(lies(&contract, "2026-10").await, october);
    assert_eq!(
        lies(&contract, "2026-11").await,
        [MADRID, october[2], "2026-11-30T23:00:00+00:00"]
    );
    assert_eq!(
        contract
            .problems(&contract.quality, SET, set("2026-10", json!("Lima")))
            .await,
        ["UNKNOWN_TIME_ZONE timeZone"]
    );
    let versions = "{ serviceLevelSets { nodes { version timeZone } } }";
    let found = world.answer(contract.admin.clone(), versions).await;
    assert_eq!(
        found["serviceLevelSets"]["nodes"],
        json!([
            {"version": 4, "timeZone": MADRID},
            {"version": 3, "timeZone": MADRID},
            {"version": 2, "timeZone": "America/Lima"},
            {"version": 1, "timeZone": "America/Lima"},
        ])
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_from_before_zones_were_kept_goes_with_the_tenant() {
    let world = World::start("no zone").await;
    let contract = Contract::sign(&world, "sin-zona").await;
    contract.agrees(json!([attainment("A", 100)])).await;
    // As the migration leaves it.
    let mut tx = world.db.begin(contract.tenant).await.unwrap();
    sqlx::query("UPDATE level_set SET time_zone = NULL")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(lies(&contract, "2026-10").await[0], "America/Lima");
    assert_eq!(
        contract.month("2026-10").await["set"],
        json!({"version": 1})
    );
    world.moves(contract.tenant, "sin-zona", MADRID).await;
    assert_eq!(
        lies(&contract, "2026-10").await,
        [
            MADRID,
            "2026-09-30T22:00:00+00:00",
            "2026-10-31T23:00:00+00:00"
        ]
    );
    // The next version of it has one.
    contract
        .done(&contract.quality, SET, set("2026-10", Value::Null))
        .await;
    world
        .moves(contract.tenant, "sin-zona", "America/Lima")
        .await;
    assert_eq!(lies(&contract, "2026-10").await[0], MADRID);
    world.finish().await;
}
