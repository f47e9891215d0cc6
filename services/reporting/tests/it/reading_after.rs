//! Read your writes: a position that a mutation elsewhere returned.

use access::Role;
use events::Lane;
use messaging::Position;

use crate::world::{Told, World};

#[tokio::test(flavor = "multi_thread")]
async fn a_position_is_waited_for_and_what_is_late_is_said() {
    let world = World::start("position").await;
    let (tenant, other) = (world.tenant("despues").await, world.tenant("otra").await);
    let told = Told::new(&world, tenant).opened("2026-11-20T10:00:00Z");
    let position = |tenant, sequence| Position {
        tenant,
        source: "intake".to_owned(),
        subject: told.ticket.to_string(),
        sequence,
    };
    let query =
        |p: Position| format!("{{ indicators(afterPosition: \"{p}\") {{ cases behindSince }} }}");
    let caller = || world.caller(Role::ServiceManager, &[tenant]);
    world.hear(Lane::Live, &told.facts).await;
    let found = world.answer(caller(), &query(position(tenant, 1))).await;
    assert_eq!(found["indicators"]["cases"], 1);
    assert!(found["indicators"]["behindSince"].is_null());
    let found = world.answer(caller(), &query(position(tenant, 2))).await;
    assert_eq!(
        found["indicators"]["behindSince"],
        "2026-11-20T10:00:00+00:00"
    );
    assert_eq!(
        world.refusal(caller(), &query(position(other, 1))).await,
        "BAD_INPUT"
    );
    world.finish().await;
}
