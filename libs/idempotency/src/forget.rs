//! What is remembered is forgotten after two days.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use subgraph::Job;
use tenancy::{Scope, ServiceDb, Tx};

use crate::Error;

/// So long an answer is remembered at least, and an hour more at most (the architecture's idempotency rule: 48 h).
/// Longer than any client goes on repeating a call, short enough that the table stays small.
pub const KEPT_FOR: TimeDelta = TimeDelta::hours(48);

/// How often [`job`] looks: rarely enough to be nothing (a transaction per tenant), often enough that a night's worth
/// never piles up.
pub const PURGED_EVERY: Duration = Duration::from_hours(1);

/// Rows forgotten in one transaction: nobody's request waits long for one.
const BATCH: u64 = 5_000;

/// Forgets what was remembered more than [`KEPT_FOR`] before `now`, for every tenant (also suspended ones) and provider
/// of the service. How many answers it was.
///
/// # Errors
/// When the database is away; those before are done. A schema that refuses is logged and left for the next time: one
/// tenant's trouble is not another's.
pub async fn purge(db: &ServiceDb, now: DateTime<Utc>) -> Result<u64, Error> {
    let before = now - KEPT_FOR;
    let tenants = db.tenants().await?;
    let tenants = tenants.iter().map(|t| Scope::Tenant(t.id));
    let providers = db.providers().await?.into_iter().map(Scope::Provider);
    let apart = db.apart();
    let mut forgotten = 0;
    for scope in tenants.chain(providers) {
        match forget(&apart, scope, before).await {
            Ok(n) => forgotten += n,
            Err(Error::Data(error)) if !error.is_transient() => {
                tracing::warn!(service = db.service(), %scope, %error, "old idempotency keys could not be forgotten");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(forgotten)
}

async fn forget(db: &ServiceDb, scope: Scope, before: DateTime<Utc>) -> Result<u64, Error> {
    let mut forgotten = 0;
    loop {
        let rows = match scope {
            Scope::Tenant(id) => {
                let mut tx = db.begin_fact(id).await?;
                let rows = delete(&mut tx, before).await?;
                tx.commit().await?;
                rows
            }
            Scope::Provider(id) => {
                let mut tx = db.begin_provider(id, &[]).await?;
                let rows = delete(&mut tx, before).await?;
                tx.commit().await?;
                rows
            }
            Scope::Platform => 0, // has no such table
        };
        forgotten += rows;
        if rows < BATCH {
            return Ok(forgotten);
        }
    }
}

async fn delete(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, Error> {
    let done = sqlx::query(
        "DELETE FROM idempotency WHERE (person, operation, key) IN (
            SELECT person, operation, key FROM idempotency WHERE at < $1 ORDER BY at LIMIT $2)",
    )
    .bind(before)
    .bind(BATCH as i64)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Purges every so often (see [`PURGED_EVERY`]) by the database's clock, until told to stop. A failure is logged, and
/// tried again the next time.
pub fn job(name: &'static str, db: ServiceDb, every: Duration) -> Job {
    Job {
        name,
        run: Box::new(move |stop| {
            Box::pin(async move {
                loop {
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(every) => {}
                    }
                    match purge(&db, db.clock().now()).await {
                        Ok(0) => {}
                        Ok(forgotten) => {
                            tracing::info!(job = name, forgotten, "old idempotency keys");
                        }
                        Err(error) => {
                            tracing::warn!(job = name, %error, "old idempotency keys could not be forgotten");
                        }
                    }
                }
            })
        }),
    }
}
