//! Working seconds, business days, calendar days and months: what each unit means, and what a pause does to it.

use business_time::{Allowance, Calendar, Country, DayRule, Pause, TimeError, Tz};
use chrono::{Datelike, Months, TimeDelta, TimeZone};
use proptest::prelude::*;

use crate::kit::{HOUR, at, nine_to_five, office};
use crate::random::{any_calendar, cases, instant, pause, pauses};

fn calendar_days(days: i32) -> Allowance {
    Allowance::CalendarDays {
        days,
        into_hours: false,
    }
}

fn months(months: i32) -> Allowance {
    Allowance::Months {
        months,
        into_hours: false,
    }
}

fn lima() -> Calendar {
    let desk = office(Tz::America__Lima, &["09:00-18:00"]).public_holidays(Country::Peru);
    desk.build().expect("a calendar")
}

#[test]
fn five_days_are_three_different_instants() {
    // Friday 24 July 2026, 10:00 in Lima; the 28th and 29th are holidays.
    let start = at("2026-07-24T15:00:00Z");
    let due = |allowance| lima().after(start, allowance, &[]);
    assert_eq!(due(calendar_days(5)), Ok(at("2026-07-29T15:00:00Z")));
    let business = Allowance::BusinessDays {
        days: 5,
        rule: DayRule::SameTime,
    };
    assert_eq!(due(business), Ok(at("2026-08-04T15:00:00Z")));
    let working = Allowance::WorkingSeconds {
        seconds: 5 * 24 * HOUR,
    };
    assert_eq!(
        due(working),
        Ok(at("2026-08-17T18:00:00Z")),
        "the 6th of August is one as well"
    );
    let open = Allowance::CalendarDays {
        days: 5,
        into_hours: true,
    };
    assert_eq!(due(open), Ok(at("2026-07-30T14:00:00Z")));
}

#[test]
fn a_month_ends_on_the_day_of_its_number_or_on_the_last_one() {
    let desk = nine_to_five();
    for (start, count, due) in [
        ("2026-01-31T10:00:00Z", 1, "2026-02-28T10:00:00Z"),
        ("2028-01-31T10:00:00Z", 1, "2028-02-29T10:00:00Z"),
        ("2028-02-29T10:00:00Z", 12, "2029-02-28T10:00:00Z"),
        ("2028-02-29T10:00:00Z", 48, "2032-02-29T10:00:00Z"),
        ("2026-02-28T10:00:00Z", 1, "2026-03-28T10:00:00Z"),
        ("2026-03-31T10:00:00Z", -1, "2026-02-28T10:00:00Z"),
        ("2026-10-31T10:00:00Z", 4, "2027-02-28T10:00:00Z"),
        ("2026-08-31T10:00:00Z", 0, "2026-08-31T10:00:00Z"),
    ] {
        assert_eq!(
            desk.after(at(start), months(count), &[]),
            Ok(at(due)),
            "{start} {count}"
        );
    }
    // Saturday 28 February 2026 in hours: Monday's opening; backwards Friday's closing.
    let into_hours = |months| Allowance::Months {
        months,
        into_hours: true,
    };
    assert_eq!(
        desk.after(at("2026-01-31T10:00:00Z"), into_hours(1), &[]),
        Ok(at("2026-03-02T09:00:00Z"))
    );
    assert_eq!(
        desk.after(at("2026-03-31T10:00:00Z"), into_hours(-1), &[]),
        Ok(at("2026-02-27T17:00:00Z"))
    );
}

#[test]
fn dates_keep_the_local_time_of_day_over_a_change_of_the_clocks() {
    let madrid = office(Tz::Europe__Madrid, &["09:00-17:00"])
        .build()
        .expect("a calendar");
    // On 29 March 2026 the day has 23 hours: 12:00 is 11:00 UTC before and 10:00 UTC after it.
    let saturday = at("2026-03-28T11:00:00Z");
    assert_eq!(
        madrid.after(saturday, calendar_days(2), &[]),
        Ok(at("2026-03-30T10:00:00Z"))
    );
    assert_eq!(
        madrid.after(at("2026-03-30T10:00:00Z"), calendar_days(-2), &[]),
        Ok(saturday)
    );
    // 02:30 does not exist on the 29th: it keeps the old offset. On 25 October it exists twice: the first.
    assert_eq!(
        madrid.after(at("2026-03-28T01:30:00Z"), calendar_days(1), &[]),
        Ok(at("2026-03-29T01:30:00Z"))
    );
    assert_eq!(
        madrid.after(at("2026-10-24T00:30:00Z"), calendar_days(1), &[]),
        Ok(at("2026-10-25T00:30:00Z"))
    );
    // A day that a zone leaves out: Samoa had no 30 December 2011.
    let apia = office(Tz::Pacific__Apia, &["09:00-17:00"])
        .build()
        .expect("a calendar");
    assert_eq!(
        apia.after(at("2011-12-30T00:00:00Z"), calendar_days(1), &[]),
        Ok(at("2011-12-31T00:00:00Z"))
    );
}

#[test]
fn a_pause_gives_calendar_days_back_what_the_wall_clock_showed() {
    let madrid = office(Tz::Europe__Madrid, &["09:00-17:00"])
        .build()
        .expect("a calendar");
    let start = at("2026-03-20T11:00:00Z");
    // Friday noon to Monday noon over the change of the clocks: three days, though only 71 hours.
    let weekend = [Pause::between(
        at("2026-03-27T11:00:00Z"),
        at("2026-03-30T10:00:00Z"),
    )];
    assert_eq!(
        madrid.after(start, calendar_days(10), &[]),
        Ok(at("2026-03-30T10:00:00Z"))
    );
    assert_eq!(
        madrid.after(start, calendar_days(10), &weekend),
        Ok(at("2026-04-02T10:00:00Z"))
    );
    assert_eq!(
        madrid.after(start, months(1), &weekend),
        Ok(at("2026-04-23T10:00:00Z"))
    );
    // Backwards from it the same days are counted.
    assert_eq!(
        madrid.after(at("2026-04-02T10:00:00Z"), calendar_days(-10), &weekend),
        Ok(start)
    );
    // The same pause costs business days only its working time: five hours of Friday and three of Monday.
    let business = Allowance::BusinessDays {
        days: 6,
        rule: DayRule::SameTime,
    };
    assert_eq!(
        madrid.after(start, business, &weekend),
        Ok(at("2026-03-31T10:00:00Z"))
    );
}

#[test]
fn pauses_before_the_start_and_behind_the_deadline_do_not_count() {
    let desk = nine_to_five();
    let start = at("2026-11-23T10:00:00Z");
    let due = at("2026-11-26T10:00:00Z");
    let outside = [
        Pause::between(at("2026-11-20T10:00:00Z"), start),
        Pause::between(due, at("2026-11-28T10:00:00Z")),
        Pause::between(at("2026-11-25T10:00:00Z"), at("2026-11-24T10:00:00Z")),
    ];
    assert_eq!(desk.after(start, calendar_days(3), &outside), Ok(due));
    // Half before the start: the other half counts, and draws in a pause that begins before the deadline so moved.
    let chain = [
        Pause::between(at("2026-11-22T10:00:00Z"), at("2026-11-24T10:00:00Z")),
        Pause::between(at("2026-11-26T22:00:00Z"), at("2026-11-27T10:00:00Z")),
    ];
    assert_eq!(
        desk.after(start, calendar_days(3), &chain),
        Ok(at("2026-11-27T22:00:00Z"))
    );
    let stopped = at("2026-11-25T00:00:00Z");
    let waiting = [Pause::since(stopped)];
    assert_eq!(
        desk.after(start, calendar_days(3), &waiting),
        Err(TimeError::StillPaused { since: stopped })
    );
    assert_eq!(
        desk.after(start, calendar_days(1), &waiting),
        Ok(at("2026-11-24T10:00:00Z"))
    );
}

#[test]
fn an_allowance_beyond_the_years_known_is_a_typed_error() {
    let desk = nine_to_five();
    let start = at("2026-11-23T10:00:00Z");
    for allowance in [
        calendar_days(i32::MAX),
        calendar_days(i32::MIN),
        months(i32::MAX),
        months(i32::MIN),
        months(12 * 74),
    ] {
        assert_eq!(
            desk.after(start, allowance, &[]),
            Err(TimeError::BeyondHorizon),
            "{allowance:?}"
        );
    }
    let early = at("1969-12-31T23:59:59Z");
    assert_eq!(
        desk.after(early, months(12), &[]),
        Err(TimeError::OutOfRange(early))
    );
}

#[test]
fn an_allowance_reads_from_json_and_writes_back() {
    for json in [
        serde_json::json!({"unit": "working_seconds", "seconds": 14400}),
        serde_json::json!({"unit": "business_days", "days": 5, "rule": "last_closing"}),
        serde_json::json!({"unit": "calendar_days", "days": 10, "into_hours": true}),
        serde_json::json!({"unit": "months", "months": -1, "into_hours": false}),
    ] {
        let read: Allowance = serde_json::from_value(json.clone()).expect("it reads");
        assert_eq!(serde_json::to_value(read).expect("it writes"), json);
    }
    let short: Allowance =
        serde_json::from_str(r#"{"unit": "months", "months": 2}"#).expect("it reads");
    assert_eq!(short, months(2));
    for wrong in [
        r#"{"unit": "days", "days": 5}"#,
        r#"{"unit": "business_days", "days": 5}"#,
        r#"{"unit": "months", "months": 1, "days": 5}"#,
        r#"{"days": 5}"#,
    ] {
        assert!(serde_json::from_str::<Allowance>(wrong).is_err(), "{wrong}");
    }
}

fn allowance() -> impl Strategy<Value = (Allowance, Allowance)> {
    let rules = vec![DayRule::SameTime, DayRule::IntoHours, DayRule::LastClosing];
    let rule = prop::sample::select(rules);
    prop_oneof![
        (0i64..300 * HOUR, 0i64..100 * HOUR).prop_map(|(seconds, more)| (
            Allowance::WorkingSeconds { seconds },
            Allowance::WorkingSeconds {
                seconds: seconds + more
            },
        )),
        (0i32..90, 0i32..30, rule).prop_map(|(days, more, rule)| (
            Allowance::BusinessDays { days, rule },
            Allowance::BusinessDays {
                days: days + more,
                rule
            },
        )),
        (0i32..400, 0i32..90, any::<bool>()).prop_map(|(days, more, into_hours)| (
            Allowance::CalendarDays { days, into_hours },
            Allowance::CalendarDays {
                days: days + more,
                into_hours
            },
        )),
        (0i32..30, 0i32..6, any::<bool>()).prop_map(|(months, more, into_hours)| (
            Allowance::Months { months, into_hours },
            Allowance::Months {
                months: months + more,
                into_hours
            },
        )),
    ]
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn more_allowed_never_ends_earlier_and_a_pause_never_shortens(
        calendar in any_calendar(), start in instant(), (less, more) in allowance(), pauses in pauses(), another in pause(),
    ) {
        let after = |allowance, pauses: &[Pause]| calendar.after(start, allowance, pauses).expect("a deadline");
        prop_assert!(after(less, &pauses) <= after(more, &pauses));
        let mut with = pauses.clone();
        with.push(another);
        prop_assert!(after(less, &pauses) <= after(less, &with));
    }

    #[test]
    fn dates_are_counted_on_the_local_calendar(calendar in any_calendar(), start in instant(), days in -400i32..400, count in -30i32..30) {
        let local = |at: chrono::DateTime<chrono::Utc>| calendar.spec().tz.from_utc_datetime(&at.naive_utc()).naive_local();
        let due = calendar.after(start, calendar_days(days), &[]).expect("a deadline");
        let wanted = local(start) + TimeDelta::days(days.into());
        // A local time inside a jump of the clocks reads as the later one.
        prop_assert!((local(due) - wanted).num_minutes() <= 60 && local(due) >= wanted, "{} {}", local(due), wanted);
        prop_assert_eq!(local(due).date(), wanted.date());
        let due = calendar.after(start, months(count), &[]).expect("a deadline");
        let month = Months::new(count.unsigned_abs());
        let first = local(start).date().with_day(1).expect("a first");
        let first = if count >= 0 { first + month } else { first - month };
        prop_assert_eq!((local(due).year(), local(due).month()), (first.year(), first.month()));
        let last = (first + Months::new(1)).pred_opt().expect("a last day").day();
        prop_assert_eq!(local(due).day(), local(start).day().min(last));
    }
}
