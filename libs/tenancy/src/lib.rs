//! Tenancy: a database per service, in it a schema and a role per tenant and per provider, and [`TenantTx`],
//! [`ProviderTx`] and [`PlatformTx`] as the only doors to them.
//!
//! # Using it
//! A service says what it keeps ([`Schema`]), `ventanilla migrate` makes it so ([`migrate`]), and the service connects
//! and opens a transaction for whomever it works for:
//! ```no_run
//! # use ids::TenantId;
//! use tenancy::{DbSettings, Migration, Schema, ServiceDb, TenancyError};
//!
//! pub static SCHEMA: Schema = Schema {
//!     service: "intake",
//!     platform: &[],
//!     tenant: &[Migration { name: "2026-11-23-000-notes", sql: "CREATE TABLE note (id uuid PRIMARY KEY, body text NOT NULL);" }],
//!     tenant_squashed: None,
//!     provider: &[],
//! };
//!
//! # async fn story(settings: DbSettings, tenant: TenantId, id: uuid::Uuid) -> Result<(), TenancyError> {
//! tenancy::migrate(&settings, &SCHEMA, |step| tracing::info!(?step)).await?;
//! let db = ServiceDb::connect(settings, &SCHEMA, clock::system()).await?;
//! let mut tx = db.begin(tenant).await?;
//! sqlx::query("INSERT INTO note (id, body) VALUES ($1, $2)").bind(id).bind("hola").execute(tx.conn()).await?;
//! tx.commit().await?;
//! # Ok(())
//! # }
//! ```
//! | who works | door | unknown | suspended |
//! | --- | --- | --- | --- |
//! | a person or a key of one tenant | [`ServiceDb::begin`] | `NotFound` | `Suspended` |
//! | a fact, a job, a timer of one tenant | [`ServiceDb::begin_fact`] | `NotFound` | served |
//! | staff over several tenants, and facts about them | [`ServiceDb::begin_provider`] | `NotFound` | served: pass [`ServiceDb::ready`]'s |
//! | relay, sweeper, list of tenants | [`ServiceDb::begin_platform`] | – | – |
//! | any of the first three, by ids alone | [`ServiceDb::by_keys`] | the same | the same |
//! | the operator, who looks and changes nothing | [`ServiceDb::looking`] | `NotFound` | seen |
//! | a job that goes through all tenants | any of these, of [`ServiceDb::apart`] | the same | the same |
//!
//! - Commit what only reads, too: a dropped transaction is rolled back in the background and keeps its connection
//!   meanwhile.
//! - Hold one transaction at a time. All slots busy with callers that wait for a second one stand still for 5 s.
//! - `&*tx` is a sea-orm connection; [`Tx::conn`] is sqlx's, and [`Conn::savepoint`] makes a savepoint in it.
//! - Write `INSERT` into `platform.outbox` without `RETURNING`: a tenant may write there and not read.
//!
//! # What is where
//! Service `sla-clock` with prefix `v_` has the database `v_sla_clock` and logs in as the role of that name, which may
//! connect, use `platform`, and become one of the roles below; it inherits none of their rights (NOINHERIT).
//!
//! | schema | of | role |
//! | --- | --- | --- |
//! | `t_<32 hex>` | a tenant: `inbox`, `waiting`, `idempotency`, the service's tables | `v_sla_clock_<32 hex>`, in the group `…_tenants` |
//! | `p_<32 hex>` | a provider: the same three, and what spans tenants, each row with its `tenant` and a policy | `v_sla_clock_<32 hex>`, in the group `…_providers` |
//! | `platform` | nobody: `tenant`, `provider`, `migration`, `outbox`, `inbox`, `waiting`, `timer` | the login role; tenants and providers as the policies say |
//! | `shared` | all: extensions (`unaccent`, `pg_trgm`), functions (`unaccented`, `tenant_visible`, `visible_tenants`) | usage for all, last in every path |
//!
//! Tables belong to the owner. A tenant's role may select, insert, update and delete, and nothing else.
//!
//! # Adding a migration
//! 1. A file in the service's `migrations/`, named by date, number and subject, and its line in the service's `SCHEMA`.
//!    Once it has run anywhere it is never changed.
//! 2. Expand first, contract in a later release: the program that runs now must work with both. Name columns, never
//!    `SELECT *`; no column changes its type (add, copy, drop); enums are text with a CHECK, as a type of the tenant's
//!    schema has another number in each of them and breaks prepared statements.
//! 3. `{schema}`, `{role}`, `{login}`, `{tenants}`, `{providers}` stand for names, for instance to make a table
//!    append-only: `REVOKE UPDATE, DELETE ON hours FROM {role};`.
//! 4. `scripts/squash` writes the script that makes a new tenant in one step; a test of the service compares it with the
//!    migrations by [`snapshot`].
//! 5. A provider's table with a column `tenant` needs `ALTER TABLE x ENABLE ROW LEVEL SECURITY; CREATE POLICY by_tenant
//!    ON x USING (shared.tenant_visible(tenant));` — [`Snapshot::unguarded`] tells which forgot.
//! 6. Its columns' lines in the service's `personal-data.toml`: what they hold of people, or that they hold nothing. By
//!    it `ventanilla affected` finds whom a breach concerns.
//!
//! # What this stops
//! - Code that forgets the tenant: outside of a tenant's transaction no tenant's table is in the path, nor allowed.
//! - Code that names another tenant's schema, by whatever mistake: Postgres refuses (42501).
//! - A filter into which somebody smuggled `set_config('role', …)`, a `DO` block, a function of its own: no role but the
//!   owner may execute these (where the owner may revoke them; a managed Postgres without superuser warns and goes on).
//!   Settings are made with `SET LOCAL`, which no expression can hold.
//! - A caller that went away: a connection is out of its slot while it is used, and comes back only after its rollback
//!   has been answered; else it is closed.
//! - A failed statement that nobody looked at: its transaction does not commit, and says so.
//!
//! # What this does not stop
//! The session's user is the login role, a member of every tenant's role, and Postgres has no way to forbid `SET ROLE`
//! to whoever may become that role. Code that runs the *statement* `SET ROLE` (or `RESET ROLE`) of its own can become
//! another tenant until its transaction ends; it cannot commit unless it changes back. Reaching that takes a text made
//! of several statements, or one made of nothing but the attack: sqlx prepares, which takes one statement, and wants
//! `AssertSqlSafe` for every text that is no constant. Whoever reviews `AssertSqlSafe`, `raw_sql`,
//! `execute_unprepared` and `SET` outside of this crate (an architecture test lists them) has seen every such place.
//! A login role per tenant would close it, at the price of a connection per tenant.
//!
//! # Plans and connections
//! Postgres makes a prepared statement's plan anew whenever `search_path` changes: statements are prepared per tenant
//! ([`Conn`]). It never frees what it cached of a schema. So each tenant comes back to the same connection, others learn it
//! only when that one stays busy, and a connection is replaced after a thousand tenants or half an hour. Jobs that go through
//! all tenants have a connection apart ([`ServiceDb::apart`]). A kept plan is of use only if Postgres does
//! not make another one for each list of keys: see [`ServiceDb::by_keys`]; facts are taken in so
//! ([`ServiceDb::locking`]). Within five minutes a connection makes its plans anew: tables grow. When a migration gives a
//! statement's result other types, Postgres says "cached plan must not change result type" (0A000): after a failed transaction
//! all plans of its connection are forgotten, so that the next attempt works there. The error passes
//! ([`TenancyError::is_transient`]): facts are tried again, and who asked is told to.

mod by_keys;
mod conn;
mod error;
mod looking;
mod migrate;
mod names;
mod order;
mod orm;
mod owner;
mod registry;
mod schema;
mod service;
mod settings;
mod slots;
mod snapshot;
mod tx;

pub use by_keys::ByKeys;
pub use conn::Conn;
pub use error::{TenancyError, is_unwritable_text, passes};
pub use looking::Looking;
pub use migrate::{Failure, Progress, Report, migrate};
pub use names::Scope;
pub use owner::Provisioned;
pub use registry::{NewTenant, TenantRow, TenantState};
pub use schema::{Migration, Schema};
pub use service::{Locking, ServiceDb};
pub use settings::DbSettings;
pub use snapshot::{Snapshot, snapshot};
pub use tx::{PlatformTx, ProviderTx, TenantTx, Tx};

/// What the tables that every service has hold of people; each service adds its own (`personal-data.toml`).
pub const PERSONAL_DATA: &str = include_str!("../personal-data.toml");
