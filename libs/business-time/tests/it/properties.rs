//! What holds for every calendar, start, duration and pause.

use business_time::{Calendar, Pause};
use chrono::TimeDelta;
use proptest::prelude::*;

use crate::kit::{HOUR, at};
use crate::naive;
use crate::random::{CHANGES, any_calendar, cases, instant, pause, pauses, seconds, spec};

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn to_the_deadline_exactly_its_seconds_pass(
        calendar in any_calendar(), start in instant(), seconds in seconds(), pauses in pauses(),
    ) {
        let due = calendar.deadline(start, seconds, &pauses).expect("a deadline");
        prop_assert_eq!(calendar.elapsed(start, due, &pauses), Ok(seconds));
        // It is the first such instant; backwards the last.
        if seconds != 0 {
            let nearer = due - TimeDelta::seconds(seconds.signum());
            prop_assert_eq!(calendar.elapsed(start, nearer, &pauses), Ok(seconds - seconds.signum()));
        }
    }

    #[test]
    fn elapsed_time_adds_up(
        calendar in any_calendar(), one in instant(), two in instant(), three in instant(), pauses in pauses(),
    ) {
        let elapsed = |from, to| calendar.elapsed(from, to, &pauses).expect("a duration");
        prop_assert_eq!(elapsed(one, two) + elapsed(two, three), elapsed(one, three));
        prop_assert_eq!(elapsed(one, two), -elapsed(two, one));
    }

    #[test]
    fn more_time_and_a_later_start_never_make_an_earlier_deadline(
        calendar in any_calendar(), start in instant(), later in 0i64..200 * HOUR, seconds in seconds(), more in 0i64..100 * HOUR, pauses in pauses(),
    ) {
        let due = calendar.deadline(start, seconds, &pauses).expect("a deadline");
        prop_assert!(due <= calendar.deadline(start, seconds + more, &pauses).expect("a deadline"));
        prop_assert!(due <= calendar.deadline(start + TimeDelta::seconds(later), seconds, &pauses).expect("a deadline"));
    }

    #[test]
    fn a_pause_never_shortens(
        calendar in any_calendar(), start in instant(), end in instant(), seconds in 0i64..300 * HOUR, pauses in pauses(), another in pause(),
    ) {
        let mut with = pauses.clone();
        with.push(another);
        let due = |pauses: &[Pause]| calendar.deadline(start, seconds, pauses).expect("a deadline");
        prop_assert!(due(&pauses) <= due(&with));
        prop_assert!(due(&[]) <= due(&pauses));
        let (first, last) = (start.min(end), start.max(end));
        let passed = |pauses: &[Pause]| calendar.elapsed(first, last, pauses).expect("a duration");
        prop_assert!(passed(&with) <= passed(&pauses) && passed(&with) >= 0);
    }

    #[test]
    fn spans_openings_and_closings_tell_the_same_story(calendar in any_calendar(), start in instant(), length in 0i64..1_000 * HOUR) {
        let end = start + TimeDelta::seconds(length);
        let spans = calendar.open_spans(start, end).expect("spans");
        let sum: i64 = spans.iter().map(|span| (span.to - span.from).num_seconds()).sum();
        prop_assert_eq!(Ok(sum), calendar.elapsed(start, end, &[]));
        prop_assert!(spans.windows(2).all(|pair| pair[0].to < pair[1].from));
        let open = calendar.next_open(start).expect("an opening");
        prop_assert_eq!(calendar.is_open(open), Ok(true));
        prop_assert_eq!(calendar.elapsed(start, open, &[]), Ok(0));
        let last = calendar.prev_open(start).expect("a closing");
        prop_assert_eq!(calendar.elapsed(last, start, &[]), Ok(0));
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_naive_walk_agrees(
        spec in spec(),
        start in prop_oneof![
            instant(),
            (prop::sample::select(CHANGES.to_vec()), -3i64..1).prop_map(|(change, days)| at(change) + TimeDelta::days(days)),
        ],
        ticks in 0i64..700,
    ) {
        let start = start - TimeDelta::seconds(start.timestamp() % naive::TICK);
        let end = start + TimeDelta::seconds(ticks * naive::TICK);
        let spans = naive::spans(&spec, start, end);
        let calendar = Calendar::try_from(spec).expect("a Wednesday has hours");
        let walked = naive::elapsed(&spans, start, end);
        prop_assert_eq!(calendar.elapsed(start, end, &[]), Ok(walked));
        prop_assert_eq!(calendar.is_open(end), Ok(naive::is_open(&spans, end)));
        if walked > 0 {
            let due = calendar.deadline(start, walked, &[]).expect("a deadline");
            prop_assert!(due <= end);
            prop_assert_eq!(naive::elapsed(&spans, start, due), walked);
            prop_assert!(naive::is_open(&spans, due - TimeDelta::seconds(1)));
        }
    }
}
