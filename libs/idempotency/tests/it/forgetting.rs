//! What is remembered, and for how long.

use std::time::Duration;

use chrono::TimeDelta;
use idempotency::{KEPT_FOR, purge, remember};
use ids::TicketId;
use tenancy::TenantState;
use tokio_util::sync::CancellationToken;

use crate::world::World;

#[tokio::test]
async fn kept_for_two_days_and_then_the_key_runs_anew() {
    let world = World::start("key-forgotten").await;
    let (andina, boreal) = (world.tenant("andina").await, world.tenant("boreal").await);
    let k = world.key("k", "Sin red");
    let first = world.open(andina, &k).await.unwrap();
    world.open(boreal, &k).await.unwrap();
    let mut tx = world.db.begin_provider(world.provider, &[]).await.unwrap();
    let id = TicketId::new(&*world.ids);
    remember(&mut tx, Some(&k), &id, world.now()).await.unwrap();
    tx.commit().await.unwrap();
    // Suspended tenants do not hoard.
    let suspended = TenantState::Suspended;
    world.db.set_tenant_state(boreal, suspended).await.unwrap();

    world.later(KEPT_FOR - TimeDelta::minutes(1));
    assert_eq!(purge(&world.db, world.now()).await.unwrap(), 0);
    assert_eq!(world.open(andina, &k).await.unwrap(), first);

    world.later(TimeDelta::minutes(1));
    assert_eq!(
        purge(&world.db, world.now()).await.unwrap(),
        0,
        "48 h, and not a second less"
    );
    world.later(TimeDelta::seconds(1));
    assert_eq!(purge(&world.db, world.now()).await.unwrap(), 3);
    let other = world.key("k", "Otra cosa");
    assert_ne!(world.open(andina, &other).await.unwrap(), first);
    world.end().await;
}

#[tokio::test]
async fn a_busy_tenants_many_are_forgotten_in_one_go() {
    let world = World::start("key-many").await;
    let andina = world.tenant("andina").await;
    let mut tx = world.db.begin(andina).await.unwrap();
    sqlx::query(
        "INSERT INTO idempotency (person, operation, key, body_hash, result, at)
         SELECT $1, 'openTicket', n::text, '', '1', $2 FROM generate_series(1, 12000) AS n",
    )
    .bind(world.ana.uuid())
    .bind(world.now())
    .execute(tx.conn())
    .await
    .unwrap();
    tx.commit().await.unwrap();
    world.later(TimeDelta::hours(49));
    let young = world.open(andina, &world.key("young", "s")).await.unwrap();
    assert_eq!(purge(&world.db, world.now()).await.unwrap(), 12_000);
    assert_eq!(
        world.open(andina, &world.key("young", "s")).await.unwrap(),
        young
    );
    world.end().await;
}

#[tokio::test]
async fn a_schema_that_refuses_holds_up_no_other() {
    let world = World::start("key-broken").await;
    let (andina, boreal) = (world.tenant("andina").await, world.tenant("boreal").await);
    let k = world.key("k", "Sin red");
    for tenant in [andina, boreal] {
        world.open(tenant, &k).await.unwrap();
    }
    let mut owner = world.owner().await;
    let broken = tenancy::Scope::Tenant(andina).schema();
    let sql = format!("ALTER TABLE {broken}.idempotency RENAME TO elsewhere");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&mut owner)
        .await
        .unwrap();
    world.later(TimeDelta::hours(49));
    assert_eq!(purge(&world.db, world.now()).await.unwrap(), 1);
    world.end().await;
}

#[tokio::test]
async fn the_job_does_it_until_it_is_told_to_stop() {
    let world = World::start("key-job").await;
    let andina = world.tenant("andina").await;
    let k = world.key("k", "Sin red");
    let first = world.open(andina, &k).await.unwrap();
    let stop = CancellationToken::new();
    let job = idempotency::job("desk-purge", world.db.clone(), Duration::from_millis(20));
    let running = tokio::spawn((job.run)(stop.clone()));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(world.open(andina, &k).await.unwrap(), first, "too early");

    world.later(TimeDelta::hours(49));
    testkit::eventually(Duration::from_secs(10), || async {
        let second = world.open(andina, &k).await.unwrap();
        (second != first).then_some(())
    })
    .await;
    stop.cancel();
    running.await.unwrap();
    world.end().await;
}
