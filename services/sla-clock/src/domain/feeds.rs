//! Calendars that follow feeds of closed dates: which dates are the feeds', and which people's own.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use business_time::{CalendarSpec, Feed, FeedError};
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::problem::Problem;

/// Years of a feed that are read, behind and ahead: imports are judged by some of the past, and nobody plans further.
const YEARS: (i32, i32) = (5, 10);

/// A feed as it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name, unique in its calendar.
    pub name: String,
    /// Where it is read from; none if its text was handed in.
    pub url: Option<String>,
    /// The last good copy.
    pub copy: Feed,
    /// When that was read.
    pub read_at: DateTime<Utc>,
    /// When it was last tried.
    pub tried_at: DateTime<Utc>,
    /// What the last try came to, if it was no good.
    pub failure: Option<Failure>,
    /// When it is read again.
    pub next_at: Option<DateTime<Utc>>,
}

/// Why a feed could not be taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Stable code, for programs.
    pub code: String,
    /// For people.
    pub message: String,
}

impl From<&Problem> for Failure {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code.to_owned(),
            message: problem.message.clone(),
        }
    }
}

/// The years that a feed is read for, at an instant.
pub fn years(now: DateTime<Utc>) -> RangeInclusive<i32> {
    // Calendars end there.
    (now.year() - YEARS.0).max(1970)..=(now.year() + YEARS.1).min(2099)
}

/// A calendar's closed dates with what its feeds say now in the place of what they said (`fed`), and which of them are
/// the feeds'. A date that somebody wrote, too, stays when the feed takes it back; and so does the edition of the holiday data,
/// which is people's to change.
pub fn follow<'a>(
    spec: &CalendarSpec,
    fed: &BTreeSet<NaiveDate>,
    feeds: impl Iterator<Item = &'a Feed>,
) -> (CalendarSpec, BTreeSet<NaiveDate>) {
    let own: BTreeSet<NaiveDate> = spec.holidays.difference(fed).copied().collect();
    let now_fed: BTreeSet<NaiveDate> = feeds
        .flat_map(Feed::closed_dates)
        .filter(|date| !own.contains(date))
        .collect();
    let mut spec = spec.clone();
    spec.holidays = own.union(&now_fed).copied().collect();
    (spec, now_fed)
}

/// What is wrong with a text, as whoever handed it in is told.
pub fn unreadable(field: &str, error: &FeedError) -> Problem {
    let (code, message) = match error {
        FeedError::Years => ("FEED_YEARS", "Los años pedidos no son válidos.".to_owned()),
        FeedError::Empty => ("FEED_EMPTY", "El calendario está vacío.".to_owned()),
        FeedError::NotACalendar { begins } => (
            "NOT_A_CALENDAR",
            format!("No es un calendario iCalendar: comienza por «{begins}»."),
        ),
        FeedError::Truncated { component, line } => (
            "FEED_TRUNCATED",
            format!("El calendario se corta: «{component}», de la línea {line}, no termina."),
        ),
        FeedError::NoEvents => (
            "FEED_WITHOUT_EVENTS",
            "El calendario no tiene eventos; si es lo que se quiere, quítelo.".to_owned(),
        ),
        FeedError::TooLarge
        | FeedError::TooManyEvents
        | FeedError::TooManyRecurring
        | FeedError::TooManyDates => (
            "FEED_TOO_LARGE",
            format!("El calendario es demasiado grande ({error})."),
        ),
        FeedError::Line { line } | FeedError::Nesting { line } => (
            "FEED_LINE",
            format!("La línea {line} no es de un calendario."),
        ),
        FeedError::Missing { line, what } => (
            "FEED_EVENT",
            format!("Al evento de la línea {line} le falta {what}."),
        ),
        FeedError::Value { line, value } => (
            "FEED_VALUE",
            format!("Línea {line}: «{value}» no se entiende."),
        ),
        FeedError::Length { line } => (
            "FEED_EVENT",
            format!("Línea {line}: el evento termina antes de empezar, o dura más de un año."),
        ),
        FeedError::Recurrence { line, .. } => (
            "FEED_RECURRENCE",
            format!("Línea {line}: la repetición no se entiende."),
        ),
    };
    Problem::at(field, code, message)
}

#[cfg(test)]
mod tests {
    use business_time::{Edition, Tz};

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn feed(day: &str) -> Feed {
        let text = format!(
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:{day}\r\nSUMMARY:Patronal\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        Feed::read(&text, 2026..=2026).unwrap()
    }

    #[test]
    fn a_date_that_a_feed_leaves_is_free_again_and_what_people_wrote_stays() {
        let mut spec = CalendarSpec::new(Tz::UTC);
        spec.holidays = [date("2026-05-04"), date("2026-06-01")].into();
        spec.holiday_data = Edition::E2026_1;
        // Of the first of June both say so: it is the people's.
        let (first, fed) = follow(
            &spec,
            &BTreeSet::new(),
            [feed("20260601"), feed("20260710")].iter(),
        );
        assert_eq!(fed, [date("2026-07-10")].into());
        assert_eq!(first.holidays.len(), 3);
        let (moved, fed) = follow(&first, &fed, [feed("20260711")].iter());
        assert_eq!(fed, [date("2026-07-11")].into());
        assert_eq!(
            moved.holidays,
            [date("2026-05-04"), date("2026-06-01"), date("2026-07-11")].into()
        );
        // A feed takes over no other holiday data.
        assert_eq!(moved.holiday_data, Edition::E2026_1);
        let (without, fed) = follow(&moved, &fed, [].iter());
        assert_eq!((without.holidays, fed.len()), (spec.holidays, 0));
    }
}
