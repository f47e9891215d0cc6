//! Tenants of an old and a new migration, one after the other on one connection; and one that is migrated meanwhile.

use tenancy::{Schema, TenancyError, Tx, is_stale_plan};

use crate::world::{NOTES, World, note, run, story};

static DESK: Schema = Schema {
    service: "desk",
    platform: &[],
    tenant: &[NOTES],
    tenant_squashed: None,
    provider: &[],
};

/// What nobody should write: its columns are whatever the schema has.
async fn everything(tx: &mut Tx) -> Result<usize, TenancyError> {
    Ok(sqlx::query("SELECT * FROM note")
        .fetch_all(tx.conn())
        .await?
        .len())
}

struct Two {
    world: World,
    old: ids::TenantId,
    new: ids::TenantId,
}

impl Two {
    /// One more migration of a tenant.
    async fn migrate(&self, tenant: ids::TenantId) {
        let schema = tenancy::Scope::Tenant(tenant).schema();
        let more = format!("ALTER TABLE {schema}.note ADD COLUMN colour text");
        run(&mut self.world.owner().await, &more).await.unwrap();
    }
}

/// One slot, two tenants with a note each; the second has had one more migration.
async fn two(name: &str) -> Two {
    let world = World::start_with(name, &DESK, |settings| settings.slots = 1).await;
    let (old, new) = (world.tenant("vieja").await, world.tenant("nueva").await);
    let two = Two { world, old, new };
    two.migrate(new).await;
    for tenant in [old, new] {
        let mut tx = two.world.db.begin(tenant).await.unwrap();
        note(&mut tx, two.world.ids.uuid(), "hola").await;
        tx.commit().await.unwrap();
    }
    two
}

#[tokio::test]
async fn statements_go_from_tenant_to_tenant() {
    story(async {
        let Two { world, old, new } = two("taking turns").await;
        for _ in 0..5 {
            for tenant in [old, new] {
                let mut tx = world.db.begin(tenant).await.unwrap();
                let body: String = sqlx::query_scalar("SELECT body FROM note")
                    .fetch_one(tx.conn())
                    .await
                    .unwrap();
                assert_eq!(body, "hola");
                // Each has a plan of its own, whatever its columns.
                assert_eq!(everything(&mut tx).await.unwrap(), 1);
                sqlx::query("UPDATE note SET body = $1")
                    .bind("hola")
                    .execute(tx.conn())
                    .await
                    .unwrap();
                tx.commit().await.unwrap();
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_plan_from_before_a_migration_is_forgotten_once_it_failed() {
    story(async {
        let two = two("forgotten").await;
        let mut tx = two.world.db.begin(two.old).await.unwrap();
        assert_eq!(everything(&mut tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
        two.migrate(two.old).await;

        let mut tx = two.world.db.begin(two.old).await.unwrap();
        let stale = everything(&mut tx).await.unwrap_err();
        assert!(is_stale_plan(&stale) && stale.is_transient(), "{stale}");
        assert_eq!(stale.sql_state().as_deref(), Some("0A000"));
        drop(tx);

        let mut tx = two.world.db.begin(two.old).await.unwrap();
        assert_eq!(everything(&mut tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
    })
    .await;
}
