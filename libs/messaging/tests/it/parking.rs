//! What cannot be done is put aside with its reason; the rest goes on.

use std::time::Duration;

use futures::StreamExt;
use messaging::park;

use crate::world::{Behaviour, ROUTING, Recorder, SOON, World};

async fn until_parked(world: &World, count: usize) -> Vec<park::Parked> {
    testkit::eventually(SOON + SOON, || async {
        let parked = park::list(&world.bus, "routing", 100).await.unwrap();
        if parked.len() == count {
            Ok(parked)
        } else {
            Err(parked)
        }
    })
    .await
}

#[tokio::test]
async fn a_retry_releases_the_parked_and_its_successors_in_order() {
    let world = World::of(&ROUTING, "parking", 1).await;
    let tenant = world.tenants[0];
    let (bad, good) = (world.ticket(), world.ticket());
    let recorder = Recorder::with(Behaviour {
        never: vec![(bad.clone(), 2)],
        ..Behaviour::default()
    });
    let running = world.run(Some(recorder.clone()));
    let mut facts = Vec::new();
    for n in 1..=5 {
        facts.extend([world.fact(tenant, &bad, n), world.fact(tenant, &good, n)]);
    }
    world.deliver(&facts).await;
    world.until_applied(tenant, &good, &[1, 2, 3, 4, 5]).await;
    world.until_applied(tenant, &bad, &[1]).await;
    let parked = until_parked(&world, 1).await;
    let one = &parked[0];
    assert_eq!((one.subject.as_str(), one.sequence), (bad.as_str(), 2));
    assert_eq!(one.reason, "unknown priority");
    assert_eq!(
        (one.queue.as_str(), one.tenant.as_str()),
        ("routing.live.0", &*tenant.to_string())
    );
    assert_eq!(one.id, facts[2].id.to_string());
    let shown = park::show(&world.bus, "routing", &one.id)
        .await
        .unwrap()
        .unwrap();
    assert!(shown.body.contains("ticket.replied.v1"));
    // The successors wait visibly, behind the mark of the parked one.
    let wanted = [(2, true), (3, false), (4, false), (5, false)];
    let wanted: Vec<_> = wanted.map(|(n, parked)| (bad.clone(), n, parked)).into();
    testkit::eventually(SOON, || async {
        (world.waiting(tenant).await == wanted).then_some(())
    })
    .await;

    // A retry without a cure parks it again, and changes nothing else.
    assert_eq!(
        park::retry(&world.bus, "routing", Some(&one.id))
            .await
            .unwrap(),
        1
    );
    tokio::time::sleep(Duration::from_millis(200)).await;
    until_parked(&world, 1).await;
    assert_eq!(world.waiting(tenant).await, wanted);

    recorder.mend();
    assert_eq!(park::retry(&world.bus, "routing", None).await.unwrap(), 1);
    world.until_applied(tenant, &bad, &[1, 2, 3, 4, 5]).await;
    assert!(world.waiting(tenant).await.is_empty());
    world.nothing_left().await;
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_drop_passes_the_place_over() {
    let world = World::of(&ROUTING, "dropping", 1).await;
    let tenant = world.tenants[0];
    let bad = world.ticket();
    let recorder = Recorder::with(Behaviour {
        never: vec![(bad.clone(), 1)],
        ..Behaviour::default()
    });
    let running = world.run(Some(recorder));
    let facts: Vec<_> = (1..=3).map(|n| world.fact(tenant, &bad, n)).collect();
    world.deliver(&facts).await;
    until_parked(&world, 1).await;
    assert_eq!(park::drop(&world.bus, "routing", None).await.unwrap(), 1);
    world.until_applied(tenant, &bad, &[2, 3]).await;
    world.nothing_left().await;
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn what_fails_on_its_own_ten_times_is_parked() {
    let world = World::of(&ROUTING, "broken", 1).await;
    let tenant = world.tenants[0];
    let (bad, good) = (world.ticket(), world.ticket());
    let recorder = Recorder::with(Behaviour {
        broken: vec![(bad.clone(), 1)],
        ..Behaviour::default()
    });
    let running = world.run(Some(recorder.clone()));
    let facts = [
        world.fact(tenant, &good, 1),
        world.fact(tenant, &bad, 1),
        world.fact(tenant, &bad, 2),
        world.fact(tenant, &good, 2),
    ];
    world.deliver(&facts).await;
    // It does not hold up the others while it is tried.
    world.until_applied(tenant, &good, &[1, 2]).await;
    let parked = until_parked(&world, 1).await;
    assert!(
        parked[0].reason.contains("null value"),
        "{}",
        parked[0].reason
    );
    recorder.mend();
    park::retry(&world.bus, "routing", None).await.unwrap();
    world.until_applied(tenant, &bad, &[1, 2]).await;
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_parked_too() {
    let world = World::of(&ROUTING, "unreadable", 1).await;
    let tenant = world.tenants[0];
    let running = world.run(Some(Recorder::new()));
    let connection =
        lapin::Connection::connect(&world.settings.url, lapin::ConnectionProperties::default())
            .await
            .unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel
        .basic_publish(
            "".into(),
            "routing.live.0".into(),
            lapin::options::BasicPublishOptions::default(),
            b"no envelope",
            lapin::BasicProperties::default(),
        )
        .await
        .unwrap();
    let subject = world.ticket();
    world.deliver(&[world.fact(tenant, &subject, 1)]).await;
    world.until_applied(tenant, &subject, &[1]).await;
    let parked = until_parked(&world, 1).await;
    assert!(
        parked[0].reason.starts_with("not an envelope"),
        "{}",
        parked[0].reason
    );
    assert_eq!(parked[0].body, "no envelope");
    assert_eq!(park::drop(&world.bus, "routing", None).await.unwrap(), 1);
    world.nothing_left().await;
    connection.close(200, "done".into()).await.unwrap();
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_bad_successor_is_found_out_and_not_its_predecessor() {
    let world = World::of(&ROUTING, "bad successor", 1).await;
    let tenant = world.tenants[0];
    let subject = world.ticket();
    let recorder = Recorder::with(Behaviour {
        never: vec![(subject.clone(), 3)],
        ..Behaviour::default()
    });
    let running = world.run(Some(recorder.clone()));
    let facts: Vec<_> = (1..=4).map(|n| world.fact(tenant, &subject, n)).collect();
    // All but the first come early, and out of `waiting` later.
    world.deliver(&facts[1..]).await;
    testkit::eventually(SOON, || async {
        (world.waiting(tenant).await.len() == 3).then_some(())
    })
    .await;
    world.deliver(&facts[..1]).await;
    world.until_applied(tenant, &subject, &[1, 2]).await;
    let parked = until_parked(&world, 1).await;
    assert_eq!(
        (parked[0].sequence, parked[0].queue.as_str()),
        (3, "routing.live.0")
    );
    let wanted = [(subject.clone(), 3, true), (subject.clone(), 4, false)];
    assert_eq!(world.waiting(tenant).await, wanted);
    recorder.mend();
    park::retry(&world.bus, "routing", None).await.unwrap();
    world.until_applied(tenant, &subject, &[1, 2, 3, 4]).await;
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_handler_that_panics_holds_up_its_own_fact_alone() {
    let world = World::of(&ROUTING, "panicking", 1).await;
    let tenant = world.tenants[0];
    let (once, always, good) = (world.ticket(), world.ticket(), world.ticket());
    let recorder = Recorder::with(Behaviour {
        panics: [((once.clone(), 1), 1), ((always.clone(), 1), u32::MAX)].into(),
        ..Behaviour::default()
    });
    let running = world.run(Some(recorder));
    let facts = [&once, &always, &good].map(|subject| world.fact(tenant, subject, 1));
    world.deliver(&facts).await;
    world.until_applied(tenant, &once, &[1]).await;
    world.until_applied(tenant, &good, &[1]).await;
    // What comes later to the same tenant is done as ever.
    let more = [&once, &good].map(|subject| world.fact(tenant, subject, 2));
    world.deliver(&more).await;
    world.until_applied(tenant, &once, &[1, 2]).await;
    world.until_applied(tenant, &good, &[1, 2]).await;
    let parked = until_parked(&world, 1).await;
    assert_eq!(parked[0].subject, always);
    assert_eq!(parked[0].reason, "the handler panicked");
    running.stop().await;
    world.end().await;
}

/// A consumer that dies over the first fact of `routing.live.0` each time it gets it: how often it got it.
async fn dies_over_the_first(world: &World) -> u32 {
    let connection =
        lapin::Connection::connect(&world.settings.url, lapin::ConnectionProperties::default())
            .await
            .unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel
        .basic_qos(1, lapin::options::BasicQosOptions::default())
        .await
        .unwrap();
    let mut deliveries = channel
        .basic_consume(
            "routing.live.0".into(),
            "".into(),
            lapin::options::BasicConsumeOptions::default(),
            lapin::types::FieldTable::default(),
        )
        .await
        .unwrap();
    let mut times = 0;
    loop {
        let delivery = tokio::time::timeout(SOON, deliveries.next()).await;
        let delivery = delivery.expect("a delivery").unwrap().unwrap();
        let fact: events::Envelope = serde_json::from_slice(&delivery.data).unwrap();
        if fact.sequence > 1 {
            // The connection's end gives it back.
            connection.close(200, "done".into()).await.unwrap();
            return times;
        }
        times += 1;
        assert!(times < 200, "the broker never gives it up");
        let again = lapin::options::BasicNackOptions {
            requeue: true,
            ..Default::default()
        };
        delivery.acker.nack(again).await.unwrap();
    }
}

#[tokio::test]
async fn what_the_broker_gives_up_is_parked_and_goes_back_where_it_came_from() {
    let world = World::of(&ROUTING, "delivery limit", 1).await;
    let tenant = world.tenants[0];
    let subject = world.ticket();
    let facts: Vec<_> = (1..=2).map(|n| world.fact(tenant, &subject, n)).collect();
    world.deliver(&facts).await;
    // The net beneath: `x-delivery-limit` of the topology is 100.
    let times = dies_over_the_first(&world).await;
    assert!((100..=101).contains(&times), "given up after {times} times");

    let parked = until_parked(&world, 1).await;
    let one = &parked[0];
    assert_eq!(one.reason, "given up by the broker: delivery_limit");
    assert_eq!(one.queue, "routing.live.0");
    assert_eq!(
        (one.subject.as_str(), one.sequence, one.tenant.as_str()),
        (subject.as_str(), 1, &*tenant.to_string())
    );
    assert_eq!(one.id, facts[0].id.to_string());
    let shown = park::show(&world.bus, "routing", &one.id).await.unwrap();
    assert_eq!(shown.unwrap().body, one.body);

    // A process that can do it has waited for it in vain.
    let running = world.run(Some(Recorder::new()));
    testkit::eventually(SOON, || async {
        (world.waiting(tenant).await == [(subject.clone(), 2, false)]).then_some(())
    })
    .await;
    let retried = park::retry(&world.bus, "routing", Some(&one.id)).await;
    assert_eq!(retried.unwrap(), 1);
    world.until_applied(tenant, &subject, &[1, 2]).await;
    world.nothing_left().await;
    running.stop().await;
    world.end().await;
}
