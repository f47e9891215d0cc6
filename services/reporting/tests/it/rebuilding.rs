//! A rebuild from the kept facts comes to what was there.

use std::collections::BTreeMap;

use access::Role;
use events::Lane;
use events::Origin;
use events::intake::TicketState;
use events::sla_clock::ClockChanged;
use ids::TenantId;

use crate::world::{Told, World, resolution_clock};

const TABLES: [&str; 5] = [
    "ticket_summary",
    "ticket",
    "clock_result",
    "step",
    "contact",
];

/// Every row of every read model, as text.
async fn contents(world: &World, tenant: TenantId) -> BTreeMap<&'static str, Vec<String>> {
    let mut tx = world.db.begin(tenant).await.unwrap();
    let mut all = BTreeMap::new();
    for table in TABLES {
        let sql = format!("SELECT t::text FROM {table} AS t ORDER BY 1");
        let rows = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .fetch_all(tx.conn())
            .await
            .unwrap();
        all.insert(table, rows);
    }
    tx.commit().await.unwrap();
    all
}

fn story(world: &World, tenant: TenantId) -> Told<'_> {
    Told::new(world, tenant)
        .opened("2026-11-16T15:00:00Z")
        .held("2026-11-16T15:00:01Z", "Mesa", 1, None)
        .state("2026-11-16T15:10:00Z", TicketState::Resolved)
        .state("2026-11-17T15:10:00Z", TicketState::Reopened)
        .held("2026-11-17T15:20:00Z", "Sistemas", 2, None)
        .state("2026-11-18T15:10:00Z", TicketState::Closed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_changes_nothing_and_mends_what_was_damaged() {
    let world = World::start("rebuild").await;
    let tenant = world.tenant("otra-vez").await;
    for _ in 0..20 {
        let told = story(&world, tenant);
        let clock = resolution_clock(&world, told.ticket, "2026-11-16T15:00:00Z", 8);
        let fact = world.fact(
            tenant,
            &clock.clock.to_string(),
            clock.started_at,
            Origin::Live,
            &ClockChanged { clock },
        );
        world.hear(Lane::Live, &told.facts).await;
        world.hear(Lane::Live, &[fact]).await;
    }
    world.kept(tenant, 1 + 20 * 7).await;
    let before = contents(&world, tenant).await;
    assert_eq!(
        before
            .iter()
            .map(|(t, rows)| (*t, rows.len()))
            .collect::<Vec<_>>(),
        [
            ("clock_result", 20),
            ("contact", 0),
            ("step", 120),
            ("ticket", 20),
            ("ticket_summary", 20)
        ]
    );

    let mut tx = world.db.begin(tenant).await.unwrap();
    sqlx::query("UPDATE ticket_summary SET events = 99")
        .execute(tx.conn())
        .await
        .unwrap();
    sqlx::query("DELETE FROM step")
        .execute(tx.conn())
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let manager = world.caller(Role::ServiceManager, &[tenant]);
    let mutation =
        "mutation { rebuildReports(input: {}) { rebuilt { facts tickets } problems { code } } }";
    let done = world.answer(manager.clone(), mutation).await;
    assert_eq!(
        done["rebuildReports"],
        serde_json::json!({"rebuilt": {"facts": 141, "tickets": 20}, "problems": []})
    );
    assert_eq!(contents(&world, tenant).await, before);

    // And again: the tables that were swapped out are empty and ready.
    world.answer(manager, mutation).await;
    assert_eq!(contents(&world, tenant).await, before);
    assert_eq!(
        world.count(tenant, "SELECT count(*) FROM step_next").await,
        0
    );

    // Taking facts in goes on where it was.
    let told = story(&world, tenant);
    world.hear(Lane::Live, &told.facts).await;
    world.kept(tenant, 141 + 6).await;
    assert_eq!(
        world
            .count(tenant, "SELECT count(*) FROM ticket_summary")
            .await,
        21
    );
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_that_come_during_a_rebuild_are_neither_lost_nor_doubled() {
    let world = World::start("busy").await;
    let tenant = world.tenant("sin-parar").await;
    let stories: Vec<Told<'_>> = (0..150).map(|_| story(&world, tenant)).collect();
    let all = 1 + 150 * 6;
    let hearing = async {
        for told in &stories {
            world.hear(Lane::Live, &told.facts).await;
        }
        world.kept(tenant, all).await;
    };
    let rebuilding = async {
        let mut rebuilds = 0;
        while world.count(tenant, "SELECT count(*) FROM facts").await < all {
            assert!(
                reporting::rebuild(&world.db, tenant)
                    .await
                    .unwrap()
                    .is_some()
            );
            rebuilds += 1;
        }
        rebuilds
    };
    let ((), rebuilds) = tokio::join!(hearing, rebuilding);
    assert!(rebuilds > 0);
    let taken_in = contents(&world, tenant).await;
    assert_eq!(taken_in["step"].len(), 150 * 6);
    assert_eq!(taken_in["ticket_summary"].len(), 150);
    reporting::rebuild(&world.db, tenant)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(contents(&world, tenant).await, taken_in);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_rebuild_at_a_time() {
    let world = World::start("once").await;
    let tenant = world.tenant("una-sola").await;
    let mut other = world.db.begin(tenant).await.unwrap();
    let free: bool = sqlx::query_scalar("SELECT shared.reports_prepare()")
        .fetch_one(other.conn())
        .await
        .unwrap();
    assert!(free);
    let manager = world.caller(Role::ServiceManager, &[tenant]);
    let mutation = "mutation { rebuildReports(input: {}) { rebuilt { facts } problems { code } } }";
    let done = world.answer(manager, mutation).await;
    assert_eq!(
        done["rebuildReports"]["problems"][0]["code"],
        "REBUILD_UNDER_WAY"
    );
    other.rollback().await.unwrap();
    assert!(
        reporting::rebuild(&world.db, tenant)
            .await
            .unwrap()
            .is_some()
    );
    world.finish().await;
}
