//! Who says when people are told; and what a batch of timers costs.

use std::time::Duration;

use access::{CallerKind, Role};
use chrono::TimeDelta;
use events::intake::{Actor, LinkKind};
use events::sla_clock::{ClockBreached, ClockNoticeDue, ClockThreshold, ClockWarned};
use ids::{LinkId, PersonId};
use serde_json::json;
use sla_clock::actions::fire_timers::{fire_timers, warm_up};
use sla_clock::store::timers;

use crate::kit::HOUR;
use crate::linking::linked;
use crate::noticing::{SET, THREE, agreed, by_day, critical, evening, go_on, set, step};
use crate::world::{World, at, story};

const SHOWN: &str =
    "query($t: ID) { notificationHours(tenant: $t) { calendar urgent { field isOneOf } } }";

#[tokio::test]
async fn who_configures_agreements_sets_the_hours_and_nonsense_is_refused() {
    story(async {
        let world = World::start("setting_hours").await;
        let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
        let whose = json!({"t": acme.to_string()});
        let shown = world.data(&world.manager(acme), SHOWN, whose.clone()).await;
        let any = json!({"calendar": null, "urgent": null});
        assert_eq!(shown["notificationHours"], any);
        let calendar = by_day(&world, acme, Some(critical())).await;
        let shown = world.data(&world.manager(acme), SHOWN, whose.clone()).await;
        let now = json!({"calendar": calendar, "urgent": critical()});
        assert_eq!(shown["notificationHours"], now);

        let input = json!({"i": {"calendar": calendar}});
        let agent = world.caller(CallerKind::Staff, Role::Agent, &[acme]);
        assert_eq!(
            world.refusal(&agent, SET, input.clone()).await,
            "FORBIDDEN"
        );
        assert_eq!(
            world.refusal(&agent, SHOWN, whose.clone()).await,
            "FORBIDDEN"
        );
        let stranger = world.manager(globex);
        assert_eq!(world.refusal(&stranger, SET, input).await, "NOT_FOUND");
        assert_eq!(
            world.refusal(&stranger, SHOWN, whose.clone()).await,
            "NOT_FOUND"
        );
        let theirs = json!({"i": {"tenant": globex.to_string(), "calendar": calendar}});
        assert_eq!(world.refusal(&stranger, SET, theirs).await, "NOT_FOUND");

        let nobody = json!({"field": "STATE", "isOneOf": []});
        let past = json!({"timeZone": "America/Lima", "dateHours": [{"date": "2026-11-24", "spans": ["09:00-18:00"]}]});
        let past = world.calendar(acme, "Pasado", past).await;
        world.advance(2 * 86_400);
        let cases = [
            (json!({"urgent": critical()}), "urgent", "URGENT_WITHOUT_HOURS"),
            (json!({"calendar": calendar, "urgent": nobody}), "urgent", "NEVER_URGENT"),
            (json!({"calendar": calendar, "urgent": {"field": "LINE", "isOneOf": ["3"]}}), "urgent", "BAD_URGENT_FIELD"),
            (json!({"calendar": past}), "calendar", "NEVER_OPENS"),
        ];
        for (input, field, code) in cases {
            let done = set(&world, acme, input).await;
            assert_eq!(done["notificationHours"], json!(null));
            assert_eq!(done["problems"], json!([{"field": field, "code": code}]));
        }
        let shown = world.data(&world.manager(acme), SHOWN, whose).await;
        assert_eq!(shown["notificationHours"], now, "nothing half done");
        world.end().await;
    })
    .await;
}

/// How often statements were run that the connection has prepared, but for this one.
async fn runs(tx: &mut tenancy::TenantTx) -> i64 {
    sqlx::query_scalar(
        "SELECT coalesce(sum(generic_plans + custom_plans), 0)::bigint FROM pg_prepared_statements \
         WHERE statement NOT LIKE '%pg_prepared_statements%'",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap()
}

#[tokio::test]
async fn a_batch_costs_three_statements_however_large_and_four_where_notices_wait() {
    const TICKETS: usize = 40;
    story(async {
        let world = World::start("batches").await;
        let (acme, globex) = (world.tenant("acme").await, world.tenant("globex").await);
        for tenant in [acme, globex] {
            agreed(&world, tenant, 40).await;
        }
        by_day(&world, globex, None).await;
        go_on(&world, "2026-11-24T00:00:00Z");
        for tenant in [acme, globex] {
            let tickets: Vec<_> = (0..TICKETS).map(|_| world.ticket()).collect();
            let facts: Vec<_> = tickets.iter().map(|t| world.opened(tenant, t)).collect();
            world.hear(tenant, &facts).await;
        }
        go_on(&world, THREE);
        let now = world.now();
        let mut tx = world.db.begin_platform().await.unwrap();
        let (_, leased) = timers::lease(
            &mut tx,
            Some(now),
            (TimeDelta::zero(), TimeDelta::seconds(15)),
            1_000,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(leased.len(), 2 * TICKETS);
        let tools = world.tools();
        for (tenant, costs) in [(acme, 3), (globex, 4)] {
            let due: Vec<_> = leased
                .iter()
                .filter(|t| t.tenant == tenant)
                .copied()
                .collect();
            // The process knows the hours by then.
            let mut tx = world.db.begin_fact(tenant).await.unwrap();
            fire_timers(&mut tx, &tools, tenant, &due, (now, TimeDelta::seconds(5)))
                .await
                .unwrap();
            tx.rollback().await.unwrap();
            let mut tx = world.db.begin_fact(tenant).await.unwrap();
            let before = runs(&mut tx).await;
            let fired =
                fire_timers(&mut tx, &tools, tenant, &due, (now, TimeDelta::seconds(5))).await;
            assert_eq!(fired.unwrap().len(), TICKETS);
            assert_eq!(runs(&mut tx).await - before, costs);
            tx.commit().await.unwrap();
        }
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_was_warmed_up_knows_the_statements_and_nothing_was_fired() {
    story(async {
        let world = World::start("warm").await;
        let acme = world.tenant("acme").await;
        agreed(&world, acme, 40).await;
        evening(&world, acme).await;
        go_on(&world, THREE);
        let (timers, facts) = (world.timers().await, world.announced().await.len());
        warm_up(&world.tools(), acme, Duration::from_secs(15))
            .await
            .unwrap();
        assert_eq!(
            (world.timers().await, world.announced().await.len()),
            (timers, facts)
        );
        let run = async || {
            let mut tx = world.db.begin_fact(acme).await.unwrap();
            let runs: Vec<i64> = sqlx::query_scalar(
                "SELECT generic_plans FROM pg_prepared_statements WHERE custom_plans = 0 AND statement NOT LIKE '%pg_prepared_statements%' \
                 AND (statement LIKE '%DELETE FROM platform.timer t USING%' OR statement LIKE '%CROSS JOIN turn%' OR statement LIKE '%UPDATE clock AS c SET breached_at%')",
            )
            .fetch_all(tx.conn())
            .await
            .unwrap();
            tx.commit().await.unwrap();
            runs
        };
        assert_eq!(run().await, [1, 1, 1]);
        // By those plans it fires what is due, once it is.
        assert_eq!(step(&mut world.replica()).await, 1);
        assert_eq!(run().await, [2, 2, 2]);
        assert_eq!(world.announced_as::<ClockWarned>().await.len(), 1);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_breach_that_waits_is_told_of_the_cycle_that_a_merge_makes_of_it() {
    story(async {
        let world = World::start("notify-merge").await;
        let acme = world.tenant("acme").await;
        let target = json!({"target": "NEXT_UPDATE", "seconds": 2 * HOUR});
        let terms = json!({"targets": [target], "pauseOn": [], "warnPercents": [80]});
        world.always(acme, terms).await;
        by_day(&world, acme, None).await;
        let fire = async |to: &str| {
            go_on(&world, to);
            let mut replica = world.replica();
            while step(&mut replica).await > 0 {}
        };
        let staff = Actor::Staff {
            person: PersonId::new(&*world.ids),
        };
        fire("2026-11-23T21:00:00Z").await;
        let (mut goes_on, mut repeats) = (world.ticket(), world.ticket());
        for ticket in [&goes_on, &repeats] {
            world.hear(acme, &[world.opened(acme, ticket)]).await;
        }
        // One is answered at five and before seven in the evening, the other at six in between; then nobody says anything.
        for (time, ticket) in [
            ("2026-11-23T22:00:00Z", &mut goes_on),
            ("2026-11-23T23:00:00Z", &mut repeats),
        ] {
            fire(time).await;
            let answer = world.replied(acme, ticket, staff, false);
            world.hear(acme, &[answer]).await;
        }
        fire("2026-11-23T23:50:00Z").await;
        let answer = world.replied(acme, &mut goes_on, staff, false);
        world.hear(acme, &[answer]).await;
        fire("2026-11-24T01:00:00Z").await;
        let missed = "2026-11-24T01:50:00Z";
        fire(missed).await;
        fire("2026-11-24T03:00:00Z").await;
        let link = (LinkId::new(&*world.ids), false);
        let whose = (LinkKind::DuplicateOf, goes_on.ticket);
        let fact = linked(&world, acme, &mut repeats, link, whose);
        world.hear(acme, &[fact]).await;
        fire("2026-11-24T03:01:00Z").await;
        let morning = "2026-11-24T14:00:00Z";
        fire(morning).await;

        let told = world.announced_as::<ClockNoticeDue>().await;
        let told: Vec<_> = told
            .iter()
            .filter(|(_, n)| n.clock.ticket == goes_on.ticket)
            .map(|(e, n)| (n.threshold, n.clock.cycle, e.time, n.reached_at))
            .collect();
        let breach = (ClockThreshold::Breach, 3, at(morning), at(missed));
        assert_eq!(told, [breach]);
        let breached = world.announced_as::<ClockBreached>().await;
        let of_it = breached
            .iter()
            .filter(|(_, b)| b.clock.ticket == goes_on.ticket);
        assert_eq!(of_it.count(), 1, "it was missed once");
        world.end().await;
    })
    .await;
}
