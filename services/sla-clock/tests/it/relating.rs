//! Merged, split and mass incidents: what one ticket's story does to the clocks of another.

use std::collections::HashMap;

use business_time::{Calendar, Hours, Tz, Weekday};
use events::intake::{Priority, TicketKind, TicketState};
use events::sla_clock::{ClockState, Target};
use sla_clock::domain::agreement::{Agreement, Dated, OnReopen};
use sla_clock::domain::happened::What;
use sla_clock::domain::relations::{Bond, Source};

use crate::kin::{Kin, oclock, usual, with};
use crate::kit::HOUR;

use Priority::{Critical, Medium};
use TicketState::{
    Cancelled, Closed, InProgress, Open, Reopened, Resolved, WaitingForRequester as Waiting,
};

#[test]
fn a_ticket_that_repeats_another_has_no_clocks_from_the_link_on_and_keeps_its_results() {
    let mut kin = Kin::default();
    let repeats = kin.ticket(
        Medium,
        &[("09:00", Open), ("11:30", Resolved), ("12:00", Reopened)],
    );
    let goes_on = kin.ticket(Medium, &[("08:00", Open)]);
    kin.answer(repeats, "10:00");
    kin.link(repeats, Bond::DuplicateOf, goes_on, "11:00", None);
    let response = kin.one(repeats, Target::FirstResponse, "13:00");
    assert_eq!(
        (
            response.state,
            response.stopped_at,
            response.elapsed_seconds
        ),
        (ClockState::Stopped, Some(oclock("10:00")), HOUR)
    );
    let resolution = kin.one(repeats, Target::Resolution, "13:00");
    assert_eq!(
        (
            resolution.state,
            resolution.stopped_at,
            resolution.elapsed_seconds
        ),
        (ClockState::Cancelled, Some(oclock("11:00")), 2 * HOUR)
    );
    assert!(resolution.thresholds.is_empty());
    let last = kin.heard(repeats).all.pop().unwrap();
    assert_eq!((last.what, last.related.of), (What::Linked, Some(goes_on)));
    // What was resolved before the link stays resolved.
    kin.relations[0].since.0 = oclock("11:45");
    let resolution = kin.one(repeats, Target::Resolution, "13:00");
    assert_eq!(
        (resolution.state, resolution.stopped_at),
        (ClockState::Stopped, Some(oclock("11:30")))
    );
}

#[test]
fn merging_hides_no_time_that_somebody_waited() {
    let mut kin = Kin::default();
    let goes_on = kin.ticket(Medium, &[("10:00", Open)]);
    // Held for half an hour before the other was opened, and for half an hour since: that is its own matter.
    let repeats = kin.ticket(
        Medium,
        &[
            ("08:00", Open),
            ("09:00", Waiting),
            ("09:30", InProgress),
            ("10:15", Waiting),
            ("10:45", InProgress),
        ],
    );
    kin.link(repeats, Bond::DuplicateOf, goes_on, "11:00", None);
    let resolution = kin.one(goes_on, Target::Resolution, "12:00");
    assert_eq!(
        (resolution.started_at, resolution.elapsed_seconds),
        (oclock("08:00"), 3 * HOUR + HOUR / 2)
    );
    let response = kin.one(goes_on, Target::FirstResponse, "12:00");
    assert_eq!(response.breached_at, Some(oclock("10:30")));
    // What the requester was told before the merge was told; what the other is told after it counts for nothing here.
    kin.answer(repeats, "10:20");
    let response = kin.one(goes_on, Target::FirstResponse, "12:00");
    assert_eq!(
        (
            response.stopped_at,
            response.elapsed_seconds,
            response.breached_at
        ),
        (Some(oclock("10:20")), 2 * HOUR - HOUR / 6, None)
    );
    kin.told.get_mut(&repeats).unwrap().0.pop();
    kin.answer(repeats, "11:20");
    let response = kin.one(goes_on, Target::FirstResponse, "12:00");
    assert_eq!(response.state, ClockState::Running);
}

#[test]
fn an_agreement_is_for_the_tickets_own_opening_whatever_it_takes_over() {
    let mut kin = Kin::default();
    let goes_on = kin.ticket(Medium, &[("10:00", Open)]);
    let repeats = kin.ticket(Medium, &[("08:00", Open)]);
    kin.link(repeats, Bond::DuplicateOf, goes_on, "11:00", None);
    let since_nine = Agreement {
        valid_from: oclock("09:00"),
        ..usual()
    };
    let all = kin.by(&since_nine, goes_on, "12:00");
    assert_eq!(all.len(), 2);
    assert!(all.iter().all(|r| r.started_at == oclock("08:00")));
    assert!(kin.by(&since_nine, repeats, "12:00").is_empty());
}

#[test]
fn a_story_that_ends_before_the_tickets_own_opening_is_judged_as_of_that_opening() {
    let mut kin = Kin::default();
    let goes_on = kin.ticket(Medium, &[("10:00", Open)]);
    let repeats = kin.ticket(Medium, &[("08:00", Open), ("08:30", Waiting)]);
    kin.link(repeats, Bond::DuplicateOf, goes_on, "11:00", None);
    let since_nine = Agreement {
        valid_from: oclock("09:00"),
        ..usual()
    };
    let seconds = |by: &Agreement, as_of: &str| -> Vec<i64> {
        let all = kin.by(by, goes_on, as_of);
        all.iter().map(|r| r.elapsed_seconds).collect()
    };
    assert_eq!(seconds(&since_nine, "08:20"), [20 * 60; 2]);
    // Hours go by the time itself: those of before nine hold no working day.
    let sundays: Hours = "00:00-24:00".parse().unwrap();
    let sundays = Calendar::builder(Tz::UTC).weekdays(Weekday::Sun, Weekday::Sun, [sundays]);
    let valid = |version: i32, from: &str, calendar: Calendar| Dated {
        version,
        valid_from: oclock(from),
        calendar,
        ..since_nine.hours[0].clone()
    };
    let by_version = Agreement {
        hours: [
            valid(1, "00:00", sundays.build().unwrap()),
            valid(2, "08:10", Calendar::always()),
        ]
        .into(),
        ..since_nine.clone()
    };
    assert_eq!(seconds(&by_version, "08:20"), [10 * 60; 2]);
}

#[test]
fn unlinked_it_is_as_if_they_had_never_been_linked() {
    for bond in [Bond::DuplicateOf, Bond::SplitFrom] {
        let mut kin = Kin::default();
        let one = kin.ticket(
            Medium,
            &[("08:00", Open), ("09:00", Waiting), ("13:00", Resolved)],
        );
        let other = kin.ticket(
            Critical,
            &[("08:30", Open), ("09:15", Waiting), ("09:45", Open)],
        );
        kin.answer(one, "09:30");
        kin.answer(other, "11:30");
        let apart = [one, other].map(|t| kin.all(t, "14:00"));
        let (from, to) = match bond {
            Bond::SplitFrom => (other, one),
            _ => (one, other),
        };
        kin.link(from, bond, to, "11:00", Some("12:00"));
        assert_eq!([one, other].map(|t| kin.all(t, "14:00")), apart, "{bond:?}");
        // And it is otherwise while it stands.
        kin.relations[0].until = None;
        assert_ne!([one, other].map(|t| kin.all(t, "14:00")), apart, "{bond:?}");
    }
}

#[test]
fn a_chain_of_merges_ends_at_its_last_ticket_in_any_order_of_linking() {
    for (first, second) in [("11:00", "11:30"), ("11:30", "11:00")] {
        let mut kin = Kin::default();
        let a = kin.ticket(Medium, &[("08:00", Open)]);
        let b = kin.ticket(Medium, &[("09:00", Open)]);
        let c = kin.ticket(Medium, &[("10:00", Open)]);
        kin.answer(a, "09:50");
        kin.link(a, Bond::DuplicateOf, b, first, None);
        kin.link(b, Bond::DuplicateOf, c, second, None);
        let response = kin.one(c, Target::FirstResponse, "12:00");
        assert_eq!(
            (response.started_at, response.stopped_at),
            (oclock("08:00"), Some(oclock("09:50")))
        );
        let resolution = kin.one(c, Target::Resolution, "12:00");
        assert_eq!(
            (resolution.state, resolution.elapsed_seconds),
            (ClockState::Running, 4 * HOUR)
        );
        for ended in [a, b] {
            let resolution = kin.one(ended, Target::Resolution, "12:00");
            assert_eq!(resolution.state, ClockState::Cancelled);
        }
        // Intake lets nobody close a ring; if there were one, this ends all the same.
        kin.link(c, Bond::DuplicateOf, a, "11:45", None);
        kin.link(a, Bond::SplitFrom, c, "11:45", None);
        assert_eq!(kin.all(a, "12:00").len(), 2);
    }
}

#[test]
fn of_several_that_were_merged_the_one_opened_first_tells_what_was_before() {
    let mut kin = Kin::default();
    let goes_on = kin.ticket(Medium, &[("11:00", Open)]);
    let second = kin.ticket(Medium, &[("09:00", Open), ("09:10", Waiting)]);
    let first = kin.ticket(
        Medium,
        &[("08:00", Open), ("10:00", Waiting), ("10:30", Open)],
    );
    kin.answer(second, "09:40");
    for (ticket, time) in [(second, "11:30"), (first, "11:40")] {
        kin.link(ticket, Bond::DuplicateOf, goes_on, time, None);
    }
    let resolution = kin.one(goes_on, Target::Resolution, "12:00");
    assert_eq!(
        (resolution.started_at, resolution.elapsed_seconds),
        (oclock("08:00"), 3 * HOUR + HOUR / 2)
    );
    let response = kin.one(goes_on, Target::FirstResponse, "12:00");
    assert_eq!(
        response.stopped_at,
        Some(oclock("09:40")),
        "an answer counts wherever it was given"
    );
}

#[test]
fn a_split_gains_no_time_and_is_judged_by_what_the_new_ticket_is() {
    let mut kin = Kin::default();
    let original = kin.ticket(
        Medium,
        &[
            ("08:00", Open),
            ("09:00", Waiting),
            ("10:00", InProgress),
            ("12:30", Waiting),
        ],
    );
    kin.answer(original, "10:30");
    kin.answer(original, "11:30");
    let before = kin.all(original, "13:00");
    let split = kin.ticket(Critical, &[("11:00", Open)]);
    kin.link(split, Bond::SplitFrom, original, "11:00", None);
    let resolution = kin.one(split, Target::Resolution, "13:00");
    assert_eq!(
        (
            resolution.started_at,
            resolution.target_seconds,
            resolution.elapsed_seconds
        ),
        (oclock("08:00"), 4 * HOUR, 4 * HOUR)
    );
    assert_eq!(resolution.due_at, Some(oclock("13:00")));
    let response = kin.one(split, Target::FirstResponse, "13:00");
    assert_eq!(
        (response.stopped_at, response.elapsed_seconds),
        (Some(oclock("10:30")), HOUR + HOUR / 2)
    );
    assert_eq!(
        kin.all(original, "13:00"),
        before,
        "the original's clocks are its own"
    );
    let taken: Vec<_> = kin.heard(split).all;
    assert!(
        taken
            .iter()
            .filter(|h| h.related.of == Some(original))
            .all(|h| h.priority == Critical)
    );
    // Split off what was split off: from the first one's opening on.
    let again = kin.ticket(Medium, &[("12:00", Open)]);
    kin.link(again, Bond::SplitFrom, split, "12:00", None);
    let resolution = kin.one(again, Target::Resolution, "13:00");
    assert_eq!(
        (resolution.started_at, resolution.elapsed_seconds),
        (oclock("08:00"), 4 * HOUR)
    );
}

#[test]
fn what_is_split_off_and_merged_back_answers_once() {
    let mut kin = Kin::default();
    let original = kin.ticket(Medium, &[("08:00", Open)]);
    kin.answer(original, "09:00");
    let split = kin.ticket(Medium, &[("10:00", Open)]);
    kin.answer(split, "10:30");
    kin.link(split, Bond::SplitFrom, original, "10:00", None);
    kin.link(split, Bond::DuplicateOf, original, "11:00", None);
    let updates = with(&[(Target::NextUpdate, 2)], OnReopen::Continue);
    let all = kin.by(&updates, original, "12:00");
    let begun: Vec<_> = all.iter().map(|r| r.started_at).collect();
    assert_eq!(begun, [oclock("09:00"), oclock("10:30")]);
}

#[test]
fn one_answer_reaches_every_part_of_a_mass_incident_while_it_is_linked() {
    let mut kin = Kin::default();
    let mass = kin.ticket(Medium, &[("08:00", Open)]);
    for time in ["09:15", "10:00", "11:00", "12:30"] {
        kin.answer(mass, time);
    }
    let part = kin.ticket(Medium, &[("09:00", Open)]);
    kin.link(part, Bond::Parent, mass, "09:30", Some("12:00"));
    let response = kin.one(part, Target::FirstResponse, "13:00");
    assert_eq!(
        (response.started_at, response.stopped_at),
        (oclock("09:00"), Some(oclock("10:00")))
    );
    let updates = with(&[(Target::NextUpdate, 2)], OnReopen::Continue);
    let all = kin.by(&updates, part, "13:00");
    let begun: Vec<_> = all.iter().map(|r| (r.started_at, r.stopped_at)).collect();
    assert_eq!(
        begun,
        [
            (oclock("10:00"), Some(oclock("11:00"))),
            (oclock("11:00"), None)
        ]
    );
    let answers = kin.heard(part).all;
    let answers = answers.iter().filter(|h| h.what == What::Answered);
    assert!(answers.clone().all(|h| h.related.of == Some(mass)));
    assert_eq!(answers.count(), 2);
}

#[test]
fn the_parts_of_a_mass_incident_are_resolved_with_it_and_go_on_with_it() {
    let mut kin = Kin::default();
    let mass = kin.ticket(
        Medium,
        &[("08:00", Open), ("11:00", Resolved), ("12:00", Reopened)],
    );
    let part = kin.ticket(
        Medium,
        &[("09:00", Open), ("10:00", Waiting), ("10:30", InProgress)],
    );
    let done = kin.ticket(Medium, &[("09:00", Open), ("10:45", Resolved)]);
    let withdrawn = kin.ticket(Medium, &[("09:00", Open), ("11:30", Cancelled)]);
    for ticket in [part, done, withdrawn] {
        kin.link(ticket, Bond::Parent, mass, "09:30", None);
    }
    let resolution = kin.one(part, Target::Resolution, "11:45");
    assert_eq!(
        (
            resolution.state,
            resolution.stopped_at,
            resolution.elapsed_seconds
        ),
        (ClockState::Stopped, Some(oclock("11:00")), HOUR + HOUR / 2)
    );
    let response = kin.one(part, Target::FirstResponse, "11:45");
    assert_eq!(
        response.state,
        ClockState::Running,
        "a resolution is no answer"
    );
    let resolution = kin.one(part, Target::Resolution, "13:00");
    assert_eq!(
        (resolution.state, resolution.elapsed_seconds),
        (ClockState::Running, 3 * HOUR + HOUR / 2)
    );
    let resolution = kin.one(done, Target::Resolution, "13:00");
    assert_eq!(
        (resolution.state, resolution.stopped_at),
        (ClockState::Stopped, Some(oclock("10:45")))
    );
    let resolution = kin.one(withdrawn, Target::Resolution, "13:00");
    assert_eq!(resolution.state, ClockState::Cancelled);
    // By other terms the reopening begins another cycle.
    let anew = with(
        &[(Target::Resolution, 8), (Target::RootCause, 8)],
        OnReopen::NewCycle,
    );
    let all = kin.by(&anew, part, "13:00");
    let cycles: Vec<_> = all
        .iter()
        .filter(|r| r.target == Target::Resolution)
        .map(|r| (r.started_at, r.stopped_at))
        .collect();
    assert_eq!(
        cycles,
        [
            (oclock("09:00"), Some(oclock("11:00"))),
            (oclock("12:00"), None)
        ]
    );
    let cause = all.iter().find(|r| r.target == Target::RootCause).unwrap();
    assert_eq!(
        cause.state,
        ClockState::Running,
        "a part's root cause is its own"
    );
    // Out of the mass incident it goes on.
    kin.relations[0].until = Some((oclock("11:15"), 77));
    let resolution = kin.one(part, Target::Resolution, "11:45");
    assert_eq!(resolution.state, ClockState::Running);
}

#[test]
fn what_is_no_mass_incident_or_is_withdrawn_ends_nothing() {
    for (kinds, end, state) in [
        (
            (TicketKind::Incident, TicketKind::Incident),
            Resolved,
            ClockState::Stopped,
        ),
        (
            (TicketKind::Incident, TicketKind::Incident),
            Cancelled,
            ClockState::Running,
        ),
        (
            (TicketKind::Change, TicketKind::Task),
            Resolved,
            ClockState::Running,
        ),
        (
            (TicketKind::Problem, TicketKind::Incident),
            Resolved,
            ClockState::Running,
        ),
        (
            (TicketKind::Incident, TicketKind::ServiceRequest),
            Resolved,
            ClockState::Running,
        ),
    ] {
        let mut kin = Kin::default();
        let parent = kin.ticket(Medium, &[("08:00", Open), ("11:00", end)]);
        let child = kin.ticket(Medium, &[("09:00", Open)]);
        kin.of_kind(parent, kinds.0);
        kin.of_kind(child, kinds.1);
        kin.answer(parent, "10:00");
        let apart = kin.all(child, "12:00");
        kin.link(child, Bond::Parent, parent, "09:30", None);
        let resolution = kin.one(child, Target::Resolution, "12:00");
        assert_eq!(resolution.state, state, "{kinds:?} {end:?}");
        let mass = kinds == (TicketKind::Incident, TicketKind::Incident);
        let response = kin.one(child, Target::FirstResponse, "12:00");
        assert_eq!(response.stopped_at.is_some(), mass, "{kinds:?}");
        assert_eq!(kin.all(child, "12:00") == apart, !mass, "{kinds:?}");
    }
}

#[test]
fn a_link_that_is_told_when_the_ticket_was_closed_is_another_story_beside_the_first() {
    let mut kin = Kin::default();
    let closed = kin.ticket(
        Medium,
        &[("10:00", Open), ("11:00", Resolved), ("11:30", Closed)],
    );
    let repeats = kin.ticket(Medium, &[("08:00", Open)]);
    kin.link(repeats, Bond::DuplicateOf, closed, "12:00", None);
    let source = Source {
        ticket: repeats,
        sequence: kin.relations[0].since.1,
        held: false,
    };
    kin.late.insert(closed, HashMap::from([(source, 1)]));
    let heard = kin.heard(closed);
    assert_eq!(heard.last(), 1);
    assert_eq!(
        heard.by(0).happened.first().map(|h| h.at),
        Some(oclock("10:00"))
    );
    assert_eq!(heard.all.first().map(|h| h.at), Some(oclock("08:00")));
    assert_eq!(kin.heard(repeats).last(), 0);
}

#[test]
fn links_that_were_made_again_and_again_do_not_multiply_the_work() {
    // Nine incidents one above the other, each linked and unlinked 30 times: 30 to the eighth ways lead to the uppermost.
    let mut kin = Kin::default();
    let chain: Vec<_> = (0..9)
        .map(|_| kin.ticket(Medium, &[("08:00", Open)]))
        .collect();
    for pair in chain.windows(2) {
        for minute in 0..30 {
            let (since, until) = (2 * minute, 2 * minute + 1);
            let (since, until) = (format!("09:{since:02}"), format!("09:{until:02}"));
            kin.link(pair[0], Bond::Parent, pair[1], &since, Some(&until));
        }
        kin.link(pair[0], Bond::Parent, pair[1], "11:00", None);
    }
    kin.answer(chain[8], "12:00");
    let response = kin.one(chain[0], Target::FirstResponse, "13:00");
    assert_eq!(response.stopped_at, Some(oclock("12:00")));
}
