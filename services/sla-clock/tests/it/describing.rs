//! The schema is the integrators' manual: everything in it is described.

use serde_json::{Value, json};

use crate::world::{World, story};

#[tokio::test]
async fn every_type_field_argument_and_value_says_what_it_is() {
    story(async {
        let world = World::start("describing").await;
        let acme = world.tenant("acme").await;
        let query = "{ __schema { types { name description kind fields { name description args { name description } } \
            inputFields { name description } enumValues { name description } } } }";
        let data = world.data(&world.manager(acme), query, json!({})).await;
        let mut silent = Vec::new();
        let mut look = |path: String, thing: &Value| {
            if thing["description"].as_str().unwrap_or_default().is_empty() {
                silent.push(path);
            }
        };
        for ty in data["__schema"]["types"].as_array().unwrap() {
            let name = ty["name"].as_str().unwrap();
            let ours = !name.starts_with('_') && ty["kind"] != "SCALAR" && ty["kind"] != "UNION";
            // The roots are every subgraph's; their fields are ours.
            if !ours {
                continue;
            }
            if !["Query", "Mutation"].contains(&name) {
                look(name.to_owned(), ty);
            }
            for part in ["fields", "inputFields", "enumValues"] {
                for field in ty[part].as_array().into_iter().flatten() {
                    let path = format!("{name}.{}", field["name"].as_str().unwrap());
                    if path.contains("._") {
                        continue;
                    }
                    look(path.clone(), field);
                    for arg in field["args"].as_array().into_iter().flatten() {
                        look(format!("{path}({})", arg["name"].as_str().unwrap()), arg);
                    }
                }
            }
        }
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
