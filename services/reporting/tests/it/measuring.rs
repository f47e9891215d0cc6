//! Values that no ticket tells: who entered what, when, and what stood there before.

use access::Role;
use serde_json::{Value, json};

use crate::contract::{Contract, MEASURE, attainment, plain};
use crate::world::World;

fn entry(level: &str, numerator: i32, denominator: i32) -> Value {
    json!({"month": "2026-10", "level": level, "numerator": numerator, "denominator": denominator, "source": "central telefónica"})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_entry_counts_and_all_are_kept() {
    let world = World::start("measures").await;
    let contract = Contract::sign(&world, "medidas").await;
    let mut csat = plain("CSAT", "SATISFACTION", 30);
    csat["unit"] = json!("SCORE");
    csat["targetHundredths"] = json!(430);
    csat["minimumHundredths"] = json!(400);
    contract
        .agrees(json!([
            plain("CALLS", "CALLS_ANSWERED", 40),
            csat,
            attainment("A", 30)
        ]))
        .await;
    assert_eq!(
        contract.figures("2026-10").await,
        ["0/0 NO_DATA", "0/0 NO_DATA", "0/0 NO_DATA"]
    );
    let first = contract
        .done(&contract.quality, MEASURE, entry("CALLS", 850, 1000))
        .await;
    assert_eq!(first["measure"]["revision"], 1);
    contract
        .done(&contract.quality, MEASURE, entry("CSAT", 429, 100))
        .await;
    assert_eq!(
        contract.figures("2026-10").await,
        [
            "850/1000 BELOW_TARGET",
            "429/100 BELOW_TARGET",
            "0/0 NO_DATA"
        ]
    );

    let service = world.caller(Role::ServiceManager, &[contract.tenant]);
    let mut corrected = entry("CALLS", 920, 1000);
    corrected["revision"] = json!(1);
    corrected["source"] = json!("central telefónica, informe corregido");
    let second = contract.done(&service, MEASURE, corrected.clone()).await;
    assert_eq!(second["measure"]["revision"], 2);
    assert_eq!(contract.figures("2026-10").await[0], "920/1000 MET");
    assert_eq!(
        contract.problems(&service, MEASURE, corrected).await,
        ["STALE revision"]
    );

    // The client sees every entry: who, when, from where.
    let all = "query($f: Int, $a: String) { serviceLevelMeasures(month: \"2026-10\", level: \"CALLS\", first: $f, after: $a) { nodes { \
               revision numerator source enteredBy { id } enteredAt } pageInfo { hasNextPage endCursor } } }";
    let ask = |variables| world.ask_with(contract.admin.clone(), all, variables);
    let found = ask(json!({})).await.0["serviceLevelMeasures"].clone();
    let numbers: Vec<i64> = found["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n["numerator"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, [920, 850]);
    let who = |person| json!(ids::GlobalId::new(contract.tenant, person).to_string());
    assert_eq!(found["nodes"][0]["enteredBy"]["id"], who(service.person));
    assert_eq!(
        found["nodes"][1]["enteredBy"]["id"],
        who(contract.quality.person)
    );
    let page = ask(json!({"f": 1})).await.0["serviceLevelMeasures"].clone();
    let page = ask(json!({"f": 1, "a": page["pageInfo"]["endCursor"]}))
        .await
        .0["serviceLevelMeasures"]
        .clone();
    assert_eq!(page["nodes"][0]["revision"], 1);
    assert_eq!(page["pageInfo"]["hasNextPage"], false);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_provider_enters_and_only_what_makes_sense() {
    let world = World::start("measuring").await;
    let contract = Contract::sign(&world, "anotar").await;
    assert_eq!(
        contract
            .problems(&contract.quality, MEASURE, entry("CALLS", 1, 2))
            .await,
        ["NOTHING_AGREED month"]
    );
    contract
        .agrees(json!([
            plain("CALLS", "CALLS_ANSWERED", 50),
            attainment("A", 50)
        ]))
        .await;
    assert_eq!(
        contract
            .refusal(&contract.admin, MEASURE, entry("CALLS", 1, 2))
            .await,
        "FORBIDDEN"
    );
    let wrong = |input| contract.problems(&contract.quality, MEASURE, input);
    assert_eq!(wrong(entry("NADA", 1, 2)).await, ["UNKNOWN_LEVEL level"]);
    assert_eq!(wrong(entry("A", 1, 2)).await, ["NOT_MEASURED level"]);
    assert_eq!(
        wrong(entry("CALLS", 3, 2)).await,
        ["BAD_NUMERATOR numerator"]
    );
    let mut future = entry("CALLS", 1, 2);
    future["month"] = json!("2026-12");
    assert_eq!(wrong(future).await, ["FUTURE_MONTH month"]);

    let mut keyed = entry("CALLS", 9, 10);
    keyed["idempotencyKey"] = json!("k");
    let first = contract
        .done(&contract.quality, MEASURE, keyed.clone())
        .await;
    assert_eq!(
        contract
            .done(&contract.quality, MEASURE, keyed.clone())
            .await,
        first
    );
    keyed["numerator"] = json!(8);
    assert_eq!(
        contract.refusal(&contract.quality, MEASURE, keyed).await,
        "IDEMPOTENCY_MISMATCH"
    );
    assert_eq!(
        world
            .count(contract.tenant, "SELECT count(*) FROM measure")
            .await,
        1
    );
    world.finish().await;
}
