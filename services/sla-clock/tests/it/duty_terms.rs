//! The duty where agreements are written, and where questions are asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use business_time::{Calendar, Hours, Tz};
use chrono::TimeDelta;
use events::intake::{Priority, TicketKind, TicketState};
use events::sla_clock::Target;
use proptest::prelude::*;
use sla_clock::domain::agreement::{Kind, OnReopen};
use sla_clock::domain::condition::{Condition, Field};
use sla_clock::domain::course::{Story, courses};
use sla_clock::domain::duty::{Decided, OutOfHours};
use sla_clock::domain::explain::{SegmentState, explain};
use sla_clock::domain::fault::TermsFault;
use sla_clock::domain::happened::Happened;
use sla_clock::domain::hours_of::{Desk, Given, HoursOf, Owner};
use sla_clock::domain::inner_use::{Touched, is_inner};
use sla_clock::domain::reach::reaches;
use sla_clock::domain::rulebook::Rulebook;
use sla_clock::domain::standby::{Scheme, SchemeFault, fault};
use sla_clock::domain::what_if::{Change, Classification, what_if};

use crate::duty::*;
use crate::kit::{HOUR, read, terms};
use crate::world::at;

use OutOfHours::{Continue, Convert, Defer};
use Priority::{Critical, Medium};
use SegmentState::{OutsideHours, Running};
use TicketState::InProgress;

#[test]
fn what_was_judged_before_a_standby_stood_in_the_book_is_read_without_it() {
    let none = book(desk(None), duty());
    let all = desk(Some(Calendar::always()));
    let mut calendars = none.desk.clone();
    calendars.calendars = all.calendars.clone();
    let scheme = Scheme {
        since: 2,
        ..all.schemes[0].clone()
    };
    let mut first = none.clone();
    first.desk = calendars;
    let second = first.with_scheme(scheme);
    assert_eq!(second.version, 2);
    let happened = story(&[("2026-11-23T17:00:00Z", Critical, DEFERS)]);
    let until = "2026-11-24T09:00:00Z";
    assert_eq!(
        clock(&second, &happened, until).0.elapsed_seconds,
        16 * HOUR
    );
    assert_eq!(
        clock(&second.at(1), &happened, until).0.elapsed_seconds,
        HOUR
    );
    // Another policy, and then no standby: each from its version on.
    let third = second.with_given(Given {
        since: 3,
        ..given(Owner::Group(group(DEFERS)), FACTORY, Some(Continue))
    });
    let fourth = third.with_scheme(Scheme {
        since: 4,
        standby: None,
    });
    let decided = |book: &Rulebook| clock(book, &happened, until).1.segments[1].decided;
    assert_eq!(decided(&fourth), Some(by(Continue)));
    assert_eq!(decided(&fourth.at(3)), Some(Decided::Standby));
    assert_eq!(decided(&fourth.at(1)), Some(by(Defer)));
}

#[test]
fn supposed_critical_from_ten_at_night_it_runs_from_then_on_and_a_supposed_holiday_stops_office_hours()
 {
    let book = book(desk(Some(Calendar::always())), duty());
    let happened = story(&[("2026-11-23T16:00:00Z", Medium, CONVERTS)]);
    let until = at("2026-11-24T10:00:00Z");
    let would_be = |change: Change| {
        let found = what_if(&book, &happened, &[], &[change], until).unwrap();
        found.clocks[0].would_be.clone().unwrap().elapsed_seconds / HOUR
    };
    let critical = Change::Classified(Classification {
        from: Some(at("2026-11-23T22:00:00Z")),
        priority: Some(Critical),
        ..Classification::default()
    });
    assert_eq!(would_be(critical), 14);
    assert_eq!(would_be(Change::Holiday("2026-11-24".parse().unwrap())), 2);
}

#[test]
fn hours_that_follow_the_duty_are_refused_where_they_would_never_suffice() {
    // One day of hours, ever.
    let one_day = Calendar::builder(Tz::UTC)
        .date_hours(
            "2030-01-01".parse().unwrap(),
            ["09:00-17:00".parse::<Hours>().unwrap()],
        )
        .build()
        .unwrap();
    let own = &agreed(duty(), HOUR).hours;
    let with = |policy| {
        let calendars = BTreeMap::from([dated(50, one_day.clone())]);
        let given = given(Owner::Group(group(DEFERS)), 50, policy);
        Desk::new(calendars, vec![given], Vec::new())
    };
    let from = at("2026-01-01T00:00:00Z");
    let reached = |policy, seconds| {
        let only = Some(calendar_id(50));
        reaches(&with(policy), own, &rule(duty(), seconds), from, only)
    };
    assert!(reached(Some(Defer), 8 * HOUR) && !reached(Some(Defer), 9 * HOUR));
    assert!(!reached(Some(Convert), 9 * HOUR) && !reached(None, 9 * HOUR));
    assert!(reached(Some(Continue), 900 * HOUR));
    // The duty cannot be cut by the duty, and counts as two of the 32 that there may be.
    let fault = |hours| {
        let mut terms = terms(OnReopen::Continue);
        terms.rules = vec![rule(hours, HOUR)];
        terms.fault(Kind::Sla)
    };
    let cut_by_itself = HoursOf::Duty {
        office_only: Some(Box::new(HoursOf::Union(vec![HoursOf::Agreement, duty()]))),
    };
    assert_eq!(fault(cut_by_itself), Some(TermsFault::Hours(0)));
    let so_many = |n| HoursOf::Union(vec![HoursOf::Duty { office_only: None }; n]);
    assert_eq!(
        (fault(so_many(15)), fault(so_many(16))),
        (None, Some(TermsFault::Hours(0)))
    );
    assert!(rule(duty(), HOUR).looks_at_holders() && rule(duty(), HOUR).looks_at_requesters());
    assert!(!duty().is_fixed());
}

#[test]
fn a_condition_that_no_ticket_or_every_ticket_meets_names_no_standby() {
    use Condition::{All, Any, Kind as KindIs, Line, Major, Not, Priority as Prio, State};
    let not = |c: Condition| Not(Box::new(c));
    assert_eq!(fault(&critical()), None);
    let typified = Any(vec![
        critical(),
        KindIs(vec![TicketKind::Problem]),
        Major(true),
    ]);
    assert_eq!(fault(&typified), None);
    assert_eq!(
        fault(&All(vec![critical(), Prio(vec![Medium])])),
        Some(SchemeFault::NeverEligible)
    );
    assert_eq!(fault(&Any(vec![])), Some(SchemeFault::NeverEligible));
    assert_eq!(
        fault(&Any(vec![critical(), not(critical())])),
        Some(SchemeFault::AlwaysEligible)
    );
    assert_eq!(fault(&All(vec![])), Some(SchemeFault::AlwaysEligible));
    let hidden = All(vec![critical(), not(State(vec![InProgress]))]);
    assert_eq!(fault(&hidden), Some(SchemeFault::Field(Field::State)));
    assert_eq!(fault(&Line(vec![3])), Some(SchemeFault::Field(Field::Line)));
    assert_eq!(
        fault(&Condition::Vip(true)),
        Some(SchemeFault::Field(Field::Vip))
    );
    let deep = (0..9).fold(critical(), |c, _| not(c));
    assert_eq!(fault(&deep), Some(SchemeFault::TooComplex));
}

#[test]
fn hours_are_the_houses_while_an_agreement_of_the_house_counts_by_them() {
    let now = at("2026-11-23T12:00:00Z");
    let peru = Owner::Country("PE".to_owned());
    let touches = |kind, hours: Option<HoursOf>, what: Touched| {
        let mut agreement = agreed(HoursOf::Agreement, HOUR);
        agreement.kind = kind;
        let mut terms = (*agreement.terms).clone();
        terms.rules[0].hours = hours;
        agreement.terms = Arc::new(terms);
        let book = Rulebook::new(1, vec![agreement], desk(Some(Calendar::always())));
        is_inner(&book, &[], &[what], now)
    };
    let calendar = |seed| Touched::Calendar(calendar_id(seed));
    let own = 9;
    for kind in [Kind::Ola, Kind::Supplier] {
        assert!(touches(kind, None, calendar(own)));
        assert!(
            touches(kind, Some(HoursOf::HoldingGroup), calendar(own)),
            "who has none counts by it"
        );
        assert!(touches(
            kind,
            Some(HoursOf::HoldingGroup),
            calendar(FACTORY)
        ));
        assert!(touches(kind, Some(duty()), calendar(STANDBY)));
        assert!(touches(kind, Some(duty()), calendar(PERU)));
        assert!(touches(kind, Some(duty()), Touched::Standby));
        assert!(touches(kind, Some(duty()), Touched::Given(peru.clone())));
        assert!(touches(
            kind,
            Some(duty()),
            Touched::Given(Owner::Group(group(BARE)))
        ));
    }
    assert!(!touches(Kind::Sla, Some(duty()), calendar(STANDBY)));
    assert!(!touches(Kind::Sla, None, calendar(own)));
    let ola = Kind::Ola;
    let fixed = Some(HoursOf::Calendar(calendar_id(PERU)));
    assert!(touches(ola, fixed.clone(), calendar(PERU)) && !touches(ola, fixed, calendar(own)));
    assert!(!touches(
        ola,
        Some(HoursOf::HoldingGroup),
        calendar(STANDBY)
    ));
    assert!(!touches(ola, Some(HoursOf::HoldingGroup), Touched::Standby));
    assert!(!touches(
        ola,
        Some(HoursOf::HoldingGroup),
        Touched::Given(peru)
    ));
    // One that is over is not in the way, but while a clock still counts by it.
    let mut ended = agreed(HoursOf::Agreement, HOUR);
    ended.kind = ola;
    ended.archived_at = Some(now - TimeDelta::days(1));
    let version = (ended.id, ended.version);
    let book = Rulebook::new(1, vec![ended], Desk::default());
    assert!(!is_inner(&book, &[], &[calendar(own)], now));
    assert!(is_inner(&book, &[version], &[calendar(own)], now));
    let mut coming = book.clone();
    coming.agreements[0].archived_at = None;
    coming.agreements[0].valid_from = now + TimeDelta::days(1);
    assert!(is_inner(&coming, &[], &[calendar(own)], now));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the duty, what is explained is what is read, in order and without gaps.
    #[test]
    fn the_running_seconds_are_the_clock_whatever_the_duty(
        steps in prop::collection::vec((0i64..200_000, any::<bool>(), 0u64..5, any::<bool>()), 1..10),
        later in 0i64..600_000,
        which in 0usize..3,
        cut in any::<bool>(),
    ) {
        let standby = [None, Some(Calendar::always()), Some(daily("18:00-22:00"))][which].clone();
        let office_only = cut.then(|| Box::new(HoursOf::RequesterCountry));
        let book = book(desk(standby), HoursOf::Duty { office_only });
        let mut time = at("2026-07-24T10:00:00Z");
        let mut happened: Vec<Happened> = Vec::new();
        for (n, (pass, raised, holder, waits)) in steps.into_iter().enumerate() {
            time += TimeDelta::milliseconds(pass * 1_000 + 313);
            let priority = if raised { Critical } else { Medium };
            let mut next = story(&[("2026-07-24T10:00:00Z", priority, CONVERTS + holder)]).remove(0);
            next.at = time;
            next.version = i64::try_from(n).unwrap() + 1;
            if n > 0 {
                next.what = sla_clock::domain::happened::What::Changed;
            }
            if waits {
                next.state = TicketState::WaitingForRequester;
            }
            happened.push(next);
        }
        let until = time + TimeDelta::seconds(later);
        let story = Story::of(&happened);
        let reading = read(&book, story, until).unwrap().remove(0);
        let course = courses(&book, story, (Target::Resolution, "")).unwrap().remove(0);
        let why = explain(&course, until, ALL).unwrap();
        prop_assert_eq!(why.seconds(Running), reading.elapsed_seconds);
        let all: i64 = why.segments.iter().map(|s| s.seconds).sum();
        prop_assert_eq!(all, until.timestamp() - happened[0].at.timestamp());
        for pair in why.segments.windows(2) {
            prop_assert_eq!(pair[0].to, pair[1].from);
        }
        for s in &why.segments {
            let waits = matches!(s.decided, Some(Decided::Policy(Defer | Convert)));
            prop_assert!(s.state == OutsideHours || !waits);
            prop_assert!(s.state != OutsideHours || s.decided != Some(by(Continue)));
        }
        // Read at every step, a clock that falls due does so after just its time.
        if let Some(due) = reading.due_at {
            let pauses = course.pauses();
            prop_assert_eq!(course.hours.elapsed(course.begun.at, due, &pauses).unwrap(), 40 * HOUR);
        }
    }
}
