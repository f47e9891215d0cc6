//! Warnings and breaches: at the second, once, on any number of replicas.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use events::intake::{Priority, TicketState};
use events::sla_clock::{ClockBreached, ClockChanged, ClockWarned, Target};
use ids::TenantId;
use sla_clock::actions::fire_timers::fire_timers;
use sla_clock::store::timers;

use crate::world::{World, story};

/// A tenant whose ticket was opened this instant.
async fn opened(world: &World) -> (TenantId, events::intake::TicketSnapshot) {
    let acme = world.tenant("acme").await;
    world.usual(acme).await;
    let ticket = world.ticket();
    world.hear(acme, &[world.opened(acme, &ticket)]).await;
    (acme, ticket)
}

#[tokio::test]
async fn a_breach_comes_at_its_second_and_once_whoever_looks() {
    story(async {
        let world = World::start("breach").await;
        opened(&world).await;
        let begun = world.now();
        assert_eq!(
            world.timers().await,
            4,
            "two clocks, a warning and a deadline each"
        );
        let (mut one, mut other) = (world.replica(), world.replica());
        world.advance(2_879);
        assert_eq!(
            (one.step().await.unwrap(), other.step().await.unwrap()),
            (0, 0),
            "a second early"
        );
        world.advance(1);
        assert_eq!(one.step().await.unwrap() + other.step().await.unwrap(), 1);
        let warned = world.announced_as::<ClockWarned>().await;
        assert_eq!(warned.len(), 1);
        assert_eq!(
            (
                warned[0].1.percent,
                warned[0].1.late,
                warned[0].1.clock.elapsed_seconds
            ),
            (80, false, 2_880)
        );
        assert_eq!(warned[0].0.time, begun + TimeDelta::seconds(2_880));

        world.advance(719);
        assert_eq!(other.step().await.unwrap() + one.step().await.unwrap(), 0);
        world.advance(1);
        let both = tokio::join!(one.step(), other.step());
        assert_eq!(both.0.unwrap() + both.1.unwrap(), 1);
        let breached = world.announced_as::<ClockBreached>().await;
        assert_eq!(breached.len(), 1);
        let (envelope, fact) = &breached[0];
        assert_eq!(
            envelope.time,
            begun + TimeDelta::hours(1),
            "the deadline itself"
        );
        assert_eq!(
            (envelope.sequence, fact.late, fact.clock.target),
            (4, false, Target::FirstResponse)
        );
        assert_eq!(fact.clock.breached_at, Some(begun + TimeDelta::hours(1)));
        assert_eq!(world.timers().await, 2, "the other clock's");
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_crash_between_effect_and_mark_repeats_nothing_and_loses_nothing() {
    story(async {
        let world = World::start("crash").await;
        let (acme, _) = opened(&world).await;
        world.advance(3_600);
        let now = world.now();
        // One replica leases, applies the effects, and dies before its commit.
        let mut tx = world.db.begin_platform().await.unwrap();
        let lease = TimeDelta::seconds(15);
        let (_, leased) = timers::lease(&mut tx, Some(now), (TimeDelta::seconds(10), lease), 100)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(leased.len(), 2, "a warning and a deadline");
        let mut tx = world.db.begin_fact(acme).await.unwrap();
        let late = TimeDelta::seconds(5);
        assert_eq!(
            fire_timers(&mut tx, &world.tools(), acme, &leased, (world.now(), late))
                .await
                .unwrap()
                .len(),
            2
        );
        tx.rollback().await.unwrap();
        assert!(world.announced_as::<ClockBreached>().await.is_empty());

        // While its lease holds nobody else touches them; afterwards another replica does, once.
        let mut other = world.replica();
        assert_eq!(other.step().await.unwrap(), 0);
        world.advance(15);
        assert_eq!(other.step().await.unwrap(), 2);
        let breached = world.announced_as::<ClockBreached>().await;
        assert_eq!(breached.len(), 1);
        assert!(breached[0].1.late, "fifteen seconds after");

        // The dead one was only slow: what it does now does nothing.
        let mut tx = world.db.begin_fact(acme).await.unwrap();
        assert!(
            fire_timers(&mut tx, &world.tools(), acme, &leased, (world.now(), late))
                .await
                .unwrap()
                .is_empty()
        );
        tx.commit().await.unwrap();
        // And after a restart nothing is left of it.
        assert_eq!(world.replica().step().await.unwrap(), 0);
        assert_eq!(world.announced_as::<ClockBreached>().await.len(), 1);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_past_on_attach_fires_once_in_order_and_late() {
    story(async {
        let world = World::start("late").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let ticket = world.ticket();
        let opened = world.opened(acme, &ticket);
        // Heard of two hours after it happened.
        world.advance(7_200);
        world.hear(acme, &[opened]).await;
        assert_eq!(world.replica().step().await.unwrap(), 2);
        assert_eq!(world.replica().step().await.unwrap(), 0);
        let all = world.announced().await;
        let first: Vec<_> = all.iter().filter(|e| e.subject == all[0].subject).collect();
        let kinds: Vec<_> = first
            .iter()
            .map(|e| (e.kind.as_str(), e.sequence))
            .collect();
        assert_eq!(
            kinds,
            [
                ("clock.changed.v1", 1),
                ("clock.warned.v1", 2),
                ("clock.notice_due.v1", 3),
                ("clock.breached.v1", 4),
                ("clock.notice_due.v1", 5)
            ]
        );
        assert!(world.announced_as::<ClockWarned>().await[0].1.late);
        assert!(world.announced_as::<ClockBreached>().await[0].1.late);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_stopped_clock_fires_nothing_and_a_moved_deadline_fires_where_it_is_now() {
    story(async {
        let world = World::start("moved").await;
        let (acme, mut ticket) = opened(&world).await;
        let mut replica = world.replica();
        world.advance(1_800);
        // The resolution is due two hours after the opening from now on; resolved, nothing is due any more.
        let sooner = world.prioritised(acme, &mut ticket, Priority::Critical);
        world.hear(acme, &[sooner]).await;
        world.advance(1_800);
        assert_eq!(replica.step().await.unwrap(), 2, "the first response");
        world.advance(3_600 - 1);
        assert_eq!(
            replica.step().await.unwrap(),
            1,
            "the warning of the resolution, at 96 minutes"
        );
        world.advance(1);
        assert_eq!(replica.step().await.unwrap(), 1);
        assert_eq!(world.announced_as::<ClockBreached>().await.len(), 2);

        let (globex, mut other) = {
            let globex = world.tenant("globex").await;
            world.usual(globex).await;
            let other = world.ticket();
            world.hear(globex, &[world.opened(globex, &other)]).await;
            (globex, other)
        };
        assert_eq!(world.timers().await, 4);
        world.advance(60);
        let resolved = world.moved(globex, &mut other, TicketState::Resolved);
        world.hear(globex, &[resolved]).await;
        assert_eq!(world.timers().await, 0);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_deadline_that_passed_before_the_stop_was_heard_is_still_told() {
    story(async {
        let world = World::start("passed").await;
        let (acme, mut ticket) = opened(&world).await;
        world.advance(36_000 + 60);
        let resolved = world.moved(acme, &mut ticket, TicketState::Resolved);
        // Nobody looked after the timers meanwhile.
        world.hear(acme, &[resolved]).await;
        assert_eq!(world.replica().step().await.unwrap(), 4);
        let breached = world.announced_as::<ClockBreached>().await;
        assert_eq!(breached.len(), 2);
        assert!(
            breached.iter().all(|(_, b)| b.late
                && b.clock.stopped_at.is_some()
                && b.clock.breached_at.is_some())
        );
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn history_fires_nothing() {
    story(async {
        let world = World::start("history").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let mut ticket = world.ticket();
        let begun = world.now() - TimeDelta::days(30);
        let mut facts = vec![world.recorded(acme, &ticket, begun)];
        ticket.version = 2;
        ticket.state = TicketState::InProgress;
        facts.push(world.recorded(acme, &ticket, begun + TimeDelta::hours(20)));
        world.hear(acme, &facts).await;
        assert_eq!(world.timers().await, 0);
        assert_eq!(world.replica().step().await.unwrap(), 0);
        let told = world.announced_as::<ClockChanged>().await;
        assert_eq!(
            (told.len(), world.announced().await.len()),
            (2, 2),
            "each clock once, and nothing else"
        );
        assert!(
            told.iter()
                .all(|(e, _)| e.origin == events::Origin::History)
        );
        assert!(
            told.iter()
                .all(|(_, c)| c.clock.breached_at == c.clock.due_at && c.clock.due_at.is_some())
        );

        // Somebody goes on working on it: what history missed is told to nobody even now.
        let live = world.moved(acme, &mut ticket, TicketState::WaitingForVendor);
        world.hear(acme, &[live]).await;
        assert_eq!(world.timers().await, 0);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn many_tenants_fall_due_together_and_each_threshold_fires_once_and_in_order() {
    const TENANTS: usize = 8;
    const TICKETS: usize = 3;
    story(async {
        let world = World::start("together").await;
        for n in 0..TENANTS {
            let tenant = world.tenant(&format!("cliente-{n}")).await;
            world.usual(tenant).await;
            for _ in 0..TICKETS {
                let ticket = world.ticket();
                world.hear(tenant, &[world.opened(tenant, &ticket)]).await;
            }
        }
        world.advance(36_000);
        let (mut one, mut other) = (world.replica(), world.replica());
        let both = tokio::join!(one.step(), other.step());
        assert_eq!(both.0.unwrap() + both.1.unwrap(), TENANTS * TICKETS * 4);
        assert_eq!(
            (one.step().await.unwrap(), other.step().await.unwrap()),
            (0, 0)
        );
        assert_eq!(world.timers().await, 0);

        let mut told: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
        for fact in world.announced().await {
            told.entry(fact.subject)
                .or_default()
                .push((fact.kind, fact.sequence));
        }
        assert_eq!(told.len(), TENANTS * TICKETS * 2);
        let whole = [
            ("clock.changed.v1", 1),
            ("clock.warned.v1", 2),
            ("clock.notice_due.v1", 3),
            ("clock.breached.v1", 4),
            ("clock.notice_due.v1", 5),
        ];
        let whole: Vec<_> = whole.map(|(kind, n)| (kind.to_owned(), n)).into();
        assert!(told.values().all(|of| *of == whole), "{told:?}");
        world.end().await;
    })
    .await;
}
