//! Removing what suites made: their own at their end, and that of runs which did not come to an end.
//!
//! A run lives as long as its connection named `testkit <run>` is in `pg_stat_activity`; it is opened before the first
//! database is created. That holds across machines and containers, where process numbers would not.

use std::collections::HashSet;

use anyhow::Context;
use redis::AsyncCommands;
use sqlx::{AssertSqlSafe, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::sync::OnceCell;

use crate::{admin::BrokerAdmin, run, servers::Servers};

/// `vtk` + the run's six letters + two for the suite + `_`.
pub(crate) const PREFIX_LENGTH: usize = 12;

/// Says that this run lives, and clears away what dead ones left; once per process and Postgres server.
pub(crate) async fn register(servers: &Servers) -> anyhow::Result<()> {
    static LIVING: OnceCell<tokio::sync::Mutex<Vec<(String, PgConnection)>>> =
        OnceCell::const_new();
    let living = LIVING
        .get_or_init(|| async { tokio::sync::Mutex::default() })
        .await;
    let mut living = living.lock().await;
    if living
        .iter()
        .any(|(url, _)| *url == servers.postgres_owner_url)
    {
        return Ok(());
    }
    let options: PgConnectOptions = servers
        .postgres_owner_url
        .parse()
        .context("the owner's URL")?;
    let name = format!("testkit {}", run::id());
    let mut connection = PgConnection::connect_with(&options.application_name(&name))
        .await
        .context("PostgreSQL")?;
    if let Err(error) = reap(&mut connection, servers).await {
        // Another run may be at the same work; it is no reason to fail a test that has not begun.
        tracing::warn!(
            error = format!("{error:#}"),
            "leftovers of dead runs could not be removed"
        );
    }
    living.push((servers.postgres_owner_url.clone(), connection));
    Ok(())
}

async fn reap(connection: &mut PgConnection, servers: &Servers) -> anyhow::Result<()> {
    let only_one: bool =
        sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtext('testkit reaper'))")
            .fetch_one(&mut *connection)
            .await?;
    if !only_one {
        return Ok(());
    }
    let admin = BrokerAdmin::new(&servers.amqp_admin_url)?;
    // First what exists, then who lives: whoever creates something is alive before it exists.
    let databases: Vec<String> = sqlx::query_scalar("SELECT datname::text FROM pg_database")
        .fetch_all(&mut *connection)
        .await?;
    let roles: Vec<String> = sqlx::query_scalar("SELECT rolname::text FROM pg_roles")
        .fetch_all(&mut *connection)
        .await?;
    let vhosts = admin.vhosts().await?;
    let living: HashSet<String> = sqlx::query_scalar(
        "SELECT substr(application_name, 9) FROM pg_stat_activity WHERE application_name LIKE 'testkit %'",
    )
    .fetch_all(&mut *connection)
    .await?
    .into_iter()
    .collect();
    let dead = |name: &String| run_of(name).is_some_and(|run| !living.contains(run));
    let prefixes: HashSet<String> = databases
        .iter()
        .chain(&roles)
        .chain(&vhosts)
        .filter(|name| dead(name))
        .map(|name| name[..PREFIX_LENGTH].to_owned())
        .collect();
    for prefix in &prefixes {
        remove(servers, prefix).await?;
    }
    sqlx::query("SELECT pg_advisory_unlock(hashtext('testkit reaper'))")
        .execute(&mut *connection)
        .await?;
    Ok(())
}

/// The run that a database, role or virtual host belongs to, if it is a test's at all.
fn run_of(name: &str) -> Option<&str> {
    let letters = name.strip_prefix("vtk")?.get(..9)?;
    let ours = letters.ends_with('_')
        && letters[..8]
            .bytes()
            .all(|b| b.is_ascii_digit() || b.is_ascii_lowercase());
    ours.then(|| &letters[..6])
}

/// Removes the databases, roles, virtual host and Redis keys of a suite. Everything is tried; the first error is given.
pub(crate) async fn remove(servers: &Servers, prefix: &str) -> anyhow::Result<()> {
    let broker = async {
        BrokerAdmin::new(&servers.amqp_admin_url)?
            .delete_vhost(prefix.trim_end_matches('_'))
            .await
    };
    let (postgres, broker, redis) = tokio::join!(
        remove_databases(servers, prefix),
        broker,
        remove_keys(servers, prefix)
    );
    postgres
        .and(broker)
        .and(redis)
        .with_context(|| format!("removing {prefix}"))
}

async fn remove_databases(servers: &Servers, prefix: &str) -> anyhow::Result<()> {
    let mut connection = PgConnection::connect(&servers.postgres_owner_url).await?;
    let databases: Vec<String> = sqlx::query_scalar(
        "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, $1)",
    )
    .bind(prefix)
    .fetch_all(&mut connection)
    .await?;
    for database in databases {
        // A name with our prefix is quoted, and a quote in it doubled: there is no parameter for names.
        let statement = format!(
            "DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)",
            database.replace('"', "\"\"")
        );
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await?;
    }
    let roles: Vec<String> = sqlx::query_scalar(
        "SELECT rolname::text FROM pg_roles WHERE starts_with(rolname::text, $1)",
    )
    .bind(prefix)
    .fetch_all(&mut connection)
    .await?;
    // In one statement, so that roles that are members of each other do not hold each other up; in portions for the locks.
    for portion in roles.chunks(200) {
        let names: Vec<String> = portion
            .iter()
            .map(|role| format!("\"{}\"", role.replace('"', "\"\"")))
            .collect();
        sqlx::query(AssertSqlSafe(format!(
            "DROP ROLE IF EXISTS {}",
            names.join(", ")
        )))
        .execute(&mut connection)
        .await?;
    }
    connection.close().await?;
    Ok(())
}

async fn remove_keys(servers: &Servers, prefix: &str) -> anyhow::Result<()> {
    let client = redis::Client::open(servers.redis_url.as_str())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let mut cursor = 0_u64;
    loop {
        let (next, keys): (u64, Vec<String>) = redis::cmd("SCAN")
            .arg(cursor)
            .arg("MATCH")
            .arg(format!("{prefix}*"))
            .arg("COUNT")
            .arg(1000)
            .query_async(&mut connection)
            .await?;
        if !keys.is_empty() {
            let _: () = connection.unlink(keys).await?;
        }
        if next == 0 {
            return Ok(());
        }
        cursor = next;
    }
}
