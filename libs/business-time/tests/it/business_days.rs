//! Deadlines in working days.

use business_time::{DayRule, Pause, TimeError, Tz, Weekday};

use crate::kit::{at, date, hours, nine_to_five, office};

#[test]
fn working_days_keep_the_local_time_of_day_over_a_change_of_the_clocks() {
    let desk = office(Tz::Europe__Madrid, &["09:00-17:00"])
        .build()
        .expect("a calendar");
    // Friday 10:00 is 09:00 UTC, Monday 10:00 is 08:00 UTC.
    let friday = at("2026-03-27T09:00:00Z");
    assert_eq!(
        desk.business_deadline(friday, 1, DayRule::SameTime, &[]),
        Ok(at("2026-03-30T08:00:00Z"))
    );
    assert_eq!(
        desk.business_deadline(at("2026-03-30T08:00:00Z"), -1, DayRule::SameTime, &[]),
        Ok(friday)
    );
}

#[test]
fn days_off_are_not_counted() {
    let desk = office(Tz::UTC, &["09:00-17:00"])
        .holiday(date("2026-11-24"))
        .build()
        .expect("a calendar");
    let monday = at("2026-11-23T10:00:00Z");
    assert_eq!(
        desk.business_deadline(monday, 2, DayRule::SameTime, &[]),
        Ok(at("2026-11-26T10:00:00Z"))
    );
    // From a Saturday the first working day is Monday.
    let saturday = at("2026-11-21T10:00:00Z");
    assert_eq!(
        desk.business_deadline(saturday, 1, DayRule::SameTime, &[]),
        Ok(monday)
    );
    assert_eq!(
        desk.business_deadline(saturday, 0, DayRule::SameTime, &[]),
        Ok(saturday)
    );
}

#[test]
fn a_deadline_may_move_into_the_hours_or_to_the_last_closing() {
    let desk = office(Tz::UTC, &["09:00-13:00", "14:00-18:00"])
        .weekly(Weekday::Wed, [hours("10:00-12:00")])
        .build();
    let desk = desk.expect("a calendar");
    let monday = |time: &str| at(&format!("2026-11-23T{time}:00Z"));
    let wednesday = |time: &str| at(&format!("2026-11-25T{time}:00Z"));
    assert_eq!(
        desk.business_deadline(monday("08:00"), 2, DayRule::IntoHours, &[]),
        Ok(wednesday("10:00"))
    );
    assert_eq!(
        desk.business_deadline(monday("12:00"), 2, DayRule::IntoHours, &[]),
        Ok(wednesday("12:00"))
    );
    assert_eq!(
        desk.business_deadline(wednesday("13:30"), -2, DayRule::IntoHours, &[]),
        Ok(monday("13:00"))
    );
    assert_eq!(
        desk.business_deadline(monday("08:00"), 1, DayRule::LastClosing, &[]),
        Ok(at("2026-11-24T18:00:00Z"))
    );
    assert_eq!(
        desk.business_deadline(at("2026-11-22T08:00:00Z"), 0, DayRule::LastClosing, &[]),
        Ok(monday("18:00"))
    );
}

#[test]
fn the_working_time_of_pauses_is_added() {
    let desk = nine_to_five();
    let monday = at("2026-11-23T10:00:00Z");
    let pauses = [Pause::between(
        at("2026-11-23T16:00:00Z"),
        at("2026-11-24T10:00:00Z"),
    )];
    assert_eq!(
        desk.business_deadline(monday, 2, DayRule::SameTime, &pauses),
        Ok(at("2026-11-25T12:00:00Z"))
    );
    let due = at("2026-11-25T12:00:00Z");
    assert_eq!(
        desk.business_deadline(due, -2, DayRule::SameTime, &pauses),
        Ok(at("2026-11-23T10:00:00Z"))
    );
}

#[test]
fn counting_days_ends_with_the_years_that_are_known() {
    let desk = nine_to_five();
    let start = at("2026-11-23T10:00:00Z");
    assert_eq!(
        desk.business_deadline(start, i32::MAX, DayRule::SameTime, &[]),
        Err(TimeError::BeyondHorizon)
    );
    assert_eq!(
        desk.business_deadline(start, i32::MIN, DayRule::SameTime, &[]),
        Err(TimeError::BeyondHorizon)
    );
}
