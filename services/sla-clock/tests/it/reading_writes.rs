//! Read your writes, with a broker that is late.

use std::time::Duration;

use events::Lane;
use serde_json::Value;
use tokio::time::Instant;

use crate::following::{CLOCKS, representation};
use crate::world::{World, story};

#[tokio::test]
async fn a_late_broker_is_waited_for_but_not_for_ever() {
    for (delay, comes) in [(200, true), (5_000, false)] {
        story(async {
            let world = World::start_with("late", |mut bus| {
                bus.delay = Some(Duration::from_millis(delay));
                bus
            })
            .await;
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
