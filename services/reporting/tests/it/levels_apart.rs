//! Service levels of another tenant do not exist, and roles that have no say have none.

use std::sync::Arc;

use access::{Caller, Role};
use ids::{ExclusionId, GlobalId};
use serde_json::{Value, json};

use crate::contract::{
    Contract, DECIDE, FREEZE, MEASURE, MONTH, PROPOSE, SET, WITHDRAW, attainment, code, plain,
};
use crate::world::World;

const READS: [&str; 7] = [
    "query($t: ID) { found: serviceLevels(tenant: $t, month: \"2026-10\") { month } }",
    "query($t: ID) { found: serviceLevelSets(tenant: $t) { nodes { version } } }",
    "query($t: ID) { found: serviceLevelMeasures(tenant: $t, month: \"2026-10\") { nodes { revision } } }",
    "query($t: ID) { found: serviceLevelExclusions(tenant: $t) { nodes { id } } }",
    "query($t: ID) { found: frozenServiceLevels(tenant: $t) { nodes { revision } } }",
    "query($t: ID) { found: serviceLevelTickets(tenant: $t, month: \"2026-10\", level: \"A\") { nodes { at } } }",
    "query($t: ID) { found: serviceLevelCalls(tenant: $t, month: \"2026-10\", level: \"A\") { nodes { contact } } }",
];

fn writes(tenant: Value, ticket: &str) -> Vec<(&'static str, Value)> {
    vec![
        (
            SET,
            json!({"tenant": tenant, "effectiveFrom": "2026-10", "levels": [attainment("X", 100)]}),
        ),
        (
            MEASURE,
            json!({"tenant": tenant, "month": "2026-10", "level": "UP", "numerator": 1, "denominator": 2, "source": "x"}),
        ),
        (
            PROPOSE,
            json!({"tenant": tenant, "month": "2026-10", "ticket": ticket, "reason": "FORCE_MAJEURE", "evidence": "x"}),
        ),
        (
            FREEZE,
            json!({"tenant": tenant, "month": "2026-10", "reason": "x"}),
        ),
    ]
}

async fn refused(world: &World, caller: &Arc<Caller>, query: &str, variables: Value) -> String {
    let (data, errors) = world.ask_with(caller.clone(), query, variables).await;
    assert!(errors.len() == 1, "{query}: {data} {errors:?}");
    code(&errors)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_neighbours_contract_is_not_found() {
    let world = World::start("levels apart").await;
    let own = Contract::sign(&world, "propia").await;
    let theirs = Contract::sign(&world, "ajena").await;
    let mut tickets = Vec::new();
    let mut proposals = Vec::new();
    for contract in [&own, &theirs] {
        contract
            .agrees(json!([
                attainment("A", 60),
                plain("UP", "AVAILABILITY", 40)
            ]))
            .await;
        let missed = contract.ticket("2026-10-05T10:00:00Z", Some(20)).await;
        proposals.push(
            contract
                .proposes(&contract.quality, "2026-10", missed)
                .await,
        );
        contract
            .done(&contract.quality, FREEZE, json!({"month": "2026-10"}))
            .await;
        tickets.push(contract.ticket_id(missed));
    }
    let before = theirs.month("2026-10").await;
    let tenant = json!(theirs.tenant.to_string());
    for caller in [&own.quality, &own.admin] {
        for query in READS {
            assert_eq!(
                refused(&world, caller, query, json!({"t": tenant})).await,
                "NOT_FOUND",
                "{query}"
            );
        }
        for (mutation, input) in writes(tenant.clone(), &tickets[1]) {
            assert_eq!(
                own.refusal(caller, mutation, input).await,
                "NOT_FOUND",
                "{mutation}"
            );
        }
        // A thing of theirs under one's own roof.
        let (mutation, input) = writes(Value::Null, &tickets[1])[2].clone();
        assert_eq!(own.refusal(caller, mutation, input).await, "NOT_FOUND");
        let theirs = json!({"exclusion": proposals[1], "accept": true});
        assert_eq!(own.refusal(caller, DECIDE, theirs).await, "NOT_FOUND");
        let raw = proposals[1].parse::<GlobalId<ExclusionId>>().unwrap().id;
        let mixed =
            json!({"exclusion": GlobalId::new(own.tenant, raw).to_string(), "accept": true});
        assert_eq!(own.refusal(caller, DECIDE, mixed).await, "NOT_FOUND");
        for exclusion in [
            proposals[1].clone(),
            GlobalId::new(own.tenant, raw).to_string(),
        ] {
            let input = json!({"exclusion": exclusion});
            assert_eq!(own.refusal(caller, WITHDRAW, input).await, "NOT_FOUND");
        }
    }
    assert_eq!(theirs.month("2026-10").await, before);
    // The neighbours themselves find all of it.
    for query in READS {
        let (data, errors) = world
            .ask_with(theirs.admin.clone(), query, json!({"t": tenant}))
            .await;
        assert_eq!(errors, [], "{query}");
        assert!(!data["found"].is_null());
    }
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_no_say_has_none() {
    let world = World::start("levels roles").await;
    let contract = Contract::sign(&world, "roles").await;
    contract
        .agrees(json!([
            attainment("A", 60),
            plain("UP", "AVAILABILITY", 40)
        ]))
        .await;
    let missed = contract.ticket("2026-10-05T10:00:00Z", Some(20)).await;
    let proposal = contract
        .proposes(&contract.quality, "2026-10", missed)
        .await;
    let ticket = contract.ticket_id(missed);
    let roles = [
        Role::Requester,
        Role::ApplicationOwner,
        Role::Integrator,
        Role::Agent,
        Role::InventoryManager,
        Role::Coordinator,
        Role::Operator,
    ];
    for role in roles {
        let caller = world.caller(role, &[contract.tenant]);
        let mut all = writes(Value::Null, &ticket);
        all.push((DECIDE, json!({"exclusion": proposal, "accept": true})));
        all.push((WITHDRAW, json!({"exclusion": proposal})));
        for (mutation, input) in all {
            assert_eq!(
                contract.refusal(&caller, mutation, input).await,
                "FORBIDDEN",
                "{role}: {mutation}"
            );
        }
        let (_, errors) = world.ask_with(caller, MONTH, json!({"m": "2026-10"})).await;
        let reads = access::Permission::ReadIndicators.roles().contains(&role);
        assert_eq!(errors.is_empty(), reads, "{role}");
    }
    // A machine of the client agrees to nothing, whatever its roles say.
    let mut machine = (*contract.admin).clone();
    machine.kind = access::CallerKind::Machine;
    let input = json!({"exclusion": proposal, "accept": true});
    let machine = Arc::new(machine);
    assert_eq!(contract.refusal(&machine, DECIDE, input).await, "FORBIDDEN");
    let input = json!({"exclusion": proposal});
    assert_eq!(
        contract.refusal(&machine, WITHDRAW, input).await,
        "FORBIDDEN"
    );
    for wrong in [
        "{ serviceLevels(month: \"octubre\") { month } }",
        "{ serviceLevelSets(first: 101) { nodes { version } } }",
        "{ serviceLevelExclusions(after: \"x\") { nodes { id } } }",
    ] {
        assert_eq!(
            world.refusal(contract.admin.clone(), wrong).await,
            "BAD_INPUT",
            "{wrong}"
        );
    }
    world.finish().await;
}
