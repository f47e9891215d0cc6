//! Clocks that begin anew: what was given up is a cycle of its own, and warns once.

use business_time::Calendar;
use events::intake::{Priority, TicketState};
use events::sla_clock::{ClockState, Target};
use ids::TicketId;
use sla_clock::domain::agreement::{Agreement, Kind, OnReopen, Rule};
use sla_clock::domain::condition::Condition;
use sla_clock::domain::course::Story;
use sla_clock::domain::kept::settle;

use crate::kit::{HOUR, agreement, book, read, story};
use crate::targets::{brief, readings, resolution, terms};
use crate::world::at;

use Condition::{Priority as PriorityIs, State};
use Priority::{Critical, Medium};
use TicketState::{InProgress, Open, Queued, Reopened, Resolved};

#[test]
fn a_reopening_resets_where_the_agreement_says_so_and_warns_again() {
    let rule = Rule {
        on_reopen: Some(OnReopen::Reset),
        ..resolution()
    };
    let steps = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T17:00:00Z", Resolved, Medium),
        ("2026-11-23T20:00:00Z", Reopened, Medium),
    ]);
    let book = book(&[agreement(Calendar::always(), terms(vec![rule]))]);
    let ticket = TicketId::new(&*ids::seeded(2));
    let ids = ids::seeded(3);
    let read_at = |n: usize| {
        let last = steps[n - 1].at;
        (read(&book, Story::of(&steps[..n]), last).unwrap(), last)
    };
    let (first, last) = read_at(2);
    assert_eq!(brief(&first), [(1, ClockState::Stopped, 7)]);
    let mut kept: Vec<_> = settle(ticket, &first, Vec::new(), last, || {
        ids::ClockId::new(&*ids)
    })
    .into_iter()
    .map(|c| c.clock)
    .collect();
    kept[0].fired = vec![80];
    let (again, last) = read_at(3);
    // Its first cycle is kept, cancelled, with what has fired of it; the second one warns on its own.
    assert_eq!(
        brief(&again),
        [(1, ClockState::Cancelled, 7), (2, ClockState::Running, 0)]
    );
    let changed = settle(ticket, &again, kept, last, || ids::ClockId::new(&*ids));
    let [given_up, anew] = &changed[..] else {
        panic!("{changed:?}")
    };
    assert_eq!((given_up.clock.cycle, given_up.timers.len()), (1, 0));
    assert_eq!(given_up.clock.fired, [80]);
    assert_eq!((anew.clock.cycle, anew.timers.len()), (2, 2));
    assert_ne!(anew.clock.id, given_up.clock.id);
    assert_eq!(anew.clock.started_at, at("2026-11-23T20:00:00Z"));
    assert!(anew.clock.fired.is_empty());
}

#[test]
fn a_reset_condition_begins_the_count_anew_each_time_it_begins_to_hold() {
    let rule = Rule {
        reset: Some(PriorityIs(vec![Critical])),
        ..resolution()
    };
    let steps = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T12:00:00Z", Open, Critical),
        ("2026-11-23T13:00:00Z", InProgress, Critical),
        ("2026-11-23T14:00:00Z", InProgress, Medium),
        ("2026-11-23T15:00:00Z", InProgress, Critical),
        ("2026-11-23T18:00:00Z", Resolved, Critical),
    ]);
    let of = |n: usize, now: &str| readings(terms(vec![rule.clone()]), &steps[..n], now);
    assert_eq!(
        brief(&of(3, "2026-11-23T14:00:00Z")),
        [(1, ClockState::Cancelled, 2), (2, ClockState::Running, 2)]
    );
    assert_eq!(
        brief(&of(6, "2026-11-24T00:00:00Z")),
        [
            (1, ClockState::Cancelled, 2),
            (2, ClockState::Cancelled, 3),
            (3, ClockState::Stopped, 3)
        ]
    );
    // What begins anew at the instant at which it began has begun once.
    let at_once = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T10:00:00Z", Open, Critical),
    ]);
    let all = readings(terms(vec![rule.clone()]), &at_once, "2026-11-23T11:00:00Z");
    assert_eq!(brief(&all), [(1, ClockState::Running, 1)]);
}

#[test]
fn a_clock_of_the_house_or_with_a_vendor_begins_anew_by_its_reset_too() {
    for kind in [Kind::Ola, Kind::Supplier] {
        let rule = Rule {
            code: "N2".to_owned(),
            name: "N2".to_owned(),
            start: Some(State(vec![InProgress])),
            reset: Some(PriorityIs(vec![Critical])),
            ..Rule::plain(Target::Custom, 4 * HOUR)
        };
        let steps = story(&[
            ("2026-11-23T09:00:00Z", Open, Medium),
            ("2026-11-23T10:00:00Z", InProgress, Medium),
            ("2026-11-23T13:00:00Z", InProgress, Critical),
            ("2026-11-23T18:00:00Z", Queued, Critical),
        ]);
        let own = Agreement {
            kind,
            ..agreement(Calendar::always(), terms(vec![rule]))
        };
        let book = book(&[own]);
        let of = |n: usize, now: &str| read(&book, Story::of(&steps[..n]), at(now)).unwrap();
        let raised = of(3, "2026-11-23T14:00:00Z");
        assert_eq!(
            brief(&raised),
            [(1, ClockState::Cancelled, 3), (2, ClockState::Running, 1)],
            "{kind:?}"
        );
        assert_eq!(raised[1].due_at, Some(at("2026-11-23T17:00:00Z")));
        let given_back = of(4, "2026-11-23T20:00:00Z");
        assert_eq!(
            brief(&given_back)[1],
            (2, ClockState::Stopped, 5),
            "{kind:?}"
        );
        assert_eq!(given_back[1].breached_at, Some(at("2026-11-23T17:00:00Z")));
    }
}
