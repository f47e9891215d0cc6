//! What tickets bring about, counted in the databases.

use e2e::{Installation, SERVICES};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// What there is in all tenants together; of directory's facts none, which no ticket brings about.
#[derive(Debug, Clone, Copy)]
pub struct Brought {
    /// Tickets.
    tickets: f64,
    /// Facts that were published, as reporting keeps them.
    facts: f64,
    /// Facts that were taken in, each counted once in every service that hears it: an inbox counts in its own rows, which say
    /// how far it is with each subject (sequences begin with 1 and leave nothing out).
    taken_in: f64,
}

impl Brought {
    /// Up to now.
    pub async fn so_far(at: &Installation) -> anyhow::Result<Self> {
        let facts = "count(*) FILTER (WHERE source <> 'directory')";
        let reached = "sum(sequence) FILTER (WHERE source <> 'directory')";
        let mut taken_in = 0.0;
        for service in SERVICES {
            taken_in += summed(at, service, "inbox", reached).await?;
        }
        Ok(Self {
            tickets: summed(at, "intake", "ticket", "count(*)").await?,
            facts: summed(at, "reporting", "facts", facts).await?,
            taken_in,
        })
    }

    /// Since an earlier look: facts of a ticket, and how often a service took one of them in.
    pub fn per_ticket_since(&self, before: &Self) -> (f64, f64) {
        let tickets = (self.tickets - before.tickets).max(1.0);
        (
            (self.facts - before.facts) / tickets,
            (self.taken_in - before.taken_in) / tickets,
        )
    }
}

/// The sum of an expression over the tables of this name in all schemas of a service.
async fn summed(
    at: &Installation,
    service: &str,
    table: &str,
    expression: &str,
) -> anyhow::Result<f64> {
    let url = at.suite.database_url(&service.replace('-', "_"));
    let mut database = PgConnection::connect(&url).await?;
    let schemas: Vec<String> = sqlx::query_scalar(
        "SELECT n.nspname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE c.relname = $1 AND c.relkind IN ('r', 'p')",
    )
    .bind(table)
    .fetch_all(&mut database)
    .await?;
    let mut sum = 0.0;
    for schema in schemas {
        let of_one: f64 = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT coalesce({expression}, 0)::float8 FROM {schema}.{table}"
        )))
        .fetch_one(&mut database)
        .await?;
        sum += of_one;
    }
    database.close().await?;
    Ok(sum)
}
