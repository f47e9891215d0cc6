//! A month's figures from the facts, worked out by hand.

use events::intake::Priority;
use events::sla_clock::{AgreementKind, Target};
use serde_json::json;

use crate::contract::{Contract, SET, attainment, custom, plain};
use crate::world::{Told, World};
use events::intake::TicketState;

#[tokio::test(flavor = "multi_thread")]
async fn attainment_counts_results_of_the_month_in_the_contracts_zone() {
    let world = World::start("attainment").await;
    let contract = Contract::sign(&world, "cumplimiento").await;
    let mut critical = attainment("CRITICAL", 20);
    critical["priorities"] = json!(["CRITICAL"]);
    let mut own = attainment("OWN", 20);
    own["clockTarget"] = json!("CUSTOM");
    own["targetCode"] = json!("N3_ENTREGA");
    let mut few = attainment("FEW", 20);
    few["minimumSample"] = json!(6);
    let mut requests = attainment("REQUESTS", 10);
    requests["kinds"] = json!(["SERVICE_REQUEST"]);
    contract
        .agrees(json!([attainment("ALL", 30), critical, own, few, requests]))
        .await;

    contract.ticket("2026-10-05T14:00:00Z", Some(4)).await;
    contract.ticket("2026-10-10T14:00:00Z", Some(10)).await;
    // Due at 04:00Z on the first of November: still October in Lima, and nobody has told of the breach.
    contract.ticket("2026-10-31T20:00:00Z", None).await;
    // Due at 05:00Z: November.
    contract.ticket("2026-10-31T21:00:00Z", None).await;
    contract
        .ticket_with("2026-10-12T14:00:00Z", Some(8), |priority, _| {
            *priority = Priority::Critical;
        })
        .await;
    contract
        .ticket_with("2026-10-13T14:00:00Z", Some(1), |_, clock| {
            custom(clock, "N3_ENTREGA");
        })
        .await;
    contract
        .ticket_with("2026-10-13T14:00:00Z", Some(1), |_, clock| {
            custom(clock, "OTRO");
        })
        .await;
    // Two cycles: the worst one counts, and the ticket once.
    let twice = contract.ticket("2026-10-20T14:00:00Z", Some(2)).await;
    let mut again = crate::world::resolution_clock(&world, twice, "2026-10-21T14:00:00Z", 1);
    again.cycle = 2;
    again.state = events::sla_clock::ClockState::Stopped;
    again.stopped_at = Some(crate::world::at("2026-10-21T16:00:00Z"));
    again.breached_at = again.due_at;
    contract.clock(again).await;

    assert_eq!(
        contract.figures("2026-10").await,
        [
            "2/5 BELOW_MINIMUM",
            "1/1 MET",
            "1/1 MET",
            "2/5 NOT_ENOUGH_SAMPLE",
            "0/0 NO_DATA"
        ]
    );
    let month = contract.month("2026-10").await;
    assert_eq!(month["timeZone"], "America/Lima");
    assert_eq!(month["from"], "2026-10-01T05:00:00+00:00");
    assert_eq!(month["to"], "2026-11-01T05:00:00+00:00");
    assert_eq!(month["asOf"], month["to"]);
    // ALL earns nothing of 30, CRITICAL and OWN their 20 each; the weights of the other two fall to these three.
    assert_eq!(
        month["figures"]["total"],
        json!({"earnedHundredths": 4000, "possibleHundredths": 7000, "valueHundredths": 5714})
    );
    assert_eq!(contract.figures("2026-11").await[0], "0/1 BELOW_MINIMUM");
    let running = contract.month("2026-11").await;
    assert_eq!(running["asOf"], "2026-11-20T12:00:00+00:00");
    world.finish().await;
}

/// Groups and vendors may owe each other what the provider owes the client: its contract is judged by its own clocks alone.
#[tokio::test(flavor = "multi_thread")]
async fn what_groups_and_vendors_owe_each_other_is_in_no_level_of_the_client() {
    let world = World::start("attainment-kinds").await;
    let contract = Contract::sign(&world, "ajenos").await;
    let mut own = attainment("OWN", 40);
    own["clockTarget"] = json!("CUSTOM");
    own["targetCode"] = json!("N2");
    contract.agrees(json!([attainment("ALL", 60), own])).await;
    contract.ticket("2026-10-05T14:00:00Z", Some(4)).await;
    // The same target, missed: with the group's code, without any, and under the code of the client's own target.
    for kind in [AgreementKind::Ola, AgreementKind::Supplier] {
        for (target, code) in [
            (Target::Resolution, Some("N2")),
            (Target::Resolution, None),
            (Target::Custom, Some("N2")),
        ] {
            contract
                .ticket_with("2026-10-06T14:00:00Z", Some(10), |_, clock| {
                    clock.agreement_kind = kind;
                    clock.target = target;
                    clock.target_code = code.map(str::to_owned);
                })
                .await;
        }
    }
    assert_eq!(
        contract.figures("2026-10").await,
        ["1/1 MET", "0/0 NO_DATA"]
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn first_contact_is_that_of_the_indicators() {
    let world = World::start("fcr levels").await;
    let contract = Contract::sign(&world, "primer-contacto").await;
    let mut fcr = plain("FCR", "FIRST_CONTACT", 40);
    fcr["tightening"] = json!({"monthlyHundredths": 100, "untilHundredths": 9200});
    let mut reopened = plain("REOPENED", "REOPENED", 30);
    reopened["targetHundredths"] = json!(1000);
    reopened["minimumHundredths"] = json!(2500);
    contract
        .agrees(json!([fcr, plain("FLR", "FIRST_LEVEL", 30), reopened]))
        .await;
    for day in ["02", "03"] {
        contract
            .resolved_at_first_contact(&format!("2026-11-{day}T15:00:00Z"))
            .await;
    }
    // Escalated; reopened on the next working day; still open; and one that was opened when it was October in Lima.
    let escalated = Told::new(&world, contract.tenant)
        .opened("2026-11-04T15:00:00Z")
        .held("2026-11-04T15:01:00Z", "Mesa", 1, None)
        .held("2026-11-04T16:00:00Z", "Sistemas", 2, None)
        .state("2026-11-04T17:00:00Z", TicketState::Resolved);
    let back = Told::new(&world, contract.tenant)
        .opened("2026-11-05T15:00:00Z")
        .held("2026-11-05T15:01:00Z", "Mesa", 1, None)
        .state("2026-11-05T16:00:00Z", TicketState::Resolved)
        .state("2026-11-06T16:00:00Z", TicketState::Reopened)
        .state("2026-11-06T17:00:00Z", TicketState::Resolved);
    let open = Told::new(&world, contract.tenant).opened("2026-11-07T15:00:00Z");
    for told in [&escalated, &back, &open] {
        contract.hear(&told.facts).await;
    }
    contract
        .resolved_at_first_contact("2026-11-01T04:59:00Z")
        .await;

    assert_eq!(
        contract.figures("2026-11").await,
        ["2/4 BELOW_TARGET", "3/4 BELOW_TARGET", "1/4 BELOW_TARGET"]
    );
    let month = contract.month("2026-11").await;
    let wanted: Vec<&serde_json::Value> = month["figures"]["levels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| &l["targetHundredths"])
        .collect();
    assert_eq!(
        wanted,
        [&json!(9100), &json!(9000), &json!(1000)],
        "a point more than in October"
    );
    let query = r#"{ indicators(from: "2026-11-01T05:00:00Z", to: "2026-12-01T05:00:00Z") { fcr { base resolved } flr { resolved }
        reopened { strictCases } } }"#;
    let found = world.answer(contract.quality.clone(), query).await;
    assert_eq!(
        found["indicators"],
        json!({"fcr": {"base": 4, "resolved": 2}, "flr": {"resolved": 3}, "reopened": {"strictCases": 1}})
    );
    assert_eq!(contract.figures("2026-10").await[0], "1/1 MET");

    // The tickets behind the figure, page by page.
    let tickets = "{ serviceLevelTickets(month: \"2026-11\", level: \"FCR\", first: 3) { nodes { ticket { id } at outcome } \
                   pageInfo { hasNextPage endCursor } } }";
    let page = &world.answer(contract.admin.clone(), tickets).await["serviceLevelTickets"];
    let outcomes: Vec<&str> = page["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["FOR", "FOR", "AGAINST"]);
    assert_eq!(
        page["nodes"][2]["ticket"]["id"],
        contract.ticket_id(escalated.ticket)
    );
    let rest = tickets.replace(
        "first: 3",
        &format!("first: 3, after: {}", page["pageInfo"]["endCursor"]),
    );
    let page = &world.answer(contract.admin.clone(), &rest).await["serviceLevelTickets"];
    assert_eq!(page["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(page["pageInfo"]["hasNextPage"], false);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_young_contract_is_shown_and_not_judged() {
    let world = World::start("young").await;
    let contract = Contract::sign(&world, "joven").await;
    let mut young = attainment("A", 50);
    young["stabilisationMonths"] = json!(1);
    let mut levels = json!({"effectiveFrom": "2026-10", "contractStart": "2026-10", "levels": [young, attainment("B", 50)]});
    contract.done(&contract.quality, SET, levels.clone()).await;
    contract.ticket("2026-10-05T14:00:00Z", Some(10)).await;
    contract.ticket("2026-11-05T14:00:00Z", Some(1)).await;
    assert_eq!(
        contract.figures("2026-10").await,
        ["0/1 STABILISING", "0/1 BELOW_MINIMUM"]
    );
    assert_eq!(contract.figures("2026-11").await, ["1/1 MET", "1/1 MET"]);
    // A set from another month counts stabilisation from the contract's start all the same.
    levels["effectiveFrom"] = json!("2026-11");
    levels["contractStart"] = json!(null);
    contract.done(&contract.quality, SET, levels).await;
    assert_eq!(contract.figures("2026-11").await, ["1/1 MET", "1/1 MET"]);
    world.finish().await;
}
