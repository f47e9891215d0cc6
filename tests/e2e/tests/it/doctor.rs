//! What is missing is said at once, with what mends it, and looking changes nothing.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use e2e::{Installation, SERVICES, command, free_port, ventanilla};
use testkit::Suite;

/// Far more than it takes; a service that starts would wait 45 s for each of its servers.
const AT_ONCE: Duration = Duration::from_secs(40);

/// What `ventanilla doctor` prints where nothing was prepared, with further options; it is not content.
async fn complains(suite: &Suite, dir: &Path, more: &[String]) -> String {
    let env = [
        (
            "VENTANILLA_POSTGRES_OWNER_URL",
            suite.postgres_owner_url().to_owned(),
        ),
        ("VENTANILLA_DB_PREFIX", suite.prefix().to_owned()),
        ("VENTANILLA_AMQP_URL", suite.amqp_url()),
        ("VENTANILLA_REDIS_URL", suite.redis_url().to_owned()),
        (
            "VENTANILLA_KEYS_DIR",
            dir.join("keys").display().to_string(),
        ),
        (
            "VENTANILLA_GATEWAY",
            dir.join("no-gateway").display().to_string(),
        ),
    ]
    .map(|(key, value)| (key.to_owned(), value));
    let mut command = command(ventanilla().unwrap(), &env);
    command.arg("doctor").args(more).current_dir(dir);
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// The line about one thing, with the one beneath it.
fn about<'a>(said: &'a str, thing: &str) -> Vec<&'a str> {
    let lines: Vec<&str> = said.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.split_whitespace().nth(1) == Some(thing))
        .unwrap_or_else(|| panic!("nothing about {thing}:\n{said}"));
    lines[at..].iter().take(2).copied().collect()
}

#[tokio::test]
async fn before_anything_was_made_it_says_so_and_makes_nothing() {
    let suite = Suite::start("doctor before migrate").await;
    let dir = tempfile::tempdir().unwrap();
    let said = complains(&suite, dir.path(), &[]).await;
    assert!(about(&said, "PostgreSQL")[0].contains("ok"), "{said}");
    let broker = about(&said, "RabbitMQ");
    assert!(broker[0].contains("FALTA"), "{said}");
    assert!(broker[1].ends_with("-> ventanilla migrate"), "{said}");
    for service in SERVICES {
        let service = about(&said, service);
        assert!(service[1].ends_with("-> ventanilla migrate"), "{said}");
    }
    assert!(
        about(&said, "gateway")[1].contains("-> make gateway"),
        "{said}"
    );

    let queues = suite.broker().queue_depths(suite.vhost()).await.unwrap();
    assert!(queues.is_empty(), "{queues:?}");
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    suite.finish().await;
}

#[tokio::test]
async fn servers_that_are_away_are_named_at_once() {
    let suite = Suite::start("doctor without servers").await;
    let dir = tempfile::tempdir().unwrap();
    let dead = free_port().unwrap();
    // One that takes connections and never says a word.
    let mute = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mute = mute.local_addr().unwrap().port();
    let urls = |port: u16| {
        [
            "--postgres-owner-url".to_owned(),
            format!("postgres://nobody@127.0.0.1:{port}/postgres"),
            "--amqp-url".to_owned(),
            format!("amqp://guest:guest@127.0.0.1:{port}/%2f"),
            "--redis-url".to_owned(),
            format!("redis://127.0.0.1:{port}/0"),
        ]
    };
    for port in [dead, mute] {
        let began = Instant::now();
        let said = complains(&suite, dir.path(), &urls(port)).await;
        assert!(began.elapsed() < AT_ONCE, "{:?}", began.elapsed());
        for server in ["PostgreSQL", "RabbitMQ", "Redis"] {
            let server = about(&said, server);
            assert!(server[0].contains("FALTA"), "{said}");
            assert!(server[1].contains("make up, scripts/servers up"), "{said}");
        }
        assert!(
            about(&said, "services")[0].contains("PostgreSQL is away"),
            "{said}"
        );
    }
    suite.finish().await;
}

#[tokio::test]
async fn a_whole_installation_lacks_nothing() {
    let at = Installation::together("doctor").await.unwrap();
    at.tenant("sana").await.unwrap();
    let said = at.cli(&["doctor"]).await.unwrap();
    assert!(!said.contains("FALTA"), "{said}");
    for service in SERVICES {
        assert!(about(&said, service)[0].ends_with("1 tenants"), "{said}");
    }
    assert!(about(&said, "keys")[0].contains("all there"), "{said}");
    let public = about(&said, "public")[0];
    assert!(public.trim_start().starts_with("ok "), "{said}");
}
