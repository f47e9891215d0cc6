//! What the facts say to each reason, of months made up.

use ids::{PersonId, TicketId};
use uuid::Uuid;

use super::super::cases::Facts;
use super::super::evaluation::tests::{at, enter, inputs, measured, percent, proposal};
use super::super::frozen::Frozen;
use super::super::windows::{DatedWindow, Windows};
use super::*;

/// Of `inputs`, the first ticket that missed its target, at noon of the tenth.
const MISSED: u128 = 1_000;

fn of_ticket(n: u128, reason: Reason) -> Exclusion {
    let ticket = TicketId::from_uuid(Uuid::from_u128(n));
    Exclusion {
        reason,
        ..proposal(Subject::Ticket(ticket))
    }
}

fn of_interval(from: &str, to: &str, reason: Reason) -> Exclusion {
    let subject = Subject::Interval {
        from: at(from),
        to: at(to),
        units: None,
    };
    Exclusion {
        level: Some("A".to_owned()),
        reason,
        ..proposal(subject)
    }
}

/// A month with eight met and two missed, and a window.
fn month(from: &str, to: &str) -> Inputs {
    let mut month = inputs(vec![percent("A", 60), percent("B", 40)], 8, 2);
    month.set.windows = Windows {
        dated: vec![DatedWindow {
            name: "Migración".to_owned(),
            from: at(from),
            to: at(to),
        }],
        weekly: Vec::new(),
    };
    month
}

fn code(month: &Inputs, exclusion: &Exclusion, volume: Option<i64>) -> Option<&'static str> {
    let fact = Fact::of(exclusion, month, 0, volume);
    fault(exclusion, &month.set, &fact).map(|p| p.code)
}

#[test]
fn a_window_was_agreed_and_what_counts_lies_in_it() {
    let inside = month("2026-11-10T11:00:00Z", "2026-11-10T13:00:00Z");
    let ticket = of_ticket(MISSED, Reason::AgreedWindow);
    assert_eq!(code(&inside, &ticket, None), None);
    let fact = Fact::of(&ticket, &inside, 0, None);
    assert_eq!(fact.supported, Some(true));
    assert_eq!(fact.windows[0].name, "Migración");
    let mut nothing = inside.clone();
    nothing.set.windows = Windows::default();
    assert_eq!(code(&nothing, &ticket, None), Some("NO_WINDOW_AGREED"));
    let outside = month("2026-11-10T12:00:01Z", "2026-11-10T13:00:00Z");
    assert_eq!(code(&outside, &ticket, None), Some("OUTSIDE_WINDOW"));
    // One that was met has nothing to be excused, nor has one that nothing counts.
    for n in [0, 77] {
        let other = of_ticket(n, Reason::AgreedWindow);
        assert_eq!(code(&inside, &other, None), Some("OUTSIDE_WINDOW"), "{n}");
    }
    // Of every level that counts it: in one it lies elsewhere.
    let mut apart = inside.clone();
    for case in apart.cases.get_mut("B").unwrap() {
        case.at = at("2026-11-12T12:00:00Z");
    }
    assert_eq!(code(&apart, &ticket, None), Some("OUTSIDE_WINDOW"));
    let of_a = Exclusion {
        level: Some("A".to_owned()),
        ..ticket
    };
    assert_eq!(code(&apart, &of_a, None), None);
}

#[test]
fn an_interval_lies_in_windows_as_a_whole() {
    let month = month("2026-11-10T11:00:00Z", "2026-11-10T13:00:00Z");
    let of = |from, to| of_interval(from, to, Reason::AgreedWindow);
    let whole = of("2026-11-10T11:00:00Z", "2026-11-10T13:00:00Z");
    assert_eq!(code(&month, &whole, None), None);
    for (from, to) in [
        ("2026-11-10T10:59:00Z", "2026-11-10T13:00:00Z"),
        ("2026-11-10T11:00:00Z", "2026-11-10T13:00:01Z"),
        ("2026-11-11T11:00:00Z", "2026-11-11T13:00:00Z"),
    ] {
        let part = of(from, to);
        assert_eq!(code(&month, &part, None), Some("OUTSIDE_WINDOW"), "{from}");
    }
}

#[test]
fn volume_is_outside_of_the_band_of_its_level() {
    let mut month = inputs(vec![percent("A", 60), measured("UP", 40)], 8, 2);
    let of_a = of_interval(
        "2026-11-10T11:00:00Z",
        "2026-11-10T13:00:00Z",
        Reason::VolumeOutsideBand,
    );
    let any = of_ticket(MISSED, Reason::VolumeOutsideBand);
    assert_eq!(code(&month, &any, None), Some("LEVEL_MISSING"));
    assert_eq!(code(&month, &of_a, Some(10)), Some("NO_BAND_AGREED"));
    month.set.levels[0].volume_band = Some(Band {
        fewest: Some(5),
        most: Some(9),
    });
    let volume = month.volume(&month.set.levels[0]);
    assert_eq!(volume, Some(10), "before exclusions, met and missed");
    assert_eq!(code(&month, &of_a, volume), None);
    assert_eq!(code(&month, &of_a, Some(9)), Some("WITHIN_BAND"));
    assert_eq!(code(&month, &of_a, Some(4)), None);
    assert_eq!(code(&month, &of_a, None), Some("VOLUME_UNKNOWN"));
    month.as_of = at("2026-11-20T12:00:00Z");
    assert_eq!(
        code(&month, &of_a, Some(4)),
        Some("WITHIN_BAND"),
        "the month lasts: more may come"
    );
    assert_eq!(code(&month, &of_a, Some(10)), None);
    // Of a level that is entered, its denominator; nothing entered is not none.
    assert_eq!(month.volume(&month.set.levels[1]), None);
    enter(&mut month, "UP", 990, 1_000);
    assert_eq!(month.volume(&month.set.levels[1]), Some(1_000));
}

#[test]
fn waiting_is_shown_and_stops_nobody() {
    let month = inputs(vec![percent("A", 100)], 8, 2);
    let ticket = of_ticket(MISSED, Reason::ClientDependency);
    for (waited, supported) in [(0, false), (3_600, true)] {
        let fact = Fact::of(&ticket, &month, waited, None);
        assert_eq!(fact.waited_for_client_s, Some(waited));
        assert_eq!(fact.supported, Some(supported));
        assert_eq!(fault(&ticket, &month.set, &fact), None);
    }
    let interval = of_interval(
        "2026-11-10T11:00:00Z",
        "2026-11-10T13:00:00Z",
        Reason::ClientDependency,
    );
    for exclusion in [interval, of_ticket(MISSED, Reason::ForceMajeure)] {
        let fact = Fact::of(&exclusion, &month, 5, Some(5));
        assert_eq!(fact, Fact::default(), "nothing that could be known");
        assert_eq!(fault(&exclusion, &month.set, &fact), None);
    }
}

#[test]
fn a_set_from_before_there_was_any_of_this_is_read_and_written_as_it_was() {
    let kept = include_str!("frozen-v1-inputs.json").trim_end();
    let read: Inputs = serde_json::from_str(kept).unwrap();
    assert!(read.set.windows.is_empty());
    assert!(read.set.levels.iter().all(|l| l.volume_band.is_none()));
    assert!(read.exclusions.iter().all(|e| e.fact.is_none()));
    let again: serde_json::Value = serde_json::to_value(&read).unwrap();
    let before: serde_json::Value = serde_json::from_str(kept).unwrap();
    assert_eq!(again, before);
}

#[test]
fn facts_are_kept_with_a_month_and_change_no_figure() {
    let bare = month("2026-11-10T11:00:00Z", "2026-11-10T13:00:00Z");
    let mut kept = bare.clone();
    let mut ticket = of_ticket(MISSED, Reason::AgreedWindow);
    ticket.fact = Some(Fact::of(&ticket, &bare, 0, None));
    kept.exclusions = vec![ticket];
    for case in kept.cases.values_mut().flatten() {
        case.waited_for_client_s = Some(60);
    }
    assert_eq!(kept.figures(), bare.figures());
    let by = PersonId::from_uuid(Uuid::from_u128(5));
    let frozen = Frozen::of(&kept, None, None, (by, at("2026-12-02T12:00:00Z"))).unwrap();
    let again = frozen.recompute().unwrap();
    assert!(again.same);
    assert_eq!(again.inputs, kept);
    let mut touched = frozen;
    let inputs = &mut touched.contents.inputs;
    *inputs = inputs.replace("\"supported\":true", "\"supported\":false");
    assert!(!touched.recompute().unwrap().same);
}

#[test]
fn of_several_misses_none_lies_outside_the_windows() {
    let mut month = month("2026-11-10T11:00:00Z", "2026-11-10T13:00:00Z");
    let ticket = of_ticket(MISSED, Reason::AgreedWindow);
    let cases = month.cases.values_mut().flatten();
    for case in cases.filter(|case| case.ticket == TicketId::from_uuid(Uuid::from_u128(MISSED))) {
        let Facts::Clocks(clocks) = &mut case.facts else {
            continue;
        };
        let mut again = clocks[0];
        (again.started_at, again.due_at) =
            (at("2026-11-19T12:00:00Z"), Some(at("2026-11-20T12:00:00Z")));
        (again.stopped_at, again.breached_at) = (None, Some(at("2026-11-20T12:00:00Z")));
        clocks.push(again);
    }
    assert_eq!(code(&month, &ticket, None), Some("OUTSIDE_WINDOW"));
}
