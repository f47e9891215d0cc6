//! What an import costs; the figure is printed (`cargo test -p sla-clock speed -- --nocapture`).

use std::time::Instant;

use chrono::TimeDelta;
use events::intake::TicketState;
use serde_json::json;

use crate::world::{World, story};

#[tokio::test]
async fn an_import_flows() {
    const CASES: i64 = 1_000;
    const EVENTS: i64 = 9;
    story(async {
        let world = World::start("import").await;
        let acme = world.tenant("acme").await;
        let terms = json!({"targets": [{"target": "RESOLUTION", "seconds": 864_000}], "pauseOn": [], "warnPercents": []});
        world.always(acme, terms).await;
        let start = world.now() - TimeDelta::days(90);
        let mut facts = Vec::new();
        for case in 0..CASES {
            let mut ticket = world.ticket();
            for event in 0..EVENTS {
                ticket.version = event + 1;
                ticket.state = if event + 1 == EVENTS { TicketState::Closed } else { TicketState::InProgress };
                facts.push(world.recorded(acme, &ticket, start + TimeDelta::minutes(case * 7 + event)));
            }
        }
        let begun = Instant::now();
        for batch in facts.chunks(200) {
            world.hear(acme, batch).await;
        }
        let rate = facts.len() as f64 / begun.elapsed().as_secs_f64();
        println!("history: {} facts in batches of 200: {rate:.0} facts/s (this build, this machine)", facts.len());
        assert!(rate > 500.0, "{rate:.0} facts/s");
        world.end().await;
    })
    .await;
}
