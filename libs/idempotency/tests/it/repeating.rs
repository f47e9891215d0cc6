//! What comes again under the same key.

use idempotency::{Error, raced, remember};
use ids::{PersonId, TicketId};
use subgraph::{Code, Fault as _};

use crate::world::{World, key};

#[tokio::test]
async fn the_same_key_is_answered_with_the_same_ids() {
    let world = World::start("key-same").await;
    let (andina, boreal) = (world.tenant("andina").await, world.tenant("boreal").await);
    let k = world.key("k", "Sin red");
    let first = world.open(andina, &k).await.unwrap();
    assert_eq!(world.open(andina, &k).await.unwrap(), first);

    // Scoped: another tenant's, another person's, another operation's key of the same text is another key.
    let luis = PersonId::new(&*world.ids);
    for (tenant, other) in [
        (boreal, k.clone()),
        (andina, key(luis, "openTicket", "k", "Sin red")),
        (andina, key(world.ana, "recordContact", "k", "Sin red")),
        (andina, world.key("k2", "Sin red")),
    ] {
        assert_ne!(world.open(tenant, &other).await.unwrap(), first);
    }

    let refused = world.open(andina, &world.key("k", "Otra cosa")).await;
    let refused = refused.unwrap_err();
    assert!(matches!(refused, Error::OtherInput), "{refused}");
    assert_eq!(refused.code(), Code::IdempotencyMismatch);
    assert_eq!(refused.field().as_deref(), Some("idempotencyKey"));
    world.end().await;
}

#[tokio::test]
async fn a_providers_key_stands_in_the_providers_schema() {
    let world = World::start("key-provider").await;
    world.tenant("andina").await;
    let k = world.key("k", "Operaciones");
    let id = TicketId::new(&*world.ids);
    let mut tx = world.db.begin_provider(world.provider, &[]).await.unwrap();
    let fresh = remember(&mut tx, Some(&k), &id, world.now()).await.unwrap();
    assert_eq!(fresh, None);
    tx.commit().await.unwrap();
    let mut tx = world.db.begin_provider(world.provider, &[]).await.unwrap();
    let before = remember(&mut tx, Some(&k), &TicketId::new(&*world.ids), world.now()).await;
    assert_eq!(before.unwrap(), Some(id));
    tx.commit().await.unwrap();
    world.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_same_moment_one_is_first_and_the_others_hear_of_it() {
    let world = World::start("key-at-once").await;
    let andina = world.tenant("andina").await;
    let k = world.key("k", "Sin red");
    let all = futures::future::join_all((0..8).map(|_| world.open(andina, &k))).await;
    let all: Vec<TicketId> = all.into_iter().map(Result::unwrap).collect();
    assert!(all.iter().all(|id| *id == all[0]), "{all:?}");
    world.end().await;
}

#[tokio::test]
async fn what_was_refused_leaves_the_key_free() {
    let world = World::start("key-refused").await;
    let andina = world.tenant("andina").await;
    let mut tx = world.db.begin(andina).await.unwrap();
    let k = world.key("k", "mal");
    let id = TicketId::new(&*world.ids);
    remember(&mut tx, Some(&k), &id, world.now()).await.unwrap();
    tx.rollback().await.unwrap();
    // Put right, under the same key.
    world.open(andina, &world.key("k", "bien")).await.unwrap();
    world.end().await;
}

#[tokio::test]
async fn a_row_of_ones_own_that_comes_second_says_so() {
    let world = World::start("key-raced").await;
    let andina = world.tenant("andina").await;
    let k = world.key("k", "Sin red");
    world.open(andina, &k).await.unwrap();
    let mut tx = world.db.begin(andina).await.unwrap();
    let second = sqlx::query(
        "INSERT INTO idempotency (person, operation, key, body_hash, result, at) VALUES ($1, $2, $3, $4, '1', $5)",
    )
    .bind(k.person.uuid())
    .bind(k.operation)
    .bind(&k.text)
    .bind(k.hash.as_slice())
    .bind(world.now())
    .execute(tx.conn())
    .await;
    assert!(raced(&second.unwrap_err()));
    tx.rollback().await.unwrap();
    let mut tx = world.db.begin(andina).await.unwrap();
    let other = sqlx::query("SELECT 1 / 0").execute(tx.conn()).await;
    assert!(!raced(&other.unwrap_err()));
    tx.rollback().await.unwrap();
    world.end().await;
}
