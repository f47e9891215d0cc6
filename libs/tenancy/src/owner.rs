//! The owner's side: roles, databases and schemas. Provisioning and `migrate` alone come here.

use std::{fmt::Write, time::Duration};

use chrono::{DateTime, Utc};
use ids::ProviderId;
use sqlx::{
    AssertSqlSafe, Connection, Error, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::Instant;

use crate::{
    DbSettings, Migration, NewTenant, Schema, Scope, TenancyError, TenantRow, names::Names,
    registry::tenant_of, schema::TENANT,
};

/// What provisioning did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provisioned {
    /// From the call to the commit.
    pub took: Duration,
    /// It was there before.
    pub already: bool,
}

#[derive(Clone)]
pub(crate) struct Owner {
    pub names: Names,
    pub schema: &'static Schema,
    settings: DbSettings,
    pool: PgPool,
}

/// The first version that says per membership whether it inherits.
const MEMBERSHIP_OPTIONS: u32 = 160_000;

impl Owner {
    pub fn new(settings: &DbSettings, schema: &'static Schema) -> Result<Self, TenancyError> {
        let names = Names::new(settings, schema)?;
        let pool = PgPoolOptions::new()
            .max_connections(4)
            .min_connections(0)
            .acquire_timeout(Duration::from_secs(10))
            // Provisioning comes in bursts; between them the owner holds no connection.
            .idle_timeout(Duration::from_secs(20))
            .connect_lazy_with(settings.owner(Some(&names.database))?);
        Ok(Self {
            names,
            schema,
            settings: settings.clone(),
            pool,
        })
    }

    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>, Error> {
        self.pool.begin().await
    }

    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Makes the database and the roles that all its schemas share; says whether the database is new.
    pub async fn ensure_database(&self) -> Result<bool, TenancyError> {
        let password = self.settings.login_password()?;
        let Names {
            database,
            login,
            tenants,
            providers,
        } = &self.names;
        let mut server = connect(&self.settings.owner(None)?).await?;
        // Roles and databases are the whole server's: one migrator at a time for this service.
        sqlx::query("SELECT pg_advisory_lock(hashtextextended($1, 0))")
            .bind(database)
            .execute(&mut server)
            .await?;
        let mut roles = format!(
            "{} {} {}",
            create_role(login, "LOGIN NOINHERIT"),
            create_role(tenants, "NOLOGIN"),
            create_role(providers, "NOLOGIN"),
        );
        if let Some(password) = password {
            let _ = write!(
                roles,
                "ALTER ROLE \"{login}\" PASSWORD {};",
                literal(&password)
            );
        }
        script_again_on_races(&mut server, &roles).await?;
        let known: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
                .bind(database)
                .fetch_one(&mut server)
                .await?;
        if !known {
            // template0: nobody can be connected to it, which template1 does not promise.
            let sql = format!("CREATE DATABASE \"{database}\" TEMPLATE template0 ENCODING 'UTF8'");
            script_again_on_races(&mut server, &sql).await?;
        }
        let doors = format!(
            "REVOKE ALL ON DATABASE \"{database}\" FROM PUBLIC; GRANT CONNECT ON DATABASE \"{database}\" TO \"{login}\""
        );
        script_again_on_races(&mut server, &doors).await?;
        server.close().await?;
        Ok(!known)
    }

    /// Closes every way past `begin` that Postgres lets us close, and makes the two schemas that all share.
    pub async fn ensure_platform(&self) -> Result<(), TenancyError> {
        const SQL: &str =
            "SELECT pg_advisory_xact_lock(hashtextextended('platform', 0));
             REVOKE ALL ON SCHEMA public FROM PUBLIC;
             -- An expression must not change role or path (`set_config('role', …)` smuggled into a filter), and no
             -- tenant's role writes code. Without the right to revoke these, Postgres warns and goes on.
             REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;
             REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC;
             REVOKE USAGE ON LANGUAGE sql FROM PUBLIC;
             CREATE SCHEMA IF NOT EXISTS platform;
             CREATE SCHEMA IF NOT EXISTS shared;
             CREATE TABLE IF NOT EXISTS platform.migration (
               scope text NOT NULL, owner uuid NOT NULL, name text NOT NULL, at timestamptz NOT NULL DEFAULT now(),
               PRIMARY KEY (scope, owner, name)
             );";
        // One text is one transaction.
        script_again_on_races(&mut *self.pool.acquire().await?, SQL).await
    }

    /// Runs one migration for one schema, unless it ran before; one transaction.
    pub async fn apply(&self, scope: Scope, migration: Migration) -> Result<bool, Error> {
        let mut tx = self.begin().await?;
        lock_schema(&mut tx, scope).await?;
        let ran: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM platform.migration WHERE scope = $1 AND owner = $2 AND name = $3)",
        )
        .bind(scope.word())
        .bind(scope.uuid())
        .bind(migration.name)
        .fetch_one(&mut *tx)
        .await?;
        if ran {
            return Ok(false);
        }
        // Behind a lock that does not come soon, everybody else would queue too: give up, and be run again.
        let sql = format!(
            "SET LOCAL lock_timeout = '10s'; {}",
            self.script(scope, migration.sql)
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await?;
        record(&mut tx, scope, &[migration.name]).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// A migration's text with its names filled in, behind its search path.
    fn script(&self, scope: Scope, sql: &str) -> String {
        format!(
            "SET LOCAL search_path = {}, shared; {}",
            scope.schema(),
            self.names.fill(sql, scope)
        )
    }

    pub async fn provision_provider(
        &self,
        id: ProviderId,
        slug: &str,
        name: &str,
    ) -> Result<Provisioned, TenancyError> {
        let started = Instant::now();
        let mut races = Races::default();
        loop {
            match self.try_provider(id, slug, name).await {
                Err(error) if races.again(&error).await => {}
                done => {
                    return Ok(Provisioned {
                        already: done?,
                        took: started.elapsed(),
                    });
                }
            }
        }
    }

    async fn try_provider(&self, id: ProviderId, slug: &str, name: &str) -> Result<bool, Error> {
        let scope = Scope::Provider(id);
        let mut tx = self.begin().await?;
        lock_schema(&mut tx, scope).await?;
        let new = sqlx::query(
            "INSERT INTO platform.provider (id, slug, name) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING",
        )
        .bind(id.uuid())
        .bind(slug)
        .bind(name)
        .execute(&mut *tx)
        .await?;
        if new.rows_affected() == 0 {
            return Ok(true);
        }
        self.make(&mut tx, scope, Way::Migrations).await?;
        tx.commit().await?;
        Ok(false)
    }

    pub async fn provision_tenant(
        &self,
        tenant: &NewTenant,
        now: DateTime<Utc>,
    ) -> Result<(Provisioned, TenantRow), TenancyError> {
        let started = Instant::now();
        let mut races = Races::default();
        loop {
            match self.try_tenant(tenant, now).await {
                Err(error) if races.again(&error).await => {}
                done => {
                    let (already, row) = done?;
                    return Ok((
                        Provisioned {
                            already,
                            took: started.elapsed(),
                        },
                        row,
                    ));
                }
            }
        }
    }

    async fn try_tenant(
        &self,
        tenant: &NewTenant,
        now: DateTime<Utc>,
    ) -> Result<(bool, TenantRow), Error> {
        let scope = Scope::Tenant(tenant.id);
        let mut tx = self.begin().await?;
        lock_schema(&mut tx, scope).await?;
        let known = sqlx::query(
            "SELECT id, provider, slug, name, locale, time_zone, state FROM platform.tenant WHERE id = $1",
        )
        .bind(tenant.id.uuid())
        .fetch_optional(&mut *tx)
        .await?;
        if let Some(row) = known {
            return Ok((true, tenant_of(&row)?));
        }
        let row = sqlx::query(
            "INSERT INTO platform.tenant (id, provider, slug, name, locale, time_zone, state, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, 'ready', $7)
             RETURNING id, provider, slug, name, locale, time_zone, state",
        )
        .bind(tenant.id.uuid())
        .bind(tenant.provider.uuid())
        .bind(&tenant.slug)
        .bind(&tenant.name)
        .bind(&tenant.locale)
        .bind(&tenant.time_zone)
        .bind(now)
        .fetch_one(&mut *tx)
        .await?;
        self.make(&mut tx, scope, Way::Squashed).await?;
        tx.commit().await?;
        Ok((false, tenant_of(&row)?))
    }

    /// Role, schema and tables of one tenant or provider, inside the caller's transaction.
    pub async fn make(&self, tx: &mut PgConnection, scope: Scope, way: Way) -> Result<(), Error> {
        let Names {
            login,
            tenants,
            providers,
            ..
        } = &self.names;
        let (schema, role) = (scope.schema(), self.names.role(scope));
        let (group, migrations) = match scope {
            Scope::Provider(_) => (providers, self.schema.all_provider()),
            Scope::Tenant(_) | Scope::Platform => (tenants, self.schema.all_tenant()),
        };
        // The login role may become the tenant's, and has none of its rights before it does.
        let membership = match tx.server_version_num() {
            Some(version) if version >= MEMBERSHIP_OPTIONS => " WITH INHERIT FALSE, SET TRUE",
            _ => "",
        };
        let mut sql = format!(
            "{} GRANT \"{group}\" TO \"{role}\"; GRANT \"{role}\" TO \"{login}\"{membership};
             CREATE SCHEMA \"{schema}\"; GRANT USAGE ON SCHEMA \"{schema}\" TO \"{role}\";
             ALTER DEFAULT PRIVILEGES IN SCHEMA \"{schema}\"
               GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO \"{role}\";
             ALTER DEFAULT PRIVILEGES IN SCHEMA \"{schema}\" GRANT USAGE, SELECT ON SEQUENCES TO \"{role}\";",
            create_role(&role, "NOLOGIN"),
        );
        match (scope, way, self.schema.tenant_squashed) {
            (Scope::Tenant(_), Way::Squashed, Some(squashed)) => {
                sql.push_str(&self.script(scope, TENANT.sql));
                sql.push_str(&self.script(scope, squashed));
            }
            _ => migrations
                .iter()
                .for_each(|one| sql.push_str(&self.script(scope, one.sql))),
        }
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await?;
        let names: Vec<&str> = migrations.iter().map(|one| one.name).collect();
        record(tx, scope, &names).await
    }
}

/// How a new schema is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// By the squashed script, where there is one.
    Squashed,
    /// By every migration in turn.
    Migrations,
}

async fn record(tx: &mut PgConnection, scope: Scope, names: &[&str]) -> Result<(), Error> {
    sqlx::query("INSERT INTO platform.migration (scope, owner, name) SELECT $1, $2, name FROM unnest($3::text[]) name")
        .bind(scope.word())
        .bind(scope.uuid())
        .bind(names)
        .execute(tx)
        .await
        .map(drop)
}

/// One writer per schema, until the transaction ends.
async fn lock_schema(tx: &mut PgConnection, scope: Scope) -> Result<(), Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(scope.schema())
        .execute(tx)
        .await
        .map(drop)
}

async fn connect(options: &PgConnectOptions) -> Result<PgConnection, Error> {
    tokio::time::timeout(Duration::from_secs(10), PgConnection::connect_with(options))
        .await
        .unwrap_or(Err(Error::PoolTimedOut))
}

/// Roles are the whole server's: one may be left over from a database that was dropped.
fn create_role(name: &str, options: &str) -> String {
    format!(
        "DO $do$ BEGIN CREATE ROLE \"{name}\" {options}; \
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$;"
    )
}

fn literal(text: &str) -> String {
    // With the E prefix a backslash is an escape whatever the server's settings are.
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

/// Catalogues of roles and databases are shared by the whole server and updated without queueing: two that write the
/// same row at once make one of them fail. Trying again is what Postgres expects.
#[derive(Default)]
struct Races(u64);

impl Races {
    /// Whether to try again after `error`; waits a little before it says so.
    async fn again(&mut self, error: &Error) -> bool {
        self.0 += 1;
        let again = self.0 <= 6 && races(error);
        if again {
            tokio::time::sleep(Duration::from_millis(15 * self.0)).await;
        }
        again
    }
}

async fn script_again_on_races(conn: &mut PgConnection, sql: &str) -> Result<(), TenancyError> {
    let mut races = Races::default();
    loop {
        match sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *conn).await {
            Err(error) if races.again(&error).await => {}
            done => return Ok(done.map(drop)?),
        }
    }
}

fn races(error: &Error) -> bool {
    let Some(refused) = error.as_database_error() else {
        return false;
    };
    match refused.code().as_deref() {
        // deadlock, serialization, lock not available, object in use (CREATE DATABASE)
        Some("40P01" | "40001" | "55P03" | "55006") => true,
        // duplicates in a catalogue; a service's own unique keys are named differently
        Some("23505") => refused
            .constraint()
            .is_some_and(|name| name.starts_with("pg_")),
        Some("XX000") => refused.message().contains("tuple concurrently"),
        _ => false,
    }
}
