//! Hours that follow the duty, by the rules alone: the standby's for tickets that may call it out, for the others the policy of
//! the group that holds them.

use std::collections::BTreeMap;
use std::sync::Arc;

use business_time::{Calendar, Country, Hours, Tz, Weekday};
use chrono::{DateTime, Utc};
use events::intake::{Priority, TicketState};
use events::sla_clock::Target;
use ids::{CalendarId, GroupId};
use sla_clock::domain::agreement::{Agreement, Dated, OnReopen, Rule};
use sla_clock::domain::clock::Reading;
use sla_clock::domain::condition::Condition;
use sla_clock::domain::course::{Story, courses};
use sla_clock::domain::duty::{Decided, OutOfHours};
use sla_clock::domain::explain::{Explanation, SegmentState, Window, explain};
use sla_clock::domain::happened::Happened;
use sla_clock::domain::hours_of::{Desk, Given, HoursOf, Owner};
use sla_clock::domain::rulebook::Rulebook;
use sla_clock::domain::standby::{Scheme, Standby};

use crate::kit::{HOUR, agreement, office, read, story as told, terms};
use crate::world::at;

use OutOfHours::{Continue, Convert, Defer};
use Priority::{Critical, Medium};
use SegmentState::{OutsideHours, Running};
use TicketState::Open;

pub const ALL: Window = Window {
    from: None,
    to: None,
    most: usize::MAX,
};

pub fn calendar_id(seed: u64) -> CalendarId {
    CalendarId::new(&*ids::seeded(seed))
}

pub fn group(seed: u64) -> GroupId {
    GroupId::new(&*ids::seeded(seed))
}

pub const FACTORY: u64 = 20;
pub const STANDBY: u64 = 21;
pub const PERU: u64 = 22;

/// The factory converts, operations go on, the database team defers, the desk says nothing; all in the factory's hours.
pub const CONVERTS: u64 = 30;
pub const GOES_ON: u64 = 31;
pub const DEFERS: u64 = 32;
pub const SAYS_NOTHING: u64 = 33;
/// A group without a calendar.
pub const BARE: u64 = 34;

pub fn daily(span: &str) -> Calendar {
    let hours: Hours = span.parse().unwrap();
    Calendar::builder(Tz::UTC)
        .weekdays(Weekday::Mon, Weekday::Sun, [hours])
        .build()
        .unwrap()
}

pub fn dated(seed: u64, calendar: Calendar) -> (CalendarId, Arc<[Dated]>) {
    let id = calendar_id(seed);
    let version = Dated {
        id,
        version: 1,
        since: 1,
        valid_from: at("2020-01-01T00:00:00Z"),
        calendar,
    };
    (id, [version].into())
}

pub fn given(to: Owner, calendar: u64, out_of_hours: Option<OutOfHours>) -> Given {
    Given {
        to,
        since: 1,
        calendar: Some(calendar_id(calendar)),
        out_of_hours,
    }
}

pub fn critical() -> Condition {
    Condition::Priority(vec![Critical])
}

/// Weekdays nine to six for every group, Peru's holidays, and a standby by these hours for what is critical.
pub fn desk(standby: Option<Calendar>) -> Desk {
    let factory = Calendar::builder(Tz::UTC)
        .weekdays(
            Weekday::Mon,
            Weekday::Fri,
            ["09:00-18:00".parse::<Hours>().unwrap()],
        )
        .build()
        .unwrap();
    let peru = Calendar::builder(Tz::UTC)
        .weekdays(Weekday::Mon, Weekday::Sun, [Hours::all_day()])
        .public_holidays(Country::Peru)
        .build()
        .unwrap();
    let scheme = standby.is_some().then(|| Scheme {
        since: 1,
        standby: Some(Standby {
            eligible: critical(),
            calendar: calendar_id(STANDBY),
        }),
    });
    let mut calendars = BTreeMap::from([dated(FACTORY, factory), dated(PERU, peru)]);
    calendars.extend(standby.map(|calendar| dated(STANDBY, calendar)));
    let of = |seed, policy| given(Owner::Group(group(seed)), FACTORY, policy);
    let all = vec![
        of(CONVERTS, Some(Convert)),
        of(GOES_ON, Some(Continue)),
        of(DEFERS, Some(Defer)),
        of(SAYS_NOTHING, None),
        given(Owner::Country("PE".to_owned()), PERU, None),
    ];
    Desk::new(calendars, all, scheme.into_iter().collect())
}

pub fn duty() -> HoursOf {
    HoursOf::Duty {
        office_only: Some(Box::new(HoursOf::RequesterCountry)),
    }
}

pub fn rule(hours: HoursOf, seconds: i64) -> Rule {
    Rule {
        hours: Some(hours),
        ..Rule::plain(Target::Resolution, seconds)
    }
}

pub fn agreed(hours: HoursOf, seconds: i64) -> Agreement {
    let mut terms = terms(OnReopen::Continue);
    terms.rules = vec![rule(hours, seconds)];
    agreement(office(), terms)
}

/// Resolution in forty hours of these, on that desk.
pub fn book(desk: Desk, hours: HoursOf) -> Rulebook {
    Rulebook::new(1, vec![agreed(hours, 40 * HOUR)], desk)
}

/// Instant, priority and holder after each step; opened by the first.
pub fn story(steps: &[(&str, Priority, u64)]) -> Vec<Happened> {
    let plain: Vec<_> = steps
        .iter()
        .map(|(time, priority, _)| (*time, Open, *priority))
        .collect();
    let mut happened = told(&plain);
    for (h, (.., holder)) in happened.iter_mut().zip(steps) {
        h.group = Some(group(*holder));
        h.country = Some("PE".into());
    }
    happened
}

/// The resolution's clock at an instant, and why it reads so: the two agree to the second.
pub fn clock(book: &Rulebook, happened: &[Happened], until: &str) -> (Reading, Explanation) {
    let until = at(until);
    let story = Story::of(happened).until(until);
    let reading = read(book, story, until).unwrap().remove(0);
    let course = courses(book, story, (Target::Resolution, ""))
        .unwrap()
        .remove(0);
    let why = explain(&course, until, ALL).unwrap();
    assert_eq!(why.seconds(Running), reading.elapsed_seconds);
    let all: i64 = why.segments.iter().map(|s| s.seconds).sum();
    assert_eq!(all, (until - reading.started_at).num_seconds());
    assert!(
        why.segments
            .windows(2)
            .all(|pair| pair[0].to == pair[1].from)
    );
    (reading, why)
}

/// State, hours, what decided and by which calendar, segment by segment.
pub fn segments(why: &Explanation) -> Vec<(SegmentState, i64, Option<Decided>, CalendarId)> {
    why.segments
        .iter()
        .map(|s| (s.state, s.seconds / HOUR, s.decided, s.calendar.unwrap().0))
        .collect()
}

pub const fn by(of: OutOfHours) -> Decided {
    Decided::Policy(of)
}

#[test]
fn a_ticket_raised_to_critical_at_ten_at_night_runs_from_then_on_and_falls_back_at_eleven() {
    let book = book(desk(Some(Calendar::always())), duty());
    let happened = story(&[
        ("2026-11-23T16:00:00Z", Medium, CONVERTS),
        ("2026-11-23T22:00:00Z", Critical, CONVERTS),
        ("2026-11-23T23:00:00Z", Medium, CONVERTS),
    ]);
    let (reading, why) = clock(&book, &happened, "2026-11-24T10:00:00Z");
    assert_eq!(reading.elapsed_seconds, 4 * HOUR);
    let (factory, on_call) = (calendar_id(FACTORY), calendar_id(STANDBY));
    assert_eq!(
        segments(&why),
        [
            (Running, 2, None, factory),
            (OutsideHours, 4, Some(by(Convert)), factory),
            (Running, 1, Some(Decided::Standby), on_call),
            (OutsideHours, 10, Some(by(Convert)), factory),
            (Running, 1, None, factory),
        ]
    );
    // What brought another duty is what made it run, and stand.
    let priorities: Vec<Priority> = why.segments.iter().map(|s| s.fact.priority).collect();
    assert_eq!(priorities, [Medium, Medium, Critical, Medium, Medium]);
    // While it is critical its deadline is the standby's: three hours end at eleven, not in the morning.
    let short = Rulebook::new(1, vec![agreed(duty(), 3 * HOUR)], book.desk.clone());
    let due = |until| clock(&short, &happened, until).0.due_at.unwrap();
    assert_eq!(due("2026-11-23T21:00:00Z"), at("2026-11-24T10:00:00Z"));
    assert_eq!(due("2026-11-23T22:30:00Z"), at("2026-11-23T23:00:00Z"));
}

#[test]
fn what_is_deferred_or_converted_waits_over_the_weekend_and_a_group_that_goes_on_does_not() {
    let book = book(desk(Some(Calendar::always())), duty());
    let seen = |holder| {
        let happened = story(&[("2026-11-20T17:00:00Z", Medium, holder)]);
        let (reading, why) = clock(&book, &happened, "2026-11-23T10:00:00Z");
        (reading.elapsed_seconds / HOUR, segments(&why))
    };
    let factory = calendar_id(FACTORY);
    for (holder, waits) in [(CONVERTS, Convert), (DEFERS, Defer), (SAYS_NOTHING, Defer)] {
        let expected = [
            (Running, 1, None, factory),
            (OutsideHours, 63, Some(by(waits)), factory),
            (Running, 1, None, factory),
        ];
        assert_eq!(seen(holder), (2, expected.to_vec()));
    }
    let expected = [
        (Running, 1, None, factory),
        (Running, 63, Some(by(Continue)), factory),
        (Running, 1, None, factory),
    ];
    assert_eq!(seen(GOES_ON), (65, expected.to_vec()));
    // A group without hours has no policy: the agreement's count, nine to five.
    let (elapsed, told) = seen(BARE);
    assert_eq!((elapsed, told[0].2), (1, None));
    assert_eq!(told[0].3, book.agreements[0].hours[0].id);
}

#[test]
fn a_ticket_that_goes_from_a_group_that_converts_to_one_that_goes_on_runs_from_then_on() {
    let book = book(desk(Some(Calendar::always())), duty());
    let mut happened = story(&[
        ("2026-11-23T16:00:00Z", Medium, CONVERTS),
        ("2026-11-23T20:00:00Z", Medium, GOES_ON),
        ("2026-11-23T21:00:00Z", Medium, DEFERS),
    ]);
    let (reading, why) = clock(&book, &happened, "2026-11-24T08:00:00Z");
    assert_eq!(reading.elapsed_seconds, 3 * HOUR);
    let decided: Vec<_> = why.segments.iter().map(|s| s.decided).collect();
    assert_eq!(
        decided,
        [None, Some(by(Convert)), Some(by(Continue)), Some(by(Defer))]
    );
    assert_eq!(why.segments[2].fact.group, Some(group(GOES_ON)));
    // Who gets it once it is resolved, and what it is called then, moves nothing.
    happened[2].state = TicketState::Resolved;
    let result = clock_at_stop(&book, &happened);
    let mut later = happened.clone();
    later.push(Happened {
        version: 4,
        at: at("2026-11-24T06:00:00Z"),
        priority: Critical,
        group: Some(group(GOES_ON)),
        ..happened[2].clone()
    });
    assert_eq!(clock_at_stop(&book, &later), result);
}

fn clock_at_stop(book: &Rulebook, happened: &[Happened]) -> (i64, Option<DateTime<Utc>>) {
    let read = read(book, Story::of(happened), at("2026-11-24T08:00:00Z"))
        .unwrap()
        .remove(0);
    (read.elapsed_seconds, read.due_at)
}

#[test]
fn a_holiday_of_the_requesters_country_stops_office_hours_and_nothing_else() {
    // Tuesday 28 July 2026: Fiestas Patrias.
    let book = book(desk(Some(Calendar::always())), duty());
    let seen = |priority, holder| {
        let happened = story(&[("2026-07-28T00:00:00Z", priority, holder)]);
        let (reading, why) = clock(&book, &happened, "2026-07-29T00:00:00Z");
        (reading.elapsed_seconds / HOUR, why)
    };
    let (elapsed, why) = seen(Medium, CONVERTS);
    assert_eq!(elapsed, 0);
    let noon = why
        .segments
        .iter()
        .find(|s| s.to > at("2026-07-28T12:00:00Z"))
        .unwrap();
    assert_eq!(noon.calendar.unwrap().0, calendar_id(PERU));
    assert_eq!(noon.decided, Some(by(Convert)));
    assert_eq!(seen(Critical, CONVERTS).0, 24);
    assert_eq!(seen(Medium, GOES_ON).0, 24);
    // Not cut by any country: the group's nine hours.
    let bare = Rulebook::new(
        1,
        vec![agreed(HoursOf::Duty { office_only: None }, 40 * HOUR)],
        book.desk.clone(),
    );
    let happened = story(&[("2026-07-28T00:00:00Z", Medium, CONVERTS)]);
    let elapsed = clock(&bare, &happened, "2026-07-29T00:00:00Z")
        .0
        .elapsed_seconds;
    assert_eq!(elapsed, 9 * HOUR);
}

#[test]
fn without_a_standby_nothing_may_call_it_out_and_beyond_its_hours_nobody_comes() {
    let critical = story(&[("2026-11-23T17:00:00Z", Critical, DEFERS)]);
    let none = book(desk(None), duty());
    let (reading, why) = clock(&none, &critical, "2026-11-24T09:00:00Z");
    assert_eq!(reading.elapsed_seconds, HOUR);
    assert_eq!(why.segments[1].decided, Some(by(Defer)));
    // A standby that is there until ten at night.
    let evenings = book(desk(Some(daily("18:00-22:00"))), duty());
    let (reading, why) = clock(&evenings, &critical, "2026-11-24T09:00:00Z");
    assert_eq!(reading.elapsed_seconds, 5 * HOUR);
    let on_call = Some(Decided::Standby);
    let told: Vec<_> = why
        .segments
        .iter()
        .map(|s| (s.state, s.seconds / HOUR, s.decided))
        .collect();
    assert_eq!(
        told,
        [
            (Running, 1, None),
            (Running, 4, on_call),
            (OutsideHours, 11, on_call)
        ]
    );
    // What may call it out never counts less than it would if it might not.
    let goes_on = story(&[("2026-11-23T17:00:00Z", Critical, GOES_ON)]);
    let (reading, why) = clock(&evenings, &goes_on, "2026-11-24T09:00:00Z");
    assert_eq!(reading.elapsed_seconds, 16 * HOUR);
    let decided: Vec<_> = why.segments.iter().map(|s| s.decided).collect();
    assert_eq!(decided, [None, on_call, Some(by(Continue))]);
}

#[test]
fn taken_together_with_others_it_is_told_whose_hours_decided() {
    let morning = calendar_id(40);
    let with = |hours: HoursOf| {
        let desk = desk(Some(Calendar::always()));
        let mut calendars = (*desk.calendars).clone();
        calendars.extend([dated(40, daily("00:00-12:00"))]);
        let desk = Desk::new(calendars, desk.given.to_vec(), desk.schemes.to_vec());
        book(desk, hours)
    };
    let members = vec![
        HoursOf::Duty { office_only: None },
        HoursOf::Calendar(morning),
    ];
    let both = with(HoursOf::Intersection(members.clone()));
    let critical = story(&[("2026-11-23T17:00:00Z", Critical, DEFERS)]);
    let (reading, why) = clock(&both, &critical, "2026-11-24T08:00:00Z");
    assert_eq!(reading.elapsed_seconds, 8 * HOUR);
    // Closed by the morning's hours: nothing of the duty decided that. Then it runs, by the standby.
    let closed = &why.segments[0];
    assert_eq!((closed.state, closed.decided), (OutsideHours, None));
    assert_eq!(closed.calendar.unwrap().0, morning);
    let last = why.segments.last().unwrap();
    assert_eq!(
        (last.state, last.decided),
        (Running, Some(Decided::Standby))
    );
    // Either of them: what the morning opens is not the policy's doing.
    let either = with(HoursOf::Union(members));
    let medium = story(&[("2026-11-23T17:00:00Z", Medium, DEFERS)]);
    let (reading, why) = clock(&either, &medium, "2026-11-24T08:00:00Z");
    assert_eq!(reading.elapsed_seconds, 9 * HOUR);
    let decided: Vec<_> = why.segments.iter().map(|s| (s.state, s.decided)).collect();
    assert_eq!(
        (decided[0], decided.last()),
        ((Running, None), Some(&(Running, None)))
    );
}
