//! One tenant's trouble is not another's: somebody has locked what its timers need.

use events::sla_clock::ClockBreached;

use crate::world::{World, story};

const TICKETS: usize = 3;

#[tokio::test]
async fn whoever_has_locked_a_tenants_clocks_keeps_the_timers_of_no_other_waiting() {
    story(async {
        let world = World::start("locked").await;
        let mut tenants = Vec::new();
        for n in 0..6 {
            let tenant = world.tenant(&format!("cliente-{n}")).await;
            world.usual(tenant).await;
            for _ in 0..TICKETS {
                let ticket = world.ticket();
                world.hear(tenant, &[world.opened(tenant, &ticket)]).await;
            }
            tenants.push(tenant);
        }
        let mut migrating = world.db.begin_fact(tenants[0]).await.unwrap();
        sqlx::raw_sql("LOCK TABLE clock IN ACCESS EXCLUSIVE MODE")
            .execute(migrating.conn())
            .await
            .unwrap();
        world.advance(36_000);
        let mut replica = world.replica();
        // The lock is held all the while: a step that waited for it would never end.
        let fired = replica.step().await.unwrap();
        assert_eq!(fired, (tenants.len() - 1) * TICKETS * 4);
        // Nothing of it is lost, or told twice.
        assert_eq!(replica.step().await.unwrap(), 0);
        migrating.commit().await.unwrap();
        assert_eq!(replica.step().await.unwrap(), TICKETS * 4);
        assert_eq!(world.timers().await, 0);
        let breached = world.announced_as::<ClockBreached>().await;
        assert_eq!(breached.len(), tenants.len() * TICKETS * 2);
        world.end().await;
    })
    .await;
}
