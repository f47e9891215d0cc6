//! The whole service on the broker: a tenant is told of, tickets are opened, history comes in, what cannot be done is parked.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

use std::sync::Arc;
use std::time::Duration;

use clock::Clock as _;
use ids::TenantId;
use intake::events::{Does, Hears};
use messaging::{Bus, Runner};
use serde_json::json;
use sqlx::Row as _;
use tokio_util::sync::CancellationToken;

use crate::house::House;
use crate::importing::{command, row};

async fn count(house: &House, tenant: TenantId, sql: &'static str) -> i64 {
    let mut tx = house.tools.db.begin_fact(tenant).await.unwrap();
    let row = sqlx::query(sql).fetch_one(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    row.get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_are_done_or_parked_and_facts_leave() {
    let house = House::open("running").await;
    let settings = house.suite.bus_settings();
    messaging::declare(&settings).await.unwrap();
    let bus = Bus::connect(settings.clone(), "intake").await.unwrap();
    let stop = CancellationToken::new();
    let running = Runner {
        db: house.tools.db.clone(),
        bus: bus.clone(),
        outbox: house.tools.outbox.clone(),
        clock: house.tools.clock.clone(),
        ids: house.tools.ids.clone(),
        facts: Some(Arc::new(Hears(house.tools.clone()))),
        commands: Some(Arc::new(Does(house.tools.clone()))),
    }
    .run(stop.clone());

    let good = |n: u64| {
        let rows: Vec<_> = (0..50)
            .map(|i| {
                row(
                    &format!("c{i}"),
                    n * 50 + i,
                    "2011-01-05T10:00:00Z",
                    "queued",
                    &json!({}),
                )
            })
            .collect();
        command(&house, &json!({ "tool": "t", "rows": rows }))
    };
    let bad = command(&house, &json!({ "tool": "t", "rows": [{ "row": "one" }] }));
    let again = good(0);
    bus.send("intake", &[good(0), bad, again, good(1)])
        .await
        .unwrap();
    house.opened(&house.ana, json!({})).await;

    let limit = Duration::from_secs(30);
    testkit::eventually(limit, || async {
        let n = count(&house, house.tenant, "SELECT count(*) FROM imported_row").await;
        (n == 100).then_some(())
    })
    .await;
    // Everything that was announced has left.
    testkit::eventually(limit, || async {
        house.facts().await.is_empty().then_some(())
    })
    .await;
    let parked = testkit::eventually(limit, || async {
        let parked = messaging::park::list(&bus, "intake", 10).await.unwrap();
        (!parked.is_empty()).then_some(parked)
    })
    .await;
    assert_eq!(parked.len(), 1);
    assert!(
        format!("{:?}", parked[0]).contains("malformed import.rows"),
        "{parked:?}"
    );
    assert_eq!(
        count(&house, house.tenant, "SELECT count(*) FROM ticket").await,
        51
    );
    assert_eq!(
        count(&house, house.tenant, "SELECT max(version) FROM ticket").await,
        2
    );
    assert!(house.clock.now().timestamp() > 0);
    stop.cancel();
    tokio::time::timeout(Duration::from_secs(20), running)
        .await
        .unwrap()
        .unwrap();
    house.close().await;
}
