//! Documents that are too deep, too wide, too long or too dear are refused before a subgraph is asked.

use std::fmt::Write;
use std::sync::atomic::Ordering::SeqCst;

use crate::world::World;

async fn refused(world: &World, query: &str) -> (u16, String) {
    let answer = world.ask("abc", query).await;
    assert!(answer.body["data"].is_null(), "{answer:?}");
    (answer.status, answer.code().to_owned())
}

#[tokio::test]
async fn large_documents_are_refused() {
    let world = World::new();
    world.directory.knows("abc", "tnt_a", "agent");

    let deep = format!(
        "{{ ticket(id: 1) {{ {} id {} }} }}",
        "parent { ".repeat(20),
        "}".repeat(20)
    );
    assert_eq!(refused(&world, &deep).await.1, "MAX_DEPTH_EXCEEDED");

    let mut wide = String::from("{");
    for i in 0..40 {
        write!(wide, " a{i}: whoami {{ tenant }}").unwrap();
    }
    assert_eq!(
        refused(&world, &format!("{wide} }}")).await.1,
        "MAX_ALIASES_EXCEEDED"
    );

    let directives = format!("{{ agreements {} }}", "@include(if: true) ".repeat(60));
    assert_eq!(
        refused(&world, &directives).await.1,
        "MAX_DIRECTIVES_EXCEEDED"
    );

    let long = format!("{{ {} }}", "agreements ".repeat(5000));
    assert_eq!(refused(&world, &long).await.1, "TOKEN_LIMIT_EXCEEDED");

    let dear = "{ tickets(first: 100) { nodes { related { related { related { id } } } } } }";
    assert_eq!(
        refused(&world, dear).await.1,
        "COST_ESTIMATED_TOO_EXPENSIVE"
    );

    let padded = format!("{{ agreements }} # {}", "x".repeat(1024 * 1024));
    assert_eq!(refused(&world, &padded).await.0, 413);

    assert_eq!(
        world.intake.asked.load(SeqCst) + world.sla_clock.asked.load(SeqCst),
        0
    );
    let ordinary = "{ ticket(id: 1) { parent { id } related { id } clocks { name } } }";
    assert_eq!(
        world.ask("abc", ordinary).await.data()["ticket"]["clocks"][0]["name"],
        "resolución"
    );
}
