//! A service named `desk` with notes per tenant and a board per provider.

use std::{future::Future, sync::Arc, time::Duration};

use clock::SharedClock;
use ids::{IdGen, ProviderId, SharedIds, TenantId};
use sqlx::{ConnectOptions, Executor, PgConnection, Postgres, postgres::PgConnectOptions};
use tenancy::{DbSettings, Migration, NewTenant, Schema, ServiceDb, TenancyError, Tx};
use testkit::Suite;

pub const NOTES: Migration = Migration {
    name: "2026-11-23-000-notes",
    sql: "CREATE TABLE note (id uuid PRIMARY KEY, body text NOT NULL);",
};

pub const BOARD: Migration = Migration {
    name: "2026-11-23-000-board",
    sql: "CREATE TABLE board (tenant uuid NOT NULL, line int NOT NULL, PRIMARY KEY (tenant, line));
          ALTER TABLE board ENABLE ROW LEVEL SECURITY;
          CREATE POLICY by_tenant ON board USING (shared.tenant_visible(tenant));",
};

pub static DESK: Schema = Schema {
    service: "desk",
    platform: &[],
    tenant: &[NOTES],
    tenant_squashed: None,
    provider: &[BOARD],
};

pub struct World {
    pub suite: Suite,
    pub settings: DbSettings,
    pub db: ServiceDb,
    pub clock: SharedClock,
    pub ids: SharedIds,
    pub provider: ProviderId,
}

impl World {
    /// A migrated database with one provider.
    pub async fn start(name: &str, schema: &'static Schema) -> Self {
        Self::start_with(name, schema, |_| {}).await
    }

    pub async fn start_with(
        name: &str,
        schema: &'static Schema,
        change: impl FnOnce(&mut DbSettings),
    ) -> Self {
        let suite = Suite::start(name).await;
        let mut settings = suite.db_settings();
        change(&mut settings);
        tenancy::migrate(&settings, schema, |_| {}).await.unwrap();
        let clock = clock::system();
        let db = ServiceDb::connect(settings.clone(), schema, Arc::clone(&clock))
            .await
            .unwrap();
        let ids = ids::system(Arc::clone(&clock));
        let provider = ProviderId::new(&*ids);
        db.provision_provider(provider, "soporte", "Soporte S.A.")
            .await
            .unwrap();
        Self {
            suite,
            settings,
            db,
            clock,
            ids,
            provider,
        }
    }

    pub fn new_tenant(&self, slug: &str) -> NewTenant {
        new_tenant(&*self.ids, self.provider, slug)
    }

    pub async fn tenant(&self, slug: &str) -> TenantId {
        let new = self.new_tenant(slug);
        assert!(!self.db.provision_tenant(&new).await.unwrap().already);
        new.id
    }

    /// A connection of the owner, for looking and for breaking things.
    pub async fn owner(&self) -> PgConnection {
        self.options().connect().await.unwrap()
    }

    /// A connection as the service itself makes it.
    pub async fn login(&self) -> PgConnection {
        let name = self.login_role();
        self.options().username(&name).connect().await.unwrap()
    }

    pub fn login_role(&self) -> String {
        format!("{}desk", self.suite.prefix())
    }

    pub fn role(&self, tenant: TenantId) -> String {
        format!("{}_{}", self.login_role(), tenant.uuid().simple())
    }

    fn options(&self) -> PgConnectOptions {
        self.suite.database_url("desk").parse().unwrap()
    }
}

pub fn new_tenant(ids: &dyn IdGen, provider: ProviderId, slug: &str) -> NewTenant {
    NewTenant {
        id: TenantId::new(ids),
        provider,
        slug: slug.to_owned(),
        name: format!("Cliente {slug}"),
        locale: "es-PE".to_owned(),
        time_zone: "America/Lima".to_owned(),
    }
}

/// Every story ends within two minutes, on a busy machine too.
pub async fn story<T>(told: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_mins(2), told)
        .await
        .expect("the story did not end within two minutes")
}

/// Runs one statement as it is; the SQLSTATE where Postgres refused it.
pub async fn run<'c>(
    conn: impl Executor<'c, Database = Postgres>,
    sql: &str,
) -> Result<(), String> {
    match sqlx::query(sqlx::AssertSqlSafe(sql)).execute(conn).await {
        Ok(_) => Ok(()),
        Err(error) => Err(state_of(error)),
    }
}

pub fn state_of(error: sqlx::Error) -> String {
    TenancyError::from(error)
        .sql_state()
        .expect("a refusal by Postgres")
}

/// Like [`run`], but the transaction survives a refusal.
pub async fn attempt(tx: &mut Tx, sql: &str) -> Result<(), String> {
    let mut savepoint = tx.conn().savepoint().await.unwrap();
    let done = run(&mut *savepoint, sql).await;
    match done {
        Ok(()) => savepoint.commit().await.unwrap(),
        Err(_) => savepoint.rollback().await.unwrap(),
    }
    done
}

pub const FORBIDDEN: &str = "42501";

pub fn forbidden() -> Result<(), String> {
    Err(FORBIDDEN.to_owned())
}

pub async fn note(tx: &mut Tx, id: uuid::Uuid, body: &str) {
    sqlx::query("INSERT INTO note (id, body) VALUES ($1, $2)")
        .bind(id)
        .bind(body)
        .execute(tx.conn())
        .await
        .unwrap();
}

pub async fn notes(tx: &mut Tx) -> Vec<String> {
    sqlx::query_scalar("SELECT body FROM note ORDER BY body")
        .fetch_all(tx.conn())
        .await
        .unwrap()
}

pub async fn backend(tx: &mut Tx) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(tx.conn())
        .await
        .unwrap()
}
