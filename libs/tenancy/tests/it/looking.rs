//! Looking without the right to write, at suspended tenants too.

use tenancy::{TenancyError, TenantState};

use crate::world::{DESK, World, story};

#[tokio::test]
async fn who_looks_sees_a_suspended_tenant_and_writes_nothing() {
    story(async {
        let world = World::start("looking", &DESK).await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        for tenant in [acme, beta] {
            let mut tx = world
                .db
                .begin_provider(world.provider, &[tenant])
                .await
                .unwrap();
            sqlx::query("INSERT INTO board (tenant, line) VALUES ($1, 1)")
                .bind(tenant.uuid())
                .execute(tx.conn())
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        let state = TenantState::Suspended;
        world.db.set_tenant_state(acme, state).await.unwrap();

        let looking = world.db.looking();
        let mut tx = looking.begin_fact(acme).await.unwrap();
        let notes: i64 = sqlx::query_scalar("SELECT count(*) FROM note")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        assert_eq!(notes, 0);
        tx.commit().await.unwrap();
        let mut tx = looking.begin_fact(acme).await.unwrap();
        let refused = sqlx::query("INSERT INTO note (id, body) VALUES ($1, 'no')")
            .bind(acme.uuid())
            .execute(tx.conn())
            .await
            .unwrap_err();
        // 25006: read-only transaction.
        let refused = TenancyError::from(refused);
        assert_eq!(refused.sql_state().as_deref(), Some("25006"));
        tx.rollback().await.unwrap();

        // Of a provider the rows of the tenants that were named, as everywhere.
        let mut tx = looking
            .begin_provider(world.provider, &[acme])
            .await
            .unwrap();
        let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM board")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        assert_eq!(rows, 1);
        tx.commit().await.unwrap();
        let mut tx = looking.begin_platform().await.unwrap();
        let tenants: i64 = sqlx::query_scalar("SELECT count(*) FROM platform.tenant")
            .fetch_one(tx.conn())
            .await
            .unwrap();
        assert_eq!(tenants, 2);
        tx.commit().await.unwrap();

        let nobody = world.new_tenant("nadie");
        assert!(matches!(
            looking.begin_fact(nobody.id).await,
            Err(TenancyError::NotFound)
        ));
    })
    .await;
}
