//! Targets between groups when a ticket is classified otherwise midway, or the agreement rewritten. By the rules alone.

use std::sync::Arc;

use events::intake::{Priority, TicketState};
use events::sla_clock::Target;
use ids::{ClockId, TicketId};
use sla_clock::domain::agreement::{Agreement, Kind, Rule};
use sla_clock::domain::clock::read_kept;
use sla_clock::domain::condition::Condition;
use sla_clock::domain::course::Story;
use sla_clock::domain::happened::{Happened, What};
use sla_clock::domain::hours_of::Desk;
use sla_clock::domain::kept::{Kept, settle};
use sla_clock::domain::rulebook::Rulebook;

use crate::inner_targets::{MINUTE, agreed, all, brief, of_n2, terms, told};
use crate::kin::oclock;
use crate::kit::book;

use Condition::{All, Line, State};
use Priority::{Critical, Medium};
use TicketState::{InProgress, Open, Queued};
use What::{Answered, Changed, Held, Opened};

/// It is of that priority from an instant on.
fn raised(happened: &mut [Happened], from: &str, priority: Priority) {
    let later = happened.iter_mut().filter(|h| h.at >= oclock(from));
    later.for_each(|h| h.priority = priority);
}

/// A quarter of an hour for the critical, half an hour for the others.
fn by_priority(target: Target) -> Vec<Rule> {
    let critical = Rule {
        priorities: vec![Critical],
        ..of_n2(target, 15)
    };
    vec![critical, of_n2(target, 30)]
}

#[test]
fn another_classification_midway_judges_what_goes_on_and_makes_no_second_first_response() {
    let mut happened = told(&[
        ("09:00", Opened, Open, 1),
        ("10:00", Held, Queued, 2),
        ("10:10", Answered, Queued, 2),
        ("10:20", Changed, Queued, 2),
        ("10:30", Answered, Queued, 2),
        ("11:00", Held, Queued, 3),
        ("11:30", Held, Queued, 2),
        ("11:50", Answered, Queued, 2),
    ]);
    let of = |happened: &[Happened], target| all(Kind::Ola, by_priority(target), happened, "12:00");
    raised(&mut happened, "10:20", Critical);
    let readings = of(&happened, Target::FirstResponse);
    assert_eq!(
        brief(&readings),
        ["N2 1 10:00-10:10", "N2 2 11:30-11:50 11:45"]
    );
    let minutes: Vec<i64> = readings.iter().map(|r| r.target_seconds / MINUTE).collect();
    assert_eq!(minutes, [30, 15]);
    // What ended one update begins the next, and that one is judged by what the ticket is by then.
    let readings = of(&happened, Target::NextUpdate);
    assert_eq!(
        brief(&readings),
        [
            "N2 1 10:10-10:30 10:25",
            "N2 2 10:30-11:00 10:45",
            "N2 3 11:50-"
        ]
    );
    // Raised before the answer: late from the beginning on.
    raised(&mut happened, "10:05", Critical);
    happened[2].at = oclock("10:25");
    happened.swap(2, 3);
    let readings = of(&happened, Target::FirstResponse);
    assert_eq!(brief(&readings)[0], "N2 1 10:00-10:25 10:15");
    assert_eq!(readings.len(), 2);
}

#[test]
fn what_happened_while_no_target_was_for_the_ticket_is_judged_by_the_next_one_that_is() {
    let mut happened = told(&[
        ("09:00", Opened, Open, 1),
        ("10:00", Held, Queued, 2),
        ("10:10", Answered, Queued, 2),
        ("10:20", Changed, Queued, 2),
        ("10:30", Held, Queued, 3),
        ("10:40", Held, Queued, 2),
        ("10:50", Changed, Queued, 2),
        ("11:05", Answered, Queued, 2),
    ]);
    raised(&mut happened, "10:20", Critical);
    raised(&mut happened, "10:50", Medium);
    let mediums = |target| Rule {
        priorities: vec![Medium],
        ..of_n2(target, 30)
    };
    for (target, expected) in [
        (
            Target::FirstResponse,
            &["N2 1 10:00-10:10", "N2 2 10:40-11:05"][..],
        ),
        (Target::NextUpdate, &["N2 1 10:10-10:30", "N2 2 11:05-"][..]),
        (Target::Custom, &["N2 1 10:00-10:30", "N2 2 10:40-"][..]),
    ] {
        let readings = all(Kind::Ola, vec![mediums(target)], &happened, "11:06");
        assert_eq!(brief(&readings), expected, "{target:?}");
    }
    // It never left the second line: then that one answer was its first.
    for h in &mut happened[4..6] {
        h.line = Some(2);
    }
    let rules = vec![mediums(Target::FirstResponse)];
    let readings = all(Kind::Ola, rules, &happened, "11:06");
    assert_eq!(brief(&readings), ["N2 1 10:00-10:10"]);
}

#[test]
fn a_first_response_that_was_told_is_no_other_ones_when_the_agreement_is_rewritten() {
    let happened = told(&[
        ("09:00", Opened, Open, 1),
        ("10:00", Held, Queued, 2),
        ("10:10", Answered, Queued, 2),
        ("10:20", Changed, InProgress, 2),
        ("10:30", Answered, InProgress, 2),
        ("11:00", Held, InProgress, 3),
        ("12:00", Held, InProgress, 2),
        ("12:10", Answered, InProgress, 2),
    ]);
    let first = agreed(Kind::Ola, vec![of_n2(Target::FirstResponse, 30)]);
    let busy = Rule {
        start: Some(All(vec![Line(vec![2]), State(vec![InProgress])])),
        ..of_n2(Target::FirstResponse, 5)
    };
    let second = Agreement {
        version: 2,
        since: 2,
        terms: Arc::new(terms(vec![busy])),
        ..first.clone()
    };
    let answered = oclock("10:10");
    let before = read_kept(
        &book(std::slice::from_ref(&first)),
        Story::of(&happened[..3]),
        &[],
        answered,
    );
    let ids = ids::seeded(5);
    let ticket = TicketId::new(&*ids);
    let changes = settle(ticket, &before.of, Vec::new(), answered, || {
        ClockId::new(&*ids)
    });
    let kept: Vec<Kept> = changes.into_iter().map(|c| c.clock).collect();
    assert_eq!(kept.len(), 1);
    let book = Rulebook::new(2, vec![first, second], Desk::default());
    for (known, expected) in [
        (5, &["N2 1 10:00-10:10"][..]),
        (7, &["N2 1 10:00-10:10", "N2 2 12:00- 12:05"][..]),
        (8, &["N2 1 10:00-10:10", "N2 2 12:00-12:10 12:05"][..]),
    ] {
        let story = Story::of(&happened[..known]);
        let readings = read_kept(&book, story, &kept, oclock("13:00"));
        assert!(readings.failed.is_empty());
        assert_eq!(brief(&readings.of), expected, "{known} facts");
    }
}
