//! What a ticket is called after its clock has stopped: the cycle keeps the rule that it was judged by. By the rules alone.

use std::sync::Arc;

use business_time::Calendar;
use events::intake::{Priority, TicketState};
use events::sla_clock::{ClockState, Target};
use proptest::prelude::*;
use sla_clock::domain::agreement::{Agreement, Kind, OnReopen, Rule, Terms};
use sla_clock::domain::clock::Reading;
use sla_clock::domain::condition::Condition;
use sla_clock::domain::course::Story;
use sla_clock::domain::happened::What;

use crate::kit::{HOUR, agreement, book, read, story};
use crate::world::at;

use Priority::{Critical, Medium};
use TicketState::{
    Cancelled, Closed, InProgress, Open, Queued, Reopened, Resolved, WaitingForVendor as Vendor,
};

type Steps<'a> = &'a [(&'a str, TicketState, Priority)];

fn terms(rules: Vec<Rule>) -> Terms {
    Terms {
        rules,
        pause_on: Vec::new(),
        warn_percents: Vec::new(),
        on_reopen: OnReopen::NewCycle,
    }
}

fn of(kind: Kind, rules: Vec<Rule>, steps: Steps<'_>) -> Vec<Reading> {
    let agreement = Agreement {
        kind,
        ..agreement(Calendar::always(), terms(rules))
    };
    let now = at("2026-12-01T00:00:00Z");
    read(&book(&[agreement]), Story::of(&story(steps)), now).unwrap()
}

/// `(cycle, state, stopped at, hours allowed)` of each.
fn brief(readings: &[Reading]) -> Vec<(i32, ClockState, Option<String>, i64)> {
    let hour = |t: chrono::DateTime<chrono::Utc>| t.format("%d %H").to_string();
    readings
        .iter()
        .map(|r| {
            (
                r.cycle,
                r.state,
                r.stopped_at.map(hour),
                r.target_seconds / HOUR,
            )
        })
        .collect()
}

/// Eight hours to the resolution, each reopening another cycle; critical ones four hours to the closing, which go on.
fn rules() -> Vec<Rule> {
    vec![
        Rule {
            priorities: vec![Critical],
            stop: Some(Condition::State(vec![Closed])),
            on_reopen: Some(OnReopen::Continue),
            ..Rule::plain(Target::Resolution, 4 * HOUR)
        },
        Rule::plain(Target::Resolution, 8 * HOUR),
    ]
}

#[test]
fn a_cycle_that_has_ended_keeps_the_end_that_its_rule_gave_it() {
    let steps = [
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T12:00:00Z", Resolved, Medium),
        ("2026-11-23T13:00:00Z", Resolved, Critical),
        ("2026-11-23T20:00:00Z", Closed, Critical),
    ];
    let met = (1, ClockState::Stopped, Some("23 12".to_owned()), 8);
    for known in 2..=steps.len() {
        let all = of(Kind::Sla, rules(), &steps[..known]);
        assert_eq!(brief(&all), std::slice::from_ref(&met), "{known} facts");
        assert_eq!(all[0].breached_at, None);
    }
    // What a reopening does to it is for its rule to say; the next cycle is the critical ones'.
    let again = [
        steps[0],
        steps[1],
        steps[2],
        ("2026-11-23T15:00:00Z", Reopened, Critical),
        ("2026-11-23T16:00:00Z", Resolved, Critical),
        ("2026-11-23T17:00:00Z", Closed, Critical),
    ];
    let all = of(Kind::Sla, rules(), &again);
    let second = (2, ClockState::Stopped, Some("23 17".to_owned()), 4);
    assert_eq!(brief(&all), [met, second]);
    assert_eq!(all[1].started_at, at("2026-11-23T15:00:00Z"));
}

#[test]
fn one_that_is_reopened_and_goes_on_is_judged_by_what_the_ticket_is_by_then() {
    let mut rules = rules();
    rules[1].on_reopen = Some(OnReopen::Continue);
    let steps = [
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T12:00:00Z", Resolved, Medium),
        ("2026-11-23T13:00:00Z", Resolved, Critical),
        ("2026-11-23T15:00:00Z", Reopened, Critical),
        ("2026-11-23T16:00:00Z", Resolved, Critical),
        ("2026-11-23T17:00:00Z", Closed, Critical),
    ];
    let open = of(Kind::Sla, rules.clone(), &steps[..5]);
    assert_eq!(brief(&open), [(1, ClockState::Running, None, 4)]);
    let done = of(Kind::Sla, rules, &steps);
    assert_eq!(
        brief(&done),
        [(1, ClockState::Stopped, Some("23 17".to_owned()), 4)]
    );
    assert_eq!(done[0].breached_at, Some(at("2026-11-23T14:00:00Z")));
}

#[test]
fn a_result_stays_where_no_rule_is_for_the_ticket_any_more() {
    let only = vec![Rule {
        priorities: vec![Medium],
        ..Rule::plain(Target::Resolution, 8 * HOUR)
    }];
    let steps = [
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T12:00:00Z", Resolved, Medium),
        ("2026-11-23T13:00:00Z", Closed, Critical),
        ("2026-11-23T15:00:00Z", Reopened, Critical),
    ];
    let met = (1, ClockState::Stopped, Some("23 12".to_owned()), 8);
    assert_eq!(
        brief(&of(Kind::Sla, only.clone(), &steps)),
        [met],
        "and the reopening has no clock"
    );
    // While it goes on, the clock is the rule's: without one there is none.
    let open = [steps[0], ("2026-11-23T11:00:00Z", InProgress, Critical)];
    assert!(of(Kind::Sla, only, &open).is_empty());
}

#[test]
fn a_vendors_clock_that_has_ended_keeps_its_rule_and_the_next_one_has_its_own() {
    let vendor = |priorities: &[Priority], hours| Rule {
        code: "v".to_owned(),
        name: "V".to_owned(),
        priorities: priorities.to_vec(),
        ..Rule::plain(Target::Custom, hours * HOUR)
    };
    let rules = vec![vendor(&[Critical], 1), vendor(&[], 5)];
    let steps = [
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T11:00:00Z", Vendor, Medium),
        ("2026-11-23T13:00:00Z", InProgress, Medium),
        ("2026-11-23T14:00:00Z", InProgress, Critical),
        ("2026-11-23T15:00:00Z", Vendor, Critical),
    ];
    let all = of(Kind::Supplier, rules, &steps);
    let first = (1, ClockState::Stopped, Some("23 13".to_owned()), 5);
    assert_eq!(brief(&all), [first, (2, ClockState::Running, None, 1)]);
}

proptest! {
    /// Two rules that say the same are one: which of them is for the ticket, and how often that changes, makes no difference.
    #[test]
    fn rules_that_say_the_same_cut_the_same(
        steps in prop::collection::vec((1i64..90_000, 0usize..8, any::<bool>(), 0usize..3), 1..14),
        target in 0usize..5,
        reopen in 0usize..3,
        kind in 0usize..3,
    ) {
        let states = [Open, Queued, InProgress, Vendor, Resolved, Closed, Cancelled, Reopened];
        let kind = [Kind::Sla, Kind::Ola, Kind::Supplier][kind];
        let target = [Target::Resolution, Target::FirstResponse, Target::NextUpdate, Target::RootCause, Target::Custom][target];
        let rule = Rule {
            on_reopen: Some([OnReopen::Continue, OnReopen::NewCycle, OnReopen::Reset][reopen]),
            start: (kind == Kind::Ola).then(|| Condition::State(vec![InProgress, Vendor, Queued])),
            ..Rule::plain(target, 6 * HOUR)
        };
        let critical = Rule { priorities: vec![Critical], ..rule.clone() };
        let mut time = at("2026-11-23T10:00:00Z");
        let mut happened = story(&[("2026-11-23T10:00:00Z", Open, Medium)]);
        for (n, (later, state, critical, what)) in steps.into_iter().enumerate() {
            time += chrono::TimeDelta::seconds(later);
            let mut next = happened[0].clone();
            next.version = i64::try_from(n).unwrap() + 2;
            next.what = [What::Changed, What::Answered, What::VendorAnswered][what];
            next.at = time;
            next.state = states[state];
            next.priority = if critical { Critical } else { Medium };
            happened.push(next);
        }
        let of = |rules: Vec<Rule>| {
            let agreement = Agreement { kind, terms: Arc::new(terms(rules)), ..agreement(Calendar::always(), terms(vec![])) };
            read(&book(&[agreement]), Story::of(&happened), at("2027-06-01T00:00:00Z")).unwrap()
        };
        prop_assert_eq!(of(vec![rule.clone()]), of(vec![critical, rule]));
    }
}
