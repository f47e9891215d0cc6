//! Calendars as they are written down.

use business_time::{
    Calendar, CalendarError, CalendarSpec, Country, Edition, Hours, HoursError, Tz, Weekday,
};

use crate::kit::{date, hours};

#[test]
fn a_calendar_reads_from_json_and_writes_back() {
    let json = serde_json::json!({
        "tz": "America/Lima",
        "weekly": {"mon": [["09:00", "13:00"], ["14:00", "18:00"]], "sat": [["22:00", "06:00"], ["07:30:15", "24:00"]]},
        "public_holidays": ["PE"],
        "holidays": ["2026-12-24"],
        "date_hours": {"2026-12-31": [["09:00", "12:00"]], "2027-01-02": []},
    });
    let spec: CalendarSpec = serde_json::from_value(json.clone()).expect("it reads");
    assert_eq!(spec.tz, Tz::America__Lima);
    assert!(spec.public_holidays.contains(&Country::Peru));
    assert_eq!(serde_json::to_value(&spec).expect("it writes"), json);
    let calendar = Calendar::try_from(spec.clone()).expect("it builds");
    assert_eq!(calendar.spec(), &spec);
    let built = Calendar::builder(Tz::America__Lima)
        .weekly(Weekday::Mon, [hours("09:00-13:00"), hours("14:00-18:00")])
        .weekly(
            Weekday::Sat,
            [hours("22:00-06:00"), hours("07:30:15-24:00")],
        )
        .public_holidays(Country::Peru)
        .holiday_data(Edition::UNSAID)
        .holiday(date("2026-12-24"))
        .date_hours(date("2026-12-31"), [hours("09:00-12:00")])
        .date_hours(date("2027-01-02"), [])
        .build();
    assert_eq!(built, Ok(calendar));
}

#[test]
fn what_is_not_known_is_refused() {
    for wrong in [
        r#"{"tz": "America/Atlantis", "weekly": {}}"#,
        r#"{"tz": "UTC", "weekly": {"lun": [["09:00", "13:00"]]}}"#,
        r#"{"tz": "UTC", "hours": []}"#,
        r#"{"tz": "UTC", "weekly": {"mon": [["9am", "13:00"]]}}"#,
        r#"{"tz": "UTC", "public_holidays": ["XX"]}"#,
        r#"{"tz": "UTC", "holidays": ["2026-02-29"]}"#,
    ] {
        assert!(
            serde_json::from_str::<CalendarSpec>(wrong).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn hours_are_times_of_a_day() {
    assert_eq!(
        "25:00-26:00".parse::<Hours>(),
        Err(HoursError::Time("26:00".into()))
    );
    assert_eq!("24:00-02:00".parse::<Hours>(), Err(HoursError::OpensAtEnd));
    assert_eq!(
        "09:00".parse::<Hours>(),
        Err(HoursError::Span("09:00".into()))
    );
    assert_eq!(
        "23:59:60-24:00".parse::<Hours>(),
        Err(HoursError::Time("23:59:60".into()))
    );
    assert_eq!(hours("00:00-00:00"), Hours::all_day());
    assert_eq!(Hours::all_day().to_string(), "00:00-24:00");
    assert!(hours("22:00-06:00").closes_next_day() && !hours("09:00-09:01").closes_next_day());
}

#[test]
fn a_calendar_without_hours_is_not_built() {
    let nothing = Calendar::builder(Tz::UTC)
        .holiday(date("2026-12-24"))
        .date_hours(date("2026-12-31"), []);
    assert_eq!(nothing.build(), Err(CalendarError::NoHours));
    let far = Calendar::builder(Tz::UTC)
        .weekly(Weekday::Mon, [Hours::all_day()])
        .holiday(date("2100-01-01"));
    assert_eq!(
        far.build(),
        Err(CalendarError::DateOutOfRange(date("2100-01-01")))
    );
}

#[test]
fn weekdays_may_run_over_the_weekend() {
    let calendar = Calendar::builder(Tz::UTC)
        .weekdays(Weekday::Fri, Weekday::Mon, [Hours::all_day()])
        .build()
        .expect("a calendar");
    let open = |day| !calendar.spec().weekly.on(day).is_empty();
    assert!(open(Weekday::Fri) && open(Weekday::Sat) && open(Weekday::Sun) && open(Weekday::Mon));
    assert!(!open(Weekday::Tue) && !open(Weekday::Thu));
}
