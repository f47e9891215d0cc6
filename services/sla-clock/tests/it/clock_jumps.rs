//! The clock of a replica is put forward, or set back: nothing is told early by it, twice, or lost. And what a wrong time brings about
//! where the database's own clock jumps: all go by that.

use std::sync::Arc;

use chrono::{SubsecRound as _, TimeDelta};
use clock::ManualClock;
use events::intake::{Actor, TicketSnapshot, TicketState};
use events::sla_clock::{ClockBreached, ClockChanged, ClockSnapshot, ClockState, ClockWarned};
use ids::{PersonId, TenantId};
use serde_json::{Value, json};
use sla_clock::actions::Tools;
use sla_clock::config::Config;
use sla_clock::jobs::timers::Timers;
use sla_clock::store::timers;

use crate::following::{CLOCKS, representation};
use crate::world::{World, story};

/// A replica with a clock of its own, which is ahead by so many seconds.
fn replica_ahead(world: &World, seconds: i64) -> (Timers, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(world.now() + TimeDelta::seconds(seconds)));
    let tools = Tools {
        clock: clock.clone(),
        ..world.tools()
    };
    (Timers::new(tools, Config::default().timers), clock)
}

/// A tenant that agreed on the first response alone, within the hour, and so many tickets that were opened this instant.
async fn opened(world: &World, tickets: usize) -> (TenantId, Vec<TicketSnapshot>) {
    let acme = world.tenant("acme").await;
    let target = json!({"target": "FIRST_RESPONSE", "seconds": 3_600});
    world.always(acme, json!({"targets": [target]})).await;
    let tickets: Vec<TicketSnapshot> = (0..tickets).map(|_| world.ticket()).collect();
    let facts: Vec<_> = tickets.iter().map(|t| world.opened(acme, t)).collect();
    world.hear(acme, &facts).await;
    (acme, tickets)
}

async fn answered(world: &World, tenant: TenantId, ticket: &mut TicketSnapshot) {
    let person = PersonId::new(&*world.ids);
    let answer = world.replied(tenant, ticket, Actor::Staff { person }, false);
    world.hear(tenant, &[answer]).await;
}

/// The clock of a ticket as it was told last.
async fn last_told(world: &World, ticket: &TicketSnapshot) -> ClockSnapshot {
    let told = world.announced_as::<ClockChanged>().await;
    let of = told.into_iter().map(|(_, fact)| fact.clock);
    let mut of = of.filter(|clock| clock.ticket == ticket.ticket);
    of.next_back().unwrap()
}

/// A tenant whose first response is due within five seconds of the real time, and a replica of whose clock that is not true.
async fn off_by(seconds: i64) {
    let world = World::start(if seconds < 0 { "behind" } else { "before" }).await;
    // Deadlines are whole seconds.
    world.clock.set(clock::system().now().trunc_subsecs(0));
    let acme = world.tenant("acme").await;
    let target = json!({"target": "FIRST_RESPONSE", "seconds": 5});
    world.always(acme, json!({"targets": [target]})).await;
    let ticket = world.ticket();
    let begun = world.now();
    world.hear(acme, &[world.opened(acme, &ticket)]).await;
    let tools = Tools {
        clock: clock::skewed(TimeDelta::seconds(seconds)),
        ..world.tools()
    };
    let settings = sla_clock::config::Timers {
        late_after_s: 60,
        ..Config::default().timers
    };
    let mut replica = Timers::new(tools, settings).by_the_database();
    let due = [begun + TimeDelta::seconds(4), begun + TimeDelta::seconds(5)];
    let mut told = 0;
    while told < due.len() {
        told += replica.step().await.unwrap();
        let now = clock::system().now();
        assert!(
            told == 0 || now >= due[told - 1],
            "{told} told at {now}, due {due:?}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let warned = world.announced_as::<ClockWarned>().await;
    let breached = world.announced_as::<ClockBreached>().await;
    assert_eq!([warned[0].0.time, breached[0].0.time], due);
    assert!(!warned[0].1.late && !breached[0].1.late);
    assert_eq!(alarms(&world).await, (1, 1));
    world.end().await;
}

#[tokio::test]
async fn a_replica_whose_clock_is_wrong_tells_everything_at_its_second_by_the_databases() {
    story(async {
        tokio::join!(off_by(3_600), off_by(-3_600));
    })
    .await;
}

/// How many warnings and breaches were told.
async fn alarms(world: &World) -> (usize, usize) {
    let warned = world.announced_as::<ClockWarned>().await.len();
    (warned, world.announced_as::<ClockBreached>().await.len())
}

#[tokio::test]
async fn a_clock_an_hour_ahead_tells_a_breach_an_hour_early_and_is_put_right_by_what_happens_in_time()
 {
    story(async {
        let world = World::start("ahead").await;
        let (acme, tickets) = opened(&world, 3).await;
        let [mut in_time, mut too_late, mut held] = <[_; 3]>::try_from(tickets).unwrap();
        let begun = world.now();
        let due = begun + TimeDelta::hours(1);

        // What a wrong clock does: everything of the next hour is told now, at the instant for which it was due.
        let (mut replica, clock) = replica_ahead(&world, 3_600);
        assert_eq!(replica.step().await.unwrap(), 6);
        let breached = world.announced_as::<ClockBreached>().await;
        assert_eq!((alarms(&world).await, breached[0].0.time), ((3, 3), due));
        assert!(breached.iter().all(|(_, b)| !b.late));
        assert_eq!(world.timers().await, 0);

        // The clock is right again. Whoever asks is told of no breach before the deadline.
        world.advance(600);
        clock.set(world.now());
        let seen = async |ticket: &TicketSnapshot| {
            let asked = representation(acme, ticket, 1);
            let by = world.manager(acme);
            world.data(&by, CLOCKS, asked).await["_entities"][0]["clocks"][0].clone()
        };
        let now = seen(&in_time).await;
        assert_eq!(
            (&now["breachedAt"], &now["elapsedSeconds"]),
            (&Value::Null, &json!(600)),
            "{now}"
        );

        // Answered before the true deadline: the clock was met, and says so.
        answered(&world, acme, &mut in_time).await;
        let told = last_told(&world, &in_time).await;
        assert_eq!(
            (told.state, told.breached_at, told.stopped_at),
            (ClockState::Stopped, None, Some(world.now()))
        );
        // Held for ten minutes before it: its deadline has moved, and is missed where it is by then.
        let waits = world.moved(acme, &mut held, TicketState::WaitingForRequester);
        world.hear(acme, &[waits]).await;
        assert_eq!(last_told(&world, &held).await.breached_at, None);
        world.advance(600);
        let goes_on = world.moved(acme, &mut held, TicketState::InProgress);
        world.hear(acme, &[goes_on]).await;
        assert_eq!(
            last_told(&world, &held).await.due_at,
            Some(due + TimeDelta::minutes(10))
        );

        // At the true deadline nothing is told a second time; answered after it, the clock stays missed.
        world.advance(2_399);
        assert_eq!(seen(&too_late).await["breachedAt"], Value::Null);
        world.advance(1);
        clock.set(world.now());
        assert_eq!(replica.step().await.unwrap(), 0);
        assert!(seen(&too_late).await["breachedAt"].is_string());
        world.advance(60);
        answered(&world, acme, &mut too_late).await;
        let told = last_told(&world, &too_late).await;
        assert_eq!(
            (told.state, told.breached_at),
            (ClockState::Stopped, Some(due))
        );
        world.advance(600);
        clock.set(world.now());
        assert_eq!(replica.step().await.unwrap(), 1, "the one that was held");
        assert_eq!(
            last_told(&world, &held).await.breached_at,
            Some(due + TimeDelta::minutes(10))
        );
        assert_eq!(alarms(&world).await, (3, 3), "one of each and no more");
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_is_set_back_tells_nothing_twice_and_another_replica_takes_over() {
    story(async {
        let world = World::start("back").await;
        let (_, _) = opened(&world, 1).await;
        let (mut one, clock) = replica_ahead(&world, 0);
        let mut other = world.replica();
        world.advance(3_592);
        clock.set(world.now());
        assert_eq!(
            one.step().await.unwrap(),
            1,
            "the warning; the breach is leased"
        );
        // An hour back: it is not due for this one any more.
        clock.advance(-TimeDelta::hours(1));
        world.advance(8);
        assert_eq!(
            (one.step().await.unwrap(), other.step().await.unwrap()),
            (0, 0)
        );
        // Its lease has run out, fifteen seconds after it was given.
        world.advance(7);
        assert_eq!(other.step().await.unwrap(), 1);
        assert_eq!(alarms(&world).await, (1, 1));
        // The first one still has it in hand, and finds it gone.
        clock.set(world.now());
        assert_eq!(one.step().await.unwrap(), 0);

        // All clocks are set back behind what was told: it is not told again when the time comes again.
        world.clock.set(world.now() - TimeDelta::hours(2));
        let mut later = world.replica();
        for _ in 0..3 {
            world.advance(3_600);
            assert_eq!(later.step().await.unwrap(), 0);
        }
        assert_eq!((alarms(&world).await, world.timers().await), ((1, 1), 0));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_lies_in_the_future_holds_nothing_up_for_longer_than_a_minute() {
    story(async {
        let world = World::start("leases").await;
        let (_, _) = opened(&world, 1).await;
        let begun = world.now();
        // A replica whose clock is an hour ahead leases the warning and the breach, and dies before it tells them: or it is the
        // machine's clock that was set back after that.
        let ahead = begun + TimeDelta::hours(1);
        let mut tx = world.db.begin_platform().await.unwrap();
        let lease = TimeDelta::seconds(15);
        let (_, leased) = timers::lease(&mut tx, Some(ahead), (TimeDelta::seconds(10), lease), 100)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        assert_eq!(leased.len(), 2);

        // The lease runs until an hour and fifteen seconds from now. The warning comes at its second all the same.
        let mut replica = world.replica();
        world.advance(2_880);
        assert_eq!(replica.step().await.unwrap(), 1);
        let warned = world.announced_as::<ClockWarned>().await;
        assert_eq!((warned.len(), warned[0].1.late), (1, false));
        // So near to its end it is taken for another replica's, and waited for.
        world.advance(720);
        assert_eq!(replica.step().await.unwrap(), 0);
        world.advance(15);
        assert_eq!(replica.step().await.unwrap(), 1);
        let breached = world.announced_as::<ClockBreached>().await;
        assert_eq!((breached.len(), breached[0].1.late), (1, true));
        assert_eq!(breached[0].0.time, begun + TimeDelta::hours(1));
        world.end().await;
    })
    .await;
}
