//! Work by keys: planned once, whatever keys come; and apart from the same text elsewhere.

use std::time::Duration;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::world::{DESK, World, story};

/// Whether the connections that are in a transaction now forgot their plans as they began it; `None` if there is none.
async fn forgot(owner: &mut PgConnection, world: &World) -> Option<bool> {
    sqlx::query_scalar(
        "SELECT bool_and(query LIKE 'BEGIN;%;DISCARD PLANS') FROM pg_stat_activity \
         WHERE usename = $1 AND state = 'idle in transaction' AND query LIKE 'BEGIN;%'",
    )
    .bind(world.login_role())
    .fetch_one(owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn statements_by_keys_are_planned_once_and_apart() {
    story(async {
        let world = World::start_with("by keys", &DESK, |settings| settings.slots = 1).await;
        let acme = world.tenant("acme").await;
        let look = "SELECT count(*) FROM inbox WHERE subject = ANY($1)";
        for door in ["by keys", "plain"] {
            for _ in 0..7 {
                let mut tx = match door {
                    "by keys" => world.db.by_keys().begin(acme).await.unwrap(),
                    _ => world.db.begin(acme).await.unwrap(),
                };
                let keys = vec![Uuid::nil().to_string()];
                let none: i64 = sqlx::query_scalar(look)
                    .bind(keys)
                    .fetch_one(tx.conn())
                    .await
                    .unwrap();
                assert_eq!(none, 0);
                tx.commit().await.unwrap();
            }
        }
        let mut tx = world.db.begin(acme).await.unwrap();
        let mut plans: Vec<(bool, i64, i64)> = sqlx::query_as(
            "SELECT statement LIKE '/*% k*/%', generic_plans, custom_plans FROM pg_prepared_statements \
             WHERE statement LIKE '%FROM inbox WHERE subject%' AND statement NOT LIKE '%pg_prepared%'",
        )
        .fetch_all(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
        plans.sort_unstable();
        let [(false, _, custom), (true, generic, none)] = plans[..] else {
            panic!("two statements of two kinds, not {plans:?}");
        };
        assert!(custom >= 5, "left to itself, Postgres plans anew: {custom}");
        assert_eq!((generic, none), (7, 0));
    })
    .await;
}

#[tokio::test]
async fn whichever_door_a_connection_is_used_by_it_forgets_old_plans() {
    // On the heap: fourteen doors make a large future.
    story(Box::pin(async {
        let world = World::start_with("forgetting", &DESK, |settings| {
            (settings.slots, settings.keep_plans) = (1, Duration::ZERO);
        })
        .await;
        let acme = world.tenant("acme").await;
        let mut owner = world.owner().await;
        let (db, provider) = (&world.db, world.provider);
        let (keyed, locking) = (db.by_keys(), db.locking(7));
        macro_rules! through {
            ($($door:expr,)*) => {$(
                let mut tx = $door.await.unwrap();
                let door = stringify!($door);
                assert_eq!(forgot(&mut owner, &world).await, Some(true), "{door}");
                let one: i32 = sqlx::query_scalar("SELECT $1")
                    .bind(1)
                    .fetch_one(tx.conn())
                    .await
                    .unwrap();
                assert_eq!(one, 1, "{door}");
                tx.commit().await.unwrap();
            )*};
        }
        // The second time with what the first has planned.
        for _ in 0..2 {
            through!(
                db.begin(acme),
                db.begin_read(acme),
                db.begin_fact(acme),
                db.begin_provider(provider, &[acme]),
                db.begin_platform(),
                keyed.begin(acme),
                keyed.begin_read(acme),
                keyed.begin_fact(acme),
                keyed.begin_hurried(acme, Duration::from_secs(1)),
                keyed.begin_ahead(acme, Duration::ZERO),
                keyed.begin_provider(provider, &[acme]),
                locking.begin_fact(acme),
                locking.begin_provider(provider, &[acme]),
                locking.begin_platform(),
            );
        }
    }))
    .await;
}

#[tokio::test]
async fn whoever_plans_ahead_forgets_what_would_not_last() {
    story(async {
        let world = World::start_with("ahead", &DESK, |settings| {
            (settings.slots, settings.keep_plans) = (1, Duration::from_hours(1));
        })
        .await;
        let acme = world.tenant("acme").await;
        let mut owner = world.owner().await;
        let mut seen = Vec::new();
        let minutes = Duration::from_mins;
        // The connection's plans are good for half an hour at least, for less than one at first, and for one once forgotten for who plans ahead.
        for last in [
            None,
            Some(minutes(20)),
            Some(minutes(60)),
            Some(minutes(60)),
            Some(minutes(20)),
            None,
        ] {
            let keyed = world.db.by_keys();
            let tx = match last {
                Some(last) => keyed.begin_ahead(acme, last).await.unwrap(),
                None => keyed.begin_fact(acme).await.unwrap(),
            };
            seen.push(forgot(&mut owner, &world).await);
            tx.commit().await.unwrap();
        }
        let expected = [false, false, true, false, false, false].map(Some);
        assert_eq!(seen, expected);
    })
    .await;
}

#[tokio::test]
async fn nobody_stays_in_the_queue_for_a_lock_whom_nobody_waits_for() {
    story(async {
        let world = World::start("queueing", &DESK).await;
        let acme = world.tenant("acme").await;
        let holder = world.db.locking(7).begin_fact(acme).await.unwrap();
        let refused = world.db.locking(7).begin_fact(acme).await.unwrap_err();
        assert!(refused.is_transient(), "{refused}");
        let mut owner = world.owner().await;
        let queued: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
             WHERE l.locktype = 'advisory' AND NOT l.granted AND a.usename = $1",
        )
        .bind(world.login_role())
        .fetch_one(&mut owner)
        .await
        .unwrap();
        assert_eq!(queued, 0);
        // What comes behind the lock may wait as long as ever.
        let mut holder = holder;
        let limit: String = sqlx::query_scalar("SHOW lock_timeout")
            .fetch_one(holder.conn())
            .await
            .unwrap();
        assert_eq!(limit, "0");
        holder.commit().await.unwrap();
        let next = world.db.locking(7).begin_fact(acme).await.unwrap();
        next.commit().await.unwrap();
    })
    .await;
}
