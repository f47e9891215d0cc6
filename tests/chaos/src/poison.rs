//! Messages that no service can work with, put straight into queues; the operator deals with them.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use ids::{EventId, TicketId};
use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Connection, ConnectionProperties};
use serde_json::json;
use tokio::time::sleep;

use crate::ground::Ground;

/// So soon a message that cannot be worked with is put aside.
const PARKED_WITHIN: Duration = Duration::from_secs(10);

/// One that is no envelope for routing, and one whose fact cannot be read for sla-clock. Both are parked with their
/// reasons; a retry parks the second one again; both are dropped.
pub async fn arrive(ground: &Ground) -> anyhow::Result<()> {
    let house = ground.houses.first().context("no tenant")?;
    let ids = ids::seeded(4);
    let id = EventId::new(&*ids).to_string();
    let unreadable = json!({
        "specversion": "1.0", "id": id, "type": "ticket.opened.v1", "source": "intake",
        "subject": TicketId::new(&*ids).to_string(), "time": "2026-01-01T00:00:00Z", "tenant": house.id, "sequence": 1,
        "origin": "live", "datacontenttype": "application/json", "data": {},
    });
    let connection =
        Connection::connect(&ground.at.suite.amqp_url(), ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    for (queue, body) in [
        ("routing.live.0", b"no envelope".to_vec()),
        ("sla-clock.live.0", serde_json::to_vec(&unreadable)?),
    ] {
        channel
            .basic_publish(
                "".into(),
                queue.into(),
                BasicPublishOptions::default(),
                &body,
                BasicProperties::default(),
            )
            .await?;
    }
    connection.close(200, "done".into()).await?;

    let both = |list: &str| list.contains("not an envelope") && list.contains(&id);
    listed(ground, both).await?;
    let retry = ["dead-letters", "retry", "--service", "sla-clock", &id];
    said(ground, &retry, "1").await?;
    // What is listed at once might be the one that is on its way.
    sleep(Duration::from_secs(1)).await;
    listed(ground, both).await?;
    let drop = ["dead-letters", "drop", "--service", "sla-clock", &id];
    said(ground, &drop, "1").await?;
    // It has no id by which it could be named.
    let drop = ["dead-letters", "drop", "--service", "routing", ""];
    said(ground, &drop, "1").await?;
    listed(ground, str::is_empty).await
}

async fn said(ground: &Ground, arguments: &[&str], wanted: &str) -> anyhow::Result<()> {
    let said = ground.at.cli(arguments).await?;
    ensure!(said.trim() == wanted, "{arguments:?} says {said}");
    Ok(())
}

/// Waits for what is parked to be as it is wanted.
async fn listed(ground: &Ground, wanted: impl Fn(&str) -> bool) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        let list = ground.at.cli(&["dead-letters", "list"]).await?;
        if wanted(list.trim()) {
            return Ok(());
        }
        ensure!(began.elapsed() < PARKED_WITHIN, "parked: {list:?}");
        sleep(Duration::from_millis(300)).await;
    }
}
