//! Second by second: calendars with odd seconds, composites and pauses against a walk that looks at every second, on days when clocks change.

use business_time::{Calendar, CalendarSpec, Hours, Pause, Schedule, State, Tz, Weekday};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use proptest::prelude::*;

use crate::kit::{HOUR, at};
use crate::naive;
use crate::random::{CHANGES, cases};

fn odd_hours() -> impl Strategy<Value = Hours> {
    let time =
        |second: u32| NaiveTime::from_num_seconds_from_midnight_opt(second, 0).expect("a time");
    (0u32..86_400, 60u32..30_000)
        .prop_map(move |(opens, length)| Hours::new(time(opens), time((opens + length) % 86_400)))
}

/// Open a little on every day of the week, so that a short walk meets something.
fn odd_spec() -> impl Strategy<Value = CalendarSpec> {
    let zones = vec![
        Tz::America__Santiago,
        Tz::Europe__Madrid,
        Tz::Australia__Lord_Howe,
    ];
    let week = prop::collection::vec(prop::collection::vec(odd_hours(), 1..3), 7);
    (prop::sample::select(zones), week).prop_map(|(tz, week)| {
        let mut spec = CalendarSpec::new(tz);
        let mut day = Weekday::Mon;
        for hours in week {
            *spec.weekly.on_mut(day) = hours;
            day = day.succ();
        }
        spec
    })
}

fn odd_schedule() -> impl Strategy<Value = Schedule> {
    let one = || odd_spec().prop_map(Schedule::from);
    prop_oneof![
        one(),
        (one(), one()).prop_map(|(one, other)| Schedule::Union(vec![one, other])),
        (one(), one()).prop_map(|(one, other)| Schedule::Intersection(vec![one, other])),
    ]
}

/// A start around a change of the clocks.
fn start() -> impl Strategy<Value = DateTime<Utc>> {
    (
        prop::sample::select(CHANGES.to_vec()),
        -30 * HOUR..30 * HOUR,
    )
        .prop_map(|(change, shift)| at(change) + TimeDelta::seconds(shift))
}

/// Pauses as seconds from the start and lengths.
fn pauses() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((-5_000i64..30_000, 0i64..8_000), 0..5)
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn a_walk_over_every_second_agrees(schedule in odd_schedule(), start in start(), length in 1i64..30_000, pauses in pauses()) {
        // Two that are never open together are refused; that is told elsewhere.
        let Ok(calendar) = Calendar::try_from(schedule.clone()) else { return Ok(()) };
        let second = |after: i64| start + TimeDelta::seconds(after);
        let pauses: Vec<Pause> = pauses
            .into_iter()
            .map(|(from, length)| Pause::between(second(from), second(from + length)))
            .collect();
        let members = schedule.members();
        let spans: Vec<_> = members.iter().map(|spec| naive::spans(spec, start, second(length))).collect();
        let segments: Vec<_> = calendar.timeline(start, second(length), &pauses).expect("a timeline").collect();
        let mut segment = segments.iter();
        let mut told = segment.next().expect("a segment");
        let mut walked = 0;
        let mut last = None;
        for after in 0..length {
            let now = second(after);
            let mut answers = spans.iter().map(|spans| naive::is_open(spans, now));
            let open = naive::is_schedule_open(&schedule, &mut answers);
            let paused = pauses.iter().any(|pause| pause.from <= now && Some(now) < pause.to);
            while told.to <= now {
                told = segment.next().expect("segments up to the end");
            }
            let agrees = match told.state {
                State::Running => open && !paused,
                State::Paused { .. } => open && paused,
                State::OutsideHours { .. } => !open,
            };
            prop_assert!(agrees, "{now}: {told:?}, open: {open}, paused: {paused}");
            if open && !paused {
                walked += 1;
                last = Some(second(after + 1));
            }
        }
        prop_assert_eq!(calendar.elapsed(start, second(length), &pauses), Ok(walked));
        if let Some(due) = last {
            // The deadline is the end of the second in which the time was used up.
            prop_assert_eq!(calendar.deadline(start, walked, &pauses), Ok(due));
        }
    }
}
