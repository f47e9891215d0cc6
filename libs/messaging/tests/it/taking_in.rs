//! Each fact has its effect once, in the order of its subject.

use std::time::Duration;

use events::Envelope;
use messaging::HandlerScope;

use crate::world::{Behaviour, ROUTING, Recorder, SOON, World};

/// Another order, the same on every run.
fn shuffle(facts: &mut [Envelope]) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for at in (1..facts.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        facts.swap(at, (state % (at as u64 + 1)) as usize);
    }
}

#[tokio::test]
async fn repeats_and_disorder_have_one_effect() {
    let world = World::of(&ROUTING, "taking in", 2).await;
    let mut facts = Vec::new();
    for tenant in &world.tenants {
        for _ in 0..5 {
            let subject = world.ticket();
            for sequence in 1..=40 {
                let fact = world.fact(*tenant, &subject, sequence);
                facts.extend([fact.clone(), fact]);
            }
        }
    }
    shuffle(&mut facts);
    let recorder = Recorder::new();
    let running = world.run(Some(recorder.clone()));
    world.deliver(&facts).await;
    let in_order: Vec<i64> = (1..=40).collect();
    for tenant in &world.tenants {
        testkit::eventually(SOON, || async {
            let applied = world.applied(*tenant).await;
            if applied.values().map(Vec::len).sum::<usize>() >= 200 {
                Ok(())
            } else {
                Err(applied)
            }
        })
        .await;
    }
    world.nothing_left().await;
    for tenant in &world.tenants {
        let applied = world.applied(*tenant).await;
        assert_eq!(applied.len(), 5);
        for (subject, sequences) in applied {
            assert_eq!(sequences, in_order, "{subject}");
        }
        assert!(world.waiting(*tenant).await.is_empty());
    }
    // What came together was committed together.
    assert!(
        recorder
            .behaviour
            .lock()
            .unwrap()
            .batches
            .iter()
            .any(|size| *size > 5)
    );
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn facts_that_are_held_back_are_taken_in_together_afterwards() {
    let world = World::of(&ROUTING, "held back", 1).await;
    let tenant = world.tenants[0];
    let recorder = Recorder::new();
    let running = world.run(Some(recorder.clone()));
    let before = world.ticket();
    world.deliver(&[world.fact(tenant, &before, 1)]).await;
    world.until_applied(tenant, &before, &[1]).await;

    let held = world.bus.hold_facts();
    let subject = world.ticket();
    for sequence in 1..=5 {
        world
            .deliver(&[world.fact(tenant, &subject, sequence)])
            .await;
    }
    // Long enough for each to have been taken in alone.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!world.applied(tenant).await.contains_key(&subject));
    drop(held);
    world
        .until_applied(tenant, &subject, &[1, 2, 3, 4, 5])
        .await;
    assert_eq!(recorder.behaviour.lock().unwrap().batches, [1, 5]);
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn one_tenants_trouble_holds_up_nobody_else() {
    let world = World::of(&ROUTING, "trouble", 2).await;
    let (in_trouble, free) = (world.tenants[0], world.tenants[1]);
    let (bad, good, other) = (world.ticket(), world.ticket(), world.ticket());
    let recorder = Recorder::with(Behaviour {
        again: [((bad.clone(), 1), 6)].into(),
        ..Behaviour::default()
    });
    let running = world.run(Some(recorder.clone()));
    let mut facts = vec![
        world.fact(in_trouble, &bad, 1),
        world.fact(in_trouble, &bad, 2),
    ];
    facts.push(world.fact(in_trouble, &good, 1));
    facts.push(world.fact(free, &other, 1));
    world.deliver(&facts).await;
    world.until_applied(free, &other, &[1]).await;
    // The other subject of the same tenant goes on as well.
    world.until_applied(in_trouble, &good, &[1]).await;
    let still = recorder.behaviour.lock().unwrap().again[&(bad.clone(), 1)];
    assert!(still > 0, "the others did not wait for it");
    // And in the end it succeeds, in order.
    world.until_applied(in_trouble, &bad, &[1, 2]).await;
    world.nothing_left().await;
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_provider_takes_in_by_its_own_inbox() {
    let world = World::of(&ROUTING, "provider", 2).await;
    let recorder = Recorder {
        scope: HandlerScope::Provider,
        ..Recorder::new()
    };
    let running = world.run(Some(recorder));
    let subjects = [world.ticket(), world.ticket()];
    // Disorder, so that the provider's `waiting` is used too.
    for sequence in [2, 1, 3] {
        for (tenant, subject) in world.tenants.iter().zip(&subjects) {
            world
                .deliver(&[world.fact(*tenant, subject, sequence)])
                .await;
        }
    }
    testkit::eventually(SOON, || async {
        let mut tx = world
            .db
            .begin_provider(world.provider, &world.tenants)
            .await
            .unwrap();
        let sequences: Vec<(String, i64)> =
            sqlx::query_as("SELECT subject, sequence FROM applied ORDER BY subject, place")
                .fetch_all(tx.conn())
                .await
                .unwrap();
        tx.commit().await.unwrap();
        let mut wanted: Vec<(String, i64)> = subjects
            .iter()
            .flat_map(|one| (1..=3).map(move |n| (one.clone(), n)))
            .collect();
        wanted.sort();
        if sequences == wanted {
            Ok(())
        } else {
            Err(sequences)
        }
    })
    .await;
    for tenant in &world.tenants {
        assert!(
            world.applied(*tenant).await.is_empty(),
            "not in the tenant's own schema"
        );
    }
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn an_owner_takes_in_its_own_by_its_own_inbox() {
    let world = World::of(&ROUTING, "owner", 1).await;
    let recorder = Recorder {
        scope: HandlerScope::Owner,
        ..Recorder::new()
    };
    let running = world.run(Some(recorder));
    let tenant = world.tenants[0];
    let (ticket, staff) = (world.ticket(), "per_staff");
    let of_provider = |n| world.fact_of("directory", "staff.changed.v1", None, staff, n, &n);
    // Disorder in both, so that each one's `waiting` is used.
    for n in [3, 1, 2] {
        world
            .deliver(&[world.fact(tenant, &ticket, n), of_provider(n)])
            .await;
    }
    world.until_applied(tenant, &ticket, &[1, 2, 3]).await;
    let own = testkit::eventually(SOON, || async {
        let mut tx = world.db.begin_provider(world.provider, &[]).await.unwrap();
        let applied: Vec<(String, i64)> =
            sqlx::query_as("SELECT subject, sequence FROM applied ORDER BY place")
                .fetch_all(tx.conn())
                .await
                .unwrap();
        let inbox: Vec<(String, i64)> = sqlx::query_as("SELECT subject, sequence FROM inbox")
            .fetch_all(tx.conn())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        (applied.len() == 3).then_some((applied, inbox))
    })
    .await;
    let staff = |n| (staff.to_owned(), n);
    assert_eq!(own, (vec![staff(1), staff(2), staff(3)], vec![staff(3)]));
    let mut tx = world.db.begin_platform().await.unwrap();
    let elsewhere: i64 = sqlx::query_scalar("SELECT count(*) FROM platform.inbox")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(elsewhere, 0);
    running.stop().await;
    world.end().await;
}

#[tokio::test]
async fn a_tenant_that_is_not_there_yet_is_waited_for() {
    let world = World::of(&ROUTING, "late tenant", 1).await;
    let running = world.run(Some(Recorder::new()));
    let late = world.new_tenant("cliente-tardío");
    let subject = world.ticket();
    world.deliver(&[world.fact(late.id, &subject, 1)]).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.db.provision_tenant(&late).await.unwrap();
    world.until_applied(late.id, &subject, &[1]).await;
    running.stop().await;
    world.end().await;
}
