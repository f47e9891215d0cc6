//! Row-level security on what all tenants of a service share.

use tenancy::{Scope, Tx};
use uuid::Uuid;

use crate::world::{DESK, World, attempt, forbidden, story};

fn outbox(tenant: Option<Uuid>) -> String {
    let tenant = tenant.map_or("NULL".to_owned(), |id| format!("'{id}'"));
    format!(
        "INSERT INTO platform.outbox (lane, partition, tenant, kind, body) VALUES ('live', 0, {tenant}, 'x.v1', '{{}}')"
    )
}

async fn tenants_in_outbox(tx: &mut Tx) -> Vec<Option<Uuid>> {
    sqlx::query_scalar("SELECT tenant FROM platform.outbox ORDER BY id")
        .fetch_all(tx.conn())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_tenant_writes_the_outbox_as_itself_and_never_reads_it() {
    story(async {
        let world = World::start("outbox", &DESK).await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let mut tx = world.db.begin(acme).await.unwrap();
        assert_eq!(attempt(&mut tx, &outbox(Some(acme.uuid()))).await, Ok(()));
        assert_eq!(
            attempt(&mut tx, &outbox(Some(beta.uuid()))).await,
            forbidden()
        );
        assert_eq!(attempt(&mut tx, &outbox(None)).await, forbidden());
        let forged = format!(
            "INSERT INTO platform.outbox (lane, partition, tenant, kind, body, writer)
             VALUES ('live', 0, '{}', 'x.v1', '{{}}', '{}')",
            acme.uuid(),
            world.role(beta)
        );
        assert_eq!(attempt(&mut tx, &forged).await, forbidden());
        for sql in [
            "SELECT body FROM platform.outbox",
            "DELETE FROM platform.outbox",
            "UPDATE platform.outbox SET body = ''",
            "TRUNCATE platform.outbox",
        ] {
            assert_eq!(attempt(&mut tx, sql).await, forbidden(), "{sql}");
        }
        tx.commit().await.unwrap();

        // A provider speaks for itself and for the tenants it was opened for.
        let mut tx = world
            .db
            .begin_provider(world.provider, &[beta])
            .await
            .unwrap();
        assert_eq!(attempt(&mut tx, &outbox(Some(beta.uuid()))).await, Ok(()));
        assert_eq!(attempt(&mut tx, &outbox(None)).await, Ok(()));
        assert_eq!(
            attempt(&mut tx, &outbox(Some(acme.uuid()))).await,
            forbidden()
        );
        assert_eq!(
            attempt(&mut tx, "SELECT body FROM platform.outbox").await,
            forbidden()
        );
        tx.commit().await.unwrap();

        // The relay takes them all.
        let mut tx = world.db.begin_platform().await.unwrap();
        assert_eq!(
            tenants_in_outbox(&mut tx).await,
            [Some(acme.uuid()), Some(beta.uuid()), None]
        );
        let gone = sqlx::query("DELETE FROM platform.outbox")
            .execute(tx.conn())
            .await
            .unwrap();
        assert_eq!(gone.rows_affected(), 3);
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_tenant_sees_its_own_timers() {
    story(async {
        let world = World::start("timers", &DESK).await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let set = |tenant: Uuid| {
            format!(
                "INSERT INTO platform.timer (due, tenant, clock, cycle, threshold)
                 VALUES (now(), '{tenant}', gen_random_uuid(), 1, 80)"
            )
        };
        for tenant in [acme, beta] {
            let mut tx = world.db.begin(tenant).await.unwrap();
            assert_eq!(attempt(&mut tx, &set(tenant.uuid())).await, Ok(()));
            tx.commit().await.unwrap();
        }
        let mut tx = world.db.begin(acme).await.unwrap();
        assert_eq!(attempt(&mut tx, &set(beta.uuid())).await, forbidden());
        let moved = format!("UPDATE platform.timer SET tenant = '{}'", beta.uuid());
        assert_eq!(attempt(&mut tx, &moved).await, forbidden());
        let seen: Vec<Uuid> = sqlx::query_scalar("SELECT tenant FROM platform.timer")
            .fetch_all(tx.conn())
            .await
            .unwrap();
        assert_eq!(seen, [acme.uuid()]);
        let gone = sqlx::query("DELETE FROM platform.timer")
            .execute(tx.conn())
            .await
            .unwrap();
        assert_eq!(gone.rows_affected(), 1);
        tx.commit().await.unwrap();

        // A provider has none, the sweeper has all.
        let mut tx = world
            .db
            .begin_provider(world.provider, &[beta])
            .await
            .unwrap();
        assert_eq!(
            attempt(&mut tx, "SELECT due FROM platform.timer").await,
            forbidden()
        );
        tx.rollback().await.unwrap();
        let mut tx = world.db.begin_platform().await.unwrap();
        assert_eq!(tx.scope(), Scope::Platform);
        let seen: Vec<Uuid> = sqlx::query_scalar("SELECT tenant FROM platform.timer")
            .fetch_all(tx.conn())
            .await
            .unwrap();
        assert_eq!(seen, [beta.uuid()]);
        tx.commit().await.unwrap();
    })
    .await;
}
