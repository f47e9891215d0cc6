//! Read your writes.

use std::time::Duration;

use chrono::DateTime;
use messaging::{Gathers, HandlerScope, Position, Reached, reach};
use testkit::Suite;
use tokio::time::Instant;

use crate::world::{ROUTING, Recorder, SOON, World};

#[tokio::test]
async fn a_reader_waits_until_it_has_seen_what_was_written() {
    let suite = Suite::start("reading writes").await;
    let delay = Duration::from_millis(200);
    let world = World::on(suite, &ROUTING, 1, |settings| settings.delay = Some(delay)).await;
    let tenant = world.tenants[0];
    let running = world.run(Some(Recorder::new()));
    let subject = world.ticket();
    let reaches = async |sequence: i64, within: Duration| {
        let wanted = [(subject.clone(), sequence)];
        reach(
            &world.db,
            HandlerScope::Tenant,
            None,
            tenant,
            "intake",
            &wanted,
            within,
        )
        .await
        .unwrap()
    };
    let begun = Instant::now();
    let first = world.fact(tenant, &subject, 1);
    world.deliver(std::slice::from_ref(&first)).await;
    assert_eq!(reaches(1, SOON).await, Reached::Yes);
    assert!(
        begun.elapsed() >= delay,
        "the broker was held for {:?}",
        begun.elapsed()
    );
    // At once the second time.
    assert_eq!(reaches(1, Duration::ZERO).await, Reached::Yes);
    // Not in time: it says as of when it stands.
    let begun = Instant::now();
    world.deliver(&[world.fact(tenant, &subject, 2)]).await;
    let behind = reaches(2, Duration::from_millis(60)).await;
    assert_eq!(behind, Reached::Behind { as_of: first.time });
    assert!(begun.elapsed() < delay);
    assert_eq!(reaches(2, SOON).await, Reached::Yes);
    // Of what it never heard it knows nothing.
    let never = [(world.ticket(), 1)];
    let none = reach(
        &world.db,
        HandlerScope::Tenant,
        None,
        tenant,
        "intake",
        &never,
        Duration::ZERO,
    );
    assert_eq!(
        none.await.unwrap(),
        Reached::Behind {
            as_of: DateTime::UNIX_EPOCH
        }
    );
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn facts_of_one_tenant_are_taken_in_together_unless_somebody_asks_for_them() {
    let suite = Suite::start("gathering").await;
    let world = World::on(suite, &ROUTING, 1, |_| {}).await;
    let tenant = world.tenants[0];
    let recorder = Recorder {
        gathers: Gathers::Always(SOON * 10),
        ..Recorder::new()
    };
    let behaviour = recorder.behaviour.clone();
    let running = world.run(Some(recorder));
    let (one, other) = (world.ticket(), world.ticket());
    // Nobody asks: they wait for each other, and would wait for longer than this test takes.
    for (subject, sequence) in [(&one, 1), (&one, 2), (&other, 1)] {
        world
            .deliver(&[world.fact(tenant, subject, sequence)])
            .await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(behaviour.lock().unwrap().batches.is_empty());
    // Somebody asks for the last of them: now all of them come, in one transaction.
    let asked = async |sequence: i64| {
        let wanted = [(other.clone(), sequence)];
        let scope = HandlerScope::Tenant;
        let all = reach(&world.db, scope, None, tenant, "intake", &wanted, SOON);
        all.await.unwrap()
    };
    assert_eq!(asked(1).await, Reached::Yes);
    assert_eq!(behaviour.lock().unwrap().batches, [3]);
    // Who asks before it comes is not kept waiting either.
    let (reached, ()) = tokio::join!(asked(2), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        world.deliver(&[world.fact(tenant, &other, 2)]).await;
    });
    assert_eq!(reached, Reached::Yes);
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn facts_that_nobody_asks_for_wait_no_longer_than_agreed() {
    let suite = Suite::start("gathered").await;
    let world = World::on(suite, &ROUTING, 1, |_| {}).await;
    let tenant = world.tenants[0];
    let gathers = Duration::from_millis(400);
    let recorder = Recorder {
        gathers: Gathers::Always(gathers),
        ..Recorder::new()
    };
    let behaviour = recorder.behaviour.clone();
    let running = world.run(Some(recorder));
    let (begun, subject) = (Instant::now(), world.ticket());
    world.deliver(&[world.fact(tenant, &subject, 1)]).await;
    while behaviour.lock().unwrap().batches.is_empty() {
        assert!(begun.elapsed() < SOON);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(begun.elapsed() >= gathers);
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn who_gathers_when_busy_takes_a_fact_in_at_once_otherwise() {
    let suite = Suite::start("gathering when busy").await;
    let world = World::on(suite, &ROUTING, 2, |_| {}).await;
    let recorder = Recorder {
        gathers: Gathers::WhenBusy(SOON * 10),
        ..Recorder::new()
    };
    let behaviour = recorder.behaviour.clone();
    let running = world.run(Some(recorder));
    let [busy, waits] = [world.tenants[0], world.tenants[1]];
    let (one, other) = (world.ticket(), world.ticket());
    // Nothing is under way: nobody waits.
    world.deliver(&[world.fact(waits, &other, 1)]).await;
    world.until_applied(waits, &other, &[1]).await;
    // A batch of another tenant is under way: those that come meanwhile wait for each other …
    behaviour.lock().unwrap().takes = Duration::from_secs(1);
    world.deliver(&[world.fact(busy, &one, 1)]).await;
    testkit::eventually(SOON, || async {
        (behaviour.lock().unwrap().batches.len() == 2).then_some(())
    })
    .await;
    behaviour.lock().unwrap().takes = Duration::ZERO;
    for sequence in [2, 3] {
        world.deliver(&[world.fact(waits, &other, sequence)]).await;
    }
    world.until_applied(busy, &one, &[1]).await;
    assert_eq!(behaviour.lock().unwrap().batches, [1, 1]);
    // … until somebody asks.
    let (wanted, scope) = ([(other.clone(), 3)], HandlerScope::Tenant);
    let reached = reach(&world.db, scope, None, waits, "intake", &wanted, SOON);
    assert_eq!(reached.await.unwrap(), Reached::Yes);
    assert_eq!(behaviour.lock().unwrap().batches, [1, 1, 2]);
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn nobody_waits_for_what_a_service_does_not_hear() {
    let world = World::of(&ROUTING, "unheard", 1).await;
    let (tenant, scope) = (world.tenants[0], HandlerScope::Tenant);
    let contact = ids::ContactId::new(&*world.ids).to_string();
    let asked = async |wanted: &[(String, i64)]| {
        let wait = Duration::ZERO;
        let reached = reach(&world.db, scope, None, tenant, "intake", wanted, wait);
        reached.await.unwrap()
    };
    assert_eq!(asked(&[(contact.clone(), 1)]).await, Reached::Yes);
    // What stands beside it is waited for.
    let behind = asked(&[(contact, 1), (world.ticket(), 1)]).await;
    assert!(matches!(behind, Reached::Behind { .. }));
    world.end().await;
}

#[tokio::test]
async fn a_position_is_a_text_that_comes_back() {
    let ids = ids::seeded(1);
    let position = Position {
        tenant: ids::TenantId::new(&*ids),
        source: "intake".to_owned(),
        subject: "per_x/ten_y and more".to_owned(),
        sequence: 7,
    };
    let text = position.to_string();
    assert!(
        text.bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'),
        "{text}"
    );
    assert_eq!(text.parse::<Position>().unwrap(), position);
    for bad in ["", "x", "bm9uZQ", "####"] {
        assert!(bad.parse::<Position>().is_err(), "{bad}");
    }
}
