//! What every service's tables keep to.

use anyhow::Context;
use tenancy::Schema;

use crate::suite::{Suite, surely};

/// A service's tables, in a database of its own: the script that makes a new tenant comes to what its migrations come to,
/// and in a provider's schema every row about a tenant is guarded by row-level security.
///
/// # Panics
/// Where they do not, with the lines that differ; and when there are no servers.
pub async fn schema_holds(schema: &'static Schema) {
    let service = schema.service;
    let suite = Suite::start("schema").await;
    let settings = suite.db_settings();
    let migrated = tenancy::migrate(&settings, schema, |_| {}).await;
    surely(migrated.context(service), "schema");
    let found = tenancy::snapshot(&settings, schema).await;
    let found = surely(found.context(service), "schema");
    let only = |of: &[String], not: &[String]| -> Vec<String> {
        let missing = of.iter().filter(|line| !not.contains(line));
        missing.cloned().collect()
    };
    let lacks = only(&found.migrated, &found.squashed);
    let has = only(&found.squashed, &found.migrated);
    assert!(
        lacks.is_empty() && has.is_empty(),
        "{service}: run scripts/squash. The squashed script lacks {lacks:#?} and has {has:#?}"
    );
    assert!(
        schema.tenant.len() < 2 || schema.tenant_squashed.is_some(),
        "{service}: several migrations and no squashed script"
    );
    assert!(
        found.unguarded.is_empty(),
        "{service}: no row-level security on {:?}",
        found.unguarded
    );
    suite.finish().await;
}
