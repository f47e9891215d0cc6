//! What a page of a long list and an import cost; the figures are printed (`cargo test -p routing speed -- --nocapture`).

use std::time::{Duration, Instant};

use access::Role;
use chrono::TimeDelta;
use events::intake::{Channel, TicketState};
use serde_json::json;

use crate::world::{World, story};

const FILL: &str = "INSERT INTO worklist (tenant, ticket, number, kind, major, state, done, priority, priority_rank, \
    opened_at, state_since, ticket_version, group_id, line, holder, held_since, reason, due_at, updated_at) \
    SELECT $1, gen_random_uuid(), 'INC-' || n, 'incident', false, \
      CASE WHEN n % 2 = 0 THEN 'closed' ELSE 'queued' END, n % 2 = 0, 'medium', 3, \
      now() - n * interval '1 minute', now(), 1, $2, 1, NULL, now(), 'routed', \
      now() + (n * 7919 % 100000) * interval '1 second', now() - n * interval '1 second' \
    FROM generate_series(1, $3::int) AS n";

#[tokio::test]
async fn the_first_page_of_a_hundred_thousand_reads_a_page() {
    story(async {
        let world = World::start("long").await;
        let mut tenants = Vec::new();
        for n in 0..10 {
            tenants.push(world.tenant(&format!("t{n}")).await);
        }
        let agent = world.staff(Role::Agent, &tenants).await;
        let mut tx = world
            .db
            .begin_provider(world.provider, &tenants)
            .await
            .unwrap();
        let group: uuid::Uuid =
            sqlx::query_scalar("SELECT id FROM resolver_group WHERE seed = 'intake'")
                .fetch_one(tx.conn())
                .await
                .unwrap();
        for tenant in &tenants {
            // Half of them are done: 100,000 rows, 50,000 in the list.
            sqlx::query(FILL)
                .bind(tenant.uuid())
                .bind(group)
                .bind(10_000)
                .execute(tx.conn())
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        {
            use sqlx::Connection as _;
            let mut owner = sqlx::PgConnection::connect(&world.suite.database_url("routing"))
                .await
                .unwrap();
            sqlx::query("VACUUM ANALYZE")
                .execute(&mut owner)
                .await
                .unwrap();
        }
        for (what, query) in [
            (
                "due first",
                "{ worklist(first: 50) { edges { node { number group { name } } } } }",
            ),
            (
                "newest",
                "{ worklist(first: 50, sort: OPENED_NEWEST) { edges { node { number } } } }",
            ),
            (
                "mine",
                "{ worklist(first: 50, filter: {holder: \"me\"}) { edges { node { number } } } }",
            ),
            (
                "with count",
                "{ worklist(first: 50) { totalCount edges { node { number } } } }",
            ),
        ] {
            let mut took = Vec::new();
            for _ in 0..60 {
                let begun = Instant::now();
                world.data(&agent, query, json!({})).await;
                took.push(begun.elapsed());
            }
            took.sort_unstable();
            println!(
                "worklist of 100,000, first 50, {what}: median {:.1?}, p95 {:.1?}",
                took[30], took[57]
            );
            // Debug build, beside other tests: the aim itself (p99 under 20 ms) is measured by the benchmark.
            assert!(
                took[30] < Duration::from_millis(60),
                "{what}: {:?}",
                took[30]
            );
        }

        let filter = routing::domain::worklist::Filter {
            tenants: tenants.clone(),
            ..Default::default()
        };
        let statement = routing::store::worklist::statement(
            &filter,
            routing::domain::worklist::Sort::default(),
            None,
            50,
        );
        // As it is planned for whichever tenants may come.
        let mut tx = world
            .db
            .by_keys()
            .begin_provider(world.provider, &tenants)
            .await
            .unwrap();
        let sql = statement.sql().as_str().to_owned();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
            "PREPARE queue(uuid[]) AS {sql}"
        )))
        .execute(tx.conn())
        .await
        .unwrap();
        let ids: Vec<String> = tenants.iter().map(|t| t.uuid().to_string()).collect();
        let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) EXECUTE queue('{{{}}}')",
            ids.join(",")
        )))
        .fetch_all(tx.conn())
        .await
        .unwrap();
        tx.rollback().await.unwrap();
        let plan = plan.join("\n");
        println!("{plan}");
        assert!(
            plan.contains("worklist_due") && !plan.contains("Seq Scan on worklist"),
            "{plan}"
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn an_import_flows() {
    const CASES: i64 = 500;
    const EVENTS: i64 = 9;
    story(async {
        let world = World::start("import").await;
        let acme = world.tenant("acme").await;
        let start = world.clock.now() - TimeDelta::days(90);
        let mut facts = Vec::new();
        for case in 0..CASES {
            let mut ticket = world.ticket(case);
            ticket.channel = Channel::Import;
            for event in 0..EVENTS {
                let at = start + TimeDelta::minutes(case * 7 + event);
                ticket.version = event + 1;
                ticket.state = if event + 1 == EVENTS {
                    TicketState::Closed
                } else {
                    TicketState::InProgress
                };
                ticket.state_since = at;
                let group = (case + event) % 300;
                facts.push(world.recorded(acme, &ticket, at, &format!("G{group}"), 1));
            }
        }
        let begun = Instant::now();
        for batch in facts.chunks(200) {
            world.hear(batch).await;
        }
        let rate = facts.len() as f64 / begun.elapsed().as_secs_f64();
        println!(
            "history: {} facts in batches of 200: {rate:.0} facts/s (this build, this machine)",
            facts.len()
        );
        assert!(rate > 500.0, "{rate:.0} facts/s");
        world.end().await;
    })
    .await;
}
