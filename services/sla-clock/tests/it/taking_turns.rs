//! Who waits for whom: facts of tickets that hang together, edits, and timers.

use std::time::Duration;

use chrono::TimeDelta;
use events::intake::TicketState::{Closed, Resolved};
use events::intake::{Actor, LinkKind, Priority};
use events::sla_clock::{ClockBreached, ClockChanged, ClockState};
use ids::{LinkId, PersonId, TenantId};
use tenancy::Conn;

use crate::kit::HOUR;
use crate::linking::linked;
use crate::world::{World, story};

/// Until somebody waits for a lock of that kind; whoever it is that should not come so far ends the story.
async fn somebody_waits(world: &World, kind: &str) {
    loop {
        let mut tx = world.db.begin_platform().await.unwrap();
        let waiting: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = $1 \
             AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database()))",
        )
        .bind(kind)
        .fetch_one(tx.conn())
        .await
        .unwrap();
        tx.commit().await.unwrap();
        if waiting {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn clocks_that_are_free(conn: &mut Conn, of: ids::TicketId) -> usize {
    let query = "SELECT id FROM clock WHERE ticket = $1 FOR NO KEY UPDATE SKIP LOCKED";
    let rows: Vec<uuid::Uuid> = sqlx::query_scalar(query)
        .bind(of.uuid())
        .fetch_all(conn)
        .await
        .unwrap();
    rows.len()
}

#[tokio::test]
async fn tickets_that_hang_together_are_held_at_once_in_the_order_in_which_timers_hold_them() {
    story(async {
        let world = World::start("turns-parts").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        // The part is the older one: its clocks come first, though the parent's are the cause.
        let mut part = world.ticket();
        let mut mass = world.ticket();
        for ticket in [&part, &mass] {
            world.hear(acme, &[world.opened(acme, ticket)]).await;
        }
        let link = (LinkId::new(&*world.ids), false);
        let parent = (LinkKind::Parent, mass.ticket);
        let fact = linked(&world, acme, &mut part, link, parent);
        world.hear(acme, &[fact]).await;
        let person = PersonId::new(&*world.ids);
        let answer = [world.replied(acme, &mut mass, Actor::Staff { person }, false)];

        // A timer of the part is being fired.
        let mut firing = world.db.begin(acme).await.unwrap();
        assert_eq!(clocks_that_are_free(firing.conn(), part.ticket).await, 2);
        let heard = world.hear(acme, &answer);
        let others = async {
            somebody_waits(&world, "transactionid").await;
            let mut look = world.db.begin(acme).await.unwrap();
            let free = clocks_that_are_free(look.conn(), mass.ticket).await;
            assert_eq!(free, 2, "it would wait for the part with these held");
            look.rollback().await.unwrap();
            firing.commit().await.unwrap();
        };
        tokio::join!(heard, others);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn no_timer_fires_while_somebody_edits_what_it_goes_by() {
    story(async {
        let world = World::start("turns-edit").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        world
            .hear(acme, &[world.opened(acme, &world.ticket())])
            .await;
        world.advance(HOUR);
        let mut edit = world.db.begin(acme).await.unwrap();
        sla_clock::store::alone_with_timers(&mut edit)
            .await
            .unwrap();
        let mut replica = world.replica();
        let others = async {
            somebody_waits(&world, "advisory").await;
            assert_eq!(world.announced_as::<ClockBreached>().await.len(), 0);
            edit.commit().await.unwrap();
        };
        let (fired, ()) = tokio::join!(replica.step(), others);
        assert_eq!(
            fired.unwrap(),
            2,
            "the warning and the breach of the first response"
        );
        assert_eq!(world.announced_as::<ClockBreached>().await.len(), 1);
        world.end().await;
    })
    .await;
}

async fn noted_late(world: &World, tenant: TenantId) -> i64 {
    let mut tx = world.db.begin(tenant).await.unwrap();
    let count = sqlx::query_scalar("SELECT count(*) FROM related_late");
    let count = count.fetch_one(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    count
}

#[tokio::test]
async fn what_happens_to_a_duplicate_of_a_mass_incident_is_nothing_to_its_parts() {
    story(async {
        let world = World::start("turns-duplicate").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let mut mass = world.ticket();
        let mut part = world.ticket();
        let mut repeats = world.ticket();
        for ticket in [&mass, &part, &repeats] {
            world.hear(acme, &[world.opened(acme, ticket)]).await;
        }
        let links = [
            (&mut part, LinkKind::Parent),
            (&mut repeats, LinkKind::DuplicateOf),
        ];
        for (ticket, kind) in links {
            let link = (LinkId::new(&*world.ids), false);
            let fact = linked(&world, acme, ticket, link, (kind, mass.ticket));
            world.hear(acme, &[fact]).await;
        }
        world.advance(HOUR / 4);
        for to in [Resolved, Closed] {
            let fact = world.moved(acme, &mut part, to);
            world.hear(acme, &[fact]).await;
        }
        world.advance(HOUR / 4);
        // For a part that is closed it would come late, if it came at all.
        let mut fact = world.prioritised(acme, &mut repeats, Priority::Critical);
        fact.time -= TimeDelta::minutes(20);
        world.hear(acme, &[fact]).await;
        assert_eq!(noted_late(&world, acme).await, 0);
        // What happens to the mass incident itself comes late for the part.
        let mut fact = world.prioritised(acme, &mut mass, Priority::Critical);
        fact.time -= TimeDelta::minutes(20);
        world.hear(acme, &[fact]).await;
        assert_eq!(noted_late(&world, acme).await, 1);
        let told = world.announced_as::<ClockChanged>().await;
        let mut of_part = told.iter().rev();
        let last = of_part.find(|(_, c)| c.clock.ticket == part.ticket);
        assert!(last.is_some_and(|(_, c)| c.clock.state == ClockState::Stopped));
        world.end().await;
    })
    .await;
}
