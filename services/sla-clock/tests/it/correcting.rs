//! Results of closed tickets: what is heard late changes none of them by itself, shows what it would come to, and is adopted by
//! whoever may, with a reason that is kept.

use access::{CallerKind, Role};
use chrono::{DateTime, TimeDelta, Utc};
use events::intake::{Actor, TicketSnapshot, TicketState};
use events::sla_clock::{ClockBreached, ClockChanged, ClockState, ClockWarned, Target};
use ids::{GroupId, PersonId, TenantId};
use serde_json::{Value, json};

use crate::following::representation;
use crate::kit::HOUR;
use crate::world::{World, at, gid, story};

use TicketState::{Closed, InProgress, Reopened, Resolved, WaitingForRequester as Waiting};

const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { target cycle state \
    elapsedSeconds dueAt breachedAt explain { runningSeconds } attribution { seconds } \
    correction { seen wouldBe { state elapsedSeconds dueAt breachedAt stoppedAt } } \
    corrections { at reason by { id } before { elapsedSeconds breachedAt } after { state elapsedSeconds breachedAt } } } } } }";
const CORRECT: &str = "mutation($i: CorrectClockInput!) { correctClock(input: $i) { ticket { clocks { target elapsedSeconds } } \
    problems { field code } } }";

async fn clocks(world: &World, tenant: TenantId, ticket: &TicketSnapshot) -> Vec<Value> {
    let asked = representation(tenant, ticket, 1);
    let seen = world.data(&world.manager(tenant), CLOCKS, asked).await["_entities"][0].clone();
    seen["clocks"].as_array().unwrap().clone()
}

/// Rows of another tool that tell what the ticket was then, version by version behind what is known.
fn rows(
    world: &World,
    tenant: TenantId,
    ticket: &mut TicketSnapshot,
    steps: &[(DateTime<Utc>, TicketState)],
) -> Vec<events::Envelope> {
    let stays = ticket.clone();
    let facts = steps.iter().map(|(time, state)| {
        ticket.version += 1;
        ticket.state = *state;
        world.recorded(tenant, ticket, *time)
    });
    let facts = facts.collect();
    ticket.state = stays.state;
    facts
}

/// A ticket resolved after eleven hours, an hour late, and closed an hour later; when it was opened.
async fn closed(world: &World, tenant: TenantId) -> (TicketSnapshot, DateTime<Utc>) {
    let mut ticket = world.ticket();
    let begun = world.now();
    world.hear(tenant, &[world.opened(tenant, &ticket)]).await;
    for (hours, to) in [(11, Resolved), (1, Closed)] {
        world.advance(hours * HOUR);
        let fact = world.moved(tenant, &mut ticket, to);
        world.hear(tenant, &[fact]).await;
    }
    while world.replica().step().await.unwrap() > 0 {}
    world.advance(HOUR);
    (ticket, begun)
}

#[tokio::test]
async fn a_late_fact_changes_no_result_until_somebody_corrects_it_with_a_reason() {
    story(async {
        let world = World::start("correcting").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let manager = world.manager(acme);
        let (mut ticket, begun) = closed(&world, acme).await;
        let before = clocks(&world, acme, &ticket).await;
        let resolution = |all: &[Value]| all.iter().find(|c| c["target"] == "RESOLUTION").unwrap().clone();
        let was = resolution(&before);
        assert_eq!((&was["state"], &was["elapsedSeconds"], was["breachedAt"].is_string()), (&json!("STOPPED"), &json!(11 * HOUR), true));
        assert_eq!((&was["correction"], &was["corrections"]), (&Value::Null, &json!([])));
        let told = world.announced().await.len();

        // A delayed channel tells that the requester had been waited for, from the first hour to the fifth.
        let steps = [(begun + TimeDelta::hours(1), Waiting), (begun + TimeDelta::hours(5), InProgress)];
        let late = rows(&world, acme, &mut ticket, &steps);
        world.hear(acme, &late).await;
        let seen = clocks(&world, acme, &ticket).await;
        let is = resolution(&seen);
        for key in ["state", "elapsedSeconds", "dueAt", "breachedAt", "explain", "attribution"] {
            assert_eq!(is[key], was[key], "{key}");
        }
        assert_eq!(is["explain"]["runningSeconds"], 11 * HOUR);
        assert_eq!(world.announced().await.len(), told, "what was told stands");
        let would_be = &is["correction"]["wouldBe"];
        assert_eq!((&would_be["state"], &would_be["elapsedSeconds"], &would_be["breachedAt"]), (&json!("STOPPED"), &json!(7 * HOUR), &Value::Null), "{is}");
        // Neither another word on the ticket nor an edit that is applied to all takes it in.
        let person = PersonId::new(&*world.ids);
        let reply = world.replied(acme, &mut ticket, Actor::Staff { person }, false);
        world.hear(acme, &[reply]).await;
        assert_eq!(world.announced().await.len(), told);
        assert_eq!(resolution(&clocks(&world, acme, &ticket).await)["elapsedSeconds"], 11 * HOUR);

        // Who may, and what stands in the way. What was said since changes nothing of what was seen.
        let saw = is["correction"]["seen"].clone();
        let wish = |cycle: i32, reason: &str| {
            json!({"i": {"ticket": gid(acme, ticket.ticket), "target": "RESOLUTION", "cycle": cycle, "reason": reason, "seen": saw, "idempotencyKey": "k"}})
        };
        for role in [Role::Agent, Role::ServiceManager] {
            let other = world.caller(CallerKind::Staff, role, &[acme]);
            assert_eq!(world.refusal(&other, CORRECT, wish(1, "x")).await, "FORBIDDEN", "{role:?}");
        }
        let stranger = world.manager(world.tenant("globex").await);
        assert_eq!(world.refusal(&stranger, CORRECT, wish(1, "x")).await, "NOT_FOUND");
        assert_eq!(world.refusal(&manager, CORRECT, wish(2, "x")).await, "NOT_FOUND");
        let empty = world.data(&manager, CORRECT, wish(1, " ")).await;
        assert_eq!(empty["correctClock"]["problems"], json!([{"field": "reason", "code": "REASON_MISSING"}]));

        let admin = world.caller(CallerKind::Person, Role::TenantAdmin, &[acme]);
        let at_once = world.now();
        let done = world.data(&admin, CORRECT, wish(1, "El canal llegó tarde")).await["correctClock"].clone();
        assert_eq!(done["problems"], json!([]), "{done}");
        assert!(done["ticket"]["clocks"].as_array().unwrap().contains(&json!({"target": "RESOLUTION", "elapsedSeconds": 7 * HOUR})));
        let now = clocks(&world, acme, &ticket).await;
        let is = resolution(&now);
        assert_eq!((&is["elapsedSeconds"], &is["breachedAt"], &is["correction"]), (&json!(7 * HOUR), &Value::Null, &Value::Null), "{is}");
        assert_eq!(is["explain"]["runningSeconds"], 7 * HOUR);
        let written = &is["corrections"][0];
        assert_eq!((&written["reason"], &written["by"]["id"]), (&json!("El canal llegó tarde"), &json!(gid(acme, admin.person))));
        assert_eq!(at(written["at"].as_str().unwrap()), at_once);
        assert_eq!(written["before"], json!({"elapsedSeconds": 11 * HOUR, "breachedAt": was["breachedAt"]}));
        assert_eq!(written["after"], json!({"state": "STOPPED", "elapsedSeconds": 7 * HOUR, "breachedAt": null}));
        // It was told as any other change, once; the other clock's result stands as it was told.
        let changed = world.announced_as::<ClockChanged>().await;
        let (envelope, last) = changed.last().unwrap();
        assert_eq!((last.clock.target, last.clock.elapsed_seconds, last.clock.breached_at), (Target::Resolution, 7 * HOUR, None));
        assert_eq!((last.clock.state, envelope.time), (ClockState::Stopped, at_once));
        assert_eq!(world.announced().await.len(), told + 1);
        let first = |all: &[Value]| all.iter().find(|c| c["target"] == "FIRST_RESPONSE").unwrap().clone();
        assert_eq!(first(&now)["elapsedSeconds"], first(&before)["elapsedSeconds"]);
        assert_eq!(first(&now)["correction"]["wouldBe"]["elapsedSeconds"], 7 * HOUR);

        // The same key corrects nothing again; without it there is nothing to correct.
        assert_eq!(world.data(&admin, CORRECT, wish(1, "El canal llegó tarde")).await["correctClock"]["problems"], json!([]));
        assert_eq!(world.refusal(&admin, CORRECT, wish(1, "Otro")).await, "IDEMPOTENCY_MISMATCH");
        let mut again = wish(1, "Otra vez");
        again["i"]["idempotencyKey"] = Value::Null;
        let nothing = world.data(&manager, CORRECT, again).await;
        assert_eq!(nothing["correctClock"]["problems"], json!([{"field": "cycle", "code": "NOTHING_TO_CORRECT"}]));
        // What is heard of the ticket afterwards leaves it as it was corrected.
        let reply = world.replied(acme, &mut ticket, Actor::Staff { person }, false);
        world.hear(acme, &[reply]).await;
        assert_eq!(resolution(&clocks(&world, acme, &ticket).await), is);
        assert_eq!(world.announced().await.len(), told + 1);
        // And another late word is another proposal.
        let more = rows(&world, acme, &mut ticket, &[(begun + TimeDelta::hours(6), Waiting), (begun + TimeDelta::hours(8), InProgress)]);
        world.hear(acme, &more).await;
        let is = resolution(&clocks(&world, acme, &ticket).await);
        assert_eq!((&is["elapsedSeconds"], &is["correction"]["wouldBe"]["elapsedSeconds"]), (&json!(7 * HOUR), &json!(5 * HOUR)));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_late_fact_counts_at_once_where_nothing_was_closed_or_the_clock_goes_on() {
    story(async {
        let world = World::start("reopening").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        // Resolved, not closed: its result is not reported yet.
        let mut ticket = world.ticket();
        let begun = world.now();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        world.advance(11 * HOUR);
        let resolved = world.moved(acme, &mut ticket, Resolved);
        world.hear(acme, &[resolved]).await;
        let steps = [
            (begun + TimeDelta::hours(1), Waiting),
            (begun + TimeDelta::hours(5), InProgress),
        ];
        let late = rows(&world, acme, &mut ticket, &steps);
        world.hear(acme, &late).await;
        let seen = clocks(&world, acme, &ticket).await;
        assert_eq!(
            (&seen[1]["elapsedSeconds"], &seen[1]["correction"]),
            (&json!(7 * HOUR), &Value::Null),
            "{seen:?}"
        );

        // Closed, and opened again: the clock goes on, and takes all of it in.
        let (mut ticket, begun) = closed(&world, acme).await;
        let steps = [
            (begun + TimeDelta::hours(1), Waiting),
            (begun + TimeDelta::hours(5), InProgress),
        ];
        let late = rows(&world, acme, &mut ticket, &steps);
        world.hear(acme, &late).await;
        assert_eq!(
            clocks(&world, acme, &ticket).await[1]["elapsedSeconds"],
            11 * HOUR
        );
        let again = world.moved(acme, &mut ticket, Reopened);
        world.hear(acme, &[again]).await;
        let seen = clocks(&world, acme, &ticket).await;
        // Thirteen hours since the opening, four of them with the requester.
        assert_eq!(
            (&seen[1]["state"], &seen[1]["elapsedSeconds"]),
            (&json!("RUNNING"), &json!(9 * HOUR)),
            "{seen:?}"
        );
        assert_eq!(seen[1]["explain"]["runningSeconds"], 9 * HOUR);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn who_held_a_closed_ticket_is_no_news_for_its_results_either() {
    story(async {
        let world = World::start("held").await;
        let acme = world.tenant("acme").await;
        let terms = json!({"targets": [{"target": "RESOLUTION", "seconds": 10 * HOUR, "pause": {"field": "LINE", "isOneOf": ["3"]}}]});
        world.always(acme, terms).await;
        let (ticket, begun) = closed(&world, acme).await;
        let told = world.announced().await.len();
        let mut held = world.held(acme, &ticket, 1, GroupId::new(&*world.ids), 3);
        held.time = begun + TimeDelta::hours(6);
        world.hear(acme, &[held]).await;
        let seen = clocks(&world, acme, &ticket).await;
        assert_eq!(seen[0]["elapsedSeconds"], 11 * HOUR, "{seen:?}");
        assert_eq!(seen[0]["correction"]["wouldBe"]["elapsedSeconds"], 6 * HOUR);
        assert_eq!(world.announced().await.len(), told);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_adopted_is_what_was_seen() {
    story(async {
        let world = World::start("seen").await;
        let acme = world.tenant("acme").await;
        world.usual(acme).await;
        let manager = world.manager(acme);
        let (mut ticket, begun) = closed(&world, acme).await;
        let later = |hours: i64| begun + TimeDelta::hours(hours);
        let resolution = async |ticket: &TicketSnapshot| {
            let all = clocks(&world, acme, ticket).await;
            all.into_iter().find(|c| c["target"] == "RESOLUTION").unwrap()
        };
        let correct = async |seen: &Value| {
            let wish = json!({"i": {"ticket": gid(acme, ticket.ticket), "target": "RESOLUTION", "cycle": 1,
                "reason": "El canal llegó tarde", "seen": seen}});
            world.data(&manager, CORRECT, wish).await["correctClock"].clone()
        };
        let mut version = ticket.clone();
        let late = rows(&world, acme, &mut version, &[(later(1), Waiting), (later(5), InProgress)]);
        world.hear(acme, &late).await;
        let first = resolution(&ticket).await;
        assert_eq!(first["correction"]["wouldBe"]["elapsedSeconds"], 7 * HOUR);

        // While the reason is being written, another channel brings more.
        let late = rows(&world, acme, &mut version, &[(later(6), Waiting), (later(8), InProgress)]);
        world.hear(acme, &late).await;
        let told = world.announced().await.len();
        let stale = correct(&first["correction"]["seen"]).await;
        assert_eq!(stale["problems"], json!([{"field": "seen", "code": "STALE"}]));
        assert_eq!(stale["ticket"], Value::Null);
        let second = resolution(&ticket).await;
        assert_eq!((&second["elapsedSeconds"], &second["corrections"]), (&json!(11 * HOUR), &json!([])));
        assert_eq!(world.announced().await.len(), told, "nothing was written");
        assert_eq!(second["correction"]["wouldBe"]["elapsedSeconds"], 5 * HOUR);
        assert_ne!(second["correction"]["seen"], first["correction"]["seen"]);

        assert_eq!(correct(&second["correction"]["seen"]).await["problems"], json!([]));
        assert_eq!(resolution(&ticket).await["elapsedSeconds"], 5 * HOUR);
        ticket.version = version.version;
        // More that comes to the same is no correction.
        let late = rows(&world, acme, &mut ticket, &[(later(9), InProgress)]);
        world.hear(acme, &late).await;
        assert_eq!(resolution(&ticket).await["correction"], Value::Null);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_is_open_again_by_a_correction_has_its_timers() {
    story(async {
        let world = World::start("open again").await;
        let acme = world.tenant("acme").await;
        // The third line must have it within twenty hours.
        let terms = json!({"warnPercents": [80], "targets": [{"target": "CUSTOM", "code": "N3", "name": "Escalado", "seconds": 20 * HOUR,
            "stop": {"field": "LINE", "isOneOf": ["3"]}}]});
        world.always(acme, terms).await;
        let mut ticket = world.ticket();
        let begun = world.now();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        let group = GroupId::new(&*world.ids);
        for (sequence, hours, line) in [(1, 0, 1), (2, 1, 3)] {
            world.advance(hours * HOUR);
            world.hear(acme, &[world.held(acme, &ticket, sequence, group, line)]).await;
        }
        for (hours, to) in [(10, Resolved), (1, Closed)] {
            world.advance(hours * HOUR);
            let fact = world.moved(acme, &mut ticket, to);
            world.hear(acme, &[fact]).await;
        }
        let mut replica = world.replica();
        while replica.step().await.unwrap() > 0 {}
        assert_eq!(world.timers().await, 0);
        let seen = clocks(&world, acme, &ticket).await;
        assert_eq!((&seen[0]["state"], &seen[0]["elapsedSeconds"]), (&json!("STOPPED"), &json!(HOUR)), "{seen:?}");

        // It had gone back to the first line, and nobody had said so.
        let mut back = world.held(acme, &ticket, 3, group, 1);
        back.time = begun + TimeDelta::hours(5);
        world.hear(acme, &[back]).await;
        let seen = clocks(&world, acme, &ticket).await;
        assert_eq!((&seen[0]["state"], world.timers().await), (&json!("STOPPED"), 0));
        let correction = &seen[0]["correction"];
        let due = begun + TimeDelta::hours(20);
        assert_eq!(correction["wouldBe"]["state"], "RUNNING", "{seen:?}");
        assert_eq!(at(correction["wouldBe"]["dueAt"].as_str().unwrap()), due);
        let wish = json!({"i": {"ticket": gid(acme, ticket.ticket), "target": "CUSTOM", "code": "N3", "cycle": 1,
            "reason": "Volvió a la primera línea", "seen": correction["seen"]}});
        let done = world.data(&world.manager(acme), CORRECT, wish).await;
        assert_eq!(done["correctClock"]["problems"], json!([]));
        let seen = clocks(&world, acme, &ticket).await;
        assert_eq!(seen[0]["state"], "RUNNING", "{seen:?}");
        assert_eq!(world.timers().await, 2, "its warning and its deadline");

        // Twelve hours after the opening: the warning comes at sixteen, the breach at twenty.
        world.advance(4 * HOUR);
        while replica.step().await.unwrap() > 0 {}
        let warned = world.announced_as::<ClockWarned>().await;
        assert_eq!(warned.iter().map(|(e, _)| e.time).collect::<Vec<_>>(), [begun + TimeDelta::hours(16)]);
        world.advance(4 * HOUR + 1);
        while replica.step().await.unwrap() > 0 {}
        let breached = world.announced_as::<ClockBreached>().await;
        assert_eq!(breached.iter().map(|(e, _)| e.time).collect::<Vec<_>>(), [due]);
        assert_eq!(at(clocks(&world, acme, &ticket).await[0]["breachedAt"].as_str().unwrap()), due);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_correction_that_counts_the_cycles_anew_warns_of_none_twice() {
    story(async {
        let world = World::start("counted anew").await;
        let acme = world.tenant("acme").await;
        let terms = json!({"warnPercents": [80], "onReopening": "NEW_CYCLE", "targets": [{"target": "RESOLUTION", "seconds": 10 * HOUR}]});
        world.always(acme, terms).await;
        let manager = world.manager(acme);
        let mut ticket = world.ticket();
        let begun = world.now();
        let later = |minutes: i64| begun + TimeDelta::minutes(minutes);
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        let mut replica = world.replica();
        for (hours, to) in [(2, Resolved), (1, Reopened), (9, Resolved), (1, Closed)] {
            world.advance(hours * HOUR);
            while replica.step().await.unwrap() > 0 {}
            let fact = world.moved(acme, &mut ticket, to);
            world.hear(acme, &[fact]).await;
        }
        // The second cycle, from the third hour to the twelfth.
        let warnings = async || {
            let all = world.announced_as::<ClockWarned>().await;
            all.into_iter().map(|(e, w)| (e.time, w.clock.cycle)).collect::<Vec<_>>()
        };
        assert_eq!(warnings().await, [(later(11 * 60), 2)]);

        // It had been resolved and reopened once more, within the first.
        let late = rows(&world, acme, &mut ticket, &[(later(60), Resolved), (later(90), Reopened)]);
        world.hear(acme, &late).await;
        for cycle in [1, 2] {
            let seen = clocks(&world, acme, &ticket).await;
            let clock = seen.iter().find(|c| c["cycle"] == cycle).unwrap();
            let wish = json!({"i": {"ticket": gid(acme, ticket.ticket), "target": "RESOLUTION", "cycle": cycle,
                "reason": "Faltaba una reapertura", "seen": clock["correction"]["seen"]}});
            let done = world.data(&manager, CORRECT, wish).await;
            assert_eq!(done["correctClock"]["problems"], json!([]), "{seen:?}");
        }
        let seen = clocks(&world, acme, &ticket).await;
        let minutes = |c: &Value| c["elapsedSeconds"].as_i64().unwrap() / 60;
        assert_eq!(seen.iter().map(|c| (c["cycle"].as_i64().unwrap(), minutes(c))).collect::<Vec<_>>(), [(1, 60), (2, 30), (3, 540)]);
        world.advance(HOUR);
        while replica.step().await.unwrap() > 0 {}
        assert_eq!(warnings().await, [(later(11 * 60), 2)], "what is the third cycle now was warned of as the second");
        assert_eq!(world.timers().await, 0);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_clock_that_a_closed_ticket_never_had_counts_once_somebody_adopts_it() {
    story(async {
        let world = World::start("never had").await;
        let acme = world.tenant("acme").await;
        // Of what the third line once held, the cause is due in six hours.
        let third = json!({"field": "LINE", "isOneOf": ["3"]});
        let terms = json!({"warnPercents": [80], "targets": [
            {"target": "CUSTOM", "code": "CAUSE", "name": "Causa", "seconds": 6 * HOUR, "start": third},
            {"target": "RESOLUTION", "seconds": 10 * HOUR}]});
        world.always(acme, terms).await;
        let (mut ticket, begun) = closed(&world, acme).await;
        let seen = clocks(&world, acme, &ticket).await;
        assert_eq!((seen.len(), &seen[0]["target"]), (1, &json!("RESOLUTION")));
        let alarms = world.announced_as::<ClockBreached>().await.len();

        // It had been with the third line from the first hour on, and nobody had said so.
        let mut held = world.held(acme, &ticket, 1, GroupId::new(&*world.ids), 3);
        held.time = begun + TimeDelta::hours(1);
        world.hear(acme, &[held]).await;
        let cause = |all: &[Value]| all.iter().find(|c| c["target"] == "CUSTOM").unwrap().clone();
        let is = cause(&clocks(&world, acme, &ticket).await);
        assert_eq!(
            (&is["state"], &is["elapsedSeconds"], &is["breachedAt"], &is["dueAt"]),
            (&json!("CANCELLED"), &json!(0), &Value::Null, &Value::Null),
            "{is}"
        );
        let would_be = &is["correction"]["wouldBe"];
        assert_eq!((&would_be["state"], &would_be["elapsedSeconds"]), (&json!("STOPPED"), &json!(10 * HOUR)), "{is}");
        assert_eq!(at(would_be["breachedAt"].as_str().unwrap()), begun + TimeDelta::hours(7));

        // No other word on the ticket makes it count, and no timer.
        let told = world.announced().await.len();
        let person = PersonId::new(&*world.ids);
        let reply = world.replied(acme, &mut ticket, Actor::Staff { person }, false);
        world.hear(acme, &[reply]).await;
        while world.replica().step().await.unwrap() > 0 {}
        assert_eq!((world.announced().await.len(), world.timers().await), (told, 0));
        assert_eq!(cause(&clocks(&world, acme, &ticket).await), is);

        let wish = json!({"i": {"ticket": gid(acme, ticket.ticket), "target": "CUSTOM", "code": "CAUSE", "cycle": 1,
            "reason": "Lo tuvo la tercera línea", "seen": is["correction"]["seen"]}});
        let done = world.data(&world.manager(acme), CORRECT, wish).await;
        assert_eq!(done["correctClock"]["problems"], json!([]), "{done}");
        let now = cause(&clocks(&world, acme, &ticket).await);
        assert_eq!((&now["state"], &now["elapsedSeconds"], &now["correction"]), (&json!("STOPPED"), &json!(10 * HOUR), &Value::Null), "{now}");
        assert_eq!(now["explain"]["runningSeconds"], 10 * HOUR);
        assert_eq!(now["corrections"][0]["reason"], "Lo tuvo la tercera línea");
        // What is heard afterwards leaves it as it was adopted; nobody was told of a breach that nobody could prevent.
        let reply = world.replied(acme, &mut ticket, Actor::Staff { person }, false);
        world.hear(acme, &[reply]).await;
        assert_eq!(cause(&clocks(&world, acme, &ticket).await), now);
        assert_eq!(world.announced_as::<ClockBreached>().await.len(), alarms);

        // Routing was behind: who had it from its opening on is no late news.
        let (ticket, begun) = closed(&world, acme).await;
        let mut held = world.held(acme, &ticket, 1, GroupId::new(&*world.ids), 3);
        held.time = begun;
        world.hear(acme, &[held]).await;
        let is = cause(&clocks(&world, acme, &ticket).await);
        assert_eq!((&is["state"], &is["elapsedSeconds"]), (&json!("STOPPED"), &json!(11 * HOUR)), "{is}");

        // One that was opened again is not reported yet: its clock is there at once.
        let (mut ticket, begun) = closed(&world, acme).await;
        let again = world.moved(acme, &mut ticket, Reopened);
        world.hear(acme, &[again]).await;
        let mut held = world.held(acme, &ticket, 1, GroupId::new(&*world.ids), 3);
        held.time = begun + TimeDelta::hours(1);
        world.hear(acme, &[held]).await;
        let is = cause(&clocks(&world, acme, &ticket).await);
        assert_eq!((&is["state"], &is["elapsedSeconds"]), (&json!("RUNNING"), &json!(12 * HOUR)), "{is}");
        world.end().await;
    })
    .await;
}
