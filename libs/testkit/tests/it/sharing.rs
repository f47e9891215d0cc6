//! Suites share servers and do not meet.

use std::time::Duration;

use lapin::{
    BasicProperties, Connection, ConnectionProperties,
    options::{BasicPublishOptions, QueueDeclareOptions},
    types::FieldTable,
};
use redis::AsyncCommands;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::{Proxy, Suite, eventually};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

async fn databases_and_roles(suite: &Suite) -> Vec<String> {
    let mut connection = PgConnection::connect(suite.postgres_owner_url())
        .await
        .unwrap();
    names(&mut connection, suite.prefix()).await
}

async fn names(connection: &mut PgConnection, prefix: &str) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, $1)
         UNION ALL SELECT rolname::text FROM pg_roles WHERE starts_with(rolname::text, $1) ORDER BY 1",
    )
    .bind(prefix)
    .fetch_all(connection)
    .await
    .unwrap()
}

async fn fill(suite: &Suite) {
    let prefix = suite.prefix();
    let mut connection = PgConnection::connect(suite.postgres_owner_url())
        .await
        .unwrap();
    for statement in [
        format!("CREATE DATABASE {prefix}intake"),
        format!("CREATE ROLE {prefix}intake_a NOLOGIN"),
        format!("CREATE ROLE {prefix}intake LOGIN NOINHERIT IN ROLE {prefix}intake_a"),
    ] {
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let url = suite.database_url("intake");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    let statement = format!("CREATE SCHEMA t_a AUTHORIZATION {prefix}intake_a");
    sqlx::query(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .unwrap();
    // Not closed: a test that ends in the middle has open connections too.
    std::mem::forget(connection);

    let amqp = Connection::connect(&suite.amqp_url(), ConnectionProperties::default())
        .await
        .unwrap();
    let channel = amqp.create_channel().await.unwrap();
    let durable = QueueDeclareOptions {
        durable: true,
        ..QueueDeclareOptions::default()
    };
    channel
        .queue_declare("letters".into(), durable, FieldTable::default())
        .await
        .unwrap();
    channel
        .basic_publish(
            "".into(),
            "letters".into(),
            BasicPublishOptions::default(),
            b"hola",
            BasicProperties::default(),
        )
        .await
        .unwrap();

    let redis = redis::Client::open(suite.redis_url()).unwrap();
    let mut redis = redis.get_multiplexed_async_connection().await.unwrap();
    let _: () = redis
        .set(format!("{}letter", suite.prefix()), "hola")
        .await
        .unwrap();
}

#[tokio::test]
async fn a_finished_suite_leaves_nothing_behind_and_its_neighbour_alone() {
    let (one, two) = (Suite::start("one").await, Suite::start("two").await);
    assert_ne!(one.prefix(), two.prefix());
    tokio::join!(fill(&one), fill(&two));
    assert_eq!(databases_and_roles(&one).await.len(), 3);
    let arrived = eventually(Duration::from_secs(5), || async {
        let depths = one.undelivered().await?;
        anyhow::ensure!(depths.get("letters") == Some(&1), "{depths:?}");
        Ok::<_, anyhow::Error>(())
    });
    arrived.await;

    let (prefix, vhost) = (one.prefix().to_owned(), one.vhost().to_owned());
    one.finish().await;

    let mut connection = PgConnection::connect(two.postgres_owner_url())
        .await
        .unwrap();
    assert_eq!(names(&mut connection, &prefix).await, Vec::<String>::new());
    assert_eq!(
        databases_and_roles(&two).await.len(),
        3,
        "the neighbour's are still there"
    );
    let vhosts = two.broker().vhosts().await.unwrap();
    assert!(
        !vhosts.contains(&vhost) && vhosts.iter().any(|name| name == two.vhost()),
        "{vhosts:?}"
    );
    let redis = redis::Client::open(two.redis_url()).unwrap();
    let mut redis = redis.get_multiplexed_async_connection().await.unwrap();
    let left: Vec<Option<String>> = redis
        .mget(&[format!("{prefix}letter"), format!("{}letter", two.prefix())])
        .await
        .unwrap();
    assert_eq!(left, [None, Some("hola".to_owned())]);
    two.finish().await;
}

#[tokio::test]
async fn a_suite_whose_test_panics_is_removed_too() {
    let witness = Suite::start("witness").await;
    let (send, receive) = tokio::sync::oneshot::channel();
    let panicked = tokio::spawn(async move {
        let suite = Suite::start("unlucky").await;
        fill(&suite).await;
        send.send(suite.prefix().to_owned()).unwrap();
        panic!("as a failing assertion would");
    });
    let prefix = receive.await.unwrap();
    assert!(panicked.await.unwrap_err().is_panic());
    let mut connection = PgConnection::connect(witness.postgres_owner_url())
        .await
        .unwrap();
    assert_eq!(names(&mut connection, &prefix).await, Vec::<String>::new());
    witness.finish().await;
}

#[tokio::test]
async fn a_proxy_delays_and_cuts_without_losing_order() {
    let suite = Suite::start("proxy").await;
    let (proxy, url) = Proxy::before(suite.redis_url()).await.unwrap();
    let client = redis::Client::open(url).unwrap();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let key = format!("{}n", suite.prefix());
    let _: i64 = redis.incr(&key, 1).await.unwrap();
    proxy.delay(Duration::from_millis(100));
    let begin = std::time::Instant::now();
    let second: i64 = redis.incr(&key, 1).await.unwrap();
    assert_eq!(second, 2);
    assert!(
        begin.elapsed() >= Duration::from_millis(200),
        "there and back: {:?}",
        begin.elapsed()
    );
    proxy.delay(Duration::ZERO);
    proxy.sever();
    let broken: Result<i64, _> = redis.incr(&key, 1).await;
    assert!(broken.is_err());
    proxy.mend();
    let mut redis = client.get_multiplexed_async_connection().await.unwrap();
    let third: i64 = redis.incr(&key, 1).await.unwrap();
    assert_eq!(third, 3);
    suite.finish().await;
}

#[tokio::test]
async fn a_proxy_that_is_turned_leads_new_connections_elsewhere_and_leaves_the_open_ones() {
    let listen = async || tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (first, second) = (listen().await, listen().await);
    let address = |of: &tokio::net::TcpListener| of.local_addr().unwrap().to_string();
    let proxy = Proxy::start(&address(&first)).await.unwrap();
    let mut old = tokio::net::TcpStream::connect(proxy.address())
        .await
        .unwrap();
    let (mut there, _) = first.accept().await.unwrap();

    proxy.turn(&address(&second));
    let _new = tokio::net::TcpStream::connect(proxy.address())
        .await
        .unwrap();
    second.accept().await.unwrap();
    old.write_all(b"still").await.unwrap();
    let mut came = [0; 5];
    there.read_exact(&mut came).await.unwrap();
    assert_eq!(&came, b"still");
}
