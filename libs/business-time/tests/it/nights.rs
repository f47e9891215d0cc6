//! Nights: shifts over midnight, over changes of the clocks and over New Year.

use business_time::{Calendar, OpenSpan, Tz, Weekday};

use crate::kit::{HOUR, MINUTE, at, date, hours, office};

#[test]
fn an_overnight_span_belongs_to_the_day_it_begins_on() {
    let nights = office(Tz::America__Lima, &["22:00-06:00"])
        .holiday(date("2026-07-28"))
        .build()
        .expect("a calendar");
    // Monday's night runs on into the holiday's morning; the holiday's own night is closed.
    assert_eq!(nights.is_open(at("2026-07-28T10:59:59Z")), Ok(true));
    assert_eq!(
        nights.next_open(at("2026-07-28T11:00:00Z")),
        Ok(at("2026-07-30T03:00:00Z"))
    );
    // Friday's night ends on Saturday; Sunday's does not exist.
    assert_eq!(
        nights.next_close(at("2026-08-01T05:00:00Z")),
        Ok(at("2026-08-01T11:00:00Z"))
    );
    assert_eq!(nights.is_open(at("2026-08-03T05:00:00Z")), Ok(false));
}

#[test]
fn a_night_shift_has_seven_hours_when_clocks_go_forward_and_nine_when_back() {
    let nights = Calendar::builder(Tz::Europe__Madrid)
        .weekdays(Weekday::Mon, Weekday::Sun, [hours("22:00-06:00")])
        .build()
        .expect("a calendar");
    let night = |from: &str| {
        nights.elapsed(
            at(from),
            nights.next_close(at(from)).expect("a closing"),
            &[],
        )
    };
    assert_eq!(night("2026-03-27T21:00:00Z"), Ok(8 * HOUR));
    assert_eq!(night("2026-03-28T21:00:00Z"), Ok(7 * HOUR));
    assert_eq!(night("2026-10-24T20:00:00Z"), Ok(9 * HOUR));
}

#[test]
fn a_day_whose_midnight_does_not_exist_has_23_hours() {
    // In Santiago clocks go from 24:00 to 01:00: Sunday 6 September 2026 begins at one.
    let sundays = Calendar::builder(Tz::America__Santiago)
        .weekly(Weekday::Sun, [hours("00:00-24:00")])
        .build()
        .expect("a calendar");
    let spans = sundays
        .open_spans(at("2026-09-05T00:00:00Z"), at("2026-09-08T00:00:00Z"))
        .expect("spans");
    assert_eq!(
        spans,
        [OpenSpan {
            from: at("2026-09-06T04:00:00Z"),
            to: at("2026-09-07T03:00:00Z")
        }]
    );
}

#[test]
fn hours_in_a_jump_of_the_clocks_keep_the_old_offset_or_vanish() {
    // On 29 March 2026 in Madrid 02:00 becomes 03:00.
    let early = |span| {
        Calendar::builder(Tz::Europe__Madrid)
            .weekly(Weekday::Sun, [hours(span)])
            .build()
            .expect("a calendar")
    };
    let sunday = (at("2026-03-29T00:00:00Z"), at("2026-03-30T00:00:00Z"));
    assert_eq!(
        early("02:30-05:00").elapsed(sunday.0, sunday.1, &[]),
        Ok(90 * MINUTE)
    );
    assert_eq!(
        early("02:30-03:15").open_spans(sunday.0, sunday.1),
        Ok(vec![])
    );
    // On 25 October 02:30 exists twice; the first is meant.
    let closing = early("00:00-02:30").next_close(at("2026-10-24T23:00:00Z"));
    assert_eq!(closing, Ok(at("2026-10-25T00:30:00Z")));
}

#[test]
fn a_span_over_new_year_is_one_span() {
    let always = Calendar::always();
    assert_eq!(
        always.elapsed(at("2026-12-31T23:00:00Z"), at("2027-01-01T02:00:00Z"), &[]),
        Ok(3 * HOUR)
    );
    let nights = Calendar::builder(Tz::UTC)
        .weekly(Weekday::Thu, [hours("22:00-06:00")])
        .build()
        .expect("a calendar");
    let night = OpenSpan {
        from: at("2026-12-31T22:00:00Z"),
        to: at("2027-01-01T06:00:00Z"),
    };
    assert_eq!(
        nights.periods(at("2026-12-31T12:00:00Z"), 1),
        Ok(vec![night])
    );
    assert_eq!(nights.next_close(at("2026-12-31T23:30:00Z")), Ok(night.to));
    assert_eq!(
        nights.prev_open(at("2027-01-01T00:00:00Z")),
        Ok(at("2027-01-01T00:00:00Z"))
    );
    assert_eq!(
        nights.deadline(at("2026-12-31T23:00:00Z"), 2 * HOUR, &[]),
        Ok(at("2027-01-01T01:00:00Z"))
    );
    assert_eq!(
        nights.deadline(at("2027-01-01T01:00:00Z"), -2 * HOUR, &[]),
        Ok(at("2026-12-31T23:00:00Z"))
    );
}
