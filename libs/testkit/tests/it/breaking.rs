//! Servers that a test may break, and what is left of a run that was killed.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testkit::{Suite, eventually, private_servers};

#[tokio::test]
async fn a_killed_postgres_comes_back_at_the_same_address_with_its_rows() {
    let servers = private_servers().await.unwrap();
    assert_ne!(
        servers.servers(),
        testkit::servers(),
        "shared servers must not be broken"
    );
    let url = servers.servers().postgres_owner_url.clone();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    sqlx::query("CREATE TABLE kept AS SELECT 42 AS answer")
        .execute(&mut connection)
        .await
        .unwrap();

    servers.kill("postgres").await.unwrap();
    assert!(PgConnection::connect(&url).await.is_err(), "it is dead");
    servers.restart("postgres").await.unwrap();

    let mut connection = PgConnection::connect(&url).await.unwrap();
    let answer: i32 = sqlx::query_scalar("SELECT answer FROM kept")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(answer, 42);

    // A run that was killed: what it made is there, and no connection carries its name.
    for statement in [
        "CREATE DATABASE vtkdeadbe00_intake",
        "CREATE ROLE vtkdeadbe00_intake",
        "CREATE DATABASE vtk_of_somebody",
    ] {
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let suite = Suite::start_on(servers.servers(), "after the crash").await;
    let left: Vec<String> = sqlx::query_scalar(
        "SELECT datname::text FROM pg_database WHERE datname LIKE 'vtk%' UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE 'vtk%'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(
        left,
        ["vtk_of_somebody"],
        "only what carries a dead run's name is removed"
    );

    servers.kill("rabbitmq").await.unwrap();
    servers.restart("rabbitmq").await.unwrap();
    let vhost = suite.vhost().to_owned();
    let there = eventually(Duration::from_secs(5), || async {
        anyhow::ensure!(
            suite.broker().vhosts().await?.contains(&vhost),
            "no {vhost}"
        );
        Ok::<_, anyhow::Error>(())
    });
    there.await;
    suite.finish().await;
}
