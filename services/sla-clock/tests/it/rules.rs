//! The traps, by the rules alone: facts, an agreement, a calendar, and what the clock shows.

use std::sync::Arc;

use business_time::Calendar;
use chrono::{DateTime, Utc};
use events::intake::{Priority, TicketState};
use events::sla_clock::{ClockState, Target};
use ids::{ClockId, TicketId};
use sla_clock::domain::agreement::{Agreement, OnReopen};
use sla_clock::domain::clock::Reading;
use sla_clock::domain::course::Story;
use sla_clock::domain::kept::settle;

use crate::kit::{HOUR, agreement, book, office, read, story, terms};
use crate::world::at;

fn resolution(readings: Vec<Reading>) -> Vec<Reading> {
    readings
        .into_iter()
        .filter(|r| r.target == Target::Resolution)
        .collect()
}

fn one(agreement: &Agreement, steps: &[(&str, TicketState, Priority)], as_of: &str) -> Reading {
    let steps = story(steps);
    let book = book(std::slice::from_ref(agreement));
    let mut all = resolution(read(&book, Story::of(&steps), at(as_of)).unwrap());
    assert_eq!(all.len(), 1);
    all.remove(0)
}

use Priority::{Critical, Medium};
use TicketState::{
    Cancelled, Closed, InProgress, Open, Reopened, Resolved, WaitingForRequester as Waiting,
};

#[test]
fn a_pause_over_closing_time_moves_the_deadline_by_its_open_part() {
    // Due Monday 12:00; paused from Friday 15:00 to Monday 09:30, of which two and a half hours are open.
    let due = |steps: &[_]| {
        let eight = agreement(office(), terms(OnReopen::Continue));
        one(&eight, steps, "2026-11-23T10:00:00Z").due_at
    };
    let plain = [("2026-11-20T12:00:00Z", Open, Medium)];
    assert_eq!(due(&plain), Some(at("2026-11-23T12:00:00Z")));
    let paused = [
        ("2026-11-20T12:00:00Z", Open, Medium),
        ("2026-11-20T15:00:00Z", Waiting, Medium),
        ("2026-11-23T09:30:00Z", InProgress, Medium),
    ];
    assert_eq!(due(&paused), Some(at("2026-11-23T14:30:00Z")));
}

#[test]
fn created_paused_it_has_no_deadline_until_it_runs() {
    let always = agreement(Calendar::always(), terms(OnReopen::Continue));
    let created = [("2026-11-23T10:00:00Z", Waiting, Medium)];
    let reading = one(&always, &created, "2026-11-23T15:00:00Z");
    assert_eq!(
        (reading.state, reading.due_at, reading.elapsed_seconds),
        (ClockState::Paused, None, 0)
    );
    assert_eq!(reading.paused_since, Some(at("2026-11-23T10:00:00Z")));
    assert!(reading.thresholds.is_empty());
    let goes_on = [created[0], ("2026-11-23T16:00:00Z", Open, Medium)];
    let reading = one(&always, &goes_on, "2026-11-23T17:00:00Z");
    assert_eq!(
        (reading.due_at, reading.elapsed_seconds),
        (Some(at("2026-11-24T00:00:00Z")), HOUR)
    );
}

#[test]
fn paused_then_resolved_in_one_write_counts_nothing_of_the_pause() {
    let always = agreement(Calendar::always(), terms(OnReopen::Continue));
    let steps = [
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T11:00:00Z", Waiting, Medium),
        ("2026-11-25T11:00:00Z", Resolved, Medium),
    ];
    let reading = one(&always, &steps, "2026-11-26T00:00:00Z");
    assert_eq!(
        (reading.state, reading.elapsed_seconds),
        (ClockState::Stopped, HOUR)
    );
    assert_eq!((reading.breached_at, reading.paused_since), (None, None));
    // Into the pause and out of it at the same instant.
    let at_once = [
        steps[0],
        ("2026-11-23T11:00:00Z", Waiting, Medium),
        ("2026-11-23T11:00:00Z", Resolved, Medium),
    ];
    assert_eq!(
        one(&always, &at_once, "2026-11-26T00:00:00Z").elapsed_seconds,
        HOUR
    );
}

#[test]
fn another_priority_gives_another_target_and_keeps_what_has_elapsed() {
    let always = agreement(Calendar::always(), terms(OnReopen::Continue));
    let steps = [
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T13:00:00Z", Open, Critical),
    ];
    let reading = one(&always, &steps, "2026-11-23T13:30:00Z");
    assert_eq!(
        (reading.target_seconds, reading.elapsed_seconds),
        (4 * HOUR, 3 * HOUR + HOUR / 2)
    );
    assert_eq!(reading.due_at, Some(at("2026-11-23T14:00:00Z")));
    // While it is paused: it stays paused, and counts by the new target once it goes on.
    let paused = [
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T11:00:00Z", Waiting, Medium),
        ("2026-11-23T12:00:00Z", Waiting, Critical),
    ];
    let reading = one(&always, &paused, "2026-11-23T20:00:00Z");
    assert_eq!(
        (reading.state, reading.due_at, reading.elapsed_seconds),
        (ClockState::Paused, None, HOUR)
    );
    let on = [
        paused[0],
        paused[1],
        paused[2],
        ("2026-11-23T21:00:00Z", InProgress, Critical),
    ];
    assert_eq!(
        one(&always, &on, "2026-11-23T21:00:00Z").due_at,
        Some(at("2026-11-24T00:00:00Z"))
    );
    // After it stopped nothing judges it anew.
    let after = [
        steps[0],
        ("2026-11-23T15:00:00Z", Resolved, Medium),
        ("2026-11-23T16:00:00Z", Resolved, Critical),
    ];
    let reading = one(&always, &after, "2026-11-23T17:00:00Z");
    assert_eq!(
        (reading.target_seconds, reading.breached_at),
        (8 * HOUR, None)
    );
}

#[test]
fn a_reopening_goes_on_as_if_it_had_never_stopped() {
    let always = agreement(Calendar::always(), terms(OnReopen::Continue));
    let steps = [
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T12:00:00Z", Resolved, Medium),
        ("2026-11-23T13:00:00Z", Closed, Medium),
        ("2026-11-23T20:00:00Z", Reopened, Medium),
        ("2026-11-23T21:00:00Z", Resolved, Medium),
        ("2026-11-24T21:00:00Z", Closed, Medium),
    ];
    let reading = one(&always, &steps, "2026-11-30T00:00:00Z");
    assert_eq!(reading.stopped_at, Some(at("2026-11-23T21:00:00Z")));
    assert_eq!(reading.elapsed_seconds, 11 * HOUR);
    assert_eq!(reading.breached_at, Some(at("2026-11-23T18:00:00Z")));
    // Before the reopening it was met.
    let before = one(&always, &steps[..3], "2026-11-23T14:00:00Z");
    assert_eq!(
        (before.elapsed_seconds, before.breached_at),
        (2 * HOUR, None)
    );
}

#[test]
fn what_becomes_of_a_closed_result_by_a_reopening_is_what_the_agreement_says() {
    let steps = [
        ("2026-11-02T10:00:00Z", Open, Medium),
        ("2026-11-02T13:00:00Z", Resolved, Medium),
        ("2026-11-02T14:00:00Z", Closed, Medium),
        ("2026-11-23T10:00:00Z", Reopened, Medium),
    ];
    let now = at("2026-11-23T11:00:00Z");
    let read_by = |on_reopen| {
        let book = book(&[agreement(Calendar::always(), terms(on_reopen))]);
        let all = resolution(read(&book, Story::of(&story(&steps)), now).unwrap());
        let told = |r: &Reading| (r.cycle, r.state, r.elapsed_seconds / HOUR, r.breached_at);
        all.iter().map(told).collect::<Vec<_>>()
    };
    // It had been met. It is taken back, and missed where its deadline was; it stands; it is cancelled.
    let missed = Some(at("2026-11-02T18:00:00Z"));
    let three_weeks = 21 * 24 + 1;
    let goes_on = [(1, ClockState::Running, three_weeks, missed)];
    assert_eq!(read_by(OnReopen::Continue), goes_on);
    let again = (2, ClockState::Running, 1, None);
    let stands = (1, ClockState::Stopped, 3, None);
    assert_eq!(read_by(OnReopen::NewCycle), [stands, again]);
    let reset = read_by(OnReopen::Reset);
    assert_eq!((reset[0].1, reset[1]), (ClockState::Cancelled, again));
}

#[test]
fn a_reopening_begins_another_cycle_where_the_agreement_says_so() {
    let always = agreement(Calendar::always(), terms(OnReopen::NewCycle));
    let steps = story(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T12:00:00Z", Resolved, Medium),
        ("2026-11-23T20:00:00Z", Reopened, Medium),
        ("2026-11-23T21:00:00Z", InProgress, Medium),
    ]);
    let now = at("2026-11-23T22:00:00Z");
    let all = resolution(read(&book(&[always]), Story::of(&steps), now).unwrap());
    let seen: Vec<_> = all
        .iter()
        .map(|r| (r.cycle, r.state, r.elapsed_seconds, r.started_at))
        .collect();
    assert_eq!(
        seen,
        [
            (1, ClockState::Stopped, 2 * HOUR, at("2026-11-23T10:00:00Z")),
            (2, ClockState::Running, 2 * HOUR, at("2026-11-23T20:00:00Z")),
        ]
    );
}

#[test]
fn the_very_instant_of_the_deadline_is_in_time_and_a_second_later_is_not() {
    let always = agreement(Calendar::always(), terms(OnReopen::Continue));
    let stop = |time| {
        one(
            &always,
            &[
                ("2026-11-23T10:00:00Z", Open, Medium),
                (time, Resolved, Medium),
            ],
            time,
        )
    };
    assert_eq!(stop("2026-11-23T18:00:00Z").breached_at, None);
    assert_eq!(
        stop("2026-11-23T18:00:01Z").breached_at,
        Some(at("2026-11-23T18:00:00Z"))
    );
}

#[test]
fn cancelled_it_no_longer_applies() {
    let always = agreement(Calendar::always(), terms(OnReopen::Continue));
    let steps = [
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T11:00:00Z", Cancelled, Medium),
    ];
    let reading = one(&always, &steps, "2026-11-24T10:00:00Z");
    assert_eq!(
        (reading.state, reading.elapsed_seconds),
        (ClockState::Cancelled, HOUR)
    );
    assert!(reading.thresholds.is_empty());
}

#[test]
fn what_is_heard_late_is_computed_as_if_it_had_come_in_time() {
    let always = agreement(Calendar::always(), terms(OnReopen::Continue));
    let all = [
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T11:00:00Z", Waiting, Medium),
        ("2026-11-23T15:00:00Z", InProgress, Medium),
        ("2026-11-23T20:00:00Z", Resolved, Medium),
    ];
    let mut shuffled = story(&all);
    shuffled.swap(1, 2);
    shuffled.swap(0, 3);
    sla_clock::domain::happened::in_order(&mut shuffled);
    let now: DateTime<Utc> = at("2026-11-24T00:00:00Z");
    let always = book(&[always]);
    let again = read(&always, Story::of(&shuffled), now).unwrap();
    assert_eq!(again, read(&always, Story::of(&story(&all)), now).unwrap());
    assert_eq!(resolution(again)[0].elapsed_seconds, 6 * HOUR);
}

#[test]
fn a_result_stays_when_the_agreement_is_rewritten_and_an_open_clock_follows_it() {
    let first = agreement(Calendar::always(), terms(OnReopen::Continue));
    let mut stricter = terms(OnReopen::Continue);
    stricter.rules.iter_mut().for_each(|r| r.seconds = HOUR);
    let second = Agreement {
        version: 2,
        terms: Arc::new(stricter),
        ..first.clone()
    };
    let ticket = TicketId::new(&*ids::seeded(2));
    let ids = ids::seeded(3);
    let settled = |agreements: &[Agreement], steps: &[_], kept: Vec<_>| {
        let steps = story(steps);
        let last = steps.last().unwrap().at;
        settle(
            ticket,
            &read(&book(agreements), Story::of(&steps), last).unwrap(),
            kept,
            last,
            || ClockId::new(&*ids),
        )
    };
    let steps = [
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T12:30:00Z", Resolved, Medium),
    ];
    let told = settled(std::slice::from_ref(&first), &steps, Vec::new());
    assert_eq!(told.len(), 2);
    let kept: Vec<_> = told.into_iter().map(|c| c.clock).collect();
    assert!(settled(&[first.clone(), second.clone()], &steps, kept).is_empty());

    let open = settled(std::slice::from_ref(&first), &steps[..1], Vec::new());
    let kept: Vec<_> = open.into_iter().map(|c| c.clock).collect();
    let moved = settled(&[first, second], &steps[..1], kept);
    assert!(
        moved
            .iter()
            .all(|c| c.clock.agreement_version == 2 && c.clock.target_seconds == HOUR)
    );
    assert_eq!(moved.len(), 2);
}
