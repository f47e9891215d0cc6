//! A proposal is taken back by the side that made it, while the other one has not decided.

use access::Role;
use serde_json::{Value, json};

use crate::contract::{Contract, DECIDE, FREEZE, WITHDRAW, all_pages, attainment};
use crate::world::World;

const LIST: &str = "query($a: String) { serviceLevelExclusions(state: WITHDRAWN, after: $a) { nodes { id state evidence decision { \
     accepted } withdrawal { withdrawnBy { id } withdrawnAt } } pageInfo { hasNextPage endCursor } } }";

async fn missed(contract: &Contract<'_>, hours: std::ops::Range<u32>) -> Vec<ids::TicketId> {
    let mut all = Vec::new();
    for hour in hours {
        let opened = format!("2026-10-05T{hour:02}:00:00Z");
        all.push(contract.ticket(&opened, Some(20)).await);
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_withdrawn_is_shown_and_counts_nowhere() {
    let world = World::start("withdrawing").await;
    let contract = Contract::sign(&world, "retiradas").await;
    contract.agrees(json!([attainment("A", 100)])).await;
    let tickets = missed(&contract, 10..13).await;
    let proposal = contract
        .proposes(&contract.quality, "2026-10", tickets[0])
        .await;
    let withdraw = json!({"exclusion": proposal});

    // The other side decides, or leaves it.
    assert_eq!(
        contract
            .problems(&contract.admin, WITHDRAW, withdraw.clone())
            .await,
        ["OTHERS_PROPOSAL exclusion"]
    );
    // A colleague of the one who proposed may.
    let colleague = world.caller(Role::ServiceManager, &[contract.tenant]);
    let done = contract.done(&colleague, WITHDRAW, withdraw.clone()).await;
    assert_eq!(done["exclusion"]["state"], "WITHDRAWN");
    let who = ids::GlobalId::new(contract.tenant, colleague.person).to_string();
    assert_eq!(
        done["exclusion"]["withdrawal"],
        json!({"withdrawnBy": {"id": who}, "withdrawnAt": "2026-11-20T12:00:00+00:00"})
    );
    // Once more changes nothing, not even who it was.
    assert_eq!(
        contract
            .done(&contract.quality, WITHDRAW, withdraw.clone())
            .await,
        done
    );
    for accept in [true, false] {
        let input = json!({"exclusion": proposal, "accept": accept});
        assert_eq!(
            contract.problems(&contract.admin, DECIDE, input).await,
            ["WITHDRAWN exclusion"]
        );
    }
    assert_eq!(contract.figures("2026-10").await, ["0/3 BELOW_MINIMUM"]);
    let shown = all_pages(&world, &contract.admin, LIST).await;
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["evidence"], "acta 12");
    assert_eq!(shown[0]["decision"], Value::Null);
    assert_eq!(shown[0]["withdrawal"]["withdrawnBy"]["id"], who);

    // It is out of the way: the same may be proposed anew. What was decided stays.
    let again = contract
        .proposes(&contract.quality, "2026-10", tickets[0])
        .await;
    contract.decides(&contract.admin, &again, true).await;
    assert_eq!(
        contract
            .problems(&contract.quality, WITHDRAW, json!({"exclusion": again}))
            .await,
        ["ALREADY_DECIDED exclusion"]
    );
    assert_eq!(contract.figures("2026-10").await, ["0/2 BELOW_MINIMUM"]);

    // The client withdraws its own as well, also when the month is closed; that stays as it was closed.
    let clients = contract
        .proposes(&contract.admin, "2026-10", tickets[1])
        .await;
    contract
        .done(&contract.quality, FREEZE, json!({"month": "2026-10"}))
        .await;
    contract
        .done(&contract.admin, WITHDRAW, json!({"exclusion": clients}))
        .await;
    let frozen = contract.month("2026-10").await["frozen"].clone();
    assert_eq!(frozen["recomputes"], true);
    let states: Vec<&Value> = frozen["exclusions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["state"])
        .collect();
    let mut states: Vec<String> = states.iter().map(ToString::to_string).collect();
    states.sort_unstable();
    assert_eq!(states, ["\"ACCEPTED\"", "\"PROPOSED\"", "\"WITHDRAWN\""]);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_decision_and_a_withdrawal_at_once_one_is_first() {
    let world = World::start("withdrawal race").await;
    let contract = Contract::sign(&world, "carrera").await;
    contract.agrees(json!([attainment("A", 100)])).await;
    let tickets = missed(&contract, 10..16).await;
    for ticket in tickets {
        let proposal = contract
            .proposes(&contract.quality, "2026-10", ticket)
            .await;
        let (withdrawn, decided) = tokio::join!(
            contract.does(&contract.quality, WITHDRAW, json!({"exclusion": proposal})),
            contract.does(
                &contract.admin,
                DECIDE,
                json!({"exclusion": proposal, "accept": true})
            ),
        );
        let told = (
            withdrawn["exclusion"]["state"].as_str(),
            decided["exclusion"]["state"].as_str(),
            withdrawn["problems"][0]["code"].as_str(),
            decided["problems"][0]["code"].as_str(),
        );
        assert!(
            told == (Some("WITHDRAWN"), None, None, Some("WITHDRAWN"))
                || told == (None, Some("ACCEPTED"), Some("ALREADY_DECIDED"), None),
            "{told:?}"
        );
    }
    let both = "SELECT count(*) FROM exclusion WHERE (accepted IS NULL) = (withdrawn_at IS NULL)";
    assert_eq!(world.count(contract.tenant, both).await, 0);
    // Of each there was a proposal and one end.
    let told = world.told(contract.tenant, 1 + 6 * 2).await;
    assert_eq!(told.len(), 1 + 6 * 2);
    world.finish().await;
}
