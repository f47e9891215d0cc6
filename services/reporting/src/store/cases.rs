//! The tickets that a level looks at in a month, with what is known of them. What it makes of them the domain decides.

use chrono::{DateTime, Utc};
use ids::TicketId;
use sqlx::Row;
use sqlx::postgres::PgRow;
use tenancy::Conn;
use uuid::Uuid;

use crate::domain::clock::Known;
use crate::domain::names;
use crate::domain::service_levels::cases::{Case, Facts};
use crate::domain::service_levels::formula::Formula;
use crate::domain::service_levels::level::{Level, Scope};

/// Clocks of the client's agreements whose result was reached in the month: by their breach, their stop, or the deadline that passed while they were
/// open, whichever is known in this order. The summary tells the kind and the priority; where no limit is set, a clock
/// whose ticket is not heard of yet counts all the same.
const CLOCKS: &str = "
SELECT c.ticket, c.state = 'cancelled' AS cancelled, c.started_at, c.due_at, c.stopped_at, c.breached_at,
       coalesce(c.breached_at, c.stopped_at, c.due_at) AS at
FROM clock_result AS c LEFT JOIN ticket_summary AS s ON s.ticket = c.ticket
WHERE c.agreement_kind = 'sla' AND c.target = $5 AND c.target_code = $6 AND c.state <> 'cancelled'
  AND coalesce(c.breached_at, c.stopped_at, c.due_at) >= $1 AND coalesce(c.breached_at, c.stopped_at, c.due_at) < $2
  AND ($3::text[] = '{}' OR s.kind = ANY($3)) AND ($4::text[] = '{}' OR s.priority = ANY($4))
ORDER BY c.ticket, at, c.clock";

/// Cases whose first event lies in the month, as the indicators count them.
const OPENED: &str = "
SELECT ticket, first_at AS at, resolution_base, first_level, handovers, later_contacts, reopened_after_days,
       resolved_at IS NOT NULL AS resolved, reopened_strict
FROM ticket_summary
WHERE first_at >= $1 AND first_at < $2
  AND ($3::text[] = '{}' OR kind = ANY($3)) AND ($4::text[] = '{}' OR priority = ANY($4))
  AND CASE WHEN $5 THEN resolved_at IS NOT NULL ELSE resolution_base END
ORDER BY first_at, ticket";

/// The cases of a level between two instants; none of a measured one.
pub async fn of_level(
    conn: &mut Conn,
    level: &Level,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Case>, sqlx::Error> {
    match level.formula {
        Formula::Attainment => clocks(conn, &level.scope, (from, to)).await,
        Formula::FirstContact | Formula::FirstLevel => {
            opened(conn, &level.scope, (from, to), false).await
        }
        Formula::Reopened => opened(conn, &level.scope, (from, to), true).await,
        Formula::Satisfaction
        | Formula::Availability
        | Formula::CallsAnswered
        | Formula::CallsAbandoned
        | Formula::Measured => Ok(Vec::new()),
    }
}

fn kinds(scope: &Scope) -> Vec<&'static str> {
    scope.kinds.iter().map(|k| names::kind(*k)).collect()
}

fn priorities(scope: &Scope) -> Vec<&'static str> {
    let all = scope.priorities.iter();
    all.map(|p| names::priority(*p)).collect()
}

async fn clocks(
    conn: &mut Conn,
    scope: &Scope,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Case>, sqlx::Error> {
    let rows = sqlx::query(CLOCKS)
        .bind(from)
        .bind(to)
        .bind(kinds(scope))
        .bind(priorities(scope))
        .bind(scope.clock_target.map_or("", names::target))
        .bind(scope.target_code.as_deref().unwrap_or_default())
        .fetch_all(conn)
        .await?;
    let mut cases: Vec<Case> = Vec::new();
    // Whether the last case's instant is that of a missed target.
    let mut missed = false;
    for row in &rows {
        let ticket = TicketId::from_uuid(row.try_get::<Uuid, _>("ticket")?);
        let clock = Known {
            cancelled: row.try_get("cancelled")?,
            started_at: row.try_get("started_at")?,
            due_at: row.try_get("due_at")?,
            stopped_at: row.try_get("stopped_at")?,
            breached_at: row.try_get("breached_at")?,
        };
        let at = row.try_get("at")?;
        // As `domain::clock::judge`: told as missed, or open behind its deadline, which is what `at` is then.
        let late = clock.breached_at.is_some() || clock.stopped_at.is_none();
        match cases.last_mut() {
            Some(Case {
                ticket: last,
                at: worst,
                facts: Facts::Clocks(clocks),
            }) if *last == ticket => {
                if late && !missed {
                    (*worst, missed) = (at, true);
                }
                clocks.push(clock);
            }
            _ => {
                missed = late;
                cases.push(Case {
                    ticket,
                    at,
                    facts: Facts::Clocks(vec![clock]),
                });
            }
        }
    }
    cases.sort_by_key(|c| (c.at, c.ticket));
    Ok(cases)
}

async fn opened(
    conn: &mut Conn,
    scope: &Scope,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    reopening: bool,
) -> Result<Vec<Case>, sqlx::Error> {
    let rows = sqlx::query(OPENED)
        .bind(from)
        .bind(to)
        .bind(kinds(scope))
        .bind(priorities(scope))
        .bind(reopening)
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| of_summary(row, reopening)).collect()
}

fn of_summary(row: &PgRow, reopening: bool) -> Result<Case, sqlx::Error> {
    let facts = if reopening {
        Facts::Reopening {
            reopened: row.try_get("reopened_strict")?,
        }
    } else {
        Facts::Resolution {
            first_level: row.try_get("first_level")?,
            handovers: row.try_get("handovers")?,
            later_contacts: row.try_get("later_contacts")?,
            reopened_after_days: row.try_get("reopened_after_days")?,
        }
    };
    Ok(Case {
        ticket: TicketId::from_uuid(row.try_get::<Uuid, _>("ticket")?),
        at: row.try_get("at")?,
        facts,
    })
}
