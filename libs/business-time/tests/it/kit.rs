//! Short words for the stories.

use std::path::PathBuf;

use business_time::{Calendar, CalendarBuilder, Hours, Tz, Weekday};
use chrono::{DateTime, NaiveDate, Utc};

pub const HOUR: i64 = 3_600;
pub const MINUTE: i64 = 60;

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub fn hours(text: &str) -> Hours {
    text.parse().expect("hours")
}

/// Monday to Friday with these hours.
pub fn office(tz: Tz, spans: &[&str]) -> CalendarBuilder {
    Calendar::builder(tz).weekdays(
        Weekday::Mon,
        Weekday::Fri,
        spans.iter().map(|span| hours(span)),
    )
}

/// Monday to Friday, 09:00 to 17:00 UTC.
pub fn nine_to_five() -> Calendar {
    office(Tz::UTC, &["09:00-17:00"])
        .build()
        .expect("a calendar")
}

/// The text of a file of the data that lies beside the project, or `None` (said aloud) where it is absent.
pub fn shared_data(file: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(file);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("SKIPPED: ../shared/data/{file} is not there");
    }
    text
}
