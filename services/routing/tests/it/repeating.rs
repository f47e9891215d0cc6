//! A mutation that comes again under the same key.

use std::sync::Arc;

use access::Role;
use chrono::TimeDelta;
use clock::{Clock as _, ManualClock};
use idempotency::{KEPT_FOR, purge};
use routing::config::Config;
use serde_json::{Value, json};

use crate::world::{World, story};

const CREATE: &str =
    "mutation($i: CreateGroupInput!) { createGroup(input: $i) { group { id } problems { code } } }";

fn named(name: &str) -> Value {
    json!({"i": {"name": name, "line": 2, "speciality": "SYSTEMS_OPERATIONS", "idempotencyKey": "k"}})
}

#[tokio::test]
async fn a_group_is_made_once_per_key_for_two_days() {
    story(async {
        let clock = Arc::new(ManualClock::at("2026-11-23T14:00:00Z".parse().unwrap()));
        let world = World::start_on(clock.clone(), "keys", Config::default(), |bus| bus).await;
        assert_eq!(world.jobs(), ["routing-purge"]);
        let acme = world.tenant("acme").await;
        let lead = world.staff(Role::ServiceManager, &[acme]).await;
        let first = world.data(&lead, CREATE, named("Operaciones")).await;

        clock.advance(KEPT_FOR - TimeDelta::minutes(1));
        assert_eq!(purge(&world.db, clock.now()).await.unwrap(), 0);
        assert_eq!(world.data(&lead, CREATE, named("Operaciones")).await, first);
        assert_eq!(
            world.refusal(&lead, CREATE, named("Redes")).await,
            "IDEMPOTENCY_MISMATCH"
        );

        clock.advance(TimeDelta::minutes(2));
        assert_eq!(
            purge(&world.db, clock.now()).await.unwrap(),
            1,
            "it stands in the provider's schema"
        );
        let anew = world.data(&lead, CREATE, named("Redes")).await;
        assert_eq!(anew["createGroup"]["problems"], json!([]));
        assert_ne!(anew, first);
        world.end().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_same_moment_one_group_is_made() {
    story(async {
        let world = World::start("keys-at-once").await;
        let acme = world.tenant("acme").await;
        let lead = world.staff(Role::ServiceManager, &[acme]).await;
        let once = || world.data(&lead, CREATE, named("Operaciones"));
        let all = futures::future::join_all((0..4).map(|_| once())).await;
        assert!(
            all.iter().all(|one| *one == all[0]),
            "nobody hears that the name is taken: {all:?}"
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_none_is_the_callers_mistake() {
    story(async {
        let world = World::start("keys-none").await;
        let acme = world.tenant("acme").await;
        let lead = world.staff(Role::ServiceManager, &[acme]).await;
        let mut input = named("Operaciones");
        for wrong in ["", "a\0b"] {
            input["i"]["idempotencyKey"] = json!(wrong);
            assert_eq!(
                world.refusal(&lead, CREATE, input.clone()).await,
                "BAD_INPUT"
            );
        }
        world.end().await;
    })
    .await;
}
