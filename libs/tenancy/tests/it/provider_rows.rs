//! What spans tenants is seen for the caller's tenants alone.

use ids::{ProviderId, TenantId};
use tenancy::{Scope, TenancyError, Tx};
use uuid::Uuid;

use crate::world::{DESK, World, attempt, forbidden, new_tenant, story};

async fn put(tx: &mut Tx, tenant: TenantId, lines: i32) {
    sqlx::query("INSERT INTO board (tenant, line) SELECT $1, generate_series(1, $2)")
        .bind(tenant.uuid())
        .bind(lines)
        .execute(tx.conn())
        .await
        .unwrap();
}

async fn seen(tx: &mut Tx) -> Vec<(Uuid, i64)> {
    sqlx::query_as("SELECT tenant, count(*) FROM board GROUP BY tenant ORDER BY tenant")
        .fetch_all(tx.conn())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_provider_transaction_sees_the_given_tenants_alone() {
    story(async {
        let world = World::start("board", &DESK).await;
        let (acme, beta, gama) = (
            world.tenant("acme").await,
            world.tenant("beta").await,
            world.tenant("gama").await,
        );
        let provider = world.provider;
        let mut tx = world
            .db
            .begin_provider(provider, &[acme, beta, gama])
            .await
            .unwrap();
        assert_eq!(tx.scope(), Scope::Provider(provider));
        put(&mut tx, acme, 1).await;
        put(&mut tx, beta, 2).await;
        put(&mut tx, gama, 3).await;
        tx.commit().await.unwrap();

        let mut tx = world
            .db
            .begin_provider(provider, &[acme, gama])
            .await
            .unwrap();
        assert_eq!(seen(&mut tx).await, [(acme.uuid(), 1), (gama.uuid(), 3)]);
        let theirs = format!(
            "INSERT INTO board (tenant, line) VALUES ('{}', 9)",
            beta.uuid()
        );
        assert_eq!(attempt(&mut tx, &theirs).await, forbidden());
        let given_away = format!("UPDATE board SET tenant = '{}', line = 9", beta.uuid());
        assert_eq!(attempt(&mut tx, &given_away).await, forbidden());
        tx.commit().await.unwrap();

        let mut tx = world.db.begin_provider(provider, &[]).await.unwrap();
        assert_eq!(seen(&mut tx).await, []);
        // What clients wrote stays in their schemas.
        let note = format!("SELECT body FROM {}.note", Scope::Tenant(acme).schema());
        assert_eq!(attempt(&mut tx, &note).await, forbidden());
        tx.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn anothers_tenant_is_not_found() {
    story(async {
        let world = World::start("strangers", &DESK).await;
        let acme = world.tenant("acme").await;
        let other = ProviderId::new(&*world.ids);
        world
            .db
            .provision_provider(other, "otro", "Otro S.A.")
            .await
            .unwrap();
        let theirs = new_tenant(&*world.ids, other, "ajena");
        world.db.provision_tenant(&theirs).await.unwrap();
        let refused =
            |outcome: Result<_, TenancyError>| matches!(outcome, Err(TenancyError::NotFound));
        assert!(refused(
            world
                .db
                .begin_provider(world.provider, &[acme, theirs.id])
                .await
        ));
        assert!(refused(world.db.begin_provider(other, &[acme]).await));
        assert!(refused(
            world
                .db
                .begin_provider(other, &[TenantId::new(&*world.ids)])
                .await
        ));
        assert!(refused(
            world
                .db
                .begin_provider(ProviderId::new(&*world.ids), &[])
                .await
        ));
        world
            .db
            .begin_provider(other, &[theirs.id])
            .await
            .unwrap()
            .commit()
            .await
            .unwrap();
    })
    .await;
}

/// A policy that calls a function per row would make every worklist a full scan.
#[tokio::test]
async fn the_policy_uses_an_index() {
    story(async {
        let world = World::start("index", &DESK).await;
        let acme = world.tenant("acme").await;
        let mut tx = world
            .db
            .begin_provider(world.provider, &[acme])
            .await
            .unwrap();
        sqlx::query("SET LOCAL enable_seqscan = off")
            .execute(tx.conn())
            .await
            .unwrap();
        let plan: Vec<String> = sqlx::query_scalar("EXPLAIN SELECT line FROM board")
            .fetch_all(tx.conn())
            .await
            .unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains("Index Cond: (tenant = ANY"), "{plan}");
        tx.commit().await.unwrap();
    })
    .await;
}
