//! Exclusions: proposed by one side, decided by the other, all shown.

use serde_json::{Value, json};

use crate::contract::{Contract, DECIDE, MEASURE, PROPOSE, attainment, plain, shown};
use crate::world::World;

const LIST: &str = "query($m: String, $s: ExclusionState, $f: Int, $a: String) { serviceLevelExclusions(month: $m, state: $s, first: $f, \
     after: $a) { nodes { id state reason evidence proposedBySide proposedBy { id } decision { accepted note decidedBy { id } } } \
     pageInfo { hasNextPage endCursor } } }";

#[tokio::test(flavor = "multi_thread")]
async fn what_both_sides_agree_on_changes_the_figure() {
    let world = World::start("exclusions").await;
    let contract = Contract::sign(&world, "exclusiones").await;
    contract.agrees(json!([attainment("A", 100)])).await;
    let mut missed = Vec::new();
    for hour in 10..14 {
        let opened = format!("2026-10-05T{hour}:00:00Z");
        missed.push(contract.ticket(&opened, Some(20)).await);
    }
    for hour in 10..16 {
        contract
            .ticket(&format!("2026-10-06T{hour}:00:00Z"), Some(1))
            .await;
    }
    assert_eq!(contract.figures("2026-10").await, ["6/10 BELOW_TARGET"]);

    let by_provider = contract
        .proposes(&contract.quality, "2026-10", missed[0])
        .await;
    let by_client = contract
        .proposes(&contract.admin, "2026-10", missed[1])
        .await;
    let rejected = contract
        .proposes(&contract.quality, "2026-10", missed[2])
        .await;
    assert_eq!(
        contract.figures("2026-10").await,
        ["6/10 BELOW_TARGET"],
        "nobody has decided"
    );

    // One's own side decides nothing.
    for (own, exclusion) in [
        (&contract.quality, &by_provider),
        (&contract.admin, &by_client),
    ] {
        let input = json!({"exclusion": exclusion, "accept": true});
        assert_eq!(
            contract.problems(own, DECIDE, input).await,
            ["OWN_PROPOSAL exclusion"]
        );
    }
    // Nor does a colleague of one's own side.
    let colleague = world.caller(access::Role::ServiceManager, &[contract.tenant]);
    let input = json!({"exclusion": by_provider, "accept": true});
    assert_eq!(
        contract.problems(&colleague, DECIDE, input).await,
        ["OWN_PROPOSAL exclusion"]
    );

    contract.decides(&contract.admin, &by_provider, true).await;
    contract.decides(&contract.quality, &by_client, true).await;
    let no = json!({"exclusion": rejected, "accept": false, "note": "No dependía de nosotros."});
    contract.done(&contract.admin, DECIDE, no.clone()).await;
    contract.done(&contract.admin, DECIDE, no).await;
    let turned = json!({"exclusion": rejected, "accept": true});
    assert_eq!(
        contract.problems(&contract.admin, DECIDE, turned).await,
        ["ALREADY_DECIDED exclusion"]
    );

    let month = contract.month("2026-10").await;
    assert_eq!(shown(&month["figures"], "figure"), ["6/8 BELOW_TARGET"]);
    assert_eq!(
        shown(&month["figures"], "withoutExclusions"),
        ["6/10 BELOW_TARGET"]
    );
    assert_eq!(month["figures"]["levels"][0]["excused"], 2);
    // 75/90 and 60/90 of the weight.
    assert_eq!(month["figures"]["total"]["valueHundredths"], 8333);
    assert_eq!(
        month["figures"]["totalWithoutExclusions"]["valueHundredths"],
        6666
    );

    // Both sides see all of them, and why.
    let ask = |caller, variables| world.ask_with(caller, LIST, variables);
    let all =
        ask(contract.admin.clone(), json!({"m": "2026-10"})).await.0["serviceLevelExclusions"]
            .clone();
    let states: Vec<&str> = all["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n["state"].as_str().unwrap())
        .collect();
    let mut sorted = states.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["ACCEPTED", "ACCEPTED", "REJECTED"]);
    let no = ask(contract.quality.clone(), json!({"s": "REJECTED"}))
        .await
        .0["serviceLevelExclusions"]["nodes"]
        .clone();
    assert_eq!(no[0]["decision"]["note"], "No dependía de nosotros.");
    assert_eq!(no[0]["proposedBySide"], "PROVIDER");
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = ask(contract.quality.clone(), json!({"f": 2, "a": after}))
            .await
            .0["serviceLevelExclusions"]
            .clone();
        seen.extend(
            page["nodes"]
                .as_array()
                .unwrap()
                .iter()
                .map(|n| n["id"].clone()),
        );
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen.len(), 3);
    let outcomes =
        "{ serviceLevelTickets(month: \"2026-10\", level: \"A\") { nodes { outcome } } }";
    let nodes =
        world.answer(contract.admin.clone(), outcomes).await["serviceLevelTickets"]["nodes"]
            .clone();
    let count = |word: &str| {
        nodes
            .as_array()
            .unwrap()
            .iter()
            .filter(|n| n["outcome"] == word)
            .count()
    };
    assert_eq!(
        (count("FOR"), count("AGAINST"), count("EXCUSED")),
        (6, 2, 2)
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interval_excuses_tickets_or_units() {
    let world = World::start("intervals").await;
    let contract = Contract::sign(&world, "intervalos").await;
    let windows = json!({"dated": [
        {"name": "CHG-6", "from": "2026-10-05T19:00:00Z", "to": "2026-10-05T21:00:00Z"},
        {"name": "CHG-7", "from": "2026-10-11T05:00:00Z", "to": "2026-10-11T09:00:00Z"},
    ]});
    let levels = json!([attainment("A", 50), plain("UP", "AVAILABILITY", 50)]);
    contract.agrees_with(levels, windows).await;
    // Missed at 18, 19, 20 and 21 h.
    for hour in 10..14 {
        contract
            .ticket(&format!("2026-10-05T{hour}:00:00Z"), Some(20))
            .await;
    }
    contract.ticket("2026-10-05T10:00:00Z", Some(1)).await;
    let minutes = json!({"month": "2026-10", "level": "UP", "numerator": 44000, "denominator": 44640, "source": "sonda"});
    contract.done(&contract.quality, MEASURE, minutes).await;
    let interval = |level: &str, from: &str, to: &str, units: Value| {
        json!({"month": "2026-10", "level": level, "interval": {"from": from, "to": to, "units": units},
               "reason": "AGREED_WINDOW", "evidence": "cambio CHG-7"})
    };
    let surge = interval(
        "A",
        "2026-10-05T19:00:00Z",
        "2026-10-05T21:00:00Z",
        Value::Null,
    );
    let window = interval(
        "UP",
        "2026-10-11T05:00:00Z",
        "2026-10-11T09:00:00Z",
        json!(240),
    );
    for input in [surge, window] {
        let done = contract.done(&contract.quality, PROPOSE, input).await;
        assert_eq!(done["exclusion"]["ticket"], Value::Null);
        contract
            .decides(
                &contract.admin,
                done["exclusion"]["id"].as_str().unwrap(),
                true,
            )
            .await;
    }
    assert_eq!(
        contract.figures("2026-10").await,
        ["1/3 BELOW_MINIMUM", "44000/44400 MET"]
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proposal_must_make_sense() {
    let world = World::start("proposals").await;
    let contract = Contract::sign(&world, "propuestas").await;
    let ticket = contract.ticket("2026-10-05T10:00:00Z", Some(20)).await;
    let of = |ticket| json!({"month": "2026-10", "ticket": contract.ticket_id(ticket), "reason": "FORCE_MAJEURE", "evidence": "sismo"});
    let wrong = |input| contract.problems(&contract.quality, PROPOSE, input);
    assert_eq!(wrong(of(ticket)).await, ["NOTHING_AGREED month"]);
    contract
        .agrees(json!([
            attainment("A", 50),
            plain("UP", "AVAILABILITY", 50)
        ]))
        .await;
    assert_eq!(
        wrong(of(ids::TicketId::new(&*world.ids))).await,
        ["UNKNOWN_TICKET ticket"]
    );
    let mut other = of(ticket);
    other["level"] = json!("UP");
    other["evidence"] = json!("");
    assert_eq!(
        wrong(other).await,
        ["NOT_FROM_TICKETS level", "EVIDENCE_MISSING evidence"]
    );
    let outside = json!({"month": "2026-10", "level": "A", "reason": "VOLUME_OUTSIDE_BAND", "evidence": "x",
                         "interval": {"from": "2026-10-01T04:00:00Z", "to": "2026-10-02T05:00:00Z"}});
    assert_eq!(wrong(outside).await, ["OUTSIDE_MONTH interval"]);
    let nothing = json!({"month": "2026-10", "reason": "FORCE_MAJEURE", "evidence": "x"});
    assert_eq!(
        contract.refusal(&contract.quality, PROPOSE, nothing).await,
        "BAD_INPUT"
    );

    let mut keyed = of(ticket);
    keyed["idempotencyKey"] = json!("k");
    let first = contract
        .done(&contract.quality, PROPOSE, keyed.clone())
        .await;
    assert_eq!(
        contract
            .done(&contract.quality, PROPOSE, keyed.clone())
            .await,
        first
    );
    keyed["evidence"] = json!("otra");
    assert_eq!(
        contract.refusal(&contract.quality, PROPOSE, keyed).await,
        "IDEMPOTENCY_MISMATCH"
    );
    assert_eq!(
        world
            .count(contract.tenant, "SELECT count(*) FROM exclusion")
            .await,
        1
    );
    world.finish().await;
}
