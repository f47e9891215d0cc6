//! Agreements rewritten while tickets are there: results that were told stay, and what is open has its clock.

use std::sync::Arc;

use business_time::Calendar;
use events::intake::{Priority, TicketState};
use events::sla_clock::{ClockChanged, ClockState, Target};
use ids::{ClockId, SharedIds, TicketId};
use proptest::prelude::*;
use serde_json::json;
use sla_clock::domain::agreement::{Agreement, OnReopen, Rule, Terms};
use sla_clock::domain::clock::read_kept;
use sla_clock::domain::course::{Story, course_of};
use sla_clock::domain::explain::{SegmentState, Window, explain};
use sla_clock::domain::happened::Happened;
use sla_clock::domain::hours_of::Desk;
use sla_clock::domain::kept::{Kept, settle};
use sla_clock::domain::rulebook::Rulebook;

use crate::following::representation;
use crate::kit::{HOUR, agreement, story as told};
use crate::world::{World, at, story};

use Priority::Medium;
use TicketState::{Closed, InProgress, Open, Reopened, Resolved};

/// Cycle, state, allowed hours, start and stop of a clock.
type Row = (i32, ClockState, i64, String, String);

/// A ticket, its clocks as they were told, and an agreement that is rewritten.
struct Case {
    versions: Vec<Agreement>,
    steps: Vec<(&'static str, TicketState, Priority)>,
    kept: Vec<Kept>,
    ids: SharedIds,
}

impl Case {
    fn new(on_reopen: OnReopen, hours: i64) -> Self {
        let mut desk = Self {
            versions: Vec::new(),
            steps: Vec::new(),
            kept: Vec::new(),
            ids: ids::seeded(3),
        };
        desk.write(on_reopen, hours);
        desk
    }

    fn write(&mut self, on_reopen: OnReopen, hours: i64) {
        let terms = Terms {
            rules: vec![Rule::plain(Target::Resolution, hours * HOUR)],
            pause_on: Vec::new(),
            warn_percents: Vec::new(),
            on_reopen,
        };
        let number = i32::try_from(self.versions.len()).unwrap() + 1;
        self.versions.push(Agreement {
            version: number,
            since: i64::from(number),
            ..agreement(Calendar::always(), terms)
        });
    }

    fn book(&self) -> Rulebook {
        let version = i64::try_from(self.versions.len()).unwrap();
        Rulebook::new(version, self.versions.clone(), Desk::default())
    }

    /// The clocks are read anew, as they are when something happens or an edit is applied to open tickets.
    fn tell(&mut self) {
        let happened = told(&self.steps);
        let last = happened.last().unwrap().at;
        let readings = read_kept(&self.book(), Story::of(&happened), &self.kept, last);
        assert!(readings.failed.is_empty());
        let ids = self.ids.clone();
        let ticket = TicketId::new(&*ids::seeded(2));
        let changes = settle(ticket, &readings.of, self.kept.clone(), last, || {
            ClockId::new(&*ids)
        });
        for change in changes {
            let known = self.kept.iter_mut().find(|k| k.id == change.clock.id);
            match known {
                Some(known) => *known = change.clock,
                None => self.kept.push(change.clock),
            }
        }
    }

    fn happens(&mut self, time: &'static str, state: TicketState) {
        self.steps.push((time, state, Medium));
        self.tell();
    }

    fn rewrite(&mut self, on_reopen: OnReopen, hours: i64) {
        self.write(on_reopen, hours);
        self.tell();
    }

    /// `(cycle, state, hours allowed, day and hour of start, of the stop)` of each.
    fn clocks(&self) -> Vec<Row> {
        let hour = |t: chrono::DateTime<chrono::Utc>| t.format("%d %H").to_string();
        let of = |k: &Kept| {
            let stop = k.stopped_at.map(hour).unwrap_or_default();
            let hours = k.target_seconds / HOUR;
            (k.cycle, k.state, hours, hour(k.started_at), stop)
        };
        self.kept.iter().map(of).collect()
    }

    /// Each clock is explained by what it was judged by, and the seconds are its own.
    fn explained(&self) {
        let happened: Vec<Happened> = told(&self.steps);
        let book = self.book();
        for clock in &self.kept {
            let judged = book.at(clock.judged_by(book.version));
            let course = course_of(&judged, clock, Story::of(&happened), clock.as_of);
            let course = course.unwrap().unwrap_or_else(|| panic!("{clock:?}"));
            let all = Window {
                from: None,
                to: None,
                most: 100,
            };
            let seconds = explain(&course, clock.as_of, all)
                .unwrap()
                .seconds(SegmentState::Running);
            assert_eq!(seconds, clock.elapsed_seconds, "{clock:?}");
            assert_eq!(course.begun.at, clock.started_at, "{clock:?}");
        }
    }
}

fn stopped(cycle: i32, hours: i64, start: &str, stop: &str) -> Row {
    let (start, stop) = (start.to_owned(), stop.to_owned());
    (cycle, ClockState::Stopped, hours, start, stop)
}

fn running(cycle: i32, hours: i64, start: &str) -> Row {
    (
        cycle,
        ClockState::Running,
        hours,
        start.to_owned(),
        String::new(),
    )
}

/// Resolved after two hours, reopened eight hours later.
fn reopened(on_reopen: OnReopen) -> Case {
    let mut desk = Case::new(on_reopen, 8);
    desk.happens("2026-11-23T10:00:00Z", Open);
    desk.happens("2026-11-23T12:00:00Z", Resolved);
    desk.happens("2026-11-23T20:00:00Z", Reopened);
    desk
}

#[test]
fn what_was_to_begin_another_cycle_and_now_goes_on_keeps_its_results_and_its_clock() {
    for later in [OnReopen::Continue, OnReopen::Reset] {
        let mut desk = reopened(OnReopen::NewCycle);
        let first = stopped(1, 8, "23 10", "23 12");
        assert_eq!(desk.clocks(), [first.clone(), running(2, 8, "23 20")]);
        // What is open follows the new version, from where it began.
        desk.rewrite(later, 4);
        assert_eq!(
            desk.clocks(),
            [first.clone(), running(2, 4, "23 20")],
            "{later:?}"
        );
        desk.explained();
        desk.happens("2026-11-23T21:00:00Z", Resolved);
        let second = stopped(2, 4, "23 20", "23 21");
        assert_eq!(desk.clocks(), [first.clone(), second.clone()], "{later:?}");
        desk.explained();
        // Reopened once more: what the new version says of it.
        desk.happens("2026-11-23T23:00:00Z", Reopened);
        let (kept, cycle, from) = match later {
            OnReopen::Reset => {
                let (cycle, _, hours, start, stop) = second;
                let given_up = (cycle, ClockState::Cancelled, hours, start, stop);
                (vec![first, given_up], 3, "23 23")
            }
            _ => (vec![first], 2, "23 20"),
        };
        let with = |more: &[Row]| [&kept, more].concat();
        assert_eq!(desk.clocks(), with(&[running(cycle, 4, from)]), "{later:?}");
        desk.explained();
        // And by a third one, each result by its own.
        desk.happens("2026-11-24T00:00:00Z", Resolved);
        desk.rewrite(OnReopen::NewCycle, 1);
        desk.happens("2026-11-24T01:00:00Z", Closed);
        desk.happens("2026-11-24T02:00:00Z", Reopened);
        assert_eq!(
            desk.clocks(),
            with(&[
                stopped(cycle, 4, from, "24 00"),
                running(cycle + 1, 1, "24 02")
            ]),
            "{later:?}"
        );
        desk.explained();
    }
}

#[test]
fn a_ticket_that_is_reopened_after_the_edit_has_its_clock_too() {
    for later in [OnReopen::Continue, OnReopen::Reset] {
        let mut desk = Case::new(OnReopen::NewCycle, 8);
        desk.happens("2026-11-23T10:00:00Z", Open);
        desk.happens("2026-11-23T12:00:00Z", Resolved);
        desk.rewrite(later, 4);
        desk.happens("2026-11-23T13:00:00Z", Closed);
        let first = stopped(1, 8, "23 10", "23 12");
        assert_eq!(desk.clocks(), std::slice::from_ref(&first));
        desk.happens("2026-11-23T20:00:00Z", Reopened);
        assert_eq!(desk.clocks(), [first, running(2, 4, "23 20")], "{later:?}");
        desk.explained();
    }
}

#[test]
fn what_went_on_and_now_begins_another_cycle_keeps_the_one_result_it_had() {
    let mut desk = reopened(OnReopen::Continue);
    desk.happens("2026-11-23T21:00:00Z", Resolved);
    let one = stopped(1, 8, "23 10", "23 21");
    assert_eq!(desk.clocks(), std::slice::from_ref(&one));
    // By the new version alone it would be two; what was told was one.
    desk.rewrite(OnReopen::NewCycle, 4);
    assert_eq!(desk.clocks(), std::slice::from_ref(&one));
    desk.happens("2026-11-23T23:00:00Z", Reopened);
    assert_eq!(desk.clocks(), [one.clone(), running(2, 4, "23 23")]);
    desk.happens("2026-11-24T01:00:00Z", Resolved);
    desk.rewrite(OnReopen::Continue, 2);
    assert_eq!(desk.clocks(), [one, stopped(2, 4, "23 23", "24 01")]);
    desk.explained();
}

#[test]
fn a_book_as_it_stood_is_made_once_and_not_for_every_ticket() {
    let mut desk = Case::new(OnReopen::Continue, 8);
    desk.write(OnReopen::NewCycle, 4);
    let book = desk.book();
    let (one, again) = (book.at(1), book.at(1));
    assert!(Arc::ptr_eq(&one, &again));
    assert_eq!((one.version, one.agreements.len()), (1, 1));
    // A copy is made to be changed: it does not remember what was made of the other.
    let mut copy = book.clone();
    copy.agreements.clear();
    assert!(copy.at(1).agreements.is_empty());
}

proptest! {
    /// However an agreement is rewritten: a result that was told is told for good until its ticket is opened again, and a
    /// ticket that is open has exactly one running clock.
    #[test]
    fn no_edit_takes_a_result_or_a_clock_away(
        first in 0usize..3,
        turns in prop::collection::vec((0usize..5, 1i64..9), 1..14),
    ) {
        const TIMES: [&str; 15] = [
            "2026-11-23T10:00:00Z", "2026-11-23T12:00:00Z", "2026-11-23T14:00:00Z", "2026-11-23T16:00:00Z",
            "2026-11-23T18:00:00Z", "2026-11-23T20:00:00Z", "2026-11-23T22:00:00Z", "2026-11-24T00:00:00Z",
            "2026-11-24T02:00:00Z", "2026-11-24T04:00:00Z", "2026-11-24T06:00:00Z", "2026-11-24T08:00:00Z",
            "2026-11-24T10:00:00Z", "2026-11-24T12:00:00Z", "2026-11-24T14:00:00Z",
        ];
        let ways = [OnReopen::Continue, OnReopen::NewCycle, OnReopen::Reset];
        let mut desk = Case::new(ways[first], 8);
        let mut resets = ways[first] == OnReopen::Reset;
        desk.happens(TIMES[0], Open);
        for (n, (turn, hours)) in turns.into_iter().enumerate() {
            let before = desk.clocks();
            resets |= turn == 4;
            match turn {
                0 | 1 => desk.happens(TIMES[n + 1], if turn == 0 { Resolved } else { InProgress }),
                way => desk.rewrite(ways[way - 2], hours),
            }
            let open = !matches!(desk.steps.last().unwrap().1, Resolved);
            let running = desk.kept.iter().filter(|k| k.state == ClockState::Running).count();
            prop_assert_eq!(running, usize::from(open), "{:?}", desk.clocks());
            // Only what begins anew gives up what it was.
            prop_assert!(resets || desk.kept.iter().all(|k| k.state != ClockState::Cancelled));
            if turn > 1 {
                let results = |all: &[Row]| {
                    all.iter().filter(|c| c.1 == ClockState::Stopped).cloned().collect::<Vec<_>>()
                };
                let after = results(&desk.clocks());
                prop_assert!(results(&before).iter().all(|r| after.contains(r)), "{:?} {:?}", before, after);
            }
            desk.explained();
        }
    }
}

const CLOCKS: &str = "query($r: [_Any!]!) { _entities(representations: $r) { ... on Ticket { clockProblems { code } clocks { \
    cycle state targetSeconds elapsedSeconds startedAt stoppedAt breachedAt agreement { version } \
    explain { runningSeconds } attribution { seconds } } } } }";

#[tokio::test]
async fn an_agreement_rewritten_over_a_reopened_ticket_undoes_nothing_and_leaves_it_its_clock() {
    story(async {
        let world = World::start("rewritten").await;
        let acme = world.tenant("acme").await;
        let manager = world.manager(acme);
        let terms = |on_reopening: &str, hours: i64| {
            json!({"targets": [{"target": "RESOLUTION", "seconds": hours * HOUR}], "onReopening": on_reopening})
        };
        let agreement = world.always(acme, terms("NEW_CYCLE", 1)).await;
        let mut ticket = world.ticket();
        world.hear(acme, &[world.opened(acme, &ticket)]).await;
        for (hours, to) in [(2, Resolved), (6, Reopened)] {
            world.advance(hours * HOUR);
            let fact = world.moved(acme, &mut ticket, to);
            world.hear(acme, &[fact]).await;
        }
        let begun = world.now();
        let seen = async || {
            let asked = representation(acme, &ticket, 1);
            world.data(&manager, CLOCKS, asked).await["_entities"][0].clone()
        };
        let before = seen().await["clocks"][0].clone();
        assert_eq!((&before["state"], before["breachedAt"].is_string()), (&json!("STOPPED"), true), "{before}");
        let told = world.announced().await.len();

        world.advance(HOUR / 2);
        let change = "mutation($i: ChangeAgreementInput!) { changeAgreement(input: $i) { problems { code } } }";
        let input = json!({"agreement": agreement, "terms": terms("CONTINUE", 4), "validFrom": "2010-01-01T00:00:00Z", "applyToOpen": true});
        let done = world.data(&manager, change, json!({"i": input})).await;
        assert_eq!(done["changeAgreement"]["problems"], json!([]));
        let after = seen().await;
        assert_eq!((after["clocks"].as_array().unwrap().len(), &after["clocks"][0]), (2, &before), "{after}");
        let open = &after["clocks"][1];
        assert_eq!((&open["state"], &open["targetSeconds"], &open["agreement"]["version"]), (&json!("RUNNING"), &json!(4 * HOUR), &json!(2)));
        assert_eq!(at(open["startedAt"].as_str().unwrap()), begun);
        assert_eq!(open["elapsedSeconds"], HOUR / 2);
        assert_eq!(open["explain"]["runningSeconds"], HOUR / 2);
        assert_eq!(open["attribution"], json!([{"seconds": HOUR / 2}]));
        assert_eq!(after["clockProblems"], json!([]));
        // The open one alone was told anew, and its timers went with it.
        let changed = world.announced_as::<ClockChanged>().await;
        let cycles: Vec<i32> = changed[told..].iter().map(|(_, c)| c.clock.cycle).collect();
        assert_eq!(cycles, [2]);
        world.advance(4 * HOUR);
        while world.replica().step().await.unwrap() > 0 {}
        let late = seen().await["clocks"][1]["breachedAt"].clone();
        assert_eq!(at(late.as_str().unwrap()), begun + chrono::TimeDelta::hours(4));
        world.end().await;
    })
    .await;
}
