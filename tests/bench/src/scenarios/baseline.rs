//! What the same servers can do without us: Postgres asked by its own tool, and a handler that does nothing but one
//! statement.

use anyhow::ensure;
use testkit::Suite;

use super::{CONNECTIONS, SECONDS, body, flat_out, post};
use crate::bare::Bare;
use crate::machine::count_statements;
use crate::pgbench;
use crate::report::{Better, Report, Row};

/// What Postgres, and HTTP with Postgres, can do here and now; three figures are those of 1, 8 and 32 at once.
#[derive(Debug, Clone, Copy)]
pub struct Baseline {
    /// Transactions/s of three INSERTs by 8 clients.
    pub c8: f64,
    /// By 32 clients.
    pub c32: f64,
    /// Transactions/s of three INSERTs.
    pub writes: [f64; 3],
    /// Pages of 50 of 100,000 rows per second.
    pub lists: [f64; 3],
    /// The same through a bare handler.
    pub bare_lists: [f64; 3],
}

/// Beside what writes are put.
pub const WRITES: &str = "pgbench, three INSERTs";
/// Beside what lists are put.
pub const LISTS: &str = "pgbench, 50 of 100,000 rows";
/// Beside what a list of ours is put that came by HTTP as well.
pub const BARE_LISTS: &str = "bare actix-web + sqlx, 50 of 100,000 rows";

impl Baseline {
    /// Measures it in a database of the suite.
    pub async fn measure(suite: &Suite, report: &mut Report) -> anyhow::Result<Self> {
        let (owner, name) = (
            suite.postgres_owner_url().to_owned(),
            format!("{}bench", suite.prefix()),
        );
        count_statements(&owner).await?;
        let url = suite.database_url("bench");
        let (writes, lists) = tokio::task::spawn_blocking(move || {
            pgbench::psql(&owner, &format!("CREATE DATABASE {name}"))?;
            pgbench::prepare(&url)?;
            let (mut writes, mut lists) = ([0.0; 3], [0.0; 3]);
            for (n, clients) in CONNECTIONS.into_iter().enumerate() {
                // The two that everything is divided by are measured longer.
                let seconds = if clients == 1 { 4 } else { 10 };
                writes[n] = pgbench::three_inserts(&url, clients, seconds)?;
                lists[n] = pgbench::list_50(&url, clients, 4)?;
            }
            anyhow::Ok((writes, lists))
        })
        .await??;
        let bare = Bare::start(&suite.database_url("bench")).await?;
        let ask = |what: &str| [body("none", "none", what, &serde_json::Value::Null)];
        let (mut bare_writes, mut bare_lists) = ([0.0; 3], [0.0; 3]);
        for (n, connections) in CONNECTIONS.into_iter().enumerate() {
            let pressure = flat_out(connections, SECONDS / 2);
            for (url, what, figures) in [
                (&bare.writes, "write", &mut bare_writes),
                (&bare.lists, "list", &mut bare_lists),
            ] {
                let outcome = post(url, &ask(what), pressure).await?;
                ensure!(outcome.failed == 0, "the bare handler failed");
                figures[n] = outcome.per_second;
            }
        }
        bare.stop().await;
        for (what, unit, figures) in [
            (WRITES, "tx/s", writes),
            (LISTS, "tx/s", lists),
            ("bare actix-web + sqlx, three INSERTs", "/s", bare_writes),
            (BARE_LISTS, "/s", bare_lists),
        ] {
            for (connections, figure) in CONNECTIONS.into_iter().zip(figures) {
                let name = format!("{what}, c={connections}");
                report.add(Row::new(name, figure, unit, Better::Higher));
            }
        }
        Ok(Self {
            c8: writes[1],
            c32: writes[2],
            writes,
            lists,
            bare_lists,
        })
    }
}
