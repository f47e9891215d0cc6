//! What Postgres counts: statements where it was started so that it does, and transactions.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use e2e::Installation;
use serde::{Deserialize, Serialize};
use sqlx::{Connection as _, PgConnection};

/// Lets Postgres count statements, if it was started so that it can.
pub async fn count_statements(owner_url: &str) -> anyhow::Result<()> {
    let mut owner = PgConnection::connect(owner_url).await?;
    let loaded: String = sqlx::query_scalar("SELECT current_setting('shared_preload_libraries')")
        .fetch_one(&mut owner)
        .await?;
    if loaded.contains("pg_stat_statements") {
        sqlx::query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            .execute(&mut owner)
            .await?;
    }
    Ok(())
}

/// What only begins and ends a transaction, as a regular expression of Postgres: the settings with which libs/tenancy begins one
/// are plain `SET LOCAL`s, and before its `COMMIT` it sends a lock of the tenant's inbox, before its `ROLLBACK` a `SHOW role`,
/// that tell whether the transaction is still whose it was.
const FRAME: &str = r"^\s*((begin|start transaction|commit|end|rollback|abort|savepoint|release|set|reset|discard)\M|lock table \S+\.inbox in access share mode|show role\M)";

/// Numbers of statements and transactions.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// All statements, by service; none where Postgres does not count them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statements: Option<BTreeMap<String, f64>>,
    /// Of them, those that do more than begin and end a transaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<f64>,
    /// Transactions.
    pub transactions: f64,
}

impl Counts {
    /// So far, in all databases of the suite; none where it cannot be asked.
    pub async fn so_far(at: &Installation) -> Option<Self> {
        let mut owner = PgConnection::connect(at.suite.postgres_owner_url())
            .await
            .ok()?;
        let prefix = at.suite.prefix();
        // Where the server was not started with it there is no such relation.
        let statements: Option<Vec<(String, f64, f64)>> = sqlx::query_as(
            "SELECT substr(d.datname, length($1::text) + 1), sum(s.calls)::float8, \
             coalesce(sum(s.calls) FILTER (WHERE NOT coalesce(s.query ~* $2, false)), 0)::float8 \
             FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid \
             WHERE starts_with(d.datname, $1) GROUP BY 1",
        )
        .bind(prefix)
        .bind(FRAME)
        .fetch_all(&mut owner)
        .await
        .ok();
        let transactions: f64 = sqlx::query_scalar(
            "SELECT coalesce(sum(xact_commit + xact_rollback), 0)::float8 FROM pg_stat_database \
             WHERE starts_with(datname, $1)",
        )
        .bind(prefix)
        .fetch_one(&mut owner)
        .await
        .ok()?;
        let sql = |of: &[(String, f64, f64)]| of.iter().map(|(_, _, sql)| sql).sum();
        let sql = statements.as_deref().map(sql);
        let statements = statements.map(|of| {
            of.into_iter()
                .map(|(service, all, _)| (service, all))
                .collect()
        });
        Some(Self {
            statements,
            sql,
            transactions,
        })
    }

    /// Of all services.
    pub fn all_statements(&self) -> Option<f64> {
        Some(self.statements.as_ref()?.values().sum())
    }

    /// What came since then, without what an idle installation does in so many seconds. Never below nothing.
    pub fn since(&self, before: &Self, idle: Option<&Idle>, seconds: f64) -> Self {
        let idle = idle.map(|idle| &idle.a_second);
        let by_itself = |rate: Option<f64>| rate.unwrap_or_default() * seconds;
        let came = |now: f64, then: f64, rate| (now - then - by_itself(rate)).max(0.0);
        let of = |counts: &Self, service: &str| counts.statements.as_ref()?.get(service).copied();
        let statements = self.statements.as_ref().map(|now| {
            let one = |(service, now): (&String, &f64)| {
                let then = of(before, service).unwrap_or_default();
                let rate = idle.and_then(|idle| of(idle, service));
                (service.clone(), came(*now, then, rate))
            };
            now.iter().map(one).collect()
        });
        let sql = self.sql.zip(before.sql);
        Self {
            statements,
            sql: sql.map(|(now, then)| came(now, then, idle.and_then(|idle| idle.sql))),
            transactions: came(
                self.transactions,
                before.transactions,
                idle.map(|idle| idle.transactions),
            ),
        }
    }

    /// For each of so many.
    #[must_use]
    fn each(mut self, many: f64) -> Self {
        for count in self.statements.iter_mut().flat_map(BTreeMap::values_mut) {
            *count /= many;
        }
        self.sql = self.sql.map(|sql| sql / many);
        self.transactions /= many;
        self
    }
}

/// What an installation does while nobody asks. It is no operation's, and is subtracted from what operations take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Idle {
    /// For how long it was looked at, seconds.
    pub seconds: f64,
    /// Statements and transactions a second.
    pub a_second: Counts,
    /// Of whose databases.
    #[serde(skip)]
    prefix: String,
}

/// Until a start has settled: connections are made, first rounds are through.
const SETTLED: Duration = Duration::from_secs(5);
/// For so long it is looked at.
const LOOK: Duration = Duration::from_secs(10);

static IDLE: OnceLock<Idle> = OnceLock::new();

impl Idle {
    /// Looks at an installation that nobody asks, for a quarter of a minute; none where Postgres cannot be asked. The first look
    /// of a run is what is subtracted from then on: from tenants that are made later more may come, which counts as theirs.
    pub async fn look(at: &Installation) -> Option<Self> {
        tokio::time::sleep(SETTLED).await;
        let (before, began) = (Counts::so_far(at).await?, Instant::now());
        tokio::time::sleep(LOOK).await;
        let (now, seconds) = (Counts::so_far(at).await?, began.elapsed().as_secs_f64());
        let idle = Self {
            seconds,
            a_second: now.since(&before, None, seconds).each(seconds),
            prefix: at.suite.prefix().to_owned(),
        };
        Some(IDLE.get_or_init(|| idle).clone())
    }

    /// What was seen of this installation; none of another.
    pub fn of(at: &Installation) -> Option<&'static Self> {
        IDLE.get().filter(|idle| idle.prefix == at.suite.prefix())
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, Idle};

    fn counts(intake: f64, sql: f64, transactions: f64) -> Counts {
        Counts {
            statements: Some([("intake".to_owned(), intake)].into()),
            sql: Some(sql),
            transactions,
        }
    }

    #[test]
    fn what_is_done_anyway_is_nobodys() {
        let idle = Idle {
            seconds: 10.0,
            a_second: counts(5.0, 1.0, 2.0),
            prefix: String::new(),
        };
        let (before, now) = (counts(100.0, 10.0, 20.0), counts(250.0, 15.0, 60.0));
        let came = now.since(&before, Some(&idle), 10.0);
        assert_eq!(came, counts(100.0, 0.0, 20.0));
        assert_eq!(now.since(&before, None, 10.0), counts(150.0, 5.0, 40.0));
    }
}
