//! An orderly end loses nothing and doubles nothing.

use std::time::Duration;

use tokio::time::Instant;

use crate::world::{Behaviour, ROUTING, Recorder, World};

#[tokio::test]
async fn what_is_under_way_is_finished_and_the_rest_is_left_for_the_next() {
    let world = World::of(&ROUTING, "stopping", 2).await;
    let recorder = Recorder::with(Behaviour {
        takes: Duration::from_millis(50),
        ..Behaviour::default()
    });
    let subjects: Vec<String> = (0..2).map(|_| world.ticket()).collect();
    let mut facts = Vec::new();
    for n in 1..=600 {
        for (tenant, subject) in world.tenants.iter().zip(&subjects) {
            facts.push(world.fact(*tenant, subject, n));
        }
    }
    let running = world.run(Some(recorder.clone()));
    world.deliver(&facts).await;
    let begun = Instant::now();
    running.stop().await;
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "it took {:?}",
        begun.elapsed()
    );
    let running = world.run(Some(recorder));
    let all: Vec<i64> = (1..=600).collect();
    for (tenant, subject) in world.tenants.iter().zip(&subjects) {
        world.until_applied(*tenant, subject, &all).await;
        assert!(world.waiting(*tenant).await.is_empty());
    }
    world.nothing_left().await;
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_killed_consumer_is_made_good_by_the_next() {
    let world = World::of(&ROUTING, "killing", 1).await;
    let tenant = world.tenants[0];
    let recorder = Recorder::with(Behaviour {
        takes: Duration::from_millis(30),
        ..Behaviour::default()
    });
    let subject = world.ticket();
    let facts: Vec<_> = (1..=1000)
        .map(|n| world.fact(tenant, &subject, n))
        .collect();
    world.deliver(&facts).await;
    for _ in 0..3 {
        let running = world.run(Some(recorder.clone()));
        tokio::time::sleep(Duration::from_millis(120)).await;
        running.kill().await;
    }
    let running = world.run(Some(recorder));
    let all: Vec<i64> = (1..=1000).collect();
    world.until_applied(tenant, &subject, &all).await;
    world.nothing_left().await;
    running.stop().await;
    world.end().await;
}
