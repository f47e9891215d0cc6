//! Work by keys: planned once, whatever keys come; and apart from the same text elsewhere.

use uuid::Uuid;

use crate::world::{DESK, World, story};

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
