//! A stretch of time told in segments: running, paused, outside hours, each with its reason.

use business_time::{Calendar, Closed, Country, Edition, Pause, Segment, State, TimeError, Tz};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use crate::kit::{HOUR, at, date, hours, nine_to_five, office};
use crate::naive;
use crate::random::{cases, instant, pauses, spec};

fn told(calendar: &Calendar, from: &str, to: &str, pauses: &[Pause]) -> Vec<Segment> {
    let segments = calendar.timeline(at(from), at(to), pauses);
    segments.expect("both ends are known").collect()
}

/// Each segment as its first instant and its state.
fn beginnings(segments: &[Segment]) -> Vec<(String, State)> {
    let from = |segment: &Segment| segment.from.format("%d %H:%M").to_string();
    segments.iter().map(|s| (from(s), s.state)).collect()
}

fn outside(why: Closed) -> State {
    State::OutsideHours { why, member: 0 }
}

#[test]
fn running_paused_and_outside_hours_are_three_different_facts() {
    let weekend = [Pause::between(
        at("2026-11-20T15:00:00Z"),
        at("2026-11-23T09:30:00Z"),
    )];
    let segments = told(
        &nine_to_five(),
        "2026-11-20T10:00:00Z",
        "2026-11-23T14:30:00Z",
        &weekend,
    );
    let paused = State::Paused { pause: 0 };
    assert_eq!(
        beginnings(&segments),
        [
            ("20 10:00".to_owned(), State::Running),
            ("20 15:00".to_owned(), paused),
            ("20 17:00".to_owned(), outside(Closed::WeeklyHours)),
            ("23 09:00".to_owned(), paused),
            ("23 09:30".to_owned(), State::Running),
        ]
    );
    let seconds: Vec<i64> = segments.iter().map(|segment| segment.seconds).collect();
    assert_eq!(seconds, [5 * HOUR, 2 * HOUR, 64 * HOUR, HOUR / 2, 5 * HOUR]);
}

#[test]
fn a_holiday_is_the_reason_for_the_hours_it_took_and_the_night_for_its_own() {
    let desk = office(Tz::America__Lima, &["09:00-18:00"])
        .public_holidays(Country::Peru)
        .holiday(date("2026-07-27"))
        .date_hours(date("2026-07-30"), [hours("12:00-18:00")])
        .build()
        .expect("a calendar");
    let segments = told(&desk, "2026-07-27T14:00:00Z", "2026-07-30T17:30:00Z", &[]);
    let fiestas_patrias = |day| {
        outside(Closed::PublicHoliday {
            country: Country::Peru,
            region: None,
            date: date(day),
            name: "Fiestas Patrias",
            law: "Decreto Legislativo 713 (1991), art. 6",
            edition: Edition::LATEST,
        })
    };
    let night = outside(Closed::WeeklyHours);
    assert_eq!(
        beginnings(&segments),
        [
            (
                "27 14:00".to_owned(),
                outside(Closed::OwnHoliday {
                    date: date("2026-07-27")
                })
            ),
            ("27 23:00".to_owned(), night),
            ("28 14:00".to_owned(), fiestas_patrias("2026-07-28")),
            ("28 23:00".to_owned(), night),
            ("29 14:00".to_owned(), fiestas_patrias("2026-07-29")),
            ("29 23:00".to_owned(), night),
            (
                "30 14:00".to_owned(),
                outside(Closed::DateHours {
                    date: date("2026-07-30")
                })
            ),
            ("30 17:00".to_owned(), State::Running),
        ]
    );
}

#[test]
fn a_holidays_night_shift_is_closed_by_it_into_the_next_morning() {
    let nights = office(Tz::America__Lima, &["22:00-06:00"])
        .holiday(date("2026-07-28"))
        .build()
        .expect("a calendar");
    let segments = told(&nights, "2026-07-28T10:00:00Z", "2026-07-30T03:00:00Z", &[]);
    let holiday = outside(Closed::OwnHoliday {
        date: date("2026-07-28"),
    });
    assert_eq!(
        beginnings(&segments),
        [
            ("28 10:00".to_owned(), State::Running),
            ("28 11:00".to_owned(), outside(Closed::WeeklyHours)),
            ("29 03:00".to_owned(), holiday),
            ("29 11:00".to_owned(), outside(Closed::WeeklyHours)),
        ]
    );
}

#[test]
fn of_two_holidays_on_one_monday_the_day_is_lost_once() {
    let desk = office(Tz::America__Bogota, &["09:00-18:00"])
        .public_holidays(Country::Colombia)
        .build()
        .expect("a calendar");
    let lost: Vec<Segment> = told(&desk, "2025-06-28T00:00:00Z", "2025-07-02T00:00:00Z", &[])
        .into_iter()
        .filter(|s| {
            matches!(
                s.state,
                State::OutsideHours {
                    why: Closed::PublicHoliday { .. },
                    ..
                }
            )
        })
        .collect();
    assert_eq!(lost.len(), 1);
    assert_eq!(lost[0].seconds, 9 * HOUR);
    let Closed::PublicHoliday { name, .. } = (match lost[0].state {
        State::OutsideHours { why, .. } => why,
        other => panic!("{other:?}"),
    }) else {
        panic!("{lost:?}");
    };
    assert_eq!(name, "Sagrado Corazón de Jesús");
}

#[test]
fn of_pauses_that_overlap_the_first_counts_until_it_ends() {
    let pauses = [
        Pause::between(at("2026-11-23T11:00:00Z"), at("2026-11-23T13:00:00Z")),
        Pause::between(at("2026-11-23T10:00:00Z"), at("2026-11-23T12:00:00Z")),
        Pause::between(at("2026-11-23T10:30:00Z"), at("2026-11-23T11:30:00Z")),
        Pause::since(at("2026-11-23T16:00:00Z")),
        Pause::between(at("2026-11-23T15:00:00Z"), at("2026-11-23T14:00:00Z")),
    ];
    let segments = told(
        &nine_to_five(),
        "2026-11-23T09:30:00Z",
        "2026-11-23T17:30:00Z",
        &pauses,
    );
    let stopped_by = |pause| State::Paused { pause };
    assert_eq!(
        beginnings(&segments),
        [
            ("23 09:30".to_owned(), State::Running),
            ("23 10:00".to_owned(), stopped_by(1)),
            ("23 12:00".to_owned(), stopped_by(0)),
            ("23 13:00".to_owned(), State::Running),
            ("23 16:00".to_owned(), stopped_by(3)),
            ("23 17:00".to_owned(), outside(Closed::WeeklyHours)),
        ]
    );
}

#[test]
fn decades_without_hours_are_one_segment_and_a_reversed_stretch_is_none() {
    let once = Calendar::builder(Tz::UTC)
        .date_hours(date("2016-11-11"), [hours("09:00-12:00")])
        .build()
        .expect("a calendar");
    let segments = told(&once, "2017-01-01T00:00:00Z", "2099-01-01T00:00:00Z", &[]);
    assert_eq!(segments.len(), 1);
    assert_eq!(segments[0].state, outside(Closed::WeeklyHours));
    let reversed = told(
        &nine_to_five(),
        "2026-11-24T00:00:00Z",
        "2026-11-23T00:00:00Z",
        &[],
    );
    assert_eq!(reversed, []);
    let (early, inside) = (at("1969-12-31T23:59:59Z"), at("2026-01-01T00:00:00Z"));
    let refused = nine_to_five().timeline(early, inside, &[]).err();
    assert_eq!(refused, Some(TimeError::OutOfRange(early)));
    let refused = nine_to_five().timeline(inside, early, &[]).err();
    assert_eq!(refused, Some(TimeError::OutOfRange(early)));
}

#[test]
fn always_open_over_new_year_is_one_running_segment() {
    let segments = told(
        &Calendar::always(),
        "2025-12-31T23:00:00Z",
        "2028-01-01T02:00:00Z",
        &[],
    );
    assert_eq!(segments.len(), 1);
    assert_eq!(segments[0].state, State::Running);
}

fn sum(segments: &[Segment], wanted: impl Fn(&State) -> bool) -> i64 {
    let wanted = segments.iter().filter(|segment| wanted(&segment.state));
    wanted.map(|segment| segment.seconds).sum()
}

fn is_weekly(state: &State) -> bool {
    *state
        == State::OutsideHours {
            why: Closed::WeeklyHours,
            member: 0,
        }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn the_segments_sum_to_the_clock_and_leave_no_gap(
        spec in spec(), start in instant(), length in 0i64..3_000 * HOUR, pauses in pauses(),
    ) {
        let calendar = Calendar::try_from(spec).expect("a Wednesday has hours");
        let end = start + TimeDelta::seconds(length);
        let segments: Vec<Segment> = calendar.timeline(start, end, &pauses).expect("a timeline").collect();
        prop_assert_eq!(Ok(sum(&segments, |s| *s == State::Running)), calendar.elapsed(start, end, &pauses));
        let open = sum(&segments, |s| !matches!(s, State::OutsideHours { .. }));
        prop_assert_eq!(Ok(open), calendar.elapsed(start, end, &[]));
        prop_assert_eq!(sum(&segments, |_| true), length);
        prop_assert_eq!(segments.first().map(|s| s.from), Some(start).filter(|_| length > 0));
        prop_assert_eq!(segments.last().map(|s| s.to), Some(end).filter(|_| length > 0));
        for pair in segments.windows(2) {
            prop_assert_eq!(pair[0].to, pair[1].from);
            prop_assert_ne!(pair[0].state, pair[1].state);
        }
        for segment in &segments {
            prop_assert_eq!((segment.to - segment.from).num_seconds(), segment.seconds);
            if let State::Paused { pause } = segment.state {
                prop_assert!(pauses[pause].from <= segment.from && Some(segment.to) <= pauses[pause].to);
            }
        }
    }

    /// Without its special dates the desk would be open exactly where no weekly hours are the reason.
    #[test]
    fn what_special_dates_took_is_what_the_plain_week_has_and_the_calendar_has_not(
        spec in spec(), start in instant(), length in 0i64..2_000 * HOUR,
    ) {
        let mut plain = spec.clone();
        plain.holidays.clear();
        plain.date_hours.clear();
        let end = start + TimeDelta::seconds(length);
        let plain = Calendar::try_from(plain).expect("a Wednesday has hours");
        let calendar = Calendar::try_from(spec).expect("a Wednesday has hours");
        for segment in calendar.timeline(start, end, &[]).expect("a timeline") {
            let ordinary = plain.elapsed(segment.from, segment.to, &[]);
            match segment.state {
                state if is_weekly(&state) => prop_assert_eq!(ordinary, Ok(0)),
                State::OutsideHours { why, .. } => {
                    prop_assert_eq!(ordinary, Ok(segment.seconds));
                    match why {
                        Closed::DateHours { date } => prop_assert!(calendar.spec().date_hours.contains_key(&date)),
                        Closed::OwnHoliday { date } => prop_assert!(calendar.spec().holidays.contains(&date)),
                        other => prop_assert!(false, "{other:?}"),
                    }
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_naive_walk_tells_the_same_states(spec in spec(), start in instant(), ticks in 0i64..700, pauses in pauses()) {
        let whole = |at: DateTime<Utc>| at - TimeDelta::seconds(at.timestamp() % naive::TICK);
        let (start, end) = (whole(start), whole(start) + TimeDelta::seconds(ticks * naive::TICK));
        let spans = naive::spans(&spec, start, end);
        let calendar = Calendar::try_from(spec).expect("a Wednesday has hours");
        let segments: Vec<Segment> = calendar.timeline(start, end, &pauses).expect("a timeline").collect();
        let mut at = start;
        let mut segment = 0;
        while at < end {
            while segments[segment].to <= at {
                segment += 1;
            }
            let paused = pauses.iter().any(|pause| pause.from <= at && Some(at) < pause.to);
            let walked = match segments[segment].state {
                State::Running => naive::is_open(&spans, at) && !paused,
                State::Paused { .. } => naive::is_open(&spans, at) && paused,
                State::OutsideHours { .. } => !naive::is_open(&spans, at),
            };
            prop_assert!(walked, "{at}: {:?}", segments[segment]);
            at += TimeDelta::seconds(naive::TICK);
        }
    }
}
