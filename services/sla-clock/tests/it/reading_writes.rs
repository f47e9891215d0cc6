//! Read your writes, with a broker that is late.

use std::time::Duration;

use chrono::TimeDelta;
use events::Lane;
use messaging::BusSettings;
use serde_json::Value;
use tokio::time::Instant;

use crate::following::{CLOCKS, representation};
use crate::world::{World, at, config, story};

#[tokio::test]
async fn a_late_broker_is_waited_for_but_not_for_ever() {
    for (delay, comes) in [(200, true), (5_000, false)] {
        story(async {
            let delayed = |mut bus: BusSettings| {
                bus.delay = Some(Duration::from_millis(delay));
                bus
            };
            // What comes is waited for as long as a busy machine takes over it.
            let mut config = config();
            if comes {
                config.patience_ms = 10_000;
            }
            let world = World::start_with("late", delayed, config).await;
            let acme = world.tenant("acme").await;
            world.usual(acme).await;
            let manager = world.manager(acme);
            world.run();
            // The consumers are there when the ticket is opened.
            tokio::time::sleep(Duration::from_millis(300)).await;
            let ticket = world.ticket();
            world
                .bus
                .publish_to("sla-clock", Lane::Live, &[world.opened(acme, &ticket)])
                .await
                .unwrap();
            let begun = Instant::now();
            let seen = world
                .data(&manager, CLOCKS, representation(acme, &ticket, 1))
                .await;
            let seen = &seen["_entities"][0];
            let clocks = seen["clocks"].as_array().unwrap();
            if comes {
                assert_eq!(
                    (clocks.len(), &seen["clocksAsOf"]),
                    (2, &Value::Null),
                    "{seen}"
                );
                assert!(
                    clocks
                        .iter()
                        .all(|c| c["state"] == "RUNNING" && c["asOf"].is_null())
                );
            } else {
                assert!(
                    begun.elapsed() < Duration::from_millis(1_500),
                    "{:?}",
                    begun.elapsed()
                );
                assert!(
                    clocks.is_empty() && seen["clocksAsOf"].is_string(),
                    "{seen}"
                );
            }
            world.end().await;
        })
        .await;
    }
}

#[tokio::test]
async fn what_another_dated_ahead_was_not_known_later_than_now() {
    story(async {
        let world = World::start("dated ahead").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let manager = world.manager(acme);
        world.run();
        // The consumers are there when the ticket is opened.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let ticket = world.ticket();
        let mut opened = world.opened(acme, &ticket);
        opened.time = world.now() + TimeDelta::hours(2);
        world
            .bus
            .publish_to("sla-clock", Lane::Live, &[opened])
            .await
            .unwrap();
        testkit::eventually(Duration::from_secs(20), || async {
            let asked = representation(acme, &ticket, 1);
            let seen = world.data(&manager, CLOCKS, asked).await;
            let clocks = seen["_entities"][0]["clocks"].clone();
            (clocks.as_array().unwrap().len() == 2).then_some(())
        })
        .await;
        // Another version was shown than is known here.
        let seen = world
            .data(&manager, CLOCKS, representation(acme, &ticket, 9))
            .await;
        let seen = &seen["_entities"][0];
        let as_of = at(seen["clocksAsOf"].as_str().unwrap());
        assert_eq!(as_of, world.now(), "{seen}");
        world.end().await;
    })
    .await;
}
