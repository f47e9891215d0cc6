//! Tenants of an old and a new migration, one after the other on one connection; and one that is migrated meanwhile.

use tenancy::{Schema, TenancyError, Tx};

use crate::world::{NOTES, World, note, run, state_of, story};

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
        assert!(stale.is_transient(), "{stale}");
        assert_eq!(stale.sql_state().as_deref(), Some("0A000"));
        drop(tx);

        let mut tx = two.world.db.begin(two.old).await.unwrap();
        assert_eq!(everything(&mut tx).await.unwrap(), 1);
        tx.commit().await.unwrap();
    })
    .await;
}

/// How often the one connection has the statement prepared by which notes are written.
async fn prepared(world: &World, tenant: ids::TenantId) -> i64 {
    const COUNT: &str = "SELECT count(*) FROM pg_prepared_statements
         WHERE statement LIKE '%INSERT INTO note%' AND statement NOT LIKE '%pg_prepared_statements%'";
    let mut tx = world.db.begin(tenant).await.unwrap();
    let count = sqlx::query_scalar(COUNT)
        .fetch_one(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    count
}

/// One that is refused; its SQLSTATE.
async fn twice(tx: &mut Tx, id: uuid::Uuid) -> String {
    let again = sqlx::query("INSERT INTO note (id, body) VALUES ($1, $2)")
        .bind(id)
        .bind("otra vez");
    state_of(again.execute(tx.conn()).await.unwrap_err())
}

#[tokio::test]
async fn a_row_that_is_refused_costs_no_statement_and_a_doubt_costs_all() {
    story(async {
        let world = World::start_with("refused rows", &DESK, |settings| settings.slots = 1).await;
        let acme = world.tenant("acme").await;
        let id = world.ids.uuid();
        let mut tx = world.db.begin(acme).await.unwrap();
        note(&mut tx, id, "una").await;
        tx.commit().await.unwrap();
        assert_eq!(prepared(&world, acme).await, 1);

        // However the transaction ends.
        let mut tx = world.db.begin(acme).await.unwrap();
        assert_eq!(twice(&mut tx, id).await, "23505");
        tx.rollback().await.unwrap();
        assert_eq!(prepared(&world, acme).await, 1);
        let mut tx = world.db.begin(acme).await.unwrap();
        assert_eq!(twice(&mut tx, id).await, "23505");
        // What comes behind it says nothing of plans either.
        assert_eq!(twice(&mut tx, id).await, "25P02");
        assert!(tx.commit().await.is_err());
        assert_eq!(prepared(&world, acme).await, 1);

        // A column that is not there may be one that was, when the statement was prepared.
        let mut tx = world.db.begin(acme).await.unwrap();
        let refused = run(tx.conn(), "SELECT nothing").await;
        assert_eq!(refused, Err("42703".to_owned()));
        drop(tx);
        assert_eq!(prepared(&world, acme).await, 0);

        // Nor is seen what fails within a savepoint.
        let mut tx = world.db.begin(acme).await.unwrap();
        note(&mut tx, world.ids.uuid(), "otra").await;
        tx.commit().await.unwrap();
        let mut tx = world.db.begin(acme).await.unwrap();
        let savepoint = tx.conn().savepoint().await.unwrap();
        savepoint.commit().await.unwrap();
        assert_eq!(twice(&mut tx, id).await, "23505");
        tx.rollback().await.unwrap();
        assert_eq!(prepared(&world, acme).await, 0);
    })
    .await;
}
