//! Terms that could never do what they are for, refused with the reason; by the rules alone.

use events::intake::{Priority, TicketKind, TicketState};
use events::sla_clock::Target;
use sla_clock::domain::agreement::{Kind, OnReopen, Rule, Terms, Warning};
use sla_clock::domain::condition::Condition;
use sla_clock::domain::fault::TermsFault;

use crate::kit::HOUR;

use Condition::{All, Any, Not, Priority as PriorityIs, State};
use Priority::{Critical, Medium};
use TicketState::{Closed, Queued, Resolved};

fn terms(rules: Vec<Rule>) -> Terms {
    Terms {
        rules,
        pause_on: Vec::new(),
        warn_percents: Vec::new(),
        on_reopen: OnReopen::Continue,
    }
}

fn resolution() -> Rule {
    Rule::plain(Target::Resolution, 8 * HOUR)
}

fn not(condition: Condition) -> Condition {
    Not(Box::new(condition))
}

#[test]
fn conditions_that_make_no_sense_are_refused_with_the_reason() {
    type Edit = fn(&mut Rule);
    let with = |change: Edit| {
        let mut rule = resolution();
        change(&mut rule);
        terms(vec![rule]).fault(Kind::Sla)
    };
    assert_eq!(with(|_| ()), None);
    let cases: [(Edit, TermsFault); 17] = [
        (
            |r| {
                r.priorities = vec![Critical];
                r.when = Some(not(PriorityIs(vec![Critical])));
            },
            TermsFault::NeverAttaches(0),
        ),
        (|r| r.when = Some(Any(vec![])), TermsFault::NeverAttaches(0)),
        (
            |r| {
                r.kinds = vec![TicketKind::Change];
                r.start = Some(Condition::Kind(vec![TicketKind::Problem]));
            },
            TermsFault::NeverStarts(0),
        ),
        (
            |r| r.start = Some(State(vec![Closed])),
            TermsFault::StopsAtOnce(0),
        ),
        (|r| r.stop = Some(All(vec![])), TermsFault::StopsAtOnce(0)),
        (|r| r.stop = Some(Any(vec![])), TermsFault::NeverStops(0)),
        (
            |r| r.cancel = Some(All(vec![])),
            TermsFault::AlwaysCancelled(0),
        ),
        (
            |r| r.cancel = Some(Any(vec![])),
            TermsFault::NeverCancels(0),
        ),
        (
            |r| r.pause = Some(State(vec![Resolved])),
            TermsFault::NeverPauses(0),
        ),
        (
            |r| r.pause = Some(Any(vec![State(vec![Queued]), not(State(vec![Queued]))])),
            TermsFault::RuleNeverRuns(0),
        ),
        (
            |r| {
                r.pause = Some(State(vec![Queued]));
                r.resume = Some(State(vec![Queued]));
            },
            TermsFault::NeverResumes(0),
        ),
        (
            |r| {
                r.pause = Some(State(vec![Queued]));
                r.resume = Some(State(vec![Resolved]));
            },
            TermsFault::NeverResumes(0),
        ),
        (
            |r| {
                r.pause = Some(Any(vec![]));
                r.resume = Some(State(vec![Queued]));
            },
            TermsFault::NeverPauses(0),
        ),
        (
            |r| r.reset = Some(State(vec![Closed])),
            TermsFault::NeverResets(0),
        ),
        (
            |r| r.warnings = Some(vec![Warning::Before(8 * HOUR)]),
            TermsFault::Warning(0),
        ),
        (|r| r.code = "N3".to_owned(), TermsFault::Code(0)),
        (|r| r.target = Target::Custom, TermsFault::Code(0)),
    ];
    for (n, (change, fault)) in cases.into_iter().enumerate() {
        assert_eq!(with(change), Some(fault), "case {n}");
    }
    // The agreement's pausing states hold it wherever it is for a ticket.
    let queued = Rule {
        when: Some(State(vec![Queued, Resolved])),
        ..resolution()
    };
    let mut held = terms(vec![queued]);
    assert_eq!(held.fault(Kind::Sla), None);
    held.pause_on = vec![Queued];
    assert_eq!(held.fault(Kind::Sla), Some(TermsFault::RuleNeverRuns(0)));
    // Earlier targets that take everything together, though none of them alone.
    let of = |priorities: &[Priority]| Rule {
        priorities: priorities.to_vec(),
        ..resolution()
    };
    let low_or_more = of(&[Critical, Priority::High]);
    let rest = Rule {
        when: Some(not(PriorityIs(vec![Critical, Priority::High]))),
        ..resolution()
    };
    assert_eq!(
        terms(vec![low_or_more.clone(), rest, of(&[Medium])]).fault(Kind::Sla),
        Some(TermsFault::Unreachable(2))
    );
    let first = Rule::plain(Target::FirstResponse, HOUR);
    assert_eq!(
        terms(vec![low_or_more, of(&[Medium]), first]).fault(Kind::Sla),
        None
    );
}

/// A vendor's clock lives while the vendor is waited for, a group's while the group holds the ticket: what holds it all that
/// time lets it never run, wherever it stands.
#[test]
fn clocks_between_groups_and_with_vendors_that_are_held_all_their_life_are_refused() {
    let vendor = TicketState::WaitingForVendor;
    let own = |kind: Kind, pause_on: &[TicketState], change: &dyn Fn(&mut Rule)| {
        let mut rule = Rule {
            code: "x".to_owned(),
            name: "X".to_owned(),
            ..Rule::plain(Target::Custom, HOUR)
        };
        change(&mut rule);
        let mut terms = terms(vec![rule]);
        terms.pause_on = pause_on.to_vec();
        terms.fault(kind)
    };
    let never = Some(TermsFault::RuleNeverRuns(0));
    let pauses =
        |states: Vec<TicketState>| move |r: &mut Rule| r.pause = Some(State(states.clone()));
    assert_eq!(own(Kind::Supplier, &[], &|_| ()), None);
    assert_eq!(
        own(Kind::Supplier, &[], &pauses(vec![vendor, Queued])),
        never
    );
    assert_eq!(own(Kind::Supplier, &[vendor], &|_| ()), never);
    // Outside its time nothing holds it, nor makes it begin anew.
    assert_eq!(
        own(Kind::Supplier, &[], &pauses(vec![Queued])),
        Some(TermsFault::NeverPauses(0))
    );
    assert_eq!(
        own(Kind::Supplier, &[], &|r| r.reset =
            Some(State(vec![Queued]))),
        Some(TermsFault::NeverResets(0))
    );
    let queued_with_n2 = |pause: Condition| {
        move |r: &mut Rule| {
            r.start = Some(All(vec![Condition::Line(vec![2]), State(vec![Queued])]));
            r.pause = Some(pause.clone());
        }
    };
    assert_eq!(
        own(Kind::Ola, &[], &queued_with_n2(State(vec![Queued]))),
        never
    );
    assert_eq!(
        own(Kind::Ola, &[], &queued_with_n2(Condition::Line(vec![2]))),
        never
    );
    assert_eq!(
        own(Kind::Ola, &[], &queued_with_n2(Condition::Major(true))),
        None
    );
    // The client's clock outlives what started it.
    let sla = own(Kind::Sla, &[], &queued_with_n2(State(vec![Queued])));
    assert_eq!(sla, None);
}
