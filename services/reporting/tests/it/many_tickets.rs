//! The tickets behind a figure, page by page: the same as all at once, and read page by page.

use ids::TenantId;
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::contract::{Contract, FREEZE, all_pages, attainment, plain};
use crate::world::{LONG, World};

async fn run(world: &World, tenant: TenantId, sql: &'static str) {
    let mut tx = world.db.begin_fact(tenant).await.unwrap();
    sqlx::query(sql).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Clocks as facts would leave them: one to three per ticket, met and missed, at instants that several share, some of them
/// outside of October.
const CLOCKS: &str = "
INSERT INTO clock_result (clock, seq, ticket, target, cycle, agreement, state, target_seconds, started_at, due_at, stopped_at, elapsed_seconds, breached_at)
SELECT md5('clock' || n)::uuid, 1, md5('ticket' || n % 150)::uuid, CASE WHEN n % 11 = 0 THEN 'first_response' ELSE 'resolution' END, 1,
       md5('agreement')::uuid, CASE WHEN n % 13 = 0 THEN 'cancelled' WHEN n % 5 = 0 THEN 'running' ELSE 'stopped' END, 28800,
       at, at + interval '8 hours', CASE WHEN n % 5 <> 0 THEN at + n % 3 * interval '6 hours' END, 0,
       CASE WHEN n % 3 = 2 AND n % 5 <> 0 THEN at + interval '8 hours' END
FROM generate_series(1, 400) AS n, LATERAL (SELECT '2026-09-29T05:00:00Z'::timestamptz + n * 37 % 47 * interval '17 hours' AS at) AS t";

const SUMMARIES: &str = "
INSERT INTO ticket_summary (ticket, kind, priority, first_at, last_at, throughput_seconds, events, irregular, lines, handovers, bounces,
  reopened_strict, reopened_loose, state, contacts, later_contacts, resolution_base, first_level, resolved_at, states, statuses,
  sub_statuses, state_events, wait_states, wait_statuses, wait_sub_statuses, wait_seconds)
SELECT md5('ticket' || n)::uuid, CASE WHEN n % 2 = 0 THEN 'incident' ELSE 'service_request' END, 'high', at, at, 0, 1, 0, 2, n % 2, 0,
  n % 4 = 0, n % 4 = 0, 'closed', 0, 0, n % 6 <> 0, n % 3 <> 0, CASE WHEN n % 7 <> 0 THEN at END, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'
FROM generate_series(0, 140) AS n, LATERAL (SELECT '2026-09-29T05:00:00Z'::timestamptz + n * 37 % 47 * interval '17 hours' AS at) AS t";

#[tokio::test(flavor = "multi_thread")]
async fn page_by_page_is_all_of_it_once_and_in_order() {
    let world = World::start("pages").await;
    let contract = Contract::sign(&world, "paginas").await;
    run(&world, contract.tenant, CLOCKS).await;
    run(&world, contract.tenant, SUMMARIES).await;
    let mut incidents = attainment("INCIDENTS", 20);
    incidents["kinds"] = json!(["INCIDENT"]);
    incidents["priorities"] = json!(["HIGH", "CRITICAL"]);
    let mut reopened = plain("REOPENED", "REOPENED", 20);
    (reopened["targetHundredths"], reopened["minimumHundredths"]) = (json!(100), json!(900));
    contract
        .agrees(json!([
            attainment("ALL", 20),
            incidents,
            plain("FCR", "FIRST_CONTACT", 20),
            plain("FLR", "FIRST_LEVEL", 20),
            reopened,
        ]))
        .await;
    // What a month is frozen with is read all at once.
    contract
        .done(&contract.quality, FREEZE, json!({"month": "2026-10"}))
        .await;
    let figures = contract.month("2026-10").await["figures"].clone();
    for (n, code) in ["ALL", "INCIDENTS", "FCR", "FLR", "REOPENED"]
        .into_iter()
        .enumerate()
    {
        let pages = |first: i32, revision: &str| {
            format!(
                "query($a: String) {{ serviceLevelTickets(month: \"2026-10\", level: \"{code}\", first: {first}, after: $a{revision}) {{ \
                 nodes {{ ticket {{ id }} at outcome }} pageInfo {{ hasNextPage endCursor }} }} }}"
            )
        };
        let frozen = all_pages(&world, &contract.admin, &pages(100, ", revision: 1")).await;
        assert!(frozen.len() > 20, "{code}: {}", frozen.len());
        for first in [1, 7, 100] {
            let today = all_pages(&world, &contract.admin, &pages(first, "")).await;
            assert_eq!(today, frozen, "{code} by {first}");
        }
        let by_seven = all_pages(&world, &contract.admin, &pages(7, ", revision: 1")).await;
        assert_eq!(by_seven, frozen, "{code}");
        let counted = |outcome: &str| frozen.iter().filter(|t| t["outcome"] == outcome).count();
        let (for_us, against) = (counted("FOR"), counted("AGAINST"));
        let figure = &figures["levels"][n]["figure"];
        assert_eq!(figure["denominator"], json!(for_us + against), "{code}");
        let above = if code == "REOPENED" { against } else { for_us };
        assert_eq!(figure["numerator"], json!(above), "{code}");
    }
    world.finish().await;
}

const MANY_CLOCKS: &str = "
INSERT INTO clock_result (clock, seq, ticket, target, cycle, agreement, state, target_seconds, started_at, due_at, stopped_at, elapsed_seconds)
SELECT md5('clock' || n)::uuid, 1, md5('ticket' || n)::uuid, 'resolution', 1, md5('agreement')::uuid, 'stopped', 28800, at,
       at + interval '8 hours', at + interval '1 hour', 3600
FROM generate_series(1, 100000) AS n, LATERAL (SELECT '2026-10-02T05:00:00Z'::timestamptz + n * interval '20 seconds' AS at) AS t";

const MANY_SUMMARIES: &str = "
INSERT INTO ticket_summary (ticket, kind, priority, first_at, last_at, throughput_seconds, events, irregular, lines, handovers, bounces,
  reopened_strict, reopened_loose, state, contacts, later_contacts, resolution_base, first_level, resolved_at, states, statuses,
  sub_statuses, state_events, wait_states, wait_statuses, wait_sub_statuses, wait_seconds)
SELECT ticket, 'incident', 'high', started_at, started_at, 0, 1, 0, 2, 0, 0, false, false, 'closed', 0, 0, true, true, started_at,
  '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}' FROM clock_result";

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_hundred_thousand_reads_a_page() {
    const PAGES: i64 = 20;
    let world = World::start("hundred thousand").await;
    let contract = Contract::sign(&world, "cien-mil").await;
    run(&world, contract.tenant, MANY_CLOCKS).await;
    run(&world, contract.tenant, MANY_SUMMARIES).await;
    let mut incidents = attainment("INCIDENTS", 40);
    incidents["kinds"] = json!(["INCIDENT"]);
    contract
        .agrees(json!([
            attainment("ALL", 30),
            incidents,
            plain("FCR", "FIRST_CONTACT", 30)
        ]))
        .await;
    // The server counts what it reads, and tells it a little later.
    let schema = format!("t_{}", contract.tenant.uuid().simple());
    let mut server = sqlx::PgConnection::connect(&world.suite.database_url("reporting"))
        .await
        .unwrap();
    let mut read = async || -> i64 {
        let sql = "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_user_tables \
                   WHERE schemaname = $1 AND relname IN ('clock_result', 'ticket_summary')";
        sqlx::query_scalar(sql)
            .bind(&schema)
            .fetch_one(&mut server)
            .await
            .unwrap()
    };
    // What was read to make the summaries is told late, too.
    let mut waited = tokio::time::interval(std::time::Duration::from_millis(200));
    tokio::time::timeout(LONG, async {
        while read().await < 100_000 {
            waited.tick().await;
        }
    })
    .await
    .unwrap();
    for code in ["ALL", "INCIDENTS", "FCR"] {
        let before = read().await;
        let mut after = Value::Null;
        let mut last = String::new();
        for _ in 0..PAGES {
            let query = format!(
                "query($a: String) {{ serviceLevelTickets(month: \"2026-10\", level: \"{code}\", first: 50, after: $a) {{ \
                 nodes {{ at }} pageInfo {{ hasNextPage endCursor }} }} }}"
            );
            let asked = world.ask_with(contract.admin.clone(), &query, json!({"a": after}));
            let (data, errors) = asked.await;
            assert_eq!(errors, []);
            let page = &data["serviceLevelTickets"];
            let nodes = page["nodes"].as_array().unwrap();
            assert_eq!(nodes.len(), 50);
            for node in nodes {
                let at = node["at"].as_str().unwrap();
                assert!(at > last.as_str(), "{at} behind {last}");
                last = at.to_owned();
            }
            assert_eq!(page["pageInfo"]["hasNextPage"], true);
            after = page["pageInfo"]["endCursor"].clone();
        }
        let mut waited = tokio::time::interval(std::time::Duration::from_millis(200));
        let rows = tokio::time::timeout(LONG, async {
            loop {
                waited.tick().await;
                let rows = read().await - before;
                if rows >= PAGES * 50 {
                    return rows;
                }
            }
        })
        .await
        .unwrap();
        println!("{code}: {rows} rows for {PAGES} pages of 50");
        assert!(rows <= PAGES * 1_000, "{code}: {rows} rows");
    }
    world.finish().await;
}
