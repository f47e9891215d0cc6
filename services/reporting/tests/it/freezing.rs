//! A month that is closed stays as it was closed.

use access::Role;
use serde_json::{Value, json};

use crate::contract::{Contract, FREEZE, MEASURE, SET, attainment, plain, shown};
use crate::world::World;

const FROZEN: &str = "query($f: Int, $a: String) { frozenServiceLevels(month: \"2026-10\", first: $f, after: $a) { nodes { month revision \
     reason digest recomputes set { version levels { code formulaVersion } } exclusions { state evidence } measures { numerator } \
     figures { levels { figure { numerator denominator verdict } } } } pageInfo { hasNextPage endCursor } } }";

fn october() -> Value {
    json!({"month": "2026-10"})
}

async fn closed(contract: &Contract<'_>) -> Value {
    contract
        .agrees(json!([
            attainment("A", 60),
            plain("UP", "AVAILABILITY", 40)
        ]))
        .await;
    let excused = contract.ticket("2026-10-05T10:00:00Z", Some(20)).await;
    contract.ticket("2026-10-06T10:00:00Z", Some(20)).await;
    contract.ticket("2026-10-07T10:00:00Z", Some(1)).await;
    contract.ticket("2026-10-08T10:00:00Z", Some(1)).await;
    let up = json!({"month": "2026-10", "level": "UP", "numerator": 990, "denominator": 1000, "source": "sonda"});
    contract.done(&contract.quality, MEASURE, up).await;
    let exclusion = contract
        .proposes(&contract.quality, "2026-10", excused)
        .await;
    contract.decides(&contract.admin, &exclusion, true).await;
    contract.done(&contract.quality, FREEZE, october()).await["frozen"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_late_is_shown_beside_and_changes_nothing() {
    let world = World::start("freeze").await;
    let contract = Contract::sign(&world, "cierre").await;
    let frozen = closed(&contract).await;
    assert_eq!(
        (&frozen["revision"], &frozen["recomputes"]),
        (&json!(1), &json!(true))
    );
    let then = contract.month("2026-10").await;
    assert_eq!(
        shown(&then["frozen"]["figures"], "figure"),
        ["2/3 BELOW_TARGET", "990/1000 MET"]
    );
    assert_eq!(then["differences"], json!([]));

    // A late fact, a late value, and another agreement for the month.
    contract.ticket("2026-10-09T10:00:00Z", Some(20)).await;
    let up = json!({"month": "2026-10", "level": "UP", "numerator": 400, "denominator": 1000, "source": "sonda, corregida"});
    contract.done(&contract.quality, MEASURE, up).await;
    let now = contract.month("2026-10").await;
    assert_eq!(now["frozen"], then["frozen"]);
    assert_eq!(
        shown(&now["figures"], "figure"),
        ["2/4 BELOW_TARGET", "400/1000 BELOW_MINIMUM"]
    );
    let codes: Vec<&str> = now["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["A", "UP"]);
    assert_eq!(now["differences"][0]["frozen"]["figure"]["denominator"], 3);
    assert_eq!(now["differences"][0]["today"]["figure"]["denominator"], 4);
    let other = json!({"effectiveFrom": "2026-10", "levels": [attainment("OTHER", 100)]});
    contract.done(&contract.admin, SET, other).await;
    let now = contract.month("2026-10").await;
    assert_eq!(now["frozen"], then["frozen"]);
    assert_eq!(now["set"]["version"], 2);
    assert_eq!(
        now["differences"].as_array().unwrap().len(),
        3,
        "two are gone and one is new"
    );
    assert_eq!(now["differences"][2]["frozen"], Value::Null);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revision_takes_the_place_of_the_one_before_and_both_stay() {
    let world = World::start("revisions").await;
    let contract = Contract::sign(&world, "revisiones").await;
    let first = closed(&contract).await;
    contract.ticket("2026-10-09T10:00:00Z", Some(1)).await;
    assert_eq!(
        contract
            .problems(&contract.quality, FREEZE, october())
            .await,
        ["REASON_MISSING reason"]
    );
    let mut again = json!({"month": "2026-10", "reason": "Llegó tarde un caso del canal de correo.", "revision": 1, "idempotencyKey": "k"});
    let second = contract.done(&contract.admin, FREEZE, again.clone()).await;
    assert_eq!(second["frozen"]["revision"], 2);
    assert_ne!(second["frozen"]["digest"], first["digest"]);
    assert_eq!(
        contract.done(&contract.admin, FREEZE, again.clone()).await,
        second,
        "a repeat closes nothing"
    );
    again["idempotencyKey"] = json!("k2");
    assert_eq!(
        contract.problems(&contract.admin, FREEZE, again).await,
        ["STALE revision"]
    );

    let ask = |variables| world.ask_with(contract.admin.clone(), FROZEN, variables);
    let all = ask(json!({})).await.0["frozenServiceLevels"]["nodes"].clone();
    let of = |i: usize| shown(&json!({"levels": all[i]["figures"]["levels"]}), "figure")[0].clone();
    assert_eq!(
        (of(0), of(1)),
        ("3/4 BELOW_TARGET".to_owned(), "2/3 BELOW_TARGET".to_owned())
    );
    assert_eq!(all[1]["digest"], first["digest"]);
    assert_eq!(all[1]["recomputes"], true);
    assert_eq!(
        all[1]["exclusions"],
        json!([{"state": "ACCEPTED", "evidence": "acta 12"}])
    );
    assert_eq!(all[1]["measures"], json!([{"numerator": 990}]));
    let page = ask(json!({"f": 1})).await.0["frozenServiceLevels"].clone();
    assert_eq!(page["pageInfo"]["hasNextPage"], true);
    let page = ask(json!({"f": 1, "a": page["pageInfo"]["endCursor"]}))
        .await
        .0["frozenServiceLevels"]
        .clone();
    assert_eq!(page["nodes"][0]["revision"], 1);
    assert_eq!(contract.month("2026-10").await["frozen"]["revision"], 2);

    // The tickets of a revision are those that it was frozen with.
    let tickets = async |revision: &str| {
        let query = format!(
            "{{ serviceLevelTickets(month: \"2026-10\", level: \"A\"{revision}) {{ nodes {{ outcome }} }} }}"
        );
        let found = world.answer(contract.admin.clone(), &query).await;
        let nodes = &found["serviceLevelTickets"]["nodes"];
        nodes.as_array().unwrap().len()
    };
    assert_eq!(
        (
            tickets(", revision: 1").await,
            tickets(", revision: 2").await,
            tickets("").await
        ),
        (4, 5, 5)
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_close_at_once_close_it_once() {
    let world = World::start("at once").await;
    let contract = Contract::sign(&world, "a-la-vez").await;
    contract.agrees(json!([attainment("A", 100)])).await;
    let (one, other) = tokio::join!(
        contract.does(&contract.quality, FREEZE, october()),
        contract.does(&contract.admin, FREEZE, october()),
    );
    let closed = |payload: &Value| payload["frozen"]["revision"] == 1;
    assert!(closed(&one) != closed(&other), "{one} {other}");
    let late = if closed(&one) { &other } else { &one };
    assert_eq!(late["problems"][0]["code"], "REASON_MISSING");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_that_lasts_or_has_nothing_agreed_is_not_closed() {
    let world = World::start("not yet").await;
    let contract = Contract::sign(&world, "todavia").await;
    assert_eq!(
        contract
            .problems(&contract.quality, FREEZE, october())
            .await,
        ["NOTHING_AGREED month"]
    );
    contract.agrees(json!([attainment("A", 100)])).await;
    let november = json!({"month": "2026-11"});
    assert_eq!(
        contract.problems(&contract.quality, FREEZE, november).await,
        ["MONTH_NOT_OVER month"]
    );
    assert_eq!(
        world
            .count(contract.tenant, "SELECT count(*) FROM frozen_month")
            .await,
        0
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_what_was_kept_is_found_out() {
    let world = World::start("tampering").await;
    let contract = Contract::sign(&world, "alterado").await;
    closed(&contract).await;
    let mut tx = world.db.begin(contract.tenant).await.unwrap();
    sqlx::query("UPDATE frozen_month SET inputs = replace(inputs, '\"numerator\":990', '\"numerator\":999')")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        contract.month("2026-10").await["frozen"]["recomputes"],
        false
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_leaves_what_people_did_alone() {
    let world = World::start("levels rebuilt").await;
    let contract = Contract::sign(&world, "reconstruido").await;
    closed(&contract).await;
    contract.ticket("2026-10-09T10:00:00Z", Some(20)).await;
    contract
        .ticket_with("2026-10-09T10:00:00Z", Some(1), |_, clock| {
            crate::contract::custom(clock, "N3_ENTREGA");
        })
        .await;
    let before = contract.month("2026-10").await;
    let codes = "SELECT count(*) FROM clock_result WHERE target_code = 'N3_ENTREGA'";
    assert_eq!(world.count(contract.tenant, codes).await, 1);
    let manager = world.caller(Role::ServiceManager, &[contract.tenant]);
    let rebuild =
        "mutation { rebuildReports(input: {}) { rebuilt { tickets } problems { code } } }";
    for _ in 0..2 {
        let done = world.answer(manager.clone(), rebuild).await;
        assert_eq!(
            done["rebuildReports"],
            json!({"rebuilt": {"tickets": 6}, "problems": []})
        );
        assert_eq!(contract.month("2026-10").await, before);
        assert_eq!(world.count(contract.tenant, codes).await, 1);
    }
    for table in ["level_set", "measure", "exclusion", "frozen_month"] {
        let sql: &'static str = Box::leak(format!("SELECT count(*) FROM {table}").into_boxed_str());
        assert_eq!(world.count(contract.tenant, sql).await, 1, "{table}");
    }
    world.finish().await;
}
