//! Migrations, tenant by tenant.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    time::Duration,
};

use futures::{StreamExt, stream::FuturesUnordered};
use ids::{ProviderId, TenantId};
use tokio::time::Instant;
use uuid::Uuid;

use crate::{Conn, DbSettings, Migration, Schema, Scope, TenancyError, owner::Owner};

/// Schemas that are migrated at the same time: as many as the owner has connections.
const AT_ONCE: usize = 4;

/// So many failed schemas are named in one sentence; the others are counted.
const NAMED: usize = 10;

/// What `migrate` is doing, as it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The database stands; `created` when it did not before.
    Database {
        /// Its name.
        name: String,
        /// It is new.
        created: bool,
    },
    /// So many schemas (tenants' and providers') have something to be done.
    Pending {
        /// How many.
        schemas: usize,
    },
    /// One migration has been committed.
    Applied {
        /// For whom.
        scope: Scope,
        /// Which.
        migration: &'static str,
        /// How long it took.
        took: Duration,
    },
    /// One migration failed; its schema is left at the one before, the others go on.
    Failed(Failure),
    /// One more schema is finished, well or not.
    Done {
        /// Finished schemas.
        done: usize,
        /// All that had something to be done.
        of: usize,
    },
}

/// A migration that did not go through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// For whom.
    pub scope: Scope,
    /// Which.
    pub migration: &'static str,
    /// What Postgres said.
    pub error: String,
}

/// What `migrate` did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Migrations that were run, of all scopes.
    pub applied: usize,
    /// Tenants' and providers' schemas that had something to be done.
    pub schemas: usize,
    /// What did not go through; empty unless it stands in [`TenancyError::Migration`].
    pub failed: Vec<Failure>,
    /// From beginning to end.
    pub took: Duration,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} migrations applied, {} schemas failed",
            self.applied,
            self.failed.len()
        )?;
        for (n, failure) in self.failed.iter().take(NAMED).enumerate() {
            let Failure {
                scope,
                migration,
                error,
            } = failure;
            let before = if n == 0 { ":" } else { ";" };
            write!(f, "{before} {migration} of {scope}: {error}")?;
        }
        match self.failed.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => write!(f, "; and {more} more"),
        }
    }
}

/// Brings a service's database up to `schema`: makes it and its roles when they are missing, then platform, then every
/// provider's and tenant's schema, several at a time, each migration in a transaction of its own.
///
/// It may be run at any time, by several processes at once, and again after it was killed: what has run is noted in
/// `platform.migration` and not run again. A schema that fails stays where it is and does not stop the others; they
/// are listed in [`TenancyError::Migration`].
pub async fn migrate(
    settings: &DbSettings,
    schema: &'static Schema,
    report: impl Fn(Progress),
) -> Result<Report, TenancyError> {
    let started = Instant::now();
    let owner = Owner::new(settings, schema)?;
    let created = owner.ensure_database().await?;
    report(Progress::Database {
        name: owner.names.database.clone(),
        created,
    });
    owner.ensure_platform().await?;

    let mut sum = Report::default();
    let ran: Vec<String> =
        sqlx::query_scalar("SELECT name FROM platform.migration WHERE scope = 'platform'")
            .fetch_all(owner.pool())
            .await?;
    let pending = without(schema.all_platform(), &ran.into_iter().collect());
    let (applied, failure) = run_all(&owner, Scope::Platform, pending, &report).await;
    sum.applied += applied;
    sum.failed.extend(failure);
    if sum.failed.is_empty() {
        schemas(&owner, &mut sum, &report).await?;
    }
    owner.pool().close().await;
    sum.took = started.elapsed();
    if sum.failed.is_empty() {
        Ok(sum)
    } else {
        Err(TenancyError::Migration(Box::new(sum)))
    }
}

/// Whether the database has all that this program's platform wants of it. A program that is started beside `migrate` waits for
/// it so: what it did not find would count as broken.
pub(crate) async fn migrated(conn: &mut Conn, schema: &Schema) -> Result<(), TenancyError> {
    let wanted = schema.all_platform();
    let names: Vec<&str> = wanted.iter().map(|one| one.name).collect();
    let missing: Option<String> = sqlx::query_scalar(
        "SELECT name FROM unnest($1::text[]) name EXCEPT \
         SELECT name FROM platform.migration WHERE scope = 'platform' ORDER BY name LIMIT 1",
    )
    .bind(names)
    .fetch_optional(conn)
    .await?;
    let waits = |name: String| {
        let why = format!("migration {name} has not run yet: `ventanilla migrate`");
        TenancyError::Unavailable(sqlx::Error::Configuration(why.into()))
    };
    missing.map_or(Ok(()), |name| Err(waits(name)))
}

async fn schemas(
    owner: &Owner,
    sum: &mut Report,
    report: &impl Fn(Progress),
) -> Result<(), TenancyError> {
    let mut failed = HashSet::new();
    loop {
        // A tenant may have been made by the program's older version while we were busy: look again until all is done.
        let mut todo = pending(owner).await?;
        todo.retain(|(scope, _)| !failed.contains(scope));
        if todo.is_empty() {
            return Ok(());
        }
        let of = todo.len();
        sum.schemas += of;
        report(Progress::Pending { schemas: of });
        let (mut todo, mut done, mut running) = (todo.into_iter(), 0, FuturesUnordered::new());
        running.extend(
            todo.by_ref()
                .take(AT_ONCE)
                .map(|(scope, todo)| run_all(owner, scope, todo, report)),
        );
        while let Some((applied, failure)) = running.next().await {
            running.extend(
                todo.next()
                    .map(|(scope, todo)| run_all(owner, scope, todo, report)),
            );
            done += 1;
            sum.applied += applied;
            failed.extend(failure.as_ref().map(|failure| failure.scope));
            sum.failed.extend(failure);
            report(Progress::Done { done, of });
        }
    }
}

/// Runs migrations in turn up to the first that fails.
async fn run_all(
    owner: &Owner,
    scope: Scope,
    todo: Vec<Migration>,
    report: &impl Fn(Progress),
) -> (usize, Option<Failure>) {
    let mut applied = 0;
    for migration in todo {
        let started = Instant::now();
        match owner.apply(scope, migration).await {
            Ok(true) => {
                applied += 1;
                report(Progress::Applied {
                    scope,
                    migration: migration.name,
                    took: started.elapsed(),
                });
            }
            // Another migrator was faster.
            Ok(false) => {}
            Err(error) => {
                let failure = Failure {
                    scope,
                    migration: migration.name,
                    error: error.to_string(),
                };
                report(Progress::Failed(failure.clone()));
                return (applied, Some(failure));
            }
        }
    }
    (applied, None)
}

/// Every schema with what it lacks; schemas that lack nothing are left out.
async fn pending(owner: &Owner) -> Result<Vec<(Scope, Vec<Migration>)>, TenancyError> {
    let rows: Vec<(String, Uuid, Vec<String>)> = sqlx::query_as(
        "SELECT o.scope, o.id, coalesce(array_agg(m.name) FILTER (WHERE m.name IS NOT NULL), '{}')
         FROM (SELECT 'tenant' AS scope, id FROM platform.tenant
               UNION ALL SELECT 'provider', id FROM platform.provider) o
         LEFT JOIN platform.migration m ON m.scope = o.scope AND m.owner = o.id
         GROUP BY o.scope, o.id ORDER BY o.scope, o.id",
    )
    .fetch_all(owner.pool())
    .await?;
    let (tenant, provider) = (owner.schema.all_tenant(), owner.schema.all_provider());
    let all: HashMap<&str, &Vec<Migration>> = [("tenant", &tenant), ("provider", &provider)].into();
    Ok(rows
        .into_iter()
        .map(|(word, id, ran)| {
            let scope = match word.as_str() {
                "provider" => Scope::Provider(ProviderId::from_uuid(id)),
                _ => Scope::Tenant(TenantId::from_uuid(id)),
            };
            (
                scope,
                without(all[word.as_str()].clone(), &ran.into_iter().collect()),
            )
        })
        .filter(|(_, todo)| !todo.is_empty())
        .collect())
}

fn without(all: Vec<Migration>, ran: &HashSet<String>) -> Vec<Migration> {
    all.into_iter()
        .filter(|one| !ran.contains(one.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(count: u128) -> Report {
        let failure = |n| Failure {
            scope: Scope::Tenant(TenantId::from_uuid(Uuid::from_u128(n))),
            migration: "2026-11-23-000-people",
            error: format!("error {n}"),
        };
        Report {
            applied: 7,
            failed: (1..=count).map(failure).collect(),
            ..Report::default()
        }
    }

    #[test]
    fn every_failed_schema_is_named_and_of_very_many_the_first_ten() {
        assert_eq!(
            failed(0).to_string(),
            "7 migrations applied, 0 schemas failed"
        );
        let two = failed(2);
        let said = two.to_string();
        for Failure { scope, error, .. } in &two.failed {
            let named = format!("2026-11-23-000-people of {scope}: {error}");
            assert!(said.contains(&named), "{said}");
        }
        assert!(!said.contains("more"), "{said}");
        let many = failed(13).to_string();
        assert!(many.contains("13 schemas failed"), "{many}");
        assert!(many.contains("error 10; and 3 more"), "{many}");
        assert!(!many.contains("error 11"), "{many}");
    }
}
