//! Traps that others fall into, each by its name: what changes while a clock is held, a reopening around the deadline, and what
//! is only called otherwise.

use business_time::Calendar;
use chrono::{DateTime, TimeDelta, Utc};
use events::Envelope;
use events::intake::{Priority, TicketClassified, TicketSnapshot, TicketState};
use events::routing::AssignmentChanged;
use events::sla_clock::{ClockBreached, ClockChanged, ClockSnapshot, ClockState, Target};
use ids::{ApplicationId, CategoryId, GroupId, TenantId};
use serde_json::{Value, json};
use sla_clock::domain::agreement::OnReopen;
use sla_clock::domain::clock::Reading;
use sla_clock::domain::course::Story;
use sla_clock::jobs::timers::Timers;

use crate::following::representation;
use crate::kit::{HOUR, agreement, book, office, read, story as steps, terms};
use crate::world::{World, at, gid, story};

use Priority::{Critical, Medium};
use TicketState::{InProgress, Open, Reopened, Resolved, WaitingForRequester as Waiting};

const CHANGE: &str = "mutation($i: ChangeAgreementInput!) { changeAgreement(input: $i) { agreement { version } problems { code } } }";

/// The resolution of a ticket as it was told last.
async fn resolution(world: &World, ticket: &TicketSnapshot) -> ClockSnapshot {
    let told = world.announced_as::<ClockChanged>().await;
    let of = told.into_iter().map(|(_, fact)| fact.clock);
    let of = of.filter(|c| c.ticket == ticket.ticket && c.target == Target::Resolution);
    // One that another took the place of is none that goes on.
    let mut of = of.filter(|c| c.state != ClockState::Cancelled);
    of.next_back().unwrap()
}

/// A ticket moves on, and that is taken in.
async fn moves(world: &World, tenant: TenantId, ticket: &mut TicketSnapshot, to: TicketState) {
    let fact = world.moved(tenant, ticket, to);
    world.hear(tenant, &[fact]).await;
}

/// Fires everything that is due; how much that was.
async fn fire(replica: &mut Timers) -> usize {
    replica.step().await.unwrap()
}

/// A resolution in so many hours, held while the requester is waited for.
fn hours(hours: i64) -> Value {
    json!({"targets": [{"target": "RESOLUTION", "priorities": ["CRITICAL"], "seconds": 2 * HOUR},
        {"target": "RESOLUTION", "seconds": hours * HOUR}], "pauseOn": ["WAITING_FOR_REQUESTER"]})
}

#[tokio::test]
async fn an_agreement_that_changes_while_a_clock_is_paused_keeps_it_paused_and_forgets_no_pause() {
    story(async {
        let world = World::start("paused").await;
        let mut replica = world.replica();
        for at_once in [true, false] {
            let tenant = world.tenant(if at_once { "acme" } else { "globex" }).await;
            let changed = world.always(tenant, hours(10)).await;
            let mut ticket = world.ticket();
            let begun = world.now();
            world.hear(tenant, &[world.opened(tenant, &ticket)]).await;
            // Half an hour of pause that is over by then, and one that goes on.
            for to in [Waiting, InProgress, Waiting] {
                world.advance(HOUR / 2);
                moves(&world, tenant, &mut ticket, to).await;
            }
            let held = resolution(&world, &ticket).await;
            assert_eq!((held.state, held.due_at, held.elapsed_seconds), (ClockState::Paused, None, HOUR));
            world.advance(HOUR);
            let input = json!({"i": {"agreement": changed, "terms": hours(4), "applyToOpen": at_once,
                "validFrom": "2010-01-01T00:00:00Z"}});
            let done = world.data(&world.manager(tenant), CHANGE, input).await;
            assert_eq!(done["changeAgreement"]["problems"], json!([]));
            let told = resolution(&world, &ticket).await;
            assert_eq!((told.state, told.due_at), (ClockState::Paused, None));
            let allowed = if at_once { 4 * HOUR } else { 10 * HOUR };
            assert_eq!((told.elapsed_seconds, told.target_seconds), (HOUR, allowed));
            // Held, it warns of nothing, however little it was allowed.
            assert_eq!(fire(&mut replica).await, 0);

            // Opened at 0:00, held from 0:30 to 1:00 and from 1:30 to 3:30: an hour is used of four.
            world.advance(HOUR);
            moves(&world, tenant, &mut ticket, InProgress).await;
            let told = resolution(&world, &ticket).await;
            assert_eq!((told.state, told.target_seconds, told.agreement_version), (ClockState::Running, 4 * HOUR, 2));
            let due = begun + TimeDelta::minutes(6 * 60 + 30);
            assert_eq!((told.due_at, told.elapsed_seconds), (Some(due), HOUR));
            world.clock.set(due - TimeDelta::seconds(1));
            assert_eq!(fire(&mut replica).await, 1, "the warning alone");
            world.advance(1);
            assert_eq!(fire(&mut replica).await, 1);
        }
        assert_eq!(world.announced_as::<ClockBreached>().await.len(), 2);
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn an_agreement_by_which_nothing_pauses_counts_the_pause_that_is_under_way() {
    story(async {
        let world = World::start("unpaused").await;
        let acme = world.tenant("acme").await;
        let changed = world.always(acme, hours(10)).await;
        let mut ticket = world.ticket();
        let begun = world.now();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        world.advance(HOUR);
        moves(&world, acme, &mut ticket, Waiting).await;
        world.advance(HOUR);
        let mut terms = hours(10);
        terms["pauseOn"] = json!([]);
        let input = json!({"i": {"agreement": changed, "terms": terms, "applyToOpen": true, "validFrom": "2010-01-01T00:00:00Z"}});
        let done = world.data(&world.manager(acme), CHANGE, input).await;
        assert_eq!(done["changeAgreement"]["problems"], json!([]));
        // It is what the agreement says now, of the past as well: the clock is open, and has no result that would stand.
        let told = resolution(&world, &ticket).await;
        assert_eq!((told.state, told.due_at), (ClockState::Running, Some(begun + TimeDelta::hours(10))));
        world.end().await;
    })
    .await;
}

#[tokio::test]
async fn a_priority_that_changes_while_a_clock_is_paused_counts_once_it_goes_on() {
    story(async {
        let world = World::start("priority").await;
        let mut replica = world.replica();
        let acme = world.tenant("acme").await;
        world.always(acme, hours(10)).await;
        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        world.advance(HOUR / 2);
        moves(&world, acme, &mut ticket, Waiting).await;
        // Much later than two hours after the opening.
        world.advance(5 * HOUR);
        let raised = world.prioritised(acme, &mut ticket, Critical);
        world.hear(acme, &[raised]).await;
        let told = resolution(&world, &ticket).await;
        assert_eq!(
            (told.state, told.target_seconds),
            (ClockState::Paused, 2 * HOUR)
        );
        assert_eq!(
            (told.due_at, told.breached_at, told.elapsed_seconds),
            (None, None, HOUR / 2)
        );
        assert_eq!((fire(&mut replica).await, world.timers().await), (0, 0));

        // Lowered again and raised again while it is held: the last word counts.
        for priority in [Medium, Critical] {
            world.advance(60);
            let fact = world.prioritised(acme, &mut ticket, priority);
            world.hear(acme, &[fact]).await;
        }
        world.advance(60);
        moves(&world, acme, &mut ticket, InProgress).await;
        let due = world.now() + TimeDelta::minutes(90);
        let told = resolution(&world, &ticket).await;
        assert_eq!((told.state, told.due_at), (ClockState::Running, Some(due)));
        // Four fifths of two hours, of which half an hour was used before.
        world.advance(96 * 60 - 30 * 60 - 1);
        assert_eq!(fire(&mut replica).await, 0);
        world.advance(1);
        assert_eq!(fire(&mut replica).await, 1);
        world.clock.set(due);
        assert_eq!(fire(&mut replica).await, 1);
        world.end().await;
    })
    .await;
}

/// Opened at ten with eight hours, resolved at noon, reopened at that time; as it reads then: what is left of its cycles by
/// then, and the last of them.
fn reopened(on_reopen: OnReopen, time: DateTime<Utc>) -> (usize, Reading) {
    let text = time.to_rfc3339();
    let all = steps(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T12:00:00Z", Resolved, Medium),
        (&text, Reopened, Medium),
    ]);
    let book = book(&[agreement(Calendar::always(), terms(on_reopen))]);
    let mut read = read(&book, Story::of(&all), time).unwrap();
    read.retain(|r| r.target == Target::Resolution && r.state != ClockState::Cancelled);
    let last = read.pop().unwrap();
    (read.len(), last)
}

/// A second before the deadline, at its very instant, and a second after it. Until when a ticket may be reopened is intake's to
/// say (`setReopeningWindow`); the clock takes every reopening that it hears of.
#[test]
fn reopened_around_the_deadline_the_clock_goes_on_begins_another_cycle_or_begins_anew() {
    let due = at("2026-11-23T18:00:00Z");
    for seconds in [-1, 0, 1] {
        let time = due + TimeDelta::seconds(seconds);
        let (before, last) = reopened(OnReopen::Continue, time);
        assert_eq!(
            (before, last.state, last.due_at),
            (0, ClockState::Running, Some(due))
        );
        assert_eq!(last.elapsed_seconds, 8 * HOUR + seconds);
        // The time in between counts, and with it the deadline that passed meanwhile; at its instant it is not missed yet.
        assert_eq!(last.breached_at, (seconds > 0).then_some(due));

        let (before, last) = reopened(OnReopen::NewCycle, time);
        assert_eq!(
            (before, last.state, last.started_at),
            (1, ClockState::Running, time)
        );
        assert_eq!(
            (last.due_at, last.elapsed_seconds, last.breached_at),
            (Some(time + TimeDelta::hours(8)), 0, None)
        );

        let (_, last) = reopened(OnReopen::Reset, time);
        assert_eq!((last.state, last.started_at), (ClockState::Running, time));
        assert_eq!(
            (last.due_at, last.elapsed_seconds, last.breached_at),
            (Some(time + TimeDelta::hours(8)), 0, None)
        );
    }
}

/// What a clock reads: cycle, state, when it began, when it falls due, seconds used, when it was missed.
type Figures<'a> = (i32, ClockState, &'a str, &'a str, i64, Option<&'a str>);

/// Office hours, a resolution in eight of them. Solved on Monday at ten after half an hour, the tenant lets a ticket be reopened for
/// 72 hours: the last second of the last of them is on Thursday at 09:59:59. The window is of hours on the wall, the target of
/// office hours, of which there are 24 in those 72.
#[test]
fn reopened_in_the_last_permitted_hour() {
    let steps = steps(&[
        ("2026-11-23T09:30:00Z", Open, Medium),
        ("2026-11-23T10:00:00Z", Resolved, Medium),
        ("2026-11-26T09:59:59Z", Reopened, Medium),
        ("2026-11-26T12:00:00Z", Resolved, Medium),
    ]);
    assert_eq!(
        steps[2].at + TimeDelta::seconds(1),
        steps[1].at + TimeDelta::hours(72)
    );
    let (opened, again) = ("2026-11-23T09:30:00Z", "2026-11-26T09:59:59Z");
    // Seven and a half hours of Monday, and half an hour of Tuesday; seven hours and a second of Thursday, and the rest of Friday.
    let (due, anew) = ("2026-11-24T09:30:00Z", "2026-11-27T09:59:59Z");
    // By the reopening 7.5 + 8 + 8 hours and 59:59; by the second solution two hours and a second more.
    let (by_then, by_the_end) = (24 * HOUR + 1_799, 26 * HOUR + HOUR / 2);
    let first = |state| (1, state, opened, due, HOUR / 2, None);
    let second = |state, elapsed| (2, state, again, anew, elapsed, None);
    let goes_on = |state, elapsed| (1, state, opened, due, elapsed, Some(due));
    let [running, stopped] = [ClockState::Running, ClockState::Stopped];
    let two_hours = 2 * HOUR + 1;
    let cases: [(OnReopen, Vec<Figures<'_>>, Vec<Figures<'_>>); 3] = [
        // The time in between counts: on Tuesday nobody was at work on it, and it was missed all the same.
        (
            OnReopen::Continue,
            vec![goes_on(running, by_then)],
            vec![goes_on(stopped, by_the_end)],
        ),
        // What was solved in time stays so; another eight hours begin.
        (
            OnReopen::NewCycle,
            vec![first(stopped), second(running, 0)],
            vec![first(stopped), second(stopped, two_hours)],
        ),
        // The first count is given up, and kept as such.
        (
            OnReopen::Reset,
            vec![first(ClockState::Cancelled), second(running, 0)],
            vec![first(ClockState::Cancelled), second(stopped, two_hours)],
        ),
    ];
    for (on_reopen, reopened, solved) in cases {
        let book = book(&[agreement(office(), terms(on_reopen))]);
        let reads = |n: usize, expected: &[Figures<'_>]| {
            let mut all = read(&book, Story::of(&steps[..n]), steps[n - 1].at).unwrap();
            all.retain(|r| r.target == Target::Resolution);
            assert_eq!(all.len(), expected.len(), "{on_reopen:?}: {all:?}");
            for (r, (cycle, state, began, due, elapsed, missed)) in all.iter().zip(expected) {
                assert_eq!(
                    (r.cycle, r.state, r.started_at, r.due_at),
                    (*cycle, *state, at(began), Some(at(due))),
                    "{on_reopen:?}"
                );
                assert_eq!(
                    (r.elapsed_seconds, r.breached_at),
                    (*elapsed, missed.map(at)),
                    "{on_reopen:?}"
                );
            }
        };
        reads(3, &reopened);
        reads(4, &solved);
    }
}

#[tokio::test]
async fn reopened_around_the_deadline_a_breach_is_told_where_the_clock_goes_on_and_nowhere_else() {
    story(async {
        let world = World::start("reopened").await;
        let mut replica = world.replica();
        for (n, policy) in ["CONTINUE", "NEW_CYCLE", "RESET"].into_iter().enumerate() {
            let tenant = world.tenant(&format!("cliente-{n}")).await;
            let mut terms = hours(8);
            terms["onReopening"] = json!(policy);
            world.always(tenant, terms).await;
            let told = world.announced_as::<ClockBreached>().await.len();
            for seconds in [-1, 0, 1] {
                let due = world.now() + TimeDelta::hours(8);
                let mut ticket = world.ticket();
                world.hear(tenant, &[world.opened(tenant, &ticket)]).await;
                world.advance(2 * HOUR);
                moves(&world, tenant, &mut ticket, Resolved).await;
                world.clock.set(due + TimeDelta::seconds(seconds));
                assert_eq!(fire(&mut replica).await, 0, "resolved in time");
                moves(&world, tenant, &mut ticket, Reopened).await;
                let before = world.announced_as::<ClockBreached>().await.len();
                fire(&mut replica).await;
                let now = world.announced_as::<ClockBreached>().await.len() - before;
                assert_eq!(
                    now,
                    usize::from(policy == "CONTINUE" && seconds >= 0),
                    "{policy} {seconds}"
                );
                // Whatever is due then, a second later it is what the clock says.
                world.advance(2);
                fire(&mut replica).await;
                let anew = due + TimeDelta::hours(8) + TimeDelta::seconds(seconds);
                let expected = if policy == "CONTINUE" { due } else { anew };
                assert_eq!(resolution(&world, &ticket).await.due_at, Some(expected));
                moves(&world, tenant, &mut ticket, Resolved).await;
                let last = resolution(&world, &ticket).await;
                assert_eq!(
                    (last.state, last.breached_at),
                    (ClockState::Stopped, (policy == "CONTINUE").then_some(due))
                );
            }
            let told = world.announced_as::<ClockBreached>().await.len() - told;
            assert_eq!(told, if policy == "CONTINUE" { 3 } else { 0 }, "each once");
        }
        world.end().await;
    })
    .await;
}

const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clocks { id target code name cycle \
    state targetSeconds elapsedSeconds startedAt dueAt stoppedAt breachedAt agreement { version } explain { runningSeconds \
    pausedSeconds } } } } }";

/// The same fact, but that the group is called otherwise.
fn with_group_called(mut fact: Envelope, name: &str) -> Envelope {
    let mut said: AssignmentChanged = fact.read().unwrap();
    assert_ne!(said.to.group_name, name);
    name.clone_into(&mut said.to.group_name);
    fact.data = serde_json::value::to_raw_value(&said).unwrap();
    fact
}

/// States are the product's own and cannot be renamed. What can be is known here by its id alone (group, category,
/// application), or is a word of a version of the agreement (a target of the tenant's own).
#[tokio::test]
async fn renaming_a_group_a_category_an_application_or_a_target_changes_no_past() {
    story(async {
        let world = World::start("renamed").await;
        let mut replica = world.replica();
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let group = GroupId::new(&*world.ids);
        let (category, application) = (CategoryId::new(&*world.ids), ApplicationId::new(&*world.ids));
        let is = |field: &str, id: String| json!({"field": field, "isOneOf": [id]});
        let terms = |name: &str| {
            json!({"targets": [
                {"target": "CUSTOM", "code": "N3", "name": name, "seconds": 4 * HOUR, "start": is("GROUP", gid(acme, group)),
                 "when": {"all": [is("CATEGORY", gid(acme, category)), is("APPLICATION", gid(acme, application))]}},
                {"target": "RESOLUTION", "seconds": 8 * HOUR}
            ]})
        };
        let agreed = world.always(acme, terms("Atención de N3")).await;
        let mut tickets = Vec::new();
        for _ in 0..2 {
            let mut ticket = world.ticket();
            (ticket.category, ticket.application) = (Some(category), Some(application));
            let held = world.held(acme, &ticket, 1, group, 3);
            world.hear(acme, &[world.opened(acme, &ticket), held]).await;
            tickets.push(ticket);
        }
        let [mut done, mut open] = <[_; 2]>::try_from(tickets).unwrap();
        // One has its results, one of them missed; the other runs, and has been held.
        world.advance(HOUR);
        moves(&world, acme, &mut open, Waiting).await;
        world.advance(5 * HOUR);
        moves(&world, acme, &mut done, Resolved).await;
        moves(&world, acme, &mut open, InProgress).await;
        fire(&mut replica).await;
        let seen = async |ticket: &TicketSnapshot| {
            let asked = representation(acme, ticket, 1);
            world.data(&manager, CLOCKS, asked).await["_entities"][0]["clocks"].clone()
        };
        let (was_done, was_open) = (seen(&done).await, seen(&open).await);
        assert_eq!(was_done.as_array().unwrap().len(), 2, "{was_done}");
        assert!(was_done.as_array().unwrap().iter().any(|c| c["breachedAt"].is_string()), "{was_done}");
        let told = world.announced().await.len();

        // The group is called otherwise from now on; category and application are told by their ids, whatever they are called.
        for ticket in [&mut done, &mut open] {
            let held = world.held(acme, ticket, 2, group, 3);
            world.hear(acme, &[with_group_called(held, "Otro nombre")]).await;
            let again = world.prioritised(acme, ticket, Medium);
            let fact: TicketClassified = again.read().unwrap();
            assert_eq!((fact.ticket.category, fact.ticket.application), (Some(category), Some(application)));
            world.hear(acme, &[again]).await;
        }
        assert_eq!((seen(&done).await, seen(&open).await), (was_done.clone(), was_open.clone()));
        assert_eq!(world.announced().await.len(), told, "nobody is told of a name");

        // The tenant's own target is called otherwise, for tickets that are there as well.
        let input = json!({"i": {"agreement": agreed, "terms": terms("Soporte N3"), "applyToOpen": true,
            "validFrom": "2010-01-01T00:00:00Z"}});
        let changed = world.data(&manager, CHANGE, input).await;
        assert_eq!(changed["changeAgreement"]["problems"], json!([]));
        assert_eq!(seen(&done).await, was_done, "results keep the name, too, by which they were reached");
        let mut now = seen(&open).await;
        for (now, was) in now.as_array_mut().unwrap().iter_mut().zip(was_open.as_array().unwrap()) {
            if was["target"] == "CUSTOM" {
                assert_eq!(now["name"], "Soporte N3");
                now["name"] = was["name"].clone();
            }
            assert_eq!(now["agreement"]["version"], 2);
            now["agreement"] = was["agreement"].clone();
        }
        assert_eq!(now, was_open);
        world.end().await;
    })
    .await;
}
