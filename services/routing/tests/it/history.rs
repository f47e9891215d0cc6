//! Another tool's history is put down as it was, and nobody is told.

use access::Role;
use chrono::TimeDelta;
use events::intake::{Channel, TicketState};
use serde_json::json;

use crate::world::{World, story};

#[tokio::test]
async fn the_recorded_holder_stands_there_and_nothing_is_announced() {
    story(async {
        let world = World::start("history").await;
        let (acme, beta) = (world.tenant("acme").await, world.tenant("beta").await);
        let start = world.clock.now() - TimeDelta::days(30);
        let mut facts = Vec::new();
        for (tenant, number) in [(acme, 1), (beta, 2)] {
            let mut ticket = world.ticket(number);
            ticket.channel = Channel::Import;
            ticket.opened_at = start;
            for (hours, state, group, line) in [
                (0, TicketState::Queued, "V51 2nd", 2),
                (2, TicketState::InProgress, "V51 2nd", 2),
                (5, TicketState::InProgress, "G97", 1),
            ] {
                let at = start + TimeDelta::hours(hours);
                ticket.state = state;
                ticket.state_since = at;
                facts.push(world.recorded(tenant, &ticket, at, group, line));
                ticket.version += 1;
            }
        }
        // In two batches: the second finds what the first left.
        world.hear(&facts[..2]).await;
        world.hear(&facts[2..]).await;
        assert!(world.announced().await.is_empty());

        let agent = world.staff(Role::Agent, &[acme]).await;
        let query = "{ worklist(sort: OPENED_OLDEST) { edges { node { number line state heldSince \
            group { name imported active } ticket { assignment { reason version } } } } } \
            groups(includeInactive: true) { name } }";
        let data = world.data(&agent, query, json!({})).await;
        let rows = data["worklist"]["edges"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "the other tenant's is not seen");
        let row = &rows[0]["node"];
        assert_eq!(
            (&row["line"], &row["state"], &row["group"]),
            (
                &json!(1),
                &json!("IN_PROGRESS"),
                &json!({"name": "G97", "imported": true, "active": false})
            )
        );
        let since: chrono::DateTime<chrono::Utc> =
            serde_json::from_value(row["heldSince"].clone()).unwrap();
        assert_eq!(since, start + TimeDelta::hours(5));
        assert_eq!(
            row["ticket"]["assignment"],
            json!({"reason": "RECORDED", "version": 0})
        );
        let names: Vec<_> = data["groups"]
            .as_array()
            .unwrap()
            .iter()
            .map(|g| g["name"].as_str().unwrap())
            .collect();
        assert_eq!(
            names,
            ["G97", "Mesa de servicio N1", "V51 2nd"],
            "the other tenant's tool has the same names"
        );
        let mut tx = world
            .db
            .begin_provider(world.provider, &[acme, beta])
            .await
            .unwrap();
        let groups: i64 =
            sqlx::query_scalar("SELECT count(*) FROM resolver_group WHERE tenant IS NOT NULL")
                .fetch_one(tx.conn())
                .await
                .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(groups, 4, "one per tenant and name");
        world.end().await;
    })
    .await;
}
