//! The schema is the integrators' manual: everything in it is described.

use serde_json::json;
use testkit::{INTROSPECTION, undescribed};

use crate::world::{World, story};

#[tokio::test]
async fn every_type_field_argument_and_value_says_what_it_is() {
    story(async {
        let world = World::start("describing").await;
        let acme = world.tenant("acme").await;
        let data = world
            .data(&world.manager(acme), INTROSPECTION, json!({}))
            .await;
        let silent = undescribed(&data);
        assert!(silent.is_empty(), "no description: {silent:#?}");
        world.end().await;
    })
    .await;
}

#[test]
fn the_sdl_extends_the_ticket() {
    let sdl = sla_clock::app::sdl();
    for piece in [
        "type Ticket @key(fields: \"id\")",
        "version: Int! @external",
        "clocks: [TicketClock!]! @requires(fields: \"version\")",
        "type Application @key(fields: \"id\", resolvable: false)",
        "Up to this instant, or to where it stopped; now if absent. A later instant than now counts as now.",
        "Judged at this instant; now if absent, and a later instant than now counts as now.",
    ] {
        assert!(sdl.contains(piece), "{piece} is not in\n{sdl}");
    }
}
