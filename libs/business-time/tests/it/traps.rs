//! The cases that calendars get wrong.

use std::thread;

use business_time::{Calendar, Country, Pause, TimeError, Tz, Weekday};

use crate::kit::{HOUR, MINUTE, at, date, hours, nine_to_five, office};

#[test]
fn a_pause_over_closing_time_costs_only_its_working_time() {
    let desk = nine_to_five();
    let opened = at("2026-11-20T10:00:00Z");
    assert_eq!(
        desk.deadline(opened, 10 * HOUR, &[]),
        Ok(at("2026-11-23T12:00:00Z"))
    );
    let weekend = [Pause::between(
        at("2026-11-20T15:00:00Z"),
        at("2026-11-23T09:30:00Z"),
    )];
    assert_eq!(
        desk.deadline(opened, 10 * HOUR, &weekend),
        Ok(at("2026-11-23T14:30:00Z"))
    );
}

#[test]
fn a_later_pause_counts_if_an_earlier_one_pushed_the_deadline_into_it() {
    let desk = nine_to_five();
    let pauses = [
        Pause::between(at("2026-11-23T12:30:00Z"), at("2026-11-23T13:00:00Z")),
        Pause::between(at("2026-11-23T10:00:00Z"), at("2026-11-23T11:00:00Z")),
    ];
    // Due 12:00; the first pause makes it 13:00, which lies behind the beginning of the second: 13:30.
    assert_eq!(
        desk.deadline(at("2026-11-23T09:00:00Z"), 3 * HOUR, &pauses),
        Ok(at("2026-11-23T13:30:00Z"))
    );
    // A pause that begins at the deadline itself comes too late for it.
    assert_eq!(
        desk.deadline(at("2026-11-23T09:00:00Z"), HOUR, &pauses),
        Ok(at("2026-11-23T10:00:00Z"))
    );
}

#[test]
fn overlapping_pauses_count_once_and_reversed_ones_not_at_all() {
    let desk = nine_to_five();
    let (start, noon) = (at("2026-11-23T09:00:00Z"), at("2026-11-23T12:00:00Z"));
    let pauses = [
        Pause::between(at("2026-11-23T10:30:00Z"), at("2026-11-23T11:30:00Z")),
        Pause::between(at("2026-11-23T10:00:00Z"), at("2026-11-23T11:00:00Z")),
        Pause::between(at("2026-11-23T11:45:00Z"), at("2026-11-23T09:00:00Z")),
    ];
    assert_eq!(desk.elapsed(start, noon, &pauses), Ok(90 * MINUTE));
    assert_eq!(desk.deadline(start, 90 * MINUTE, &pauses), Ok(noon));
    assert_eq!(desk.deadline(noon, -90 * MINUTE, &pauses), Ok(start));
}

#[test]
fn a_clock_that_still_waits_has_no_deadline_behind_its_pause() {
    let desk = nine_to_five();
    let stopped = at("2026-11-23T11:00:00Z");
    let start = at("2026-11-23T09:00:00Z");
    assert_eq!(
        desk.deadline(start, 2 * HOUR, &[Pause::since(stopped)]),
        Ok(stopped)
    );
    assert_eq!(
        desk.deadline(start, 3 * HOUR, &[Pause::since(stopped)]),
        Err(TimeError::StillPaused { since: stopped })
    );
    assert_eq!(
        desk.elapsed(start, at("2026-12-23T09:00:00Z"), &[Pause::since(stopped)]),
        Ok(2 * HOUR)
    );
}

#[test]
fn one_working_day_a_week() {
    let desk = Calendar::builder(Tz::America__Lima)
        .weekly(Weekday::Wed, [hours("09:00-13:00")])
        .build()
        .expect("a calendar");
    // 240 hours are sixty Wednesdays; the last closes at 13:00 in Lima.
    let start = at("2026-01-07T14:00:00Z");
    let due = at("2027-02-24T18:00:00Z");
    assert_eq!(desk.deadline(start, 240 * HOUR, &[]), Ok(due));
    assert_eq!(desk.deadline(due, -240 * HOUR, &[]), Ok(start));
    assert_eq!(desk.elapsed(start, due, &[]), Ok(240 * HOUR));
}

#[test]
fn fifteen_closed_days() {
    let closed = date("2026-08-01").iter_days().take(15);
    let desk = office(Tz::UTC, &["09:00-17:00"])
        .holidays(closed)
        .build()
        .expect("a calendar");
    let start = at("2026-07-31T16:00:00Z");
    assert_eq!(
        desk.deadline(start, 2 * HOUR, &[]),
        Ok(at("2026-08-17T10:00:00Z"))
    );
    assert_eq!(
        desk.next_open(at("2026-07-31T17:00:00Z")),
        Ok(at("2026-08-17T09:00:00Z"))
    );
    assert_eq!(
        desk.prev_open(at("2026-08-17T09:00:00Z")),
        Ok(at("2026-07-31T17:00:00Z"))
    );
    assert_eq!(
        desk.elapsed(at("2026-08-01T00:00:00Z"), at("2026-08-16T00:00:00Z"), &[]),
        Ok(0)
    );
}

#[test]
fn closed_from_24_december_to_2_january() {
    let closed = date("2026-12-24").iter_days().take(10);
    let desk = office(Tz::Europe__Madrid, &["09:00-17:00"])
        .holidays(closed)
        .build()
        .expect("a calendar");
    let start = at("2026-12-23T15:30:00Z");
    assert_eq!(
        desk.deadline(start, HOUR, &[]),
        Ok(at("2027-01-04T08:30:00Z"))
    );
    assert_eq!(
        desk.deadline(at("2027-01-04T08:30:00Z"), -HOUR, &[]),
        Ok(start)
    );
    assert_eq!(
        desk.next_close(at("2026-12-23T16:00:00Z")),
        Ok(at("2027-01-04T16:00:00Z"))
    );
}

#[test]
fn the_29th_of_february() {
    let start = at("2028-02-28T16:00:00Z");
    assert_eq!(
        nine_to_five().deadline(start, 2 * HOUR, &[]),
        Ok(at("2028-02-29T10:00:00Z"))
    );
    assert_eq!(
        nine_to_five().elapsed(start, at("2028-03-01T10:00:00Z"), &[]),
        Ok(10 * HOUR)
    );
    let closed = office(Tz::UTC, &["09:00-17:00"])
        .holiday(date("2028-02-29"))
        .build()
        .expect("a calendar");
    assert_eq!(
        closed.deadline(start, 2 * HOUR, &[]),
        Ok(at("2028-03-01T10:00:00Z"))
    );
    // 2027 has none.
    assert_eq!(
        nine_to_five().deadline(at("2027-02-26T16:00:00Z"), 2 * HOUR, &[]),
        Ok(at("2027-03-01T10:00:00Z"))
    );
}

#[test]
fn on_28_july_colombia_runs_and_peru_does_not() {
    let colombia = office(Tz::America__Bogota, &["09:00-18:00"]).public_holidays(Country::Colombia);
    let peru = office(Tz::America__Lima, &["09:00-18:00"]).public_holidays(Country::Peru);
    let (colombia, peru) = (
        colombia.build().expect("a calendar"),
        peru.build().expect("a calendar"),
    );
    // Monday at 17:00 in both: the offset is the same, the holidays are not.
    let start = at("2026-07-27T22:00:00Z");
    assert_eq!(
        colombia.deadline(start, 2 * HOUR, &[]),
        Ok(at("2026-07-28T15:00:00Z"))
    );
    assert_eq!(
        peru.deadline(start, 2 * HOUR, &[]),
        Ok(at("2026-07-30T15:00:00Z"))
    );
}

#[test]
fn many_threads_may_ask_a_cold_calendar_at_once() {
    let desk = nine_to_five();
    let start = at("2024-01-01T09:00:00Z");
    thread::scope(|scope| {
        let ask = || desk.deadline(start, 8_000 * HOUR, &[]);
        let answers: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        for answer in answers {
            assert_eq!(
                answer.join().expect("no panic"),
                Ok(at("2027-10-29T17:00:00Z"))
            );
        }
    });
}

#[test]
fn a_warning_an_hour_before_tuesday_at_eleven_fires_at_ten_also_across_a_night() {
    let desk = nine_to_five();
    let due = at("2026-11-24T11:00:00Z");
    assert_eq!(
        desk.deadline(due, -HOUR, &[]),
        Ok(at("2026-11-24T10:00:00Z"))
    );
    // Three working hours before it: two on Tuesday, one on Monday evening. An hour before the opening is the evening's last.
    assert_eq!(
        desk.deadline(due, -3 * HOUR, &[]),
        Ok(at("2026-11-23T16:00:00Z"))
    );
    assert_eq!(
        desk.deadline(at("2026-11-24T09:00:00Z"), -HOUR, &[]),
        Ok(at("2026-11-23T16:00:00Z"))
    );
    // A pause between warning and deadline moves the warning before it.
    let paused = [Pause::between(
        at("2026-11-24T09:30:00Z"),
        at("2026-11-24T10:30:00Z"),
    )];
    assert_eq!(
        desk.deadline(due, -HOUR, &paused),
        Ok(at("2026-11-24T09:00:00Z"))
    );
}
