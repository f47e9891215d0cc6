//! Outbox to broker.

use std::time::Duration;

use messaging::{Outbox, fact_queue, partition};
use sqlx::Connection;

use crate::world::{INTAKE, ROUTING, Recorder, SOON, World};
use events::Lane;

#[tokio::test]
async fn what_is_committed_leaves_and_what_is_rolled_back_does_not() {
    let world = World::of(&INTAKE, "relaying", 1).await;
    let tenant = world.tenants[0];
    let running = world.run(None);
    let subject = world.ticket();
    {
        let mut tx = world.db.begin(tenant).await.unwrap();
        world
            .outbox
            .announce(&mut tx, &[world.fact(tenant, &subject, 1)])
            .await
            .unwrap();
        tx.rollback().await.unwrap();
    }
    let kept = world.fact(tenant, &subject, 1);
    world
        .announce(&world.outbox, tenant, std::slice::from_ref(&kept))
        .await;
    testkit::eventually(SOON, || async {
        (world.in_outbox().await == 0).then_some(())
    })
    .await;
    let arrived = world.take_all("routing.live.0").await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].0, "live.0.ticket.replied.v1");
    assert_eq!(arrived[0].1.id, kept.id);
    // Everybody who hears intake has it, and nobody else.
    testkit::eventually(SOON, || async {
        let left = world.suite.undelivered().await.unwrap();
        let heard: Vec<&str> = left.keys().map(String::as_str).collect();
        if heard == ["knowledge.live.0", "reporting.live.0", "sla-clock.live.0"] {
            Ok(())
        } else {
            Err(left)
        }
    })
    .await;
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_crash_after_the_commit_is_made_good_by_the_sweep() {
    let world = World::of(&INTAKE, "sweep", 1).await;
    let tenant = world.tenants[0];
    // Its writer dies before it can wake anybody: another bell than the relay's.
    let nobody_listens = Outbox::new(1, 1);
    let subject = world.ticket();
    world
        .announce(&nobody_listens, tenant, &[world.fact(tenant, &subject, 1)])
        .await;
    let running = world.run(None);
    testkit::eventually(SOON, || async {
        (world.in_outbox().await == 0).then_some(())
    })
    .await;
    world
        .announce(&nobody_listens, tenant, &[world.fact(tenant, &subject, 2)])
        .await;
    testkit::eventually(SOON, || async {
        (world.in_outbox().await == 0).then_some(())
    })
    .await;
    let sequences: Vec<i64> = world
        .take_all("routing.live.0")
        .await
        .into_iter()
        .map(|(_, fact)| fact.sequence)
        .collect();
    assert_eq!(sequences, [1, 2]);
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_crash_between_publish_and_delete_doubles_no_effect() {
    let world = World::of(&ROUTING, "relay crash", 1).await;
    let tenant = world.tenants[0];
    let subject = world.ticket();
    // This service publishes what it hears itself: one database is enough to see both ends.
    let facts: Vec<_> = (1..=20).map(|n| world.fact(tenant, &subject, n)).collect();
    world.announce(&world.outbox, tenant, &facts).await;
    // Somebody holds the rows, so the relay publishes and cannot delete.
    let url = world.suite.database_url("routing");
    let mut other = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT id FROM platform.outbox FOR SHARE")
        .execute(&mut other)
        .await
        .unwrap();
    let running = world.run(Some(Recorder::new()));
    let all: Vec<i64> = (1..=20).collect();
    world.until_applied(tenant, &subject, &all).await;
    assert_eq!(world.in_outbox().await, 20, "published, not deleted");
    running.kill().await;
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();
    other.close().await.unwrap();
    let running = world.run(Some(Recorder::new()));
    testkit::eventually(SOON, || async {
        (world.in_outbox().await == 0).then_some(())
    })
    .await;
    let more = world.fact(tenant, &subject, 21);
    world.announce(&world.outbox, tenant, &[more]).await;
    let all: Vec<i64> = (1..=21).collect();
    world.until_applied(tenant, &subject, &all).await;
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn what_nobody_takes_stays_and_holds_nobody_up() {
    let world = World::of(&INTAKE, "unroutable", 1).await;
    let tenant = world.tenants[0];
    let running = world.run(None);
    let (odd, subject) = (world.ticket(), world.ticket());
    let unheard = world.fact_of("intake", "nobody.hears.v1", Some(tenant), &odd, 1, &());
    world
        .announce(
            &world.outbox,
            tenant,
            &[unheard, world.fact(tenant, &subject, 1)],
        )
        .await;
    testkit::eventually(SOON, || async {
        (world.in_outbox().await == 1).then_some(())
    })
    .await;
    let begun = std::time::Instant::now();
    for n in 2..=6 {
        world
            .announce(&world.outbox, tenant, &[world.fact(tenant, &subject, n)])
            .await;
        testkit::eventually(SOON, || async {
            (world.in_outbox().await == 1).then_some(())
        })
        .await;
    }
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(world.take_all("routing.live.0").await.len(), 6);
    // Once somebody takes it, it leaves.
    let connection =
        lapin::Connection::connect(&world.settings.url, lapin::ConnectionProperties::default())
            .await
            .unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel
        .queue_bind(
            "knowledge.live.0".into(),
            "facts".into(),
            "live.0.nobody.hears.v1".into(),
            lapin::options::QueueBindOptions::default(),
            lapin::types::FieldTable::default(),
        )
        .await
        .unwrap();
    testkit::eventually(SOON, || async {
        (world.in_outbox().await == 0).then_some(())
    })
    .await;
    connection.close(200, "done".into()).await.unwrap();
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn tenants_take_turns_and_subjects_keep_their_order() {
    let world = World::of(&INTAKE, "turns", 3).await;
    let nobody_listens = Outbox::new(1, 1);
    let subjects: Vec<String> = world.tenants.iter().map(|_| world.ticket()).collect();
    for (at, count) in [(0, 400), (1, 5), (2, 5)] {
        let tenant = world.tenants[at];
        let facts: Vec<_> = (1..=count)
            .map(|n| world.fact(tenant, &subjects[at], n))
            .collect();
        world.announce(&nobody_listens, tenant, &facts).await;
    }
    let running = world.run(None);
    testkit::eventually(SOON, || async {
        (world.in_outbox().await == 0).then_some(())
    })
    .await;
    let arrived = world.take_all("routing.live.0").await;
    assert_eq!(arrived.len(), 410);
    for subject in &subjects {
        let sequences: Vec<i64> = arrived
            .iter()
            .filter(|(_, fact)| fact.subject == *subject)
            .map(|(_, fact)| fact.sequence)
            .collect();
        assert!(sequences.is_sorted(), "{sequences:?}");
    }
    // The two with little to say are through before the first twenty are out.
    let first: Vec<&str> = arrived[..15]
        .iter()
        .map(|(_, fact)| fact.subject.as_str())
        .collect();
    for subject in &subjects {
        assert_eq!(
            first.iter().filter(|one| *one == subject).count(),
            5,
            "{first:?}"
        );
    }
    running.stop().await;
    world.end().await;
}

#[test]
fn partitions_are_the_same_for_ever() {
    // Both sides of an upgrade must agree: these values may never change.
    let of = |key: &str| (partition(key, 8), partition(key, 2));
    assert_eq!(of(""), (1, 1));
    assert_eq!(of("tkt_0000000000000000000000000a"), (6, 0));
    let spread: std::collections::BTreeSet<u16> = (0..100)
        .map(|n| partition(&format!("tkt_{n:026}"), 8))
        .collect();
    assert_eq!(spread.len(), 8);
    assert_eq!(fact_queue("routing", Lane::Bulk, 1), "routing.bulk.1");
}
