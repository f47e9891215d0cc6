//! Read your writes, with a broker that is late.

use std::time::Duration;

use access::Role;
use events::Lane;
use messaging::Position;
use routing::config::Config;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{World, gid, story};

const TICKET: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { assignment { \
    version asOf group { name } } } } }";
const LIST: &str =
    "query($p: String) { worklist(afterPosition: $p) { asOf edges { node { number } } } }";

#[tokio::test]
async fn a_late_broker_is_waited_for_but_not_for_ever() {
    // A broker that is 200 ms late is waited for (with patience for a busy machine), one that is 5 s late is not.
    for (delay, comes) in [(200, true), (5000, false)] {
        story(async {
            let mut config = Config::default();
            if comes {
                config.patience_ms = 10_000;
            }
            let world = World::start_with("late", config, |mut bus| {
                bus.delay = Some(Duration::from_millis(delay));
                bus
            })
            .await;
            let acme = world.tenant("acme").await;
            let agent = world.staff(Role::Agent, &[acme]).await;
            world.run();
            // The consumers are there when the ticket is opened.
            tokio::time::sleep(Duration::from_millis(300)).await;
            let ticket = world.ticket(1);
            let opened = world.opened(acme, &ticket);
            world.bus.publish_to("routing", Lane::Live, &[opened]).await.unwrap();
            let begun = Instant::now();
            let representation = json!({"r": [{"__typename": "Ticket", "id": gid(acme, ticket.ticket), "version": 1}]});
            let position = Position {
                tenant: acme,
                source: "intake".to_owned(),
                subject: ticket.ticket.to_string(),
                sequence: 1,
            };
            let variables = json!({"p": position.to_string()});
            let (seen, list) = tokio::join!(
                world.data(&agent, TICKET, representation),
                world.data(&agent, LIST, variables)
            );
            let assignment = &seen["_entities"][0]["assignment"];
            let rows = list["worklist"]["edges"].as_array().unwrap().len();
            if comes {
                assert!(begun.elapsed() >= Duration::from_millis(150), "it was there before it could be");
                assert_eq!(
                    assignment,
                    &json!({"version": 1, "asOf": null, "group": {"name": "Mesa de servicio N1"}})
                );
                assert_eq!((rows, &list["worklist"]["asOf"]), (1, &Value::Null));
            } else {
                assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
                assert!(assignment["group"].is_null() && assignment["asOf"].is_string(), "{assignment}");
                assert!(rows == 0 && list["worklist"]["asOf"].is_string(), "{list}");
            }
            world.end().await;
        })
        .await;
    }
}
