//! A service that came later hears everything that it would have heard.

use events::directory::ProviderCreated;
use events::intake::TicketState;
use events::{Envelope, Lane, Meta};
use ids::EventId;
use testkit::eventually;

use crate::world::{LONG, Told, World, at};

#[tokio::test(flavor = "multi_thread")]
async fn a_latecomer_gets_the_facts_of_whom_it_hears() {
    let world = World::start("backfill").await;
    let created = ProviderCreated {
        provider: world.provider,
        slug: "prov".to_owned(),
        name: "Prov".to_owned(),
    };
    let meta = Meta {
        id: EventId::new(&*world.ids),
        subject: world.provider.to_string(),
        time: at("2026-11-20T09:00:00Z"),
        tenant: None,
        provider: Some(world.provider),
        sequence: 1,
        origin: events::Origin::Live,
        traceparent: None,
    };
    world
        .hear(Lane::Live, &[Envelope::of(meta, &created).unwrap()])
        .await;
    let (a, b) = (world.tenant("uno").await, world.tenant("dos").await);
    for tenant in [a, b] {
        let told = Told::new(&world, tenant)
            .opened("2026-11-20T10:00:00Z")
            .held("2026-11-20T10:00:01Z", "Mesa", 1, None)
            .state("2026-11-20T12:00:00Z", TicketState::Resolved);
        world.hear(Lane::Live, &told.facts).await;
        world.kept(tenant, 4).await;
    }
    // The provider is taken in apart from the tenants.
    eventually(LONG, || async {
        let mut tx = world.db.begin_platform().await.unwrap();
        let n: i64 = sqlx::query_scalar("SELECT count(*) FROM platform.provider")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        (n == 1).then_some(())
    })
    .await;
    // Knowledge hears directory and intake, not routing: the provider, and of each tenant its birth and two moves.
    let mut reported = Vec::new();
    let sent = reporting::backfill(&world.db, &world.bus, "knowledge", |n| reported.push(n))
        .await
        .unwrap();
    assert_eq!((sent, reported), (7, vec![1, 4, 7]));
    eventually(LONG, || async {
        let waiting = world.suite.undelivered().await.unwrap();
        (waiting.get("knowledge.bulk.0") == Some(&7))
            .then_some(())
            .ok_or(waiting)
    })
    .await;

    // Sent to reporting itself it changes nothing.
    reporting::backfill(&world.db, &world.bus, "reporting", |_| {})
        .await
        .unwrap();
    let told = Told::new(&world, a).opened("2026-11-20T14:00:00Z");
    world.hear(Lane::Bulk, &told.facts).await;
    world.kept(a, 5).await;
    assert_eq!(world.count(a, "SELECT count(*) FROM facts").await, 5);

    let refused = reporting::backfill(&world.db, &world.bus, "directory", |_| {})
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("directory"));
    world.finish().await;
}
