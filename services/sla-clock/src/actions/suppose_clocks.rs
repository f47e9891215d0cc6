//! What a ticket's clocks would read if something were otherwise; nothing is written.

use access::Caller;
use business_time::{CalendarError, Pause, ScheduleError};
use chrono::{DateTime, NaiveDate, Utc};
use events::intake::{Priority, TicketKind};
use ids::{ApplicationId, CalendarId, TenantId};

use super::Tools;
use super::read_agreements::read_agreements;
use super::read_clocks::Known;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::what_if::{Change, Compared, Impossible, what_if};
use crate::error::Error;

/// More suppositions at once than anybody means.
const MOST_CHANGES: usize = 20;

/// What is supposed, as somebody asks for it.
#[derive(Debug, Clone)]
pub enum Supposition {
    /// Another classification, from an instant on; from the opening if there is none.
    Classified {
        /// From when.
        from: Option<DateTime<Utc>>,
        /// Another kind.
        kind: Option<TicketKind>,
        /// Another priority.
        priority: Option<Priority>,
        /// Another application.
        application: Option<ApplicationId>,
    },
    /// One more holiday.
    Holiday(NaiveDate),
    /// Another calendar's hours.
    Calendar(CalendarId),
    /// One more pause.
    Paused(DateTime<Utc>, Option<DateTime<Utc>>),
}

/// Compares the clocks of a ticket that the caller may see with what they would read at an instant (now, if none is
/// given).
pub async fn suppose_clocks(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    known: &Known,
    suppositions: Vec<Supposition>,
    as_of: Option<DateTime<Utc>>,
) -> Result<Outcome<Vec<Compared>>, Error> {
    if suppositions.len() > MOST_CHANGES {
        return Ok(Err(vec![Problem::at(
            "changes",
            "TOO_MANY_CHANGES",
            format!("Como máximo {MOST_CHANGES} cambios a la vez."),
        )]));
    }
    let mut changes = Vec::with_capacity(suppositions.len());
    for (i, supposition) in suppositions.into_iter().enumerate() {
        changes.push(match supposition {
            Supposition::Classified {
                from,
                kind,
                priority,
                application,
            } => Change::Classified {
                from,
                kind,
                priority,
                application,
            },
            Supposition::Holiday(date) => Change::Holiday(date),
            Supposition::Paused(from, Some(to)) if to <= from => {
                return Ok(Err(vec![Problem::at(
                    format!("changes.{i}.pause.to"),
                    "EMPTY_PAUSE",
                    "Una pausa termina después de empezar.",
                )]));
            }
            Supposition::Paused(from, to) => Change::Paused(Pause { from, to }),
            Supposition::Calendar(id) => {
                let book = read_agreements(tools, caller, tenant).await?;
                let calendar = book.calendars.into_iter().find(|c| c.id == id);
                let calendar = calendar.ok_or(Error::NotFound("calendar"))?;
                Change::Hours(calendar.versions)
            }
        });
    }
    let at = as_of.unwrap_or(known.now);
    match what_if(&known.book, &known.happened, &known.clocks, &changes, at) {
        Ok(compared) => Ok(Ok(compared)),
        Err(Impossible::Time(error)) => Err(error.into()),
        Err(Impossible::Calendar(error)) => Ok(Err(vec![not_a_calendar(&error)])),
    }
}

fn not_a_calendar(error: &ScheduleError) -> Problem {
    match error {
        ScheduleError::Hours {
            error: CalendarError::DateOutOfRange(date),
            ..
        } => Problem::at(
            "changes",
            "DATE_OUT_OF_RANGE",
            format!("La fecha {date} está fuera de los años 1970 a 2099."),
        ),
        _ => Problem::at(
            "changes",
            "NO_HOURS",
            "Con ese feriado el calendario no tendría horas.",
        ),
    }
}
