//! What a ticket's clocks would read if something were otherwise; nothing is written.

use std::collections::BTreeSet;

use access::{Caller, Permission};
use business_time::{CalendarError, Pause, ScheduleError};
use chrono::{DateTime, NaiveDate, Utc};
use ids::{CalendarId, TenantId};

use super::Tools;
use super::read_agreements::read_agreements;
use super::read_clocks::Known;
use crate::domain::agreement::Kind;
use crate::domain::clock::Reading;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::what_if::{Change, Classification, Compared, Comparison, what_if};
use crate::error::Error;

/// More suppositions at once than anybody means.
const MOST_CHANGES: usize = 20;

/// What is supposed, as somebody asks for it.
#[derive(Debug, Clone)]
pub enum Supposition {
    /// Another classification, or another holder.
    Classified(Classification),
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
) -> Result<Outcome<Comparison>, Error> {
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
            Supposition::Classified(otherwise) => Change::Classified(otherwise),
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
    let sees_inner = caller.may(tenant, Permission::ReadInnerClocks);
    let inner = |r: &Reading| r.kind != Kind::Sla;
    let found = compare(known, &changes, at).map(|mut found| {
        found
            .clocks
            .retain(|c| sees_inner || !c.would_be.as_ref().is_some_and(inner));
        found
            .failed
            .retain(|f| sees_inner || !known.book.is_inner(f.which()));
        found
    });
    Ok(found.map_err(|error| vec![not_a_calendar(&error)]))
}

/// Each clock by what it takes in of what happened, so that what differs is the change and nothing else.
fn compare(
    known: &Known,
    changes: &[Change],
    at: DateTime<Utc>,
) -> Result<Comparison, ScheduleError> {
    let last = known.heard.last();
    let mut by: BTreeSet<i32> = known.clocks.iter().map(|k| k.late.min(last)).collect();
    by.insert(last);
    let mut all = Comparison::default();
    for late in by {
        let happened = known.heard.by(late).happened;
        let found = what_if(&known.book, happened, &known.clocks, changes, at)?;
        let its = |c: &Compared| c.is.as_ref().map_or(last, |k| k.late.min(last)) == late;
        all.clocks.extend(found.clocks.into_iter().filter(its));
        if late == last {
            all.failed = found.failed;
        }
    }
    all.clocks.sort_by_key(|c| c.is.is_none());
    Ok(all)
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
