//! What is agreed, version by version.

use serde_json::{Value, json};

use crate::contract::{Contract, SET, attainment, plain};
use crate::world::World;

const SETS: &str = "query($f: Int, $a: String) { serviceLevelSets(first: $f, after: $a) { nodes { version effectiveFrom levels { code } } \
     pageInfo { hasNextPage endCursor } } }";

fn input(from: &str, levels: Value) -> Value {
    json!({"effectiveFrom": from, "levels": levels})
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_kept_and_each_month_has_its_own() {
    let world = World::start("levels").await;
    let contract = Contract::sign(&world, "niveles").await;
    assert_eq!(contract.month("2026-10").await, Value::Null);
    // Both sides of the contract may write.
    let first = contract
        .done(
            &contract.quality,
            SET,
            input("2026-10", json!([attainment("A", 100)])),
        )
        .await;
    assert_eq!(first["set"]["version"], 1);
    assert_eq!(
        first["set"]["contractStart"], "2026-10",
        "of a first set, its first month"
    );
    assert_eq!(
        first["set"]["levels"],
        json!([{"code": "A", "weight": 100, "direction": "HIGHER_IS_BETTER", "formulaVersion": 1}])
    );
    let mut later = input(
        "2026-12",
        json!([
            attainment("A", 60),
            plain("ABANDONED", "CALLS_ABANDONED", 40)
        ]),
    );
    later["levels"][1]["targetHundredths"] = json!(500);
    later["levels"][1]["minimumHundredths"] = json!(1000);
    later["version"] = json!(1);
    let second = contract.done(&contract.admin, SET, later.clone()).await;
    assert_eq!(second["set"]["version"], 2);
    assert_eq!(second["set"]["contractStart"], "2026-10");
    assert_eq!(
        second["set"]["levels"][1]["direction"], "LOWER_IS_BETTER",
        "the formula says so"
    );
    assert_eq!(contract.month("2026-09").await, Value::Null);
    assert_eq!(contract.month("2026-11").await["set"]["version"], 1);
    assert_eq!(contract.month("2026-12").await["set"]["version"], 2);

    // Whoever saw another version overwrites nothing.
    assert_eq!(
        contract.problems(&contract.admin, SET, later).await,
        ["STALE version"]
    );

    let page = async |after: Value| {
        let asked = world.ask_with(contract.admin.clone(), SETS, json!({"f": 1, "a": after}));
        asked.await.0["serviceLevelSets"].clone()
    };
    let one = page(Value::Null).await;
    assert_eq!(one["nodes"][0]["version"], 2);
    assert_eq!(one["pageInfo"]["hasNextPage"], true);
    let two = page(one["pageInfo"]["endCursor"].clone()).await;
    assert_eq!(
        (&two["nodes"][0]["version"], &two["pageInfo"]["hasNextPage"]),
        (&json!(1), &json!(false))
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_with_its_field() {
    let world = World::start("senseless").await;
    let contract = Contract::sign(&world, "sin-sentido").await;
    let mut wrong = attainment("A", 60);
    wrong["minimumHundredths"] = json!(9500);
    let mut unnamed = plain("A", "FIRST_CONTACT", 30);
    unnamed["nameEs"] = json!(" ");
    unnamed["formulaVersion"] = json!(7);
    let levels = json!([wrong, unnamed]);
    assert_eq!(
        contract
            .problems(&contract.quality, SET, input("2026-10", levels))
            .await,
        [
            "MINIMUM_BEYOND_TARGET levels.0.minimumHundredths",
            "DUPLICATE_CODE levels.1.code",
            "NAME_MISSING levels.1.nameEs",
            "UNKNOWN_FORMULA_VERSION levels.1.formulaVersion",
            "WEIGHTS_NOT_100 levels",
        ]
    );
    assert_eq!(
        contract
            .problems(&contract.quality, SET, input("2026-10", json!([])))
            .await,
        ["NO_LEVELS levels"]
    );
    let mut early = input("2026-10", json!([attainment("A", 100)]));
    early["contractStart"] = json!("2026-11");
    assert_eq!(
        contract
            .problems(&contract.quality, SET, early.clone())
            .await,
        ["BEFORE_CONTRACT effectiveFrom"]
    );
    early["contractStart"] = json!("noviembre");
    assert_eq!(
        contract.refusal(&contract.quality, SET, early).await,
        "BAD_INPUT"
    );
    assert_eq!(
        world
            .count(contract.tenant, "SELECT count(*) FROM level_set")
            .await,
        0
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_with_the_same_key_writes_once() {
    let world = World::start("level keys").await;
    let contract = Contract::sign(&world, "claves").await;
    let mut wish = input("2026-10", json!([attainment("A", 100)]));
    wish["idempotencyKey"] = json!("k");
    let first = contract.done(&contract.quality, SET, wish.clone()).await;
    assert_eq!(
        contract.done(&contract.quality, SET, wish.clone()).await,
        first
    );
    // The key is one's own.
    let other = contract.done(&contract.admin, SET, wish.clone()).await;
    assert_eq!(other["set"]["version"], 2);
    wish["levels"][0]["targetHundredths"] = json!(9100);
    assert_eq!(
        contract.refusal(&contract.quality, SET, wish).await,
        "IDEMPOTENCY_MISMATCH"
    );
    // What was refused leaves the key free.
    let mut wrong = input("2026-10", json!([]));
    wrong["idempotencyKey"] = json!("k2");
    assert_eq!(
        contract
            .problems(&contract.quality, SET, wrong.clone())
            .await,
        ["NO_LEVELS levels"]
    );
    wrong["levels"] = json!([attainment("A", 100)]);
    assert_eq!(
        contract.done(&contract.quality, SET, wrong).await["set"]["version"],
        3
    );
    world.finish().await;
}
