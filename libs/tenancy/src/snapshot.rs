//! What a schema looks like to Postgres, as text that can be compared.

use ids::{ProviderId, TenantId};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    DbSettings, Schema, Scope, TenancyError,
    owner::{Owner, Way},
};

/// The schemas of a service, each a sorted list of lines: columns, constraints, indexes, privileges, policies, triggers,
/// views, functions, and the rows and the sequences' values that it begins with. The schema's own name and role stand as `{schema}` and `{role}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// A tenant made by the squashed script.
    pub squashed: Vec<String>,
    /// A tenant made by every migration in turn; a test demands that it equals `squashed`.
    pub migrated: Vec<String>,
    /// A provider.
    pub provider: Vec<String>,
    /// Tables of the provider's schema that have a column `tenant` and no row-level security; a test demands that there
    /// are none.
    pub unguarded: Vec<String>,
}

/// Makes two tenants and a provider in a transaction that is rolled back, and describes them. The database must have
/// been migrated; it is left as it was.
///
/// ```ignore
/// let snapshot = tenancy::snapshot(&settings, &SCHEMA).await?;
/// assert_eq!(snapshot.squashed, snapshot.migrated);
/// assert_eq!(snapshot.unguarded, Vec::<String>::new());
/// ```
pub async fn snapshot(
    settings: &DbSettings,
    schema: &'static Schema,
) -> Result<Snapshot, TenancyError> {
    let owner = Owner::new(settings, schema)?;
    let mut tx = owner.begin().await?;
    // Ids that no generator gives: the transaction is rolled back, but two snapshots at once must not meet for long.
    let squashed = Scope::Tenant(TenantId::from_uuid(Uuid::from_u128(1)));
    let migrated = Scope::Tenant(TenantId::from_uuid(Uuid::from_u128(2)));
    let provider = Scope::Provider(ProviderId::from_uuid(Uuid::from_u128(3)));
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('snapshot', 0))")
        .execute(&mut *tx)
        .await?;
    owner.make(&mut tx, squashed, Way::Squashed).await?;
    owner.make(&mut tx, migrated, Way::Migrations).await?;
    owner.make(&mut tx, provider, Way::Migrations).await?;
    let found = Snapshot {
        squashed: describe(&mut tx, &owner, squashed).await?,
        migrated: describe(&mut tx, &owner, migrated).await?,
        provider: describe(&mut tx, &owner, provider).await?,
        unguarded: sqlx::query_scalar(
            "SELECT c.relname::text FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
             WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'tenant'
               AND NOT a.attisdropped AND NOT c.relrowsecurity
             ORDER BY 1",
        )
        .bind(provider.schema())
        .fetch_all(&mut *tx)
        .await?,
    };
    tx.rollback().await?;
    owner.pool().close().await;
    Ok(found)
}

/// A migration may fill what it makes; the names come from the catalogue, and XML is how one statement reads them all.
const ROWS: &str = "SELECT format('rows of %s %s', relname, query_to_xml(format(
           'SELECT to_jsonb(t) AS row FROM %s t ORDER BY 1', oid::regclass), false, true, ''))
     FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind IN ('r', 'p') ORDER BY relname";

/// Where each sequence stands: a migration that fills a table takes numbers, and a tenant made without them would give them again.
/// (`pg_sequences` does not tell those that were set, and not used yet.)
const VALUES: &str = "SELECT format('sequence %s at %s', relname, query_to_xml(format(
           'SELECT last_value, is_called FROM %s', oid::regclass), false, true, ''))
     FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'S' ORDER BY relname";

async fn describe(
    conn: &mut PgConnection,
    owner: &Owner,
    scope: Scope,
) -> Result<Vec<String>, TenancyError> {
    let mut lines: Vec<String> = sqlx::query_scalar(include_str!("snapshot.sql"))
        .bind(scope.schema())
        .fetch_all(&mut *conn)
        .await?;
    for more in [ROWS, VALUES] {
        let told: Vec<String> = sqlx::query_scalar(more)
            .bind(scope.schema())
            .fetch_all(&mut *conn)
            .await?;
        lines.extend(told);
    }
    let (schema, role) = (scope.schema(), owner.names.role(scope));
    let mut lines: Vec<String> = lines
        .iter()
        .map(|line| line.replace(&role, "{role}").replace(&schema, "{schema}"))
        .collect();
    // Again: the names were part of the order.
    lines.sort();
    Ok(lines)
}
