//! What the sums of the SLA clock cost once the index is warm, and what a calendar holds in memory:
//! `cargo run -q --release -p business-time --example sla_maths`.
//!
//! With `--case FILE` it measures the deadlines of that file alone, with `--memory` the calendars alone, and prints them as
//! lines of JSON: `tests/bench/peers/run` sets them beside those of other libraries.

mod case;
mod memory;

use std::hint::black_box;
use std::time::Instant;

use business_time::{Calendar, Country, Hours, Pause, Tz, Weekday};
use chrono::{DateTime, TimeDelta, Utc};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const ROUNDS: u32 = 200_000;

fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => figures(),
        (Some("--case"), Some(file)) => case::run(&file),
        (Some("--memory"), None) => memory::lines(),
        _ => Err("usage: sla_maths [--case FILE | --memory]".into()),
    }
}

fn figures() -> Outcome {
    let desk = desk()?;
    let start: DateTime<Utc> = "2026-03-10T10:17:42Z".parse()?;
    let began = Instant::now();
    desk.elapsed(start, start + TimeDelta::hours(1), &[])?;
    println!("first year compiled in {:?}", began.elapsed());

    println!("48,000 working minutes, ten holidays a year, and 100 times less to 100 times more:");
    spans("one calendar", &desk, start)?;
    let lima = office(Tz::America__Lima)?
        .public_holidays(Country::Peru)
        .build()?;
    let bogota = office(Tz::America__Bogota)?
        .public_holidays(Country::Colombia)
        .build()?;
    spans("union of two", &Calendar::union([&lima, &bogota])?, start)?;

    let pauses: Vec<Pause> = (1..=5)
        .map(|day| {
            let from = start + TimeDelta::days(day);
            Pause::between(from, from + TimeDelta::hours(7))
        })
        .collect();
    let deadline = nanoseconds(|shift| {
        let due = desk.deadline(start + shift, 2_880_000, &pauses);
        due.map(|due| due.timestamp())
    });
    let elapsed =
        nanoseconds(|shift| desk.elapsed(start + shift, start + TimeDelta::days(140), &pauses));
    println!("with 5 pauses: deadline {deadline:>4.0} ns, elapsed {elapsed:>4.0} ns");

    let began = Instant::now();
    let mut segments = 0;
    for _ in 0..1_000 {
        segments += desk
            .timeline(start, start + TimeDelta::days(14), &pauses)?
            .count();
    }
    let each = began.elapsed() / 1_000;
    println!(
        "a fortnight explained: {} segments in {each:?}",
        segments / 1_000
    );
    memory::report()
}

fn spans(name: &str, desk: &Calendar, start: DateTime<Utc>) -> Outcome {
    for minutes in [480, 4_800, 48_000, 480_000, 4_800_000] {
        let seconds = minutes * 60;
        let due = desk.deadline(start, seconds, &[])?;
        let deadline = nanoseconds(|shift| {
            let due = desk.deadline(start + shift, seconds, &[]);
            due.map(|due| due.timestamp())
        });
        let elapsed = nanoseconds(|shift| desk.elapsed(start + shift, due, &[]));
        println!(
            "  {name}, {minutes:>7} minutes: deadline {deadline:>4.0} ns, elapsed {elapsed:>4.0} ns"
        );
    }
    Ok(())
}

/// Monday to Friday, two spans a day, the ten national holidays of Spain.
fn desk() -> Result<Calendar, Box<dyn std::error::Error>> {
    let hours: [Hours; 2] = ["09:00-14:00".parse()?, "16:00-19:00".parse()?];
    let week = Calendar::builder(Tz::Europe__Madrid).weekdays(Weekday::Mon, Weekday::Fri, hours);
    Ok(week.public_holidays(Country::Spain).build()?)
}

fn office(tz: Tz) -> Result<business_time::CalendarBuilder, business_time::HoursError> {
    let hours: Hours = "09:00-18:00".parse()?;
    Ok(Calendar::builder(tz).weekdays(Weekday::Mon, Weekday::Fri, [hours]))
}

/// Mean cost of one call, over starts that differ.
fn nanoseconds<E>(mut call: impl FnMut(TimeDelta) -> Result<i64, E>) -> f64 {
    best_batch(|round| {
        let shift = TimeDelta::seconds(i64::from(round) * 7 % 3_000_000);
        let _ = black_box(call(black_box(shift)));
    })
}

/// Mean nanoseconds of one call in the best of ten batches: what else the machine does makes the others worse, never better.
fn best_batch(mut call: impl FnMut(u32)) -> f64 {
    let batches = (0..10).map(|_| {
        let began = Instant::now();
        (0..ROUNDS).for_each(&mut call);
        began.elapsed().as_nanos() as f64 / f64::from(ROUNDS)
    });
    batches.fold(f64::INFINITY, f64::min)
}
