//! What comes before its turn waits, and what is missing is asked for.

use messaging::{HandlerScope, Resend};

use crate::world::{ROUTING, Recorder, SOON, World};

#[tokio::test]
async fn a_gap_is_waited_out_and_filled() {
    let world = World::of(&ROUTING, "gap", 1).await;
    let tenant = world.tenants[0];
    let running = world.run(Some(Recorder::new()));
    let subject = world.ticket();
    let facts: Vec<_> = (1..=6).map(|n| world.fact(tenant, &subject, n)).collect();
    world.deliver(&facts[..1]).await;
    world.deliver(&facts[2..4]).await;
    world.deliver(&facts[5..]).await;
    let name = |n| (subject.clone(), n, false);
    testkit::eventually(SOON, || async {
        (world.waiting(tenant).await == [name(3), name(4), name(6)]).then_some(())
    })
    .await;
    // They wait in the table: the queue is free.
    world.nothing_left().await;
    world.until_applied(tenant, &subject, &[1]).await;
    world.deliver(&facts[1..2]).await;
    world.until_applied(tenant, &subject, &[1, 2, 3, 4]).await;
    assert_eq!(world.waiting(tenant).await, [name(6)]);
    world.deliver(&facts[4..5]).await;
    world
        .until_applied(tenant, &subject, &[1, 2, 3, 4, 5, 6])
        .await;
    assert!(world.waiting(tenant).await.is_empty());
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn what_is_missing_for_half_a_minute_is_asked_for() {
    let world = World::of(&ROUTING, "resend", 1).await;
    let tenant = world.tenants[0];
    let running = world.run(Some(Recorder::new()));
    let subject = world.ticket();
    let facts: Vec<_> = (1..=4).map(|n| world.fact(tenant, &subject, n)).collect();
    world.deliver(&facts[3..]).await;
    testkit::eventually(SOON, || async {
        (world.waiting(tenant).await.len() == 1).then_some(())
    })
    .await;
    // Half a minute passes.
    let mut tx = world.db.begin_fact(tenant).await.unwrap();
    sqlx::query("UPDATE waiting SET since = since - interval '31 seconds'")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    testkit::eventually(SOON, || async {
        let left = world.suite.undelivered().await.unwrap();
        if left.get("reporting.commands.live.0") == Some(&1) {
            Ok(())
        } else {
            Err(left)
        }
    })
    .await;
    let asked = world.take_bodies("reporting.commands.live.0").await;
    let command: messaging::Command = serde_json::from_slice(&asked[0].1).unwrap();
    let resend: Resend = serde_json::from_str(command.body.get()).unwrap();
    assert_eq!(
        (command.name.as_str(), command.tenant),
        (Resend::NAME, tenant)
    );
    let wanted = Resend {
        service: "routing".to_owned(),
        lane: "live".to_owned(),
        tenant: Some(tenant),
        provider: Some(world.provider),
        source: "intake".to_owned(),
        subject: subject.clone(),
        from_sequence: 1,
        to_sequence: 3,
    };
    assert_eq!(resend, wanted);
    // The keeper gives them again, straight to whom they are missing.
    world.deliver(&facts[..3]).await;
    world.until_applied(tenant, &subject, &[1, 2, 3, 4]).await;
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_providers_own_is_asked_for_too() {
    let world = World::of(&ROUTING, "resend of a provider", 1).await;
    let recorder = Recorder {
        scope: HandlerScope::Owner,
        ..Recorder::new()
    };
    let running = world.run(Some(recorder));
    let fact = world.fact_of("directory", "staff.changed.v1", None, "per_x", 2, &());
    world.deliver(&[fact]).await;
    testkit::eventually(SOON, || async {
        let mut tx = world.db.begin_provider(world.provider, &[]).await.unwrap();
        let moved = sqlx::query("UPDATE waiting SET since = since - interval '31 seconds'")
            .execute(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        (moved.rows_affected() == 1).then_some(())
    })
    .await;
    let asked = testkit::eventually(SOON, || async {
        let asked = world.take_bodies("reporting.commands.live.0").await;
        (!asked.is_empty()).then_some(asked)
    })
    .await;
    let command: messaging::Command = serde_json::from_slice(&asked[0].1).unwrap();
    let resend: Resend = serde_json::from_str(command.body.get()).unwrap();
    assert!(command.tenant.uuid().is_nil());
    assert_eq!(
        (resend.tenant, resend.provider),
        (None, Some(world.provider))
    );
    assert_eq!((resend.from_sequence, resend.to_sequence), (1, 1));
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_long_row_of_successors_is_released_to_its_end() {
    let world = World::of(&ROUTING, "successors", 1).await;
    let tenant = world.tenants[0];
    let running = world.run(Some(Recorder::new()));
    let subject = world.ticket();
    let facts: Vec<_> = (1..=2300)
        .map(|n| world.fact(tenant, &subject, n))
        .collect();
    world.deliver(&facts[1..]).await;
    testkit::eventually(SOON, || async {
        (world.waiting(tenant).await.len() == 2299).then_some(())
    })
    .await;
    world.deliver(&facts[..1]).await;
    let all: Vec<i64> = (1..=2300).collect();
    world.until_applied(tenant, &subject, &all).await;
    running.stop().await;
    world.end().await;
}
