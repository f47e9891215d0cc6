//! Open or closed, the next opening, the last closing; and the ends of what can be known.

use business_time::{Calendar, OpenSpan, TimeError, Tz, Weekday};

use crate::kit::{HOUR, at, date, hours, nine_to_five, office};

#[test]
fn the_closing_instant_is_not_open() {
    let desk = nine_to_five();
    for (instant, open) in [
        ("08:59:59", false),
        ("09:00:00", true),
        ("16:59:59", true),
        ("17:00:00", false),
    ] {
        assert_eq!(
            desk.is_open(at(&format!("2026-11-23T{instant}Z"))),
            Ok(open),
            "{instant}"
        );
    }
}

#[test]
fn a_deadline_on_a_closing_is_that_closing_and_backwards_on_an_opening_that_opening() {
    let desk = nine_to_five();
    assert_eq!(
        desk.deadline(at("2026-11-23T09:00:00Z"), 8 * HOUR, &[]),
        Ok(at("2026-11-23T17:00:00Z"))
    );
    assert_eq!(
        desk.deadline(at("2026-11-23T17:00:00Z"), -8 * HOUR, &[]),
        Ok(at("2026-11-23T09:00:00Z"))
    );
    assert_eq!(
        desk.deadline(at("2026-11-23T17:00:00Z"), 1, &[]),
        Ok(at("2026-11-24T09:00:01Z"))
    );
    assert_eq!(
        desk.deadline(at("2026-11-22T17:00:00Z"), 0, &[]),
        Ok(at("2026-11-22T17:00:00Z"))
    );
}

#[test]
fn time_counts_to_the_second_and_backwards_below_zero() {
    let desk = nine_to_five();
    let (start, end) = (
        at("2026-11-20T16:59:58.900Z"),
        at("2026-11-23T09:00:03.100Z"),
    );
    assert_eq!(desk.elapsed(start, end, &[]), Ok(5));
    assert_eq!(desk.elapsed(end, start, &[]), Ok(-5));
}

#[test]
fn openings_and_closings_around_an_instant() {
    let desk = office(Tz::UTC, &["09:00-13:00", "14:00-18:00"])
        .build()
        .expect("a calendar");
    let lunch = at("2026-11-23T13:00:00Z");
    assert_eq!(desk.next_open(lunch), Ok(at("2026-11-23T14:00:00Z")));
    assert_eq!(desk.next_close(lunch), Ok(at("2026-11-23T18:00:00Z")));
    assert_eq!(desk.prev_open(at("2026-11-23T13:30:00Z")), Ok(lunch));
    assert_eq!(desk.prev_open(lunch), Ok(lunch));
    let morning = OpenSpan {
        from: at("2026-11-23T10:00:00Z"),
        to: lunch,
    };
    let afternoon = OpenSpan {
        from: at("2026-11-23T14:00:00Z"),
        to: at("2026-11-23T15:00:00Z"),
    };
    assert_eq!(
        desk.open_spans(at("2026-11-23T10:00:00Z"), at("2026-11-23T15:00:00Z")),
        Ok(vec![morning, afternoon])
    );
    assert_eq!(
        desk.open_spans(at("2026-11-23T15:00:00Z"), at("2026-11-23T10:00:00Z")),
        Ok(vec![])
    );
    assert_eq!(
        desk.periods(at("2026-11-23T10:00:00Z"), 1),
        Ok(vec![morning])
    );
}

#[test]
fn spans_that_touch_or_overlap_are_one() {
    let desk = Calendar::builder(Tz::UTC)
        .weekly(
            Weekday::Mon,
            [
                hours("09:00-13:00"),
                hours("12:00-14:00"),
                hours("14:00-24:00"),
            ],
        )
        .weekly(Weekday::Tue, [hours("00:00-02:00")])
        .build()
        .expect("a calendar");
    let whole = OpenSpan {
        from: at("2026-11-23T09:00:00Z"),
        to: at("2026-11-24T02:00:00Z"),
    };
    assert_eq!(desk.periods(at("2026-11-23T00:00:00Z"), 1), Ok(vec![whole]));
    assert_eq!(
        desk.elapsed(at("2026-11-23T00:00:00Z"), at("2026-11-25T00:00:00Z"), &[]),
        Ok(17 * HOUR)
    );
}

#[test]
fn hours_of_a_date_replace_the_week_and_the_holiday() {
    let desk = office(Tz::UTC, &["09:00-17:00"])
        .holiday(date("2026-12-24"))
        .date_hours(date("2026-12-24"), [hours("10:00-12:00")])
        .date_hours(date("2026-12-26"), [hours("10:00-11:00")])
        .date_hours(date("2026-12-28"), [])
        .build()
        .expect("a calendar");
    let week = desk
        .open_spans(at("2026-12-24T00:00:00Z"), at("2026-12-29T00:00:00Z"))
        .expect("spans");
    let opened: Vec<String> = week
        .iter()
        .map(|span| format!("{}-{}", span.from.format("%d %H"), span.to.format("%H")))
        .collect();
    assert_eq!(opened, ["24 10-12", "25 09-17", "26 10-11"]);
}

#[test]
fn always_is_always() {
    let always = Calendar::always();
    let start = at("2026-02-28T23:59:59Z");
    assert_eq!(
        always.deadline(start, 240 * HOUR, &[]),
        Ok(at("2026-03-10T23:59:59Z"))
    );
    assert_eq!(
        always.elapsed(at("2010-03-31T15:59:42Z"), at("2012-05-15T23:52:45Z"), &[]),
        Ok(67_074_783)
    );
    assert_eq!(always.next_open(start), Ok(start));
    assert_eq!(always.next_close(start), Err(TimeError::BeyondHorizon));
}

#[test]
fn a_search_that_finds_nothing_ends_with_a_typed_error() {
    let once = Calendar::builder(Tz::UTC)
        .date_hours(date("2016-11-11"), [hours("09:00-12:00")])
        .build()
        .expect("a calendar");
    let later = at("2023-05-17T12:00:00Z");
    assert_eq!(once.elapsed(later, at("2023-05-23T12:00:00Z"), &[]), Ok(0));
    assert_eq!(once.is_open(later), Ok(false));
    assert_eq!(once.next_open(later), Err(TimeError::BeyondHorizon));
    assert_eq!(once.next_close(later), Err(TimeError::BeyondHorizon));
    assert_eq!(once.periods(later, 1), Err(TimeError::BeyondHorizon));
    assert_eq!(once.deadline(later, 1, &[]), Err(TimeError::BeyondHorizon));
    assert_eq!(once.prev_open(later), Ok(at("2016-11-11T12:00:00Z")));
    assert_eq!(
        once.prev_open(at("2016-11-11T09:00:00Z")),
        Err(TimeError::BeyondHorizon)
    );
    assert_eq!(
        nine_to_five().deadline(later, i64::MAX, &[]),
        Err(TimeError::BeyondHorizon)
    );
    assert_eq!(
        nine_to_five().deadline(later, i64::MIN, &[]),
        Err(TimeError::BeyondHorizon)
    );
}

#[test]
fn instants_outside_1970_to_2099_are_refused() {
    let desk = nine_to_five();
    let (early, late) = (at("1969-12-31T23:59:59Z"), at("2100-01-01T00:00:00Z"));
    let inside = at("2099-12-31T10:00:00Z");
    assert_eq!(
        desk.elapsed(early, inside, &[]),
        Err(TimeError::OutOfRange(early))
    );
    assert_eq!(
        desk.elapsed(inside, late, &[]),
        Err(TimeError::OutOfRange(late))
    );
    assert_eq!(
        desk.deadline(late, -1, &[]),
        Err(TimeError::OutOfRange(late))
    );
    assert_eq!(desk.is_open(late), Err(TimeError::OutOfRange(late)));
    assert_eq!(
        desk.open_spans(inside, late),
        Err(TimeError::OutOfRange(late))
    );
    assert_eq!(desk.is_open(inside), Ok(true));
}
