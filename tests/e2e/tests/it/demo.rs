//! The demo of `ventanilla up`: ended in the middle, again and again, it is taken up until it is whole; and then it is the
//! one that nobody disturbed.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use e2e::{Installation, Process, audit, settled};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use testkit::{Suite, eventually};

const CLIENTS: [&str; 2] = ["andina", "cafetera"];
const LONG: Duration = Duration::from_mins(3);

/// An installation whose `up` has ended, so that another one may begin.
pub async fn installed(name: &str) -> Installation {
    let mut at = Installation::together(name).await.unwrap();
    at.process("up").unwrap().kill().unwrap();
    at
}

/// `up` with the demo, on what was installed.
pub async fn begin(at: &Installation, name: &str) -> Process {
    // The gateway of the one that was killed ends with its stdin; until then the door is taken.
    let door = at.url.trim_start_matches("http://").to_owned();
    eventually(LONG, || async {
        TcpStream::connect(&door).is_err().then_some(())
    })
    .await;
    at.cli_spawn(name, &["up"]).unwrap()
}

/// Waits until the demo is whole.
pub async fn tell_to_the_end(at: &Installation, up: &mut Process) {
    eventually(LONG, || {
        let log = up.log();
        let runs = up.runs();
        async move {
            assert!(runs && !log.contains("No se pudo preparar"), "{log}");
            log.contains("Clientes de demostración").then_some(())
        }
    })
    .await;
    settled(at).await;
}

/// A count in one service's part of a client; none before the client is there.
pub async fn count(suite: &Suite, database: &str, slug: &str, from: &str) -> Option<i64> {
    let mut directory = PgConnection::connect(&suite.database_url("directory"))
        .await
        .ok()?;
    let q = "SELECT 't_' || replace(id::text, '-', '') FROM platform.tenant WHERE slug = $1";
    let schema: String = sqlx::query_scalar(q)
        .bind(slug)
        .fetch_optional(&mut directory)
        .await
        .ok()??;
    let mut of = PgConnection::connect(&suite.database_url(database))
        .await
        .ok()?;
    sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT count(*) FROM {schema}.{from}"
    )))
    .fetch_one(&mut of)
    .await
    .ok()
}

/// How it ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Killed,
    Interrupted,
}

/// Ends `up` as soon as a table of a client has so many rows.
async fn until(
    at: &Installation,
    up: &mut Process,
    (database, slug, from, rows): (&str, &str, &str, i64),
    end: End,
) {
    eventually(LONG, || async {
        let found = count(&at.suite, database, slug, from).await;
        (found >= Some(rows)).then_some(()).ok_or(found)
    })
    .await;
    assert!(!up.log().contains("Clientes de demostración"), "{from}");
    match end {
        End::Killed => up.kill().unwrap(),
        End::Interrupted => {
            let pid = up.pid().unwrap().to_string();
            Command::new("kill").args(["-INT", &pid]).status().unwrap();
            let _ = up.ended(LONG).await.unwrap();
        }
    }
}

/// What each client has, as counts by name: rows of tables, tickets by subject, state and replies, articles by state,
/// hands by ticket. Not what depends on the instant at which it is looked at (clocks of open tickets run out).
async fn told(suite: &Suite) -> BTreeMap<String, i64> {
    let mut all = BTreeMap::new();
    for slug in CLIENTS {
        let schema = audit::schema(suite, slug).await.unwrap();
        for (table, rows) in audit::inventory(suite, &schema).await.unwrap() {
            if table != "intake.entry" {
                all.insert(format!("{slug} {table}"), rows);
            }
        }
        for (database, q) in [
            (
                "intake",
                "SELECT concat_ws(' ', t.kind, t.subject, t.state, t.priority, \
                 (SELECT string_agg(e.body, '/' ORDER BY e.body) FROM {s}.entry AS e WHERE e.ticket = t.id AND e.kind = 'reply'), \
                 (SELECT count(*) FROM {s}.entry AS e WHERE e.ticket = t.id AND e.kind = 'assigned')) FROM {s}.ticket AS t",
            ),
            (
                "intake",
                "SELECT kind FROM {s}.entry WHERE kind NOT LIKE 'clock%'",
            ),
            (
                "knowledge",
                "SELECT concat_ws(' ', title, state, revision) FROM {s}.article",
            ),
            (
                "directory",
                "SELECT concat_ws(' ', email, roles, version) FROM {s}.person",
            ),
            (
                "directory",
                "SELECT concat_ws(' ', code, version) FROM {s}.application",
            ),
        ] {
            let mut of = PgConnection::connect(&suite.database_url(database))
                .await
                .unwrap();
            let found: Vec<String> = sqlx::query_scalar(AssertSqlSafe(q.replace("{s}", &schema)))
                .fetch_all(&mut of)
                .await
                .unwrap();
            for one in found {
                *all.entry(format!("{slug} {one}")).or_default() += 1;
            }
        }
    }
    let mut directory = PgConnection::connect(&suite.database_url("directory"))
        .await
        .unwrap();
    let provider: String = sqlx::query_scalar(
        "SELECT 'p_' || replace(provider::text, '-', '') FROM platform.tenant LIMIT 1",
    )
    .fetch_one(&mut directory)
    .await
    .unwrap();
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM platform.tenant ORDER BY slug")
        .fetch_all(&mut directory)
        .await
        .unwrap();
    assert_eq!(names, ["Cosmética Andina", "Cafetera del Norte"]);
    for (table, rows) in audit::inventory(suite, &provider).await.unwrap() {
        all.insert(format!("provider {table}"), rows);
    }
    all
}

#[tokio::test]
async fn a_demo_that_was_ended_in_the_middle_is_taken_up() {
    let calm = installed("demo").await;
    let mut up = begin(&calm, "demo").await;
    tell_to_the_end(&calm, &mut up).await;
    drop(up);
    let wanted = told(&calm.suite).await;
    let tickets: i64 = CLIENTS
        .iter()
        .map(|slug| wanted[&format!("{slug} intake.ticket")])
        .sum();
    assert_eq!(tickets, 150);

    let at = installed("demo disturbed").await;
    let ends = [
        (("directory", "andina", "person", 2), End::Killed),
        (("knowledge", "andina", "article", 1), End::Killed),
        (("intake", "andina", "ticket", 30), End::Interrupted),
        (
            ("intake", "andina", "entry WHERE kind = 'reply'", 20),
            End::Killed,
        ),
        (
            ("intake", "andina", "ticket WHERE state = 'closed'", 10),
            End::Killed,
        ),
        (("intake", "cafetera", "ticket", 20), End::Killed),
        (
            ("intake", "cafetera", "ticket WHERE state = 'resolved'", 1),
            End::Interrupted,
        ),
    ];
    for (n, (stop, end)) in ends.into_iter().enumerate() {
        let mut up = begin(&at, &format!("demo-{n}")).await;
        until(&at, &mut up, stop, end).await;
    }
    let mut up = begin(&at, "demo-again").await;
    tell_to_the_end(&at, &mut up).await;
    let found = told(&at.suite).await;
    let differing: Vec<_> = wanted
        .keys()
        .chain(found.keys())
        .filter(|name| wanted.get(*name) != found.get(*name))
        .map(|name| (name, wanted.get(name), found.get(name)))
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");

    // A demo that is whole is left alone.
    up.kill().unwrap();
    let mut up = begin(&at, "demo-whole").await;
    tell_to_the_end(&at, &mut up).await;
    assert_eq!(told(&at.suite).await, found);
}
