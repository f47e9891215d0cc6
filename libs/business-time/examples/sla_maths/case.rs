//! The case that other libraries are measured with as well.

use std::hint::black_box;

use business_time::{Calendar, Hours, Tz, Weekday};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::{Outcome, best_batch};

#[derive(Deserialize)]
struct Case {
    start: DateTime<Utc>,
    opens: String,
    closes: String,
    /// Days of the week, from Monday, 1.
    weekdays: Vec<u8>,
    /// `MM-DD`, in each of the years.
    holidays: Vec<String>,
    years: (i32, i32),
    minutes: Vec<i64>,
}

/// Prints, for each number of minutes, the deadline and the nanoseconds that it takes.
pub fn run(file: &str) -> Outcome {
    let case: Case = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let hours: Hours = format!("{}-{}", case.opens, case.closes).parse()?;
    let mut desk = Calendar::builder(Tz::UTC);
    for day in &case.weekdays {
        desk = desk.weekly(Weekday::try_from(day - 1)?, [hours]);
    }
    for year in case.years.0..=case.years.1 {
        for day in &case.holidays {
            desk = desk.holiday(format!("{year}-{day}").parse::<NaiveDate>()?);
        }
    }
    let desk = desk.build()?;
    for minutes in &case.minutes {
        let due = desk.deadline(case.start, minutes * 60, &[])?;
        let nanoseconds = best_batch(|_| {
            let _ = black_box(desk.deadline(black_box(case.start), black_box(minutes * 60), &[]));
        });
        let due = due.format("%Y-%m-%dT%H:%M:%SZ");
        println!(r#"{{"minutes": {minutes}, "due": "{due}", "nanoseconds": {nanoseconds:.1}}}"#);
    }
    Ok(())
}
