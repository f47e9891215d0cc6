//! Targets that are said by the calendar: business days, calendar days and months. Resolved where the clock begins, and
//! seconds from there on.

use std::collections::BTreeMap;
use std::sync::Arc;

use business_time::{Allowance, Calendar, Country, Hours, Tz, Weekday};
use chrono::TimeDelta;
use events::intake::{Priority, TicketState};
use events::sla_clock::{ClockState, Target};
use ids::{CalendarId, GroupId};
use proptest::prelude::*;
use sla_clock::domain::agreement::{Agreement, Dated, Kind, OnReopen, Rule, Terms, Warning};
use sla_clock::domain::allowed::Allowed::{self, BusinessDays, CalendarDays, Months};
use sla_clock::domain::attribution::attribute;
use sla_clock::domain::clock::Reading;
use sla_clock::domain::condition::Condition;
use sla_clock::domain::course::{Story, courses};
use sla_clock::domain::explain::{SegmentState, explain};
use sla_clock::domain::fault::TermsFault;
use sla_clock::domain::hours_of::{Desk, Given, HoursOf, Owner};
use sla_clock::domain::rulebook::Rulebook;

use crate::explaining::{ALL, stories};
use crate::kit::{HOUR, agreement, book, office, read, story as told, terms};
use crate::world::at;

use Priority::Medium;
use TicketState::{InProgress, Open, Queued, Reopened, Resolved, WaitingForRequester as Waiting};

const DAY: i64 = 24 * HOUR;

fn rule(allowed: Allowed) -> Rule {
    Rule {
        allowed: Some(allowed),
        ..Rule::plain(Target::Resolution, 0)
    }
}

fn only(rule: Rule, on_reopen: OnReopen) -> Terms {
    Terms {
        rules: vec![rule],
        ..terms(on_reopen)
    }
}

fn all_of(
    agreement: &Agreement,
    steps: &[(&str, TicketState, Priority)],
    as_of: &str,
) -> Vec<Reading> {
    let steps = told(steps);
    let book = book(std::slice::from_ref(agreement));
    read(&book, Story::of(&steps), at(as_of)).unwrap()
}

/// The only clock of a ticket; what it reads must be what its segments say.
fn one(
    calendar: Calendar,
    allowed: Allowed,
    steps: &[(&str, TicketState)],
    as_of: &str,
) -> Reading {
    let steps: Vec<_> = steps.iter().map(|(t, s)| (*t, *s, Medium)).collect();
    let agreement = agreement(calendar, only(rule(allowed), OnReopen::Continue));
    let mut readings = all_of(&agreement, &steps, as_of);
    assert_eq!(readings.len(), 1);
    let reading = readings.remove(0);
    let (steps, book) = (told(&steps), book(&[agreement]));
    let course = courses(&book, Story::of(&steps), (Target::Resolution, ""))
        .unwrap()
        .remove(0);
    let explained = explain(&course, reading.as_of, ALL).unwrap();
    assert_eq!(
        explained.seconds(SegmentState::Running),
        reading.elapsed_seconds
    );
    assert_eq!(reading.allowed, Some(allowed));
    reading
}

fn due(calendar: Calendar, allowed: Allowed, opened: &str) -> (String, i64) {
    let reading = one(calendar, allowed, &[(opened, Open)], opened);
    let due = reading
        .due_at
        .unwrap()
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    (due, reading.target_seconds)
}

fn weekdays(zone: Tz, span: &str) -> business_time::CalendarBuilder {
    let hours: Hours = span.parse().unwrap();
    Calendar::builder(zone).weekdays(Weekday::Mon, Weekday::Fri, [hours])
}

fn lima() -> Calendar {
    let desk = weekdays(Tz::America__Lima, "09:00-18:00").public_holidays(Country::Peru);
    desk.build().unwrap()
}

fn santiago() -> Calendar {
    weekdays(Tz::America__Santiago, "09:00-18:00")
        .build()
        .unwrap()
}

#[test]
fn business_days_end_at_the_last_closing_and_are_working_seconds_from_the_beginning() {
    // Monday ten o'clock: seven hours of it, and two days of eight.
    let (end, seconds) = due(office(), BusinessDays(2), "2026-11-23T10:00:00Z");
    assert_eq!((end.as_str(), seconds), ("2026-11-25T17:00:00Z", 23 * HOUR));
    // Friday: the weekend is none.
    let (end, seconds) = due(office(), BusinessDays(1), "2026-11-20T16:59:59Z");
    assert_eq!(
        (end.as_str(), seconds),
        ("2026-11-23T17:00:00Z", 8 * HOUR + 1)
    );
}

#[test]
fn a_beginning_outside_hours_or_on_a_holiday_still_gets_whole_days() {
    for opened in [
        "2026-11-21T10:00:00Z",
        "2026-11-20T22:00:00Z",
        "2026-11-22T00:00:00Z",
    ] {
        let (end, seconds) = due(office(), BusinessDays(1), opened);
        assert_eq!(
            (end.as_str(), seconds),
            ("2026-11-23T17:00:00Z", 8 * HOUR),
            "{opened}"
        );
    }
    // Monday before dawn: its own date is not counted, its hours are there all the same.
    let (end, seconds) = due(office(), BusinessDays(1), "2026-11-23T03:00:00Z");
    assert_eq!((end.as_str(), seconds), ("2026-11-24T17:00:00Z", 16 * HOUR));
    // 28 and 29 July are holidays of Peru: ten o'clock of the 28th, to six on Thursday.
    let (end, seconds) = due(lima(), BusinessDays(1), "2026-07-28T15:00:00Z");
    assert_eq!((end.as_str(), seconds), ("2026-07-30T23:00:00Z", 9 * HOUR));
}

#[test]
fn calendar_days_count_real_time_whatever_the_hours() {
    // Saturday, when the office is closed.
    let reading = one(
        office(),
        CalendarDays(3),
        &[("2026-11-21T10:00:00Z", Open)],
        "2026-11-22T10:00:00Z",
    );
    assert_eq!(
        (reading.due_at, reading.target_seconds),
        (Some(at("2026-11-24T10:00:00Z")), 3 * DAY)
    );
    assert_eq!(reading.elapsed_seconds, DAY, "Sunday counts");
    // It warns at 80 percent of real time.
    let warned: Vec<_> = reading.thresholds.iter().map(|(_, at)| *at).collect();
    assert_eq!(
        warned,
        [at("2026-11-23T19:36:00Z"), at("2026-11-24T10:00:00Z")]
    );
}

#[test]
fn months_from_the_31st_end_on_the_last_day_of_the_month() {
    for (opened, months, end, days) in [
        ("2026-01-31T10:00:00Z", 1, "2026-02-28T10:00:00Z", 28),
        ("2028-01-31T10:00:00Z", 1, "2028-02-29T10:00:00Z", 29),
        ("2026-08-31T10:00:00Z", 1, "2026-09-30T10:00:00Z", 30),
        ("2026-01-31T10:00:00Z", 2, "2026-03-31T10:00:00Z", 59),
    ] {
        let (found, seconds) = due(office(), Months(months), opened);
        assert_eq!((found.as_str(), seconds), (end, days * DAY), "{opened}");
    }
    // The date is that of the zone: in Lima it is still the 30th.
    let (end, _) = due(lima(), Months(1), "2026-01-31T03:00:00Z");
    assert_eq!(end, "2026-03-01T03:00:00Z");
}

#[test]
fn where_the_clocks_change_a_date_keeps_its_time_of_day_and_the_clock_its_seconds() {
    // In Santiago the clocks go back on 5 April 2026 and forth on 6 September.
    for (allowed, opened, end, seconds) in [
        (
            CalendarDays(5),
            "2026-04-03T15:00:00Z",
            "2026-04-08T16:00:00Z",
            5 * DAY + HOUR,
        ),
        (
            CalendarDays(5),
            "2026-09-04T16:00:00Z",
            "2026-09-09T15:00:00Z",
            5 * DAY - HOUR,
        ),
        (
            Months(1),
            "2026-03-31T15:00:00Z",
            "2026-04-30T16:00:00Z",
            30 * DAY + HOUR,
        ),
    ] {
        let opened = [(opened, Open)];
        let reading = one(santiago(), allowed, &opened, end);
        assert_eq!(
            (reading.due_at, reading.target_seconds),
            (Some(at(end)), seconds)
        );
        assert_eq!(
            (reading.elapsed_seconds, reading.breached_at),
            (seconds, None),
            "no gap, no overlap"
        );
        let late = at(end) + TimeDelta::seconds(1);
        let reading = one(santiago(), allowed, &opened, &late.to_rfc3339());
        assert_eq!(reading.breached_at, Some(at(end)));
    }
}

#[test]
fn a_pause_across_gives_back_what_the_clock_would_have_counted() {
    // Twelve working hours of pause: Thursday's eight and four of Friday behind Wednesday's closing.
    let steps = [
        ("2026-11-23T10:00:00Z", Open),
        ("2026-11-24T09:00:00Z", Waiting),
        ("2026-11-25T13:00:00Z", InProgress),
    ];
    let as_of = "2026-11-25T15:00:00Z";
    let business = one(office(), BusinessDays(2), &steps, as_of);
    assert_eq!(
        (business.due_at, business.target_seconds),
        (Some(at("2026-11-27T13:00:00Z")), 23 * HOUR)
    );
    assert_eq!(business.elapsed_seconds, 9 * HOUR);
    // Twenty-eight real hours.
    let real = one(office(), CalendarDays(3), &steps, as_of);
    assert_eq!(
        (real.due_at, real.elapsed_seconds),
        (Some(at("2026-11-27T14:00:00Z")), 25 * HOUR)
    );
    // Held before the deadline it has none.
    let held = one(office(), Months(1), &steps[..2], as_of);
    assert_eq!(
        (held.state, held.due_at, held.target_seconds),
        (ClockState::Paused, None, 30 * DAY)
    );
}

#[test]
fn another_cycle_and_a_reset_are_resolved_anew() {
    let monthly = agreement(office(), only(rule(Months(1)), OnReopen::NewCycle));
    let steps = [
        ("2026-01-31T10:00:00Z", Open, Medium),
        ("2026-02-02T10:00:00Z", Resolved, Medium),
        ("2026-03-31T10:00:00Z", Reopened, Medium),
    ];
    let readings = all_of(&monthly, &steps, "2026-04-01T00:00:00Z");
    let cut: Vec<_> = readings
        .iter()
        .map(|r| (r.cycle, r.target_seconds / DAY, r.due_at))
        .collect();
    assert_eq!(
        cut,
        [
            (1, 28, Some(at("2026-02-28T10:00:00Z"))),
            (2, 30, Some(at("2026-04-30T10:00:00Z")))
        ]
    );
    // Back to the queue on Friday at four: one of Friday's hours and Monday's eight.
    let anew = Rule {
        reset: Some(Condition::State(vec![Queued])),
        ..rule(BusinessDays(1))
    };
    let anew = agreement(office(), only(anew, OnReopen::Continue));
    let steps = [
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-27T16:00:00Z", Queued, Medium),
    ];
    let readings = all_of(&anew, &steps, "2026-11-27T16:30:00Z");
    let [given_up, reading] = &readings[..] else {
        panic!("{readings:?}")
    };
    assert_eq!(given_up.state, ClockState::Cancelled);
    assert_eq!((reading.cycle, reading.target_seconds), (2, 9 * HOUR));
    assert_eq!(
        (reading.due_at, reading.elapsed_seconds),
        (Some(at("2026-11-30T17:00:00Z")), HOUR / 2)
    );
}

#[test]
fn days_are_those_of_the_group_that_holds_it_then_and_seconds_those_of_whoever_does() {
    let ids = ids::seeded(3);
    let (first, second) = (GroupId::new(&*ids), GroupId::new(&*ids));
    let own = agreement(office(), terms(OnReopen::Continue));
    let dated = |calendar: Calendar| Dated {
        id: CalendarId::new(&*ids),
        calendar,
        ..own.hours[0].clone()
    };
    let (always, nine_to_five) = (dated(Calendar::always()), dated(office()));
    let given = |group, of: &Dated| Given {
        to: Owner::Group(group),
        since: 1,
        calendar: Some(of.id),
        out_of_hours: None,
    };
    let desk = Desk::new(
        [&always, &nine_to_five]
            .map(|d| (d.id, vec![d.clone()].into()))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
        vec![given(first, &always), given(second, &nine_to_five)],
        Vec::new(),
    );
    let mut happened = told(&[
        ("2026-11-23T10:00:00Z", Open, Medium),
        ("2026-11-23T12:00:00Z", Open, Medium),
    ]);
    happened[0].group = Some(first);
    happened[1].group = Some(second);
    let of = |allowed| {
        let rule = Rule {
            hours: Some(HoursOf::HoldingGroup),
            ..rule(allowed)
        };
        let agreement = Agreement {
            terms: Arc::new(only(rule, OnReopen::Continue)),
            ..own.clone()
        };
        let book = Rulebook::new(1, vec![agreement], desk.clone());
        read(&book, Story::of(&happened), at("2026-11-23T13:00:00Z"))
            .unwrap()
            .remove(0)
    };
    // To Tuesday's midnight, 38 hours; two have passed, and 36 of the second group's go to Friday at four.
    let business = of(BusinessDays(1));
    assert_eq!(
        (business.target_seconds, business.due_at),
        (38 * HOUR, Some(at("2026-11-27T16:00:00Z")))
    );
    // Real time is everybody's.
    let real = of(CalendarDays(1));
    assert_eq!(
        (real.target_seconds, real.due_at),
        (DAY, Some(at("2026-11-24T10:00:00Z")))
    );
}

#[test]
fn terms_say_how_long_in_one_unit_and_old_ones_still_read() {
    let fault = |change: &dyn Fn(&mut Rule)| {
        let mut rule = rule(BusinessDays(5));
        change(&mut rule);
        only(rule, OnReopen::Continue).fault(Kind::Sla)
    };
    assert_eq!(fault(&|_| ()), None);
    assert_eq!(
        fault(&|r| r.seconds = 60),
        Some(TermsFault::OneAllowance(0))
    );
    for odd in [
        BusinessDays(0),
        CalendarDays(-3),
        Months(121),
        CalendarDays(4_000),
    ] {
        assert_eq!(
            fault(&|r| r.allowed = Some(odd)),
            Some(TermsFault::Allowed(0, odd))
        );
    }
    assert_eq!(fault(&|r| r.allowed = None), Some(TermsFault::Seconds(0)));
    let before = |seconds| move |r: &mut Rule| r.warnings = Some(vec![Warning::Before(seconds)]);
    assert_eq!(fault(&before(DAY)), None);
    assert_eq!(
        fault(&before(7 * DAY)),
        Some(TermsFault::Warning(0)),
        "five days never come to a week"
    );

    let old = r#"{"rules": [{"target": "resolution", "seconds": 3600}], "pause_on": [], "warn_percents": [], "on_reopen": "continue"}"#;
    let old: Terms = serde_json::from_str(old).unwrap();
    assert_eq!(old.rules, [Rule::plain(Target::Resolution, HOUR)]);
    assert!(!serde_json::to_string(&old).unwrap().contains("allowed"));
    let new = only(rule(Months(2)), OnReopen::Continue);
    let kept = serde_json::to_string(&new).unwrap();
    assert_eq!(serde_json::from_str::<Terms>(&kept).unwrap(), new);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the unit and whatever happens: segments, shares and reading say the same, and what is due is due when the
    /// allowed seconds have passed; with nothing that held it, where the allowance says.
    #[test]
    fn days_and_months_sum_as_seconds_do(
        happened in stories(),
        count in 1i32..40,
        unit in 0usize..3,
        which in 0usize..4,
        later in 0i64..3_000_000,
    ) {
        let allowed = [BusinessDays(count), CalendarDays(count), Months(count)][unit];
        let calendar = [office(), Calendar::always(), lima(), santiago()][which].clone();
        let agreement = agreement(calendar.clone(), only(rule(allowed), OnReopen::NewCycle));
        let book = book(&[agreement]);
        let story = Story::of(&happened);
        let as_of = happened.last().unwrap().at + TimeDelta::seconds(later);
        let readings = read(&book, story, as_of).unwrap();
        let all = courses(&book, story, (Target::Resolution, "")).unwrap();
        prop_assert_eq!(readings.len(), all.len());
        for (reading, course) in readings.iter().zip(all) {
            prop_assert!(reading.target_seconds > 0);
            let explained = explain(&course, reading.as_of, ALL).unwrap();
            prop_assert_eq!(explained.seconds(SegmentState::Running), reading.elapsed_seconds);
            let shares = attribute(&course, story, reading.target_seconds, reading.as_of).unwrap();
            prop_assert_eq!(shares.iter().map(|s| s.seconds).sum::<i64>(), reading.elapsed_seconds);
            let late = shares.iter().map(|s| s.late_seconds).sum::<i64>();
            prop_assert_eq!(late, (reading.elapsed_seconds - reading.target_seconds).max(0));
            let Some(due) = reading.due_at else { continue };
            let counted = course.hours.elapsed(reading.started_at, due, &course.pauses()).unwrap();
            prop_assert_eq!(counted, reading.target_seconds);
            if course.holds.is_empty() {
                let allowance = match allowed {
                    BusinessDays(days) => Allowance::BusinessDays { days, rule: business_time::DayRule::LastClosing },
                    CalendarDays(days) => Allowance::CalendarDays { days, into_hours: false },
                    Months(months) => Allowance::Months { months, into_hours: false },
                };
                prop_assert_eq!(due, calendar.after(reading.started_at, allowance, &[]).unwrap());
            }
        }
    }
}
