//! A calendar's versions along the time: each counts from when it is valid until the next, whenever the ticket was opened.

use std::collections::BTreeMap;

use business_time::{Calendar, Hours, Tz, Weekday};
use chrono::{DateTime, TimeDelta, Utc};
use events::intake::Priority::Medium;
use events::intake::TicketState::{Open, Resolved, WaitingForRequester};
use events::sla_clock::Target;
use ids::CalendarId;
use proptest::prelude::*;
use sla_clock::domain::agreement::{Agreement, Dated, OnReopen, Rule};
use sla_clock::domain::allowed::Allowed;
use sla_clock::domain::clock::Reading;
use sla_clock::domain::course::{Course, Story, courses};
use sla_clock::domain::explain::{SegmentState, Window, explain};
use sla_clock::domain::happened::Happened;
use sla_clock::domain::hours_of::{Desk, HoursOf, Owner};
use sla_clock::domain::notice::NotificationHours;
use sla_clock::domain::rulebook::Rulebook;

use crate::duty::{calendar_id, given, group};
use crate::kit::{HOUR, agreement, read, story, terms};
use crate::world::at;

const EVERYTHING: Window = Window {
    from: None,
    to: None,
    most: usize::MAX,
};

fn weekdays(last: Weekday, span: &str) -> Calendar {
    let hours: Hours = span.parse().unwrap();
    let built = Calendar::builder(Tz::UTC).weekdays(Weekday::Mon, last, [hours]);
    built.build().unwrap()
}

fn office(span: &str) -> Calendar {
    weekdays(Weekday::Fri, span)
}

/// Versions of a calendar, each valid from an instant on and in the book since an edit of its own.
fn versions(id: CalendarId, all: &[(&str, Calendar)]) -> Vec<Dated> {
    let each = (1..).zip(all).map(|(version, (from, calendar))| Dated {
        id,
        version,
        since: i64::from(version),
        valid_from: at(from),
        calendar: calendar.clone(),
    });
    each.collect()
}

fn agreed(rule: Rule, all: &[(&str, Calendar)]) -> Agreement {
    let mut said = terms(OnReopen::Continue);
    said.rules = vec![rule];
    let id = CalendarId::new(&*ids::seeded(9));
    Agreement {
        hours: versions(id, all).into(),
        ..agreement(office("09:00-17:00"), said)
    }
}

fn book(agreement: &Agreement, desk: Desk) -> Rulebook {
    Rulebook::new(9, vec![agreement.clone()], desk)
}

fn one(book: &Rulebook, happened: &[Happened], as_of: &str) -> Reading {
    let all = read(book, Story::of(happened), at(as_of)).unwrap();
    all.into_iter().next().unwrap()
}

/// Which versions its open time was read by, with the seconds by each, in order.
fn counted_by(course: &Course<'_>, as_of: &str) -> Vec<(i32, i64)> {
    let mut all: Vec<(i32, i64)> = Vec::new();
    let told = explain(course, at(as_of), EVERYTHING).unwrap();
    for segment in told
        .segments
        .iter()
        .filter(|s| s.state == SegmentState::Running)
    {
        let version = segment.calendar.unwrap().1;
        match all.last_mut() {
            Some((last, seconds)) if *last == version => *seconds += segment.seconds,
            _ => all.push((version, segment.seconds)),
        }
    }
    all
}

#[test]
fn new_hours_from_january_on_reach_a_ticket_of_december() {
    // Wednesday, 30 December 2026; Friday is the first of January.
    let hours = [
        ("2020-01-01T00:00:00Z", office("09:00-17:00")),
        ("2027-01-01T00:00:00Z", office("09:00-13:00")),
    ];
    let agreement = agreed(Rule::plain(Target::Resolution, 24 * HOUR), &hours);
    let happened = story(&[("2026-12-30T09:00:00Z", Open, Medium)]);
    let whole = book(&agreement, Desk::default());
    // Eight hours on each of two days, then four on Friday and four on Monday.
    let clock = one(&whole, &happened, "2027-01-02T00:00:00Z");
    assert_eq!(clock.due_at, Some(at("2027-01-04T13:00:00Z")));
    assert_eq!(clock.elapsed_seconds, 20 * HOUR);
    let all = courses(&whole, Story::of(&happened), (Target::Resolution, "")).unwrap();
    assert_eq!(
        counted_by(&all[0], "2027-01-02T00:00:00Z"),
        [(1, 16 * HOUR), (2, 4 * HOUR)]
    );
    // Before anybody wrote it, it was otherwise; and a result that was reached then stays so.
    let before = one(&whole.at(1), &happened, "2027-01-02T00:00:00Z");
    assert_eq!(before.due_at, Some(at("2027-01-01T17:00:00Z")));
}

#[test]
fn what_is_valid_from_now_on_judges_nothing_of_the_past_anew() {
    let hours = [
        ("2020-01-01T00:00:00Z", office("09:00-17:00")),
        ("2026-11-24T11:00:00Z", office("15:00-16:00")),
    ];
    let agreement = agreed(Rule::plain(Target::Resolution, 12 * HOUR), &hours);
    let happened = story(&[
        ("2026-11-23T09:00:00Z", Open, Medium),
        ("2026-11-23T16:00:00Z", WaitingForRequester, Medium),
        ("2026-11-24T10:00:00Z", Open, Medium),
    ]);
    let book = book(&agreement, Desk::default());
    let clock = one(&book, &happened, "2026-11-24T11:00:00Z");
    // Monday nine to four, Tuesday ten to eleven.
    assert_eq!(clock.elapsed_seconds, 8 * HOUR);
    // Then an hour a day: Tuesday to Friday.
    assert_eq!(clock.due_at, Some(at("2026-11-27T16:00:00Z")));
}

#[test]
fn hours_of_a_group_that_are_put_together_turn_with_each_of_them() {
    let own = [("2020-01-01T00:00:00Z", office("09:00-10:00"))];
    let either = HoursOf::Union(vec![HoursOf::HoldingGroup, HoursOf::Agreement]);
    let rule = Rule {
        hours: Some(either),
        ..Rule::plain(Target::Resolution, 10 * HOUR)
    };
    let agreement = agreed(rule, &own);
    let theirs = versions(
        calendar_id(50),
        &[
            ("2020-01-01T00:00:00Z", office("12:00-13:00")),
            ("2026-11-24T12:30:00Z", office("12:00-16:00")),
        ],
    );
    let mut calendars = BTreeMap::from([(calendar_id(50), theirs.into())]);
    calendars.insert(agreement.hours[0].id, agreement.hours.clone());
    let desk = Desk::new(
        calendars,
        vec![given(Owner::Group(group(7)), 50, None)],
        Vec::new(),
    );
    let mut happened = story(&[("2026-11-23T09:00:00Z", Open, Medium)]);
    happened[0].group = Some(group(7));
    let clock = one(&book(&agreement, desk), &happened, "2026-11-24T16:00:00Z");
    // Monday 1 + 1; Tuesday 1 + half an hour by the old ones, three and a half by the new.
    assert_eq!(clock.elapsed_seconds, 7 * HOUR);
    assert_eq!(clock.due_at, Some(at("2026-11-25T14:00:00Z")));
}

#[test]
fn business_days_are_counted_by_the_hours_of_each_day() {
    let five = Rule {
        allowed: Some(Allowed::BusinessDays(5)),
        ..Rule::plain(Target::Resolution, 0)
    };
    let due = |all: &[(&str, Calendar)]| {
        let agreement = agreed(five.clone(), all);
        let happened = story(&[("2026-11-25T10:00:00Z", Open, Medium)]);
        one(
            &book(&agreement, Desk::default()),
            &happened,
            "2026-11-25T10:00:00Z",
        )
        .due_at
    };
    let first = ("2020-01-01T00:00:00Z", office("09:00-17:00"));
    // From Wednesday: Thursday, Friday, Monday, Tuesday, Wednesday.
    assert_eq!(
        due(std::slice::from_ref(&first)),
        Some(at("2026-12-02T17:00:00Z"))
    );
    // Fewer hours from Monday on: the same days, to their closing.
    let shorter = ("2026-11-30T00:00:00Z", office("09:00-13:00"));
    assert_eq!(
        due(&[first.clone(), shorter]),
        Some(at("2026-12-02T13:00:00Z"))
    );
    // Saturdays from the Saturday on, at midnight or in the middle of its morning: it is a day, and the Friday still is one.
    for from in ["2026-11-28T00:00:00Z", "2026-11-28T08:30:00Z"] {
        let saturdays = (from, weekdays(Weekday::Sat, "09:00-17:00"));
        assert_eq!(
            due(&[first.clone(), saturdays]),
            Some(at("2026-12-01T17:00:00Z")),
            "{from}"
        );
    }
    // From the Sunday on: the Saturday before it was none.
    let saturdays = (
        "2026-11-29T00:00:00Z",
        weekdays(Weekday::Sat, "09:00-17:00"),
    );
    assert_eq!(
        due(&[first.clone(), saturdays]),
        Some(at("2026-12-02T17:00:00Z"))
    );
    // Valid long after the last of them: nothing.
    let later = ("2026-12-03T00:00:00Z", office("09:00-10:00"));
    assert_eq!(due(&[first, later]), Some(at("2026-12-02T17:00:00Z")));
}

#[test]
fn no_business_day_is_lost_or_counted_twice_where_hours_turn() {
    let due = |begun: &str, days: i32, all: &[(&str, Calendar)]| {
        let rule = Rule {
            allowed: Some(Allowed::BusinessDays(days)),
            ..Rule::plain(Target::Resolution, 0)
        };
        let agreement = agreed(rule, all);
        let happened = story(&[(begun, Open, Medium)]);
        let clock = one(&book(&agreement, Desk::default()), &happened, begun);
        assert!(clock.target_seconds > 0);
        clock.due_at.unwrap()
    };
    let of = |tz: Tz, span: &str| {
        let hours: Hours = span.parse().unwrap();
        let built = Calendar::builder(tz).weekdays(Weekday::Mon, Weekday::Sun, [hours]);
        built.build().unwrap()
    };
    let since = |from: &'static str, calendar: Calendar| (from, calendar);
    let always = "2020-01-01T00:00:00Z";
    // Round the clock: Monday's closing is Tuesday's beginning.
    let day = of(Tz::UTC, "00:00-24:00");
    for turn in [
        "2026-06-09T10:00:00Z",
        "2026-06-09T00:00:00Z",
        "2026-06-08T00:00:00Z",
    ] {
        let both = [since(always, day.clone()), since(turn, day.clone())];
        assert_eq!(
            due("2026-06-07T10:00:00Z", 2, &both),
            at("2026-06-10T00:00:00Z"),
            "{turn}"
        );
    }
    // Nights: Friday's ends on Saturday, whose own follows; and a turn within a night loses it not.
    let night = of(Tz::UTC, "22:00-06:00");
    for turn in [
        "2026-06-06T12:00:00Z",
        "2026-06-06T03:00:00Z",
        "2026-06-06T06:00:00Z",
        "2026-06-06T22:00:00Z",
    ] {
        let both = [since(always, night.clone()), since(turn, night.clone())];
        assert_eq!(
            due("2026-06-04T12:00:00Z", 2, &both),
            at("2026-06-07T06:00:00Z"),
            "{turn}"
        );
    }
    // Monday in Lima ends when it is Tuesday in Madrid, and that Tuesday is one.
    let lima = of(Tz::America__Lima, "09:00-18:00");
    let madrid = of(Tz::Europe__Madrid, "09:00-18:00");
    let both = [since(always, lima), since("2026-06-09T05:00:00Z", madrid)];
    assert_eq!(
        due("2026-06-06T15:00:00Z", 3, &both),
        at("2026-06-09T16:00:00Z")
    );
    // What would have closed before it was said counts not at all: nothing falls due before the edit.
    let both = [
        since(always, office("09:00-18:00")),
        since("2026-06-09T16:00:00Z", office("08:00-15:00")),
    ];
    assert_eq!(
        due("2026-06-08T10:00:00Z", 1, &both),
        at("2026-06-10T15:00:00Z")
    );
    let both = [
        since(always, office("15:00-20:00")),
        since("2026-06-09T14:00:00Z", office("08:00-13:00")),
    ];
    assert_eq!(
        due("2026-06-08T21:00:00Z", 1, &both),
        at("2026-06-10T13:00:00Z")
    );
}

#[test]
fn where_the_agreements_hours_stand_in_they_turn_too() {
    let own = [
        ("2020-01-01T00:00:00Z", office("09:00-17:00")),
        ("2026-11-24T00:00:00Z", office("09:00-11:00")),
    ];
    let both = HoursOf::Intersection(vec![HoursOf::HoldingGroup, HoursOf::Application]);
    let rule = Rule {
        hours: Some(both),
        ..Rule::plain(Target::Resolution, 10 * HOUR)
    };
    let agreement = agreed(rule, &own);
    let of = |seed: u64, span: &str| {
        let id = calendar_id(seed);
        (
            id,
            versions(id, &[("2020-01-01T00:00:00Z", office(span))]).into(),
        )
    };
    // They have no hour in common.
    let mut calendars = BTreeMap::from([of(50, "12:00-13:00"), of(51, "14:00-15:00")]);
    calendars.insert(agreement.hours[0].id, agreement.hours.clone());
    let application = ids::ApplicationId::new(&*ids::seeded(8));
    let given = vec![
        given(Owner::Group(group(7)), 50, None),
        given(Owner::Application(application), 51, None),
    ];
    let mut happened = story(&[("2026-11-23T09:00:00Z", Open, Medium)]);
    (happened[0].group, happened[0].application) = (Some(group(7)), Some(application));
    let book = book(&agreement, Desk::new(calendars, given, Vec::new()));
    let clock = one(&book, &happened, "2026-11-24T16:00:00Z");
    assert_eq!(clock.elapsed_seconds, 10 * HOUR);
    assert_eq!(clock.due_at, Some(at("2026-11-24T11:00:00Z")));
}

#[test]
fn people_are_told_by_the_hours_that_count_then() {
    let id = calendar_id(51);
    let hours = versions(
        id,
        &[
            ("2020-01-01T00:00:00Z", office("09:00-17:00")),
            ("2026-11-24T00:00:00Z", office("06:00-08:00")),
        ],
    );
    let notices = NotificationHours {
        calendar: Some(id),
        urgent: None,
        hours: hours.into(),
    };
    assert_eq!(
        notices.opening(at("2026-11-23T12:00:00Z")),
        at("2026-11-23T12:00:00Z")
    );
    assert_eq!(
        notices.opening(at("2026-11-23T18:00:00Z")),
        at("2026-11-24T06:00:00Z")
    );
    assert_eq!(
        notices.opening(at("2026-11-24T09:00:00Z")),
        at("2026-11-25T06:00:00Z")
    );
}

/// Open or not at an instant, by the version that counts at it: nothing of how the clock goes about it.
fn walk(versions: &[Dated], from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
    let mut open = 0;
    let mut t = from;
    while t < to {
        let counts = versions
            .iter()
            .filter(|v| v.valid_from <= t)
            .max_by_key(|v| (v.valid_from, v.version));
        let counts = counts
            .or_else(|| versions.iter().min_by_key(|v| (v.valid_from, -v.version)))
            .unwrap();
        open += i64::from(counts.calendar.is_open(t).unwrap()) * 60;
        t += TimeDelta::minutes(1);
    }
    open
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Random versions on whole minutes: the seconds that a clock counts are those of a walk minute by minute, the segments sum up
    /// to them, and what is counted at the deadline is what was allowed.
    #[test]
    fn it_agrees_with_walking_minute_by_minute(
        turns in proptest::collection::vec((0i64..14 * 1_440, 0u32..12, 1u32..12), 1..6),
        opened in 0i64..7 * 1_440,
        stop in 1i64..7 * 1_440,
        hours in 1i64..40,
    ) {
        let monday = at("2026-11-23T00:00:00Z");
        let id = CalendarId::new(&*ids::seeded(9));
        let mut all: Vec<Dated> = (1..).zip(&turns).map(|(version, (minute, from, long))| Dated {
            id,
            version,
            since: 1,
            valid_from: monday + TimeDelta::minutes(*minute),
            calendar: office(&format!("{from:02}:00-{:02}:00", from + long)),
        }).collect();
        all.sort_by_key(|v| (v.valid_from, v.version));
        let begun = monday + TimeDelta::minutes(opened);
        let ended = begun + TimeDelta::minutes(stop);
        let mut happened = story(&[("2026-11-23T00:00:00Z", Open, Medium), ("2026-11-23T00:00:00Z", Resolved, Medium)]);
        (happened[0].at, happened[1].at) = (begun, ended);
        let said = agreed(Rule::plain(Target::Resolution, hours * HOUR), &[("2020-01-01T00:00:00Z", office("09:00-17:00"))]);
        let agreement = Agreement { hours: all.clone().into(), ..said };
        let book = book(&agreement, Desk::default());
        let as_of = ended + TimeDelta::days(1);
        let clock = read(&book, Story::of(&happened), as_of).unwrap().remove(0);
        prop_assert_eq!(clock.elapsed_seconds, walk(&all, begun, ended));
        let course = courses(&book, Story::of(&happened), (Target::Resolution, "")).unwrap().remove(0);
        let told = explain(&course, ended, EVERYTHING).unwrap();
        let running: i64 = told.segments.iter().filter(|s| s.state == SegmentState::Running).map(|s| s.seconds).sum();
        prop_assert_eq!(running, clock.elapsed_seconds);
        let due = clock.due_at.unwrap();
        prop_assert_eq!(walk(&all, begun, due), hours * HOUR);
    }
}
