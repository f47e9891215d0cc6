//! Random calendars, instants and pauses, in zones whose clocks change.

use business_time::{Calendar, CalendarSpec, Edition, Hours, Pause, Schedule, Tz, Weekday, Weekly};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use proptest::prelude::*;

use crate::kit::{HOUR, at};

const ZONES: [Tz; 4] = [
    Tz::America__Santiago,
    Tz::Europe__Madrid,
    Tz::Australia__Lord_Howe,
    Tz::America__Lima,
];

/// Days on which clocks change in these zones.
pub const CHANGES: [&str; 6] = [
    "2025-03-30T00:00:00Z",
    "2025-10-26T00:00:00Z",
    "2025-04-06T00:00:00Z",
    "2025-09-07T00:00:00Z",
    "2025-10-05T00:00:00Z",
    "2025-12-31T00:00:00Z",
];

pub fn span() -> impl Strategy<Value = Hours> {
    let quarter = |quarter: u32| {
        NaiveTime::from_hms_opt(quarter / 4, quarter % 4 * 15, 0).expect("a time of day")
    };
    (0u32..96, 0u32..96)
        .prop_map(move |(opens, closes)| Hours::new(quarter(opens), quarter(closes)))
}

pub fn spec() -> impl Strategy<Value = CalendarSpec> {
    let day = prop::collection::vec(span(), 0..3);
    let week = prop::collection::vec(day, 7);
    let holidays = prop::collection::btree_set(0i64..1_461, 0..60);
    let special =
        prop::collection::btree_map(0i64..1_461, prop::collection::vec(span(), 0..2), 0..10);
    (
        prop::sample::select(ZONES.to_vec()),
        week,
        span(),
        holidays,
        special,
    )
        .prop_map(|(tz, week, sure, holidays, special)| {
            let first = at("2024-01-01T00:00:00Z").date_naive();
            let day = |after: i64| first + TimeDelta::days(after);
            let mut weekly = Weekly::default();
            let mut of = Weekday::Mon;
            for hours in week {
                *weekly.on_mut(of) = hours;
                of = of.succ();
            }
            weekly.wed.push(sure);
            CalendarSpec {
                tz,
                weekly,
                public_holidays: [].into(),
                regional_holidays: [].into(),
                holiday_data: Edition::LATEST,
                holidays: holidays.into_iter().map(day).collect(),
                date_hours: special
                    .into_iter()
                    .map(|(after, hours)| (day(after), hours))
                    .collect(),
            }
        })
}

pub fn calendar() -> impl Strategy<Value = Calendar> {
    spec().prop_map(|spec| Calendar::try_from(spec).expect("a Wednesday has hours"))
}

/// Unions and intersections of calendars in different zones, one in the other at times; those that are hardly ever open are not drawn.
pub fn composite() -> impl Strategy<Value = Calendar> {
    let one = || spec().prop_map(Schedule::from);
    let many = |inner: BoxedStrategy<Schedule>| {
        (prop::collection::vec(inner, 1..3), any::<bool>()).prop_map(|(members, any)| {
            if any {
                Schedule::Union(members)
            } else {
                Schedule::Intersection(members)
            }
        })
    };
    let pair = many(one().boxed());
    many(prop_oneof![2 => one(), 1 => pair].boxed()).prop_filter_map("hardly ever open", |drawn| {
        let calendar = Calendar::try_from(drawn).ok()?;
        // Wherever the tests look for a deadline some hours must be left, also where clocks once changed on other days.
        let enough = |year: &str| {
            let yearly = calendar.elapsed(at(year), at(year) + TimeDelta::days(365), &[]);
            yearly.is_ok_and(|seconds| seconds >= 50 * HOUR)
        };
        let years = ["1990-01-01T00:00:00Z", "2040-01-01T00:00:00Z"];
        years.iter().all(|year| enough(year)).then_some(calendar)
    })
}

/// A calendar, simple or composite.
pub fn any_calendar() -> impl Strategy<Value = Calendar> {
    prop_oneof![2 => calendar(), 1 => composite()]
}

pub fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    let first = at("2024-01-01T00:00:00Z");
    (0i64..4 * 365 * 24 * HOUR).prop_map(move |after| first + TimeDelta::seconds(after))
}

pub fn pause() -> impl Strategy<Value = Pause> {
    (instant(), 0i64..400 * HOUR)
        .prop_map(|(from, length)| Pause::between(from, from + TimeDelta::seconds(length)))
}

pub fn pauses() -> impl Strategy<Value = Vec<Pause>> {
    prop::collection::vec(pause(), 0..12)
}

pub fn seconds() -> impl Strategy<Value = i64> {
    prop_oneof![-300 * HOUR..300 * HOUR, -100i64..100]
}

/// So many cases, or as many as `PROPTEST_CASES` says.
pub fn cases(cases: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    ProptestConfig {
        cases: asked.and_then(|asked| asked.parse().ok()).unwrap_or(cases),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
