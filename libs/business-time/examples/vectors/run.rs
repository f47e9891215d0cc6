//! Reads vectors and puts each question to the library.

use business_time::{Calendar, CalendarSpec, DayRule, Pause};
use chrono::{DateTime, Utc};
use serde::Deserialize;

/// What came of a file of vectors.
pub struct Report {
    pub passed: usize,
    pub failures: Vec<Failure>,
    /// Ids that the file itself lists as sources which differ from its conventions.
    pub disagreements: Vec<String>,
}

/// A vector that was not met.
pub struct Failure {
    pub id: String,
    pub reason: String,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    meta: Meta,
    vectors: Vec<serde_json::Value>,
}

#[derive(Deserialize, Default)]
struct Meta {
    #[serde(default)]
    disagreements: Vec<String>,
}

#[derive(Deserialize)]
struct Vector {
    op: String,
    calendar: CalendarSpec,
    start: DateTime<Utc>,
    end: Option<DateTime<Utc>>,
    add_minutes: Option<f64>,
    add_days: Option<i32>,
    #[serde(default)]
    end_of_working_day: bool,
    #[serde(default)]
    roll: bool,
    #[serde(default)]
    pauses: Vec<(DateTime<Utc>, DateTime<Utc>)>,
    boundary: Option<String>,
    #[serde(default)]
    tolerance_seconds: f64,
    take: Option<usize>,
    expect: Expect,
}

#[derive(Deserialize)]
struct Expect {
    deadline: Option<DateTime<Utc>>,
    elapsed_minutes: Option<f64>,
    at: Option<DateTime<Utc>>,
    open: Option<bool>,
    periods: Option<Vec<(DateTime<Utc>, DateTime<Utc>)>>,
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Runs every vector of a file; an error only if the file itself cannot be read.
pub fn run(text: &str) -> Result<Report, serde_json::Error> {
    let file: File = serde_json::from_str(text)?;
    let mut report = Report {
        passed: 0,
        failures: Vec::new(),
        disagreements: file.meta.disagreements,
    };
    for value in file.vectors {
        let id = value
            .get("id")
            .and_then(serde_json::Value::as_str)
            .unwrap_or("without id")
            .to_owned();
        let outcome = serde_json::from_value::<Vector>(value)
            .map_err(Into::into)
            .and_then(|vector| check(&vector));
        match outcome {
            Ok(()) => report.passed += 1,
            Err(error) => report.failures.push(Failure {
                id,
                reason: error.to_string(),
            }),
        }
    }
    Ok(report)
}

fn check(vector: &Vector) -> Outcome {
    let calendar = Calendar::try_from(vector.calendar.clone())?;
    let pauses: Vec<Pause> = vector
        .pauses
        .iter()
        .map(|(from, to)| Pause::between(*from, *to))
        .collect();
    let expect = &vector.expect;
    match vector.op.as_str() {
        "deadline" => {
            let due = deadline(vector, &calendar, &pauses)?;
            let wanted = expect.deadline.ok_or("no expected deadline")?;
            let off = (due - wanted).num_seconds().abs() as f64;
            verdict(off <= vector.tolerance_seconds, wanted, due)
        }
        "elapsed" => {
            let passed = calendar.elapsed(vector.start, vector.end.ok_or("no end")?, &pauses)?;
            let wanted = expect.elapsed_minutes.ok_or("no expected minutes")? * 60.0;
            // Minutes are written as decimal fractions: equal means to the second.
            let off = (passed as f64 - wanted).abs();
            verdict(
                off <= vector.tolerance_seconds.max(0.5),
                wanted,
                passed as f64,
            )
        }
        "is_open" => same(
            expect.open.ok_or("no expected answer")?,
            calendar.is_open(vector.start)?,
        ),
        "next_open" => same(
            expect.at.ok_or("no expected instant")?,
            calendar.next_open(vector.start)?,
        ),
        "next_close" => same(
            expect.at.ok_or("no expected instant")?,
            calendar.next_close(vector.start)?,
        ),
        "prev_open" => same(
            expect.at.ok_or("no expected instant")?,
            calendar.prev_open(vector.start)?,
        ),
        "periods" => {
            let found =
                calendar.periods(vector.start, vector.take.ok_or("no number of periods")?)?;
            let found: Vec<_> = found.into_iter().map(|span| (span.from, span.to)).collect();
            same(expect.periods.clone().ok_or("no expected periods")?, found)
        }
        other => Err(format!("unknown operation `{other}`").into()),
    }
}

/// The library's deadline, carried to the next opening where the source of the vector counts a closing so.
fn deadline(
    vector: &Vector,
    calendar: &Calendar,
    pauses: &[Pause],
) -> Result<DateTime<Utc>, Box<dyn std::error::Error>> {
    let due = match (vector.add_days, vector.add_minutes) {
        (Some(days), _) => {
            let rule = match (vector.end_of_working_day, vector.roll) {
                (true, _) => DayRule::LastClosing,
                (false, true) => DayRule::IntoHours,
                (false, false) => DayRule::SameTime,
            };
            calendar.business_deadline(vector.start, days, rule, pauses)?
        }
        (None, Some(minutes)) => {
            calendar.deadline(vector.start, (minutes * 60.0).round() as i64, pauses)?
        }
        (None, None) => return Err("neither minutes nor days to add".into()),
    };
    Ok(if vector.boundary.as_deref() == Some("start-of-next") {
        calendar.next_open(due)?
    } else {
        due
    })
}

fn same<T: PartialEq + std::fmt::Debug>(wanted: T, found: T) -> Outcome {
    let equal = wanted == found;
    verdict(equal, wanted, found)
}

fn verdict(met: bool, wanted: impl std::fmt::Debug, found: impl std::fmt::Debug) -> Outcome {
    if met {
        Ok(())
    } else {
        Err(format!("expected {wanted:?}, found {found:?}").into())
    }
}
