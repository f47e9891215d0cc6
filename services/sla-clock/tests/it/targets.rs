//! Targets with conditions: what starts, holds, stops, restarts and cancels a clock, by the rules alone.

use business_time::Calendar;
use events::Origin;
use events::intake::{Priority, TicketKind, TicketState};
use events::sla_clock::{ClockState, Target};
use ids::GroupId;
use proptest::prelude::*;
use sla_clock::domain::agreement::{Kind, OnReopen, Rule, Terms, Warning};
use sla_clock::domain::clock::{Reading, Threshold};
use sla_clock::domain::condition::Condition;
use sla_clock::domain::course::{Story, courses};
use sla_clock::domain::explain::{SegmentState, Window, explain};
use sla_clock::domain::happened::{Happened, Held, What, with_holders};
use sla_clock::domain::held_by::HeldBy;

use crate::kit::{HOUR, agreement, book, office, read, story};
use crate::world::at;

use Condition::{All, Any, Line, Major, Not, Priority as PriorityIs, State};
use Priority::{Critical, Medium};
use TicketState::{
    Cancelled, Closed, InProgress, Open, Queued, Reopened, Resolved,
    WaitingForApproval as Approval, WaitingForRequester as Waiting, WaitingForVendor as Vendor,
};

pub fn terms(rules: Vec<Rule>) -> Terms {
    Terms {
        rules,
        pause_on: vec![Waiting, Approval],
        warn_percents: vec![80],
        on_reopen: OnReopen::Continue,
    }
}

pub fn readings(terms: Terms, happened: &[Happened], as_of: &str) -> Vec<Reading> {
    let book = book(&[agreement(Calendar::always(), terms)]);
    read(&book, Story::of(happened), at(as_of)).unwrap()
}

pub fn resolution() -> Rule {
    Rule::plain(Target::Resolution, 8 * HOUR)
}

fn not(condition: Condition) -> Condition {
    Not(Box::new(condition))
}

/// `(cycle, state, elapsed hours)` of each.
pub fn brief(readings: &[Reading]) -> Vec<(i32, ClockState, i64)> {
    readings
        .iter()
        .map(|r| (r.cycle, r.state, r.elapsed_seconds / HOUR))
        .collect()
}

#[test]
fn terms_that_were_written_before_rules_had_conditions_are_read_and_written_as_they_were() {
    let old = r#"{"rules":[{"target":"resolution","kinds":["incident"],"priorities":[],"applications":[],"seconds":28800}],"pause_on":["waiting_for_requester"],"warn_percents":[80],"on_reopen":"continue"}"#;
    let terms: Terms = serde_json::from_str(old).unwrap();
    assert_eq!(terms.fault(Kind::Sla), None);
    let incident = Rule {
        kinds: vec![TicketKind::Incident],
        ..resolution()
    };
    assert_eq!(terms.rules, [incident]);
    assert_eq!(serde_json::to_string(&terms).unwrap(), old);
}

#[test]
fn a_clock_starts_where_its_condition_holds_first_and_goes_on_after_it() {
    // Root cause of what was critical at any time: from the instant it became so.
    let rule = Rule {
        start: Some(PriorityIs(vec![Critical])),
        ..Rule::plain(Target::RootCause, 72 * HOUR)
    };
    let steps = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T12:00:00Z", Open, Critical),
        ("2026-11-23T13:00:00Z", Open, Medium),
        ("2026-11-23T20:00:00Z", Resolved, Medium),
        ("2026-11-24T12:00:00Z", Closed, Medium),
    ]);
    let now = "2026-11-25T00:00:00Z";
    assert!(readings(terms(vec![rule.clone()]), &steps[..1], now).is_empty());
    let all = readings(terms(vec![rule]), &steps, now);
    assert_eq!(all[0].started_at, at("2026-11-23T12:00:00Z"));
    // A resolution by a workaround does not deliver the cause: it runs until the ticket is closed.
    assert_eq!(brief(&all), [(1, ClockState::Stopped, 24)]);
}

#[test]
fn what_holds_a_clock_may_be_anything_and_an_approval_is_the_clients_unless_said_otherwise() {
    let lima = Rule {
        pause: Some(Any(vec![
            State(vec![Vendor, Approval]),
            All(vec![State(vec![Queued]), not(Major(true))]),
        ])),
        ..resolution()
    };
    let own = Rule {
        held_by: [(Approval, HeldBy::Provider)].into(),
        ..lima.clone()
    };
    let steps = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T11:00:00Z", Queued, Medium),
        ("2026-11-23T13:00:00Z", Approval, Medium),
        ("2026-11-23T16:00:00Z", Waiting, Medium),
        ("2026-11-23T17:00:00Z", InProgress, Medium),
    ]);
    let totals = |rule: Rule| {
        let book = book(&[agreement(Calendar::always(), terms(vec![rule]))]);
        let resolution = (Target::Resolution, "");
        let course = courses(&book, Story::of(&steps), resolution)
            .unwrap()
            .remove(0);
        let window = Window {
            from: None,
            to: None,
            most: 50,
        };
        let told = explain(&course, at("2026-11-23T18:00:00Z"), window).unwrap();
        told.totals
            .iter()
            .map(|t| (t.state, t.held_by, t.seconds / HOUR))
            .collect::<Vec<_>>()
    };
    // The requester holds no clock of this rule.
    assert_eq!(
        totals(lima),
        [
            (SegmentState::Running, None, 3),
            (SegmentState::Paused, Some(HeldBy::Client), 3),
            (SegmentState::Paused, Some(HeldBy::Provider), 2),
        ]
    );
    assert_eq!(
        totals(own),
        [
            (SegmentState::Running, None, 3),
            (SegmentState::Paused, Some(HeldBy::Provider), 5),
        ]
    );
}

#[test]
fn a_restoration_stops_where_the_service_is_back_and_the_resolution_goes_on() {
    let restoration = Rule {
        stop: Some(State(vec![
            TicketState::WaitingForImplementation,
            Resolved,
            Closed,
        ])),
        ..Rule::plain(Target::Restoration, 4 * HOUR)
    };
    let steps = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        (
            "2026-11-23T13:00:00Z",
            TicketState::WaitingForImplementation,
            Medium,
        ),
        ("2026-11-23T19:00:00Z", Resolved, Medium),
    ]);
    let all = readings(
        terms(vec![restoration, resolution()]),
        &steps,
        "2026-11-24T00:00:00Z",
    );
    assert_eq!(all[0].target, Target::Restoration);
    assert_eq!(
        brief(&all),
        [(1, ClockState::Stopped, 3), (1, ClockState::Stopped, 9)]
    );
    assert_eq!(
        (all[0].breached_at, all[1].breached_at),
        (None, Some(at("2026-11-23T18:00:00Z")))
    );
}

#[test]
fn each_public_answer_begins_another_next_update_while_the_ticket_is_open() {
    let mut steps = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T11:00:00Z", InProgress, Medium),
        ("2026-11-23T14:00:00Z", InProgress, Medium),
        ("2026-11-23T15:00:00Z", Waiting, Medium),
        ("2026-11-23T17:00:00Z", InProgress, Medium),
        ("2026-11-23T18:00:00Z", Resolved, Medium),
        ("2026-11-23T19:00:00Z", Resolved, Medium),
    ]);
    for answered in [1, 2, 6] {
        steps[answered].what = What::Answered;
    }
    let rule = Rule::plain(Target::NextUpdate, 2 * HOUR);
    // Answered at eleven and at two, an hour late; resolved at six, two hours of it with the requester. What is answered
    // to a ticket that is done promises nothing.
    let all = readings(terms(vec![rule.clone()]), &steps, "2026-11-24T00:00:00Z");
    assert_eq!(
        brief(&all),
        [(1, ClockState::Stopped, 3), (2, ClockState::Stopped, 2)]
    );
    assert_eq!(all[0].breached_at, Some(at("2026-11-23T13:00:00Z")));
    assert_eq!(all[1].breached_at, None);
    let open = readings(terms(vec![rule]), &steps[..3], "2026-11-23T14:30:00Z");
    assert_eq!((open[1].cycle, open[1].state), (2, ClockState::Running));
    assert_eq!(open[1].due_at, Some(at("2026-11-23T16:00:00Z")));
}

#[test]
fn a_clock_is_cancelled_by_its_own_condition_and_comes_back_with_it() {
    let rule = Rule {
        cancel: Some(Major(true)),
        ..resolution()
    };
    let mut steps = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T11:00:00Z", Open, Medium),
        ("2026-11-23T12:00:00Z", Open, Medium),
    ]);
    steps[1].major = true;
    let of = |n: usize| {
        readings(
            terms(vec![rule.clone()]),
            &steps[..n],
            "2026-11-23T13:00:00Z",
        )
    };
    assert_eq!(brief(&of(2)), [(1, ClockState::Cancelled, 1)]);
    assert_eq!(brief(&of(3)), [(1, ClockState::Running, 3)]);
    // A cancelled ticket no longer cancels it, but stops it.
    let cancelled = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T11:00:00Z", Cancelled, Medium),
    ]);
    let all = readings(terms(vec![rule]), &cancelled, "2026-11-23T13:00:00Z");
    assert_eq!(brief(&all), [(1, ClockState::Stopped, 1)]);
}

#[test]
fn who_holds_a_ticket_is_known_at_every_instant_and_in_any_order_of_hearing() {
    let ids = ids::seeded(5);
    let (n1, n3) = (GroupId::new(&*ids), GroupId::new(&*ids));
    let held = |sequence, time, group, line| Held {
        sequence,
        at: at(time),
        group,
        line,
        origin: Origin::Live,
        late: 0,
    };
    let holders = [
        held(2, "2026-11-23T12:00:00Z", n3, 3),
        held(1, "2026-11-23T10:00:00Z", n1, 1),
        held(3, "2026-11-23T12:30:00Z", n3, 3),
    ];
    let mut steps = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T13:00:00Z", InProgress, Medium),
        ("2026-11-23T18:00:00Z", Resolved, Medium),
    ]);
    steps.reverse();
    with_holders(&mut steps, &holders);
    let seen: Vec<_> = steps.iter().map(|h| (h.what, h.version, h.line)).collect();
    // The first holder comes behind the opening; the same group once more is nothing new.
    assert_eq!(
        seen,
        [
            (What::Opened, 1, None),
            (What::Held, 1, Some(1)),
            (What::Held, 1, Some(3)),
            (What::Changed, 2, Some(3)),
            (What::Changed, 3, Some(3)),
        ]
    );
    // A target of N3 alone: its clock begins when N3 gets the ticket.
    let rule = Rule {
        code: "N3".to_owned(),
        name: "Atención de N3".to_owned(),
        start: Some(Line(vec![3])),
        ..Rule::plain(Target::Custom, 4 * HOUR)
    };
    let all = readings(terms(vec![rule]), &steps, "2026-11-24T00:00:00Z");
    assert_eq!(all[0].key(), (Target::Custom, "N3", 1));
    assert_eq!(all[0].started_at, at("2026-11-23T12:00:00Z"));
    assert_eq!(all[0].breached_at, Some(at("2026-11-23T16:00:00Z")));
}

#[test]
fn a_warning_an_hour_before_tuesday_eleven_comes_at_ten_and_across_a_night_the_evening_before() {
    // Nine to five: an hour of work before the deadline, whatever lies between.
    let warned = |opened: &str, seconds: i64| {
        let rule = Rule {
            warnings: Some(vec![Warning::Before(HOUR), Warning::Percent(50)]),
            ..Rule::plain(Target::Resolution, seconds)
        };
        let book = book(&[agreement(office(), terms(vec![rule]))]);
        let steps = story(&[(opened, Open, Medium)]);
        let reading = read(&book, Story::of(&steps), at(opened))
            .unwrap()
            .remove(0);
        let of = |t: Threshold| reading.thresholds.iter().find(|(w, _)| *w == t).unwrap().1;
        assert_eq!(reading.thresholds.len(), 3);
        (
            of(Threshold::of(Warning::Before(HOUR))),
            of(Threshold::BREACH),
        )
    };
    assert_eq!(
        warned("2026-11-23T09:00:00Z", 10 * HOUR),
        (at("2026-11-24T10:00:00Z"), at("2026-11-24T11:00:00Z"))
    );
    assert_eq!(
        warned("2026-11-23T09:00:00Z", 8 * HOUR + HOUR / 2),
        (at("2026-11-23T16:30:00Z"), at("2026-11-24T09:30:00Z"))
    );
    let which = Threshold::of(Warning::Before(HOUR));
    assert_eq!(
        (
            which.percent(8 * HOUR),
            which.before(),
            which.seconds(8 * HOUR)
        ),
        (87, Some(HOUR), 7 * HOUR)
    );
}

#[test]
fn what_a_closed_ticket_is_called_later_does_not_undo_its_result() {
    let rule = Rule {
        cancel: Some(Condition::Kind(vec![TicketKind::Enquiry])),
        ..resolution()
    };
    let mut steps = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-25T10:00:00Z", Closed, Medium),
        ("2026-11-26T10:00:00Z", Closed, Medium),
    ]);
    let read = |steps: &[_]| readings(terms(vec![rule.clone()]), steps, "2026-11-27T00:00:00Z");
    let told = read(&steps);
    assert!(told[0].breached_at.is_some());
    steps[2].kind = TicketKind::Enquiry;
    assert_eq!(read(&steps)[0].state, told[0].state);
    // One that was an enquiry when it was closed has none to keep.
    steps[1].kind = TicketKind::Enquiry;
    assert_eq!(read(&steps)[0].state, ClockState::Cancelled);
}

proptest! {
    /// What the rules leave out is what they meant before they could say it.
    #[test]
    fn a_rule_that_says_the_usual_reads_as_one_that_says_nothing(
        steps in prop::collection::vec((0i64..90_000, 0usize..9), 1..10),
        reopen in 0usize..3,
    ) {
        let states = [Open, Queued, InProgress, Waiting, Approval, Resolved, Closed, Cancelled, Reopened];
        let mut time = at("2026-11-23T10:00:00Z");
        let mut happened = story(&[("2026-11-23T10:00:00Z", Open, Medium)]);
        for (n, (later, state)) in steps.into_iter().enumerate() {
            time += chrono::TimeDelta::seconds(later);
            let mut next = happened[0].clone();
            next.version = i64::try_from(n).unwrap() + 2;
            next.what = What::Changed;
            next.at = time;
            next.state = states[state];
            happened.push(next);
        }
        let on_reopen = [OnReopen::Continue, OnReopen::NewCycle, OnReopen::Reset][reopen];
        let usual = Rule {
            when: Some(All(vec![])),
            start: Some(All(vec![])),
            pause: Some(State(vec![Waiting, Approval])),
            stop: Some(State(vec![Resolved, Closed])),
            reset: Some(Any(vec![])),
            cancel: Some(State(vec![Cancelled])),
            warnings: Some(vec![Warning::Percent(80)]),
            on_reopen: Some(on_reopen),
            ..resolution()
        };
        let mut plain = terms(vec![resolution()]);
        plain.on_reopen = on_reopen;
        let now = "2026-12-30T00:00:00Z";
        prop_assert_eq!(
            readings(terms(vec![usual]), &happened, now),
            readings(plain, &happened, now)
        );
    }
}
