//! Several calendars as one: open while any is, or while all are.

use business_time::schedule::{MAX_DEPTH, MAX_MEMBERS};
use business_time::{
    Calendar, CalendarError, CalendarSpec, Closed, Country, DayRule, OpenSpan, Schedule,
    ScheduleError, State, Tz, Weekday,
};
use chrono::{TimeDelta, TimeZone, Utc};
use proptest::prelude::*;

use crate::kit::{HOUR, at, date, hours, nine_to_five, office};
use crate::naive;
use crate::random::{cases, composite, instant};

fn lima() -> Calendar {
    let desk = office(Tz::America__Lima, &["09:00-18:00"]).public_holidays(Country::Peru);
    desk.build().expect("a calendar")
}

fn bogota() -> Calendar {
    let desk = office(Tz::America__Bogota, &["09:00-18:00"]).public_holidays(Country::Colombia);
    desk.build().expect("a calendar")
}

fn madrid() -> Calendar {
    let desk = office(Tz::Europe__Madrid, &["09:00-18:00"]).public_holidays(Country::Spain);
    desk.build().expect("a calendar")
}

fn open(calendar: &Calendar, from: &str, to: &str) -> Vec<String> {
    let spans = calendar.open_spans(at(from), at(to)).expect("spans");
    let text = |span: &OpenSpan| {
        format!(
            "{}-{}",
            span.from.format("%d %H:%M"),
            span.to.format("%H:%M")
        )
    };
    spans.iter().map(text).collect()
}

#[test]
fn a_union_is_open_while_any_member_is_and_an_intersection_while_all_are() {
    // July: Madrid is seven hours ahead of Lima.
    let (from, to) = ("2026-07-22T00:00:00Z", "2026-07-23T00:00:00Z");
    let either = Calendar::union([&lima(), &madrid()]).expect("a union");
    assert_eq!(open(&either, from, to), ["22 07:00-23:00"]);
    let both = Calendar::intersection([&lima(), &madrid()]).expect("an intersection");
    assert_eq!(open(&both, from, to), ["22 14:00-16:00"]);
    assert_eq!(
        both.deadline(at(from), 3 * HOUR, &[]),
        Ok(at("2026-07-24T15:00:00Z")),
        "23 July is a holiday in Peru"
    );
    assert_eq!(both.next_close(at(from)), Ok(at("2026-07-22T16:00:00Z")));
}

#[test]
fn while_either_country_works_only_common_holidays_close() {
    let group = Calendar::union([&lima(), &bogota()]).expect("a union");
    for (day, open) in [
        ("2026-07-20", true), // Colombia's independence
        ("2026-07-28", true), // Peru's
        ("2026-05-01", false),
        ("2026-12-08", false),
        ("2026-07-25", false), // a Saturday
    ] {
        assert_eq!(group.is_business_day(date(day)), Ok(open), "{day}");
    }
    let strict = Calendar::intersection([&lima(), &bogota()]).expect("an intersection");
    assert_eq!(strict.is_business_day(date("2026-07-20")), Ok(false));
    assert_eq!(strict.is_business_day(date("2026-07-28")), Ok(false));
    assert_eq!(strict.is_business_day(date("2026-07-21")), Ok(true));
}

#[test]
fn working_days_of_a_composite_are_dates_of_its_first_member() {
    let tokyo = office(Tz::Asia__Tokyo, &["09:00-18:00"])
        .build()
        .expect("a calendar");
    // Monday 09:00 in Tokyo is Sunday 19:00 in Lima.
    let from_lima = Calendar::union([&lima(), &tokyo]).expect("a union");
    assert_eq!(from_lima.is_business_day(date("2026-11-22")), Ok(true));
    let from_tokyo = Calendar::union([&tokyo, &lima()]).expect("a union");
    assert_eq!(from_tokyo.is_business_day(date("2026-11-22")), Ok(false));
    // Lima's Friday ends on Tokyo's Saturday morning; it opened on its Friday evening.
    assert_eq!(from_tokyo.is_business_day(date("2026-11-20")), Ok(true));
    assert_eq!(from_tokyo.is_business_day(date("2026-11-21")), Ok(false));
}

#[test]
fn a_desk_that_never_closes_works_every_day_of_a_composite_too() {
    let round_the_clock = Calendar::union([&Calendar::always(), &nine_to_five()]).expect("a union");
    for day in date("2026-11-20").iter_days().take(7) {
        assert_eq!(round_the_clock.is_business_day(day), Ok(true), "{day}");
    }
    let start = at("2026-11-20T10:00:00Z");
    assert_eq!(
        round_the_clock.business_deadline(start, 2, DayRule::SameTime, &[]),
        Ok(at("2026-11-22T10:00:00Z"))
    );
    assert_eq!(
        round_the_clock.business_deadline(start, 1, DayRule::LastClosing, &[]),
        Ok(at("2026-11-22T00:00:00Z"))
    );
}

#[test]
fn the_last_closing_of_a_composites_day_is_the_latest_of_what_opened_on_it() {
    let both = Calendar::intersection([&lima(), &madrid()]).expect("an intersection");
    let start = at("2026-07-21T15:00:00Z");
    assert_eq!(
        both.business_deadline(start, 1, DayRule::LastClosing, &[]),
        Ok(at("2026-07-22T16:00:00Z"))
    );
    let either = Calendar::union([&lima(), &madrid()]).expect("a union");
    assert_eq!(
        either.business_deadline(start, 1, DayRule::LastClosing, &[]),
        Ok(at("2026-07-22T23:00:00Z"))
    );
    assert_eq!(
        either.business_deadline(start, 1, DayRule::IntoHours, &[]),
        Ok(at("2026-07-22T15:00:00Z"))
    );
}

#[test]
fn a_closed_composite_names_the_member_and_its_reason() {
    let reasons = |calendar: &Calendar, from: &str, to: &str| -> Vec<(String, usize, bool)> {
        let segments = calendar
            .timeline(at(from), at(to), &[])
            .expect("a timeline");
        let closed = segments.filter_map(|segment| match segment.state {
            State::OutsideHours { why, member } => {
                let week = why == Closed::WeeklyHours;
                Some((segment.from.format("%d %H:%M").to_string(), member, week))
            }
            _ => None,
        });
        closed.collect()
    };
    // 28 July: Peru's holiday takes what Lima alone would have had; in the intersection it takes the common hours.
    let (from, to) = ("2026-07-28T06:00:00Z", "2026-07-29T00:00:00Z");
    let either = Calendar::union([&madrid(), &lima()]).expect("a union");
    assert_eq!(
        reasons(&either, from, to),
        [
            ("28 06:00".to_owned(), 0, true),
            ("28 16:00".to_owned(), 1, false),
            ("28 23:00".to_owned(), 0, true),
        ]
    );
    let both = Calendar::intersection([&madrid(), &lima()]).expect("an intersection");
    assert_eq!(
        reasons(&both, from, to),
        [
            ("28 06:00".to_owned(), 0, true),
            ("28 07:00".to_owned(), 1, true),
            ("28 14:00".to_owned(), 1, false),
            ("28 16:00".to_owned(), 0, true),
        ]
    );
}

#[test]
fn a_composite_reads_from_json_and_writes_back_and_old_calendars_read_on() {
    let simple = serde_json::json!({"tz": "America/Lima", "weekly": {"mon": [["09:00", "13:00"]]}});
    let read: Schedule = serde_json::from_value(simple.clone()).expect("it reads");
    let spec: CalendarSpec = serde_json::from_value(simple.clone()).expect("it reads");
    assert_eq!(read, Schedule::from(spec.clone()));
    assert_eq!(serde_json::to_value(&read).expect("it writes"), simple);
    assert_eq!(
        Calendar::try_from(read),
        Ok(Calendar::try_from(spec).expect("a calendar"))
    );

    let bogota = serde_json::json!({"tz": "America/Bogota", "weekly": {"tue": [["07:30", "18:00"]]}, "public_holidays": ["CO"]});
    let json = serde_json::json!({"union": [simple, {"intersection": [bogota, simple]}]});
    let composite: Schedule = serde_json::from_str(&json.to_string()).expect("it reads");
    assert_eq!(serde_json::to_value(&composite).expect("it writes"), json);
    assert_eq!(composite.members().len(), 3);
    // Only the simple one opens: Monday and Tuesday have nothing in common.
    assert_eq!(
        Calendar::try_from(composite.clone()).map(|c| c.schedule()),
        Ok(composite)
    );

    for (wrong, says) in [
        (r#"{"union": [], "tz": "UTC"}"#, "`tz` beside"),
        (r#"{"union": {"tz": "UTC"}}"#, "expected a sequence"),
        (r#"{"tz": "UTC", "union": []}"#, "unknown field `union`"),
        (r#"{"tz": "America/Atlantis"}"#, "Atlantis"),
        (r"{}", "missing field `tz`"),
        (r"[]", "a calendar, or an object"),
    ] {
        let error = serde_json::from_str::<Schedule>(wrong)
            .expect_err(wrong)
            .to_string();
        assert!(error.contains(says), "{wrong}: {error}");
    }
}

#[test]
fn what_cannot_work_is_refused_when_it_is_built() {
    let mornings = office(Tz::UTC, &["06:00-12:00"])
        .build()
        .expect("a calendar");
    let evenings = office(Tz::UTC, &["12:00-20:00"])
        .build()
        .expect("a calendar");
    assert_eq!(
        Calendar::intersection([&mornings, &evenings]),
        Err(ScheduleError::NeverOpen)
    );
    assert_eq!(Calendar::union([]), Err(ScheduleError::NoMembers));
    let hollow = Schedule::Union(vec![mornings.schedule(), Schedule::Intersection(vec![])]);
    assert_eq!(Calendar::try_from(hollow), Err(ScheduleError::NoMembers));
    let without_hours = CalendarSpec::new(Tz::UTC).into();
    assert_eq!(
        Calendar::try_from(Schedule::Union(vec![mornings.schedule(), without_hours])),
        Err(ScheduleError::Hours {
            member: 1,
            error: CalendarError::NoHours
        })
    );
    let nested = |levels: usize| {
        (1..levels).fold(mornings.schedule(), |inner, _| Schedule::Union(vec![inner]))
    };
    assert!(Calendar::try_from(nested(MAX_DEPTH)).is_ok());
    assert_eq!(
        Calendar::try_from(nested(MAX_DEPTH + 1)),
        Err(ScheduleError::TooDeep)
    );
    let crowd = |members| Schedule::Union(vec![mornings.schedule(); members]);
    assert!(Calendar::try_from(crowd(MAX_MEMBERS)).is_ok());
    assert_eq!(
        Calendar::try_from(crowd(MAX_MEMBERS + 1)),
        Err(ScheduleError::TooManyMembers)
    );
}

#[test]
fn hours_that_meet_only_over_a_change_of_the_clocks_are_found() {
    // In winter Madrid's eight is seven UTC, in summer six: they meet from the end of March on.
    let early = Calendar::builder(Tz::UTC)
        .weekly(Weekday::Mon, [hours("06:00-06:30")])
        .build()
        .expect("a calendar");
    let eight = Calendar::builder(Tz::Europe__Madrid)
        .weekly(Weekday::Mon, [hours("08:00-09:00")])
        .build()
        .expect("a calendar");
    let both = Calendar::intersection([&early, &eight]).expect("an intersection");
    assert_eq!(
        both.next_open(at("2026-01-01T00:00:00Z")),
        Ok(at("2026-03-30T06:00:00Z"))
    );
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_naive_walk_of_all_members_agrees(calendar in composite(), start in instant(), ticks in 0i64..500) {
        let start = start - TimeDelta::seconds(start.timestamp() % naive::TICK);
        let end = start + TimeDelta::seconds(ticks * naive::TICK);
        let schedule = calendar.schedule();
        let spans: Vec<_> = schedule.members().iter().map(|spec| naive::spans(spec, start, end)).collect();
        let mut walked = 0;
        let mut at = start;
        while at < end {
            let mut answers = spans.iter().map(|spans| naive::is_open(spans, at));
            let open = naive::is_schedule_open(&schedule, &mut answers);
            prop_assert_eq!(calendar.is_open(at), Ok(open), "{}", at);
            walked += i64::from(open) * naive::TICK;
            at += TimeDelta::seconds(naive::TICK);
        }
        prop_assert_eq!(calendar.elapsed(start, end, &[]), Ok(walked));
        let told = calendar.timeline(start, end, &[]).expect("a timeline");
        let running: i64 = told.filter(|s| s.state == State::Running).map(|s| s.seconds).sum();
        prop_assert_eq!(running, walked);
    }

    /// A composite's business day has an opening on it, or an instant at which a member opens while all is open.
    #[test]
    fn a_date_on_which_a_composite_opens_is_a_business_day(calendar in composite(), start in instant()) {
        let spans = calendar.open_spans(start, start + TimeDelta::days(20)).expect("spans");
        for span in spans.iter().filter(|span| span.from > start) {
            let local = calendar.spec().tz.from_utc_datetime(&span.from.naive_utc()).date_naive();
            prop_assert_eq!(calendar.is_business_day(local), Ok(true), "{}", span.from);
        }
        // A date that is closed throughout is none.
        let midnight = |date: chrono::NaiveDate| date.and_hms_opt(0, 0, 0).map(|at| Utc.from_utc_datetime(&at));
        let date = start.date_naive();
        let around = (midnight(date - TimeDelta::days(1)), midnight(date + TimeDelta::days(2)));
        let (Some(from), Some(to)) = around else { return Ok(()) };
        if calendar.elapsed(from, to, &[]) == Ok(0) {
            prop_assert_eq!(calendar.is_business_day(date), Ok(false));
        }
    }
}
