//! Windows that both sides agreed on (maintenance): what falls into one is not the provider's doing. Some are dated, others
//! come every week, on the wall clock of the set's zone.

use business_time::{Calendar, Hours, Weekday};
use chrono::{DateTime, NaiveTime, TimeDelta, Timelike as _, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::domain::problem::Problem;

/// More windows than this nobody can follow; dated and weekly ones together.
const MOST_WINDOWS: usize = 100;
/// More spans on one day than anybody means.
const MOST_SPANS: usize = 24;
/// The longest name, characters.
const LONGEST_NAME: usize = 120;
const DAY_S: i64 = 86_400;
/// No opening of a weekly window lasts longer than this, days: its spans begin on one day and end on the next.
const LONGEST_OPENING_D: i64 = 3;

/// A window that is once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatedWindow {
    /// For people.
    pub name: String,
    /// From, included.
    pub from: DateTime<Utc>,
    /// To, excluded.
    pub to: DateTime<Utc>,
}

/// A window that comes every week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeeklyWindow {
    /// For people.
    pub name: String,
    /// The day on which its spans open.
    pub day: Weekday,
    /// As [`Hours`] reads them: `22:00-06:00` runs into the next day. Kept as they were written.
    pub spans: Vec<String>,
}

/// The windows that a set of levels agrees on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// Those that are once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dated: Vec<DatedWindow>,
    /// Those that come every week.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekly: Vec<WeeklyWindow>,
}

/// A window at one time: `[from, to)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Of which window.
    pub name: String,
    /// From, included.
    pub from: DateTime<Utc>,
    /// To, excluded.
    pub to: DateTime<Utc>,
}

impl Opening {
    /// Whether an instant lies in it.
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        (self.from..self.to).contains(&at)
    }
}

/// Whether openings, in the order of their beginnings, leave nothing of an interval out.
pub fn cover(openings: &[Opening], from: DateTime<Utc>, to: DateTime<Utc>) -> bool {
    let mut reached = from;
    for opening in openings {
        if opening.from > reached {
            break;
        }
        reached = reached.max(opening.to);
    }
    reached >= to
}

impl Windows {
    /// Whether none is agreed.
    pub fn is_empty(&self) -> bool {
        self.dated.is_empty() && self.weekly.is_empty()
    }

    /// Every opening that has something of an interval, whole, in the order of their beginnings.
    pub fn openings(&self, zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Opening> {
        let dated = self.dated.iter().map(|w| Opening {
            name: w.name.clone(),
            from: w.from,
            to: w.to,
        });
        let weekly = self.weekly.iter().flat_map(|w| w.openings(zone, from, to));
        let mut all: Vec<Opening> = dated
            .chain(weekly)
            .filter(|o| o.from < to && from < o.to)
            .collect();
        all.sort_by_key(|o| (o.from, o.to));
        all
    }

    /// What is wrong with them. Fields are those of the input: `windows.weekly.2.spans`.
    pub fn faults(&self) -> Vec<Problem> {
        let mut all = Vec::new();
        if self.dated.len() + self.weekly.len() > MOST_WINDOWS {
            all.push(Problem::at(
                "windows",
                "TOO_MANY_WINDOWS",
                format!("Como máximo {MOST_WINDOWS} ventanas."),
            ));
            return all;
        }
        for (i, window) in self.dated.iter().enumerate() {
            all.extend(name_fault(format!("windows.dated.{i}.name"), &window.name));
            if window.from >= window.to {
                all.push(Problem::at(
                    format!("windows.dated.{i}.to"),
                    "BAD_WINDOW",
                    "El final de la ventana debe ser posterior a su comienzo.",
                ));
            }
        }
        let mut week = Vec::new();
        for (i, window) in self.weekly.iter().enumerate() {
            all.extend(name_fault(format!("windows.weekly.{i}.name"), &window.name));
            all.extend(window.spans_fault(format!("windows.weekly.{i}.spans")));
            week.extend(window.seconds());
        }
        if overlap(week) {
            all.push(Problem::at(
                "windows.weekly",
                "OVERLAPPING_HOURS",
                "Hay tramos que se solapan; escriba cada hora una sola vez.",
            ));
        }
        all
    }
}

impl WeeklyWindow {
    /// Its spans. Those that nobody can read are left out: they were refused when they were written.
    fn hours(&self) -> impl Iterator<Item = Hours> {
        self.spans.iter().filter_map(|s| s.parse::<Hours>().ok())
    }

    /// Its openings in an interval and around it. Without hours, or outside of the years of the zones' tables, there are none.
    fn openings(&self, zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Opening> {
        let calendar = Calendar::builder(zone).weekly(self.day, self.hours());
        // Wider than asked: a calendar cuts its spans at the bounds, and people want to see when the window was.
        let wider = TimeDelta::days(LONGEST_OPENING_D);
        let spans = calendar
            .build()
            .ok()
            .and_then(|c| c.open_spans(from - wider, to + wider).ok());
        let of_span = |span: business_time::OpenSpan| Opening {
            name: self.name.clone(),
            from: span.from,
            to: span.to,
        };
        spans.into_iter().flatten().map(of_span).collect()
    }

    fn spans_fault(&self, field: String) -> Option<Problem> {
        if self.spans.is_empty() {
            return Some(Problem::at(
                field,
                "NO_SPANS",
                "Indique al menos un tramo de horas, como 22:00-06:00.",
            ));
        }
        if self.spans.len() > MOST_SPANS {
            return Some(Problem::at(
                field,
                "TOO_MANY_SPANS",
                format!("Como máximo {MOST_SPANS} tramos por día."),
            ));
        }
        let wrong = self.spans.iter().find(|s| s.parse::<Hours>().is_err())?;
        Some(Problem::at(
            field,
            "BAD_SPAN",
            format!("«{wrong}» no es un tramo de horas como 22:00-06:00."),
        ))
    }

    /// Its spans as seconds since the week's beginning.
    fn seconds(&self) -> Vec<(i64, i64)> {
        let day = i64::from(self.day.num_days_from_monday()) * DAY_S;
        let since = |t: NaiveTime| day + i64::from(t.num_seconds_from_midnight());
        let of_hours = |h: Hours| {
            let over = if h.closes_next_day() { DAY_S } else { 0 };
            (since(h.opens()), since(h.closes()) + over)
        };
        self.hours().map(of_hours).collect()
    }
}

/// Whether spans of a week, which comes again and again, share an instant.
fn overlap(week: Vec<(i64, i64)>) -> bool {
    // What runs over from Sunday meets the next Monday.
    let next = week.iter().map(|(a, b)| (a + 7 * DAY_S, b + 7 * DAY_S));
    let mut all: Vec<(i64, i64)> = week.iter().copied().chain(next).collect();
    all.sort_unstable();
    all.windows(2).any(|pair| pair[1].0 < pair[0].1)
}

fn name_fault(field: String, name: &str) -> Option<Problem> {
    match name.trim().chars().count() {
        0 => Some(Problem::at(field, "NAME_MISSING", "Indique un nombre.")),
        1..=LONGEST_NAME => None,
        _ => Some(Problem::at(
            field,
            "NAME_TOO_LONG",
            format!("El nombre tiene más de {LONGEST_NAME} caracteres."),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::evaluation::tests::at;
    use super::*;

    fn weekly(day: Weekday, spans: &[&str]) -> WeeklyWindow {
        WeeklyWindow {
            name: "Mantenimiento".to_owned(),
            day,
            spans: spans.iter().map(|s| (*s).to_owned()).collect(),
        }
    }

    fn dated(from: &str, to: &str) -> DatedWindow {
        DatedWindow {
            name: "Migración".to_owned(),
            from: at(from),
            to: at(to),
        }
    }

    fn every_week(weekly: Vec<WeeklyWindow>) -> Windows {
        Windows {
            dated: Vec::new(),
            weekly,
        }
    }

    #[test]
    fn an_instant_and_an_interval_lie_inside_or_do_not() {
        // Sundays from 22:00 to 06:00 of the Monday in Lima: 03:00Z to 11:00Z of the Monday. The 9th is a Monday.
        let windows = Windows {
            dated: vec![dated("2026-11-09T11:00:00Z", "2026-11-09T15:00:00Z")],
            weekly: vec![weekly(Weekday::Sun, &["22:00-06:00"])],
        };
        let lima = Tz::America__Lima;
        let holds = |text: &str| {
            let instant = at(text);
            let openings = windows.openings(lima, instant, instant + TimeDelta::seconds(1));
            openings.iter().any(|o| o.holds(instant))
        };
        assert!(!holds("2026-11-09T02:59:59Z"));
        assert!(holds("2026-11-09T03:00:00Z"));
        assert!(holds("2026-11-09T10:59:59Z"));
        assert!(holds("2026-11-09T14:59:59Z"));
        assert!(!holds("2026-11-09T15:00:00Z"), "the end is outside");
        assert!(holds("2026-11-16T05:00:00Z"), "it comes every week");
        assert!(!holds("2026-11-16T12:00:00Z"), "the dated one is once");
        let covered = |from: &str, to: &str| {
            let (from, to) = (at(from), at(to));
            cover(&windows.openings(lima, from, to), from, to)
        };
        assert!(covered("2026-11-09T03:00:00Z", "2026-11-09T11:00:00Z"));
        // The one ends where the other begins.
        assert!(covered("2026-11-09T05:00:00Z", "2026-11-09T15:00:00Z"));
        assert!(!covered("2026-11-09T02:00:00Z", "2026-11-09T11:00:00Z"));
        assert!(!covered("2026-11-09T05:00:00Z", "2026-11-09T15:00:01Z"));
        assert!(!covered("2026-11-16T05:00:00Z", "2026-11-16T12:00:00Z"));
        assert!(!covered("2026-11-10T05:00:00Z", "2026-11-10T06:00:00Z"));
        // Whole, although less was asked about.
        let shown = windows.openings(lima, at("2026-11-16T05:00:00Z"), at("2026-11-16T05:00:01Z"));
        let bounds: Vec<_> = shown.iter().map(|o| (o.from, o.to)).collect();
        assert_eq!(
            bounds,
            [(at("2026-11-16T03:00:00Z"), at("2026-11-16T11:00:00Z"))]
        );
        // On the wall clock of another zone it is another time.
        let instant = at("2026-11-08T21:30:00Z");
        let madrid = windows.openings(Tz::Europe__Madrid, instant, instant + TimeDelta::seconds(1));
        assert!(madrid.iter().any(|o| o.holds(instant)));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_field() {
        let found = |windows: &Windows| -> Vec<String> {
            let all = windows.faults().into_iter();
            all.map(|p| format!("{} {}", p.code, p.field.unwrap_or_default()))
                .collect()
        };
        let good = Windows {
            dated: vec![dated("2026-11-09T11:00:00Z", "2026-11-09T15:00:00Z")],
            weekly: vec![
                weekly(Weekday::Sun, &["00:00-04:00", "22:00-06:00"]),
                weekly(Weekday::Mon, &["06:00-07:00"]),
            ],
        };
        assert_eq!(found(&good), [""; 0]);
        let mut bad = good.clone();
        bad.dated[0].to = bad.dated[0].from;
        bad.dated[0].name = " ".to_owned();
        bad.weekly[1].spans = vec!["de noche".to_owned()];
        assert_eq!(
            found(&bad),
            [
                "NAME_MISSING windows.dated.0.name",
                "BAD_WINDOW windows.dated.0.to",
                "BAD_SPAN windows.weekly.1.spans"
            ]
        );
        let none = every_week(vec![weekly(Weekday::Sun, &[])]);
        assert_eq!(found(&none), ["NO_SPANS windows.weekly.0.spans"]);
        let overlapping = ["OVERLAPPING_HOURS windows.weekly"];
        for pair in [
            [
                weekly(Weekday::Sun, &["22:00-06:00"]),
                weekly(Weekday::Mon, &["05:00-07:00"]),
            ],
            [
                weekly(Weekday::Tue, &["01:00-03:00"]),
                weekly(Weekday::Tue, &["02:00-04:00"]),
            ],
        ] {
            assert_eq!(found(&every_week(pair.into())), overlapping);
        }
        let long = every_week(vec![weekly(Weekday::Sun, &["01:00-02:00"; 25])]);
        assert!(found(&long).contains(&"TOO_MANY_SPANS windows.weekly.0.spans".to_owned()));
        let many = Windows {
            dated: vec![dated("2026-11-09T11:00:00Z", "2026-11-09T15:00:00Z"); 101],
            weekly: Vec::new(),
        };
        assert_eq!(found(&many), ["TOO_MANY_WINDOWS windows"]);
    }
}
