//! Errors of subgraphs: codes get out, and words that were meant for callers; nothing else.

use serde_json::{Value, json};

use crate::world::World;

async fn failing(world: &World, how: &str) -> Value {
    let answer = world
        .ask("abc", &format!("{{ failing(how: \"{how}\") }}"))
        .await;
    answer.body["errors"][0].clone()
}

#[tokio::test]
async fn codes_get_out_and_internals_do_not() {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");
    let coded = failing(&world, "coded").await;
    assert_eq!(coded["message"], "Otra persona ha cambiado el ticket.");
    assert_eq!(
        coded["extensions"],
        json!({ "code": "CONFLICT", "field": "version" })
    );
    for how in ["uncoded", "internal", "broken"] {
        let error = failing(&world, how).await;
        assert_eq!(
            error["message"], "No se pudo completar la operación.",
            "{how}"
        );
        let extensions = error["extensions"].as_object().unwrap();
        assert!(
            extensions.keys().all(|key| key == "code"),
            "{how}: {extensions:?}"
        );
    }
}

#[tokio::test]
async fn a_subgraph_that_is_gone_is_not_named() {
    let world = World::with(|settings| {
        settings["subgraphs"]["intake"] = json!("http://127.0.0.1:1/graphql");
    });
    world.directory.knows("abc", "tnt_a", "agent");
    let answer = world.ask("abc", "{ whoami { tenant } }").await;
    assert!(answer.code().starts_with("SUB"), "{answer:?}");
    let text = answer.body.to_string();
    assert!(
        !text.contains("127.0.0.1") && !text.contains("intake"),
        "{text}"
    );
}
