//! The schema is the integrators' manual: everything in it is described.

use access::Role;
use serde_json::json;
use testkit::{INTROSPECTION, undescribed};

use crate::world::{World, story};

#[tokio::test]
async fn every_type_field_argument_and_value_says_what_it_is() {
    story(async {
        let world = World::start("describing").await;
        let acme = world.tenant("acme").await;
        let agent = world.caller(Role::Agent, &[acme]);
        let data = world.data(&agent, INTROSPECTION, json!({})).await;
        let silent = undescribed(&data);
        assert!(silent.is_empty(), "no description: {silent:#?}");
        world.end().await;
    })
    .await;
}

#[test]
fn the_sdl_extends_the_ticket_and_owns_the_article() {
    let sdl = knowledge::app::sdl();
    for piece in [
        "type Ticket @key(fields: \"id\")",
        "subject: String! @external",
        "@requires(fields: \"subject\")",
        "type Article @key(fields: \"id\")",
        "type Person @key(fields: \"id\", resolvable: false)",
    ] {
        assert!(sdl.contains(piece), "{piece} is not in\n{sdl}");
    }
}
