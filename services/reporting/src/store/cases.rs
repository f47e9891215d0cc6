//! The tickets that a level looks at in a month, with what is known of them. What it makes of them the domain decides.

use chrono::{DateTime, TimeDelta, Utc};
use events::Word;
use ids::TicketId;
use sqlx::Row;
use sqlx::postgres::PgRow;
use tenancy::Conn;
use uuid::Uuid;

use crate::domain::clock::Known;
use crate::domain::service_levels::cases::{Case, Facts};
use crate::domain::service_levels::formula::Formula;
use crate::domain::service_levels::level::{Level, Scope};

/// When the result of a clock was reached: by its breach, its stop, or the deadline that passed while it was open, whichever
/// is known in this order.
fn result(clock: &str) -> String {
    format!("coalesce({clock}.breached_at, {clock}.stopped_at, {clock}.due_at)")
}

/// Clocks of the client's agreements whose result was reached in the month.
fn counts(clock: &str) -> String {
    let at = result(clock);
    format!(
        "{clock}.agreement_kind = 'sla' AND {clock}.target = $5 AND {clock}.target_code = $6 AND {clock}.state <> 'cancelled'
         AND {at} >= $1 AND {at} < $2"
    )
}

/// The summary tells the kind and the priority; where no limit is set, a clock whose ticket is not heard of yet counts all
/// the same. A question per row, not a join: a page asks it of few rows.
const FILTERED: &str = "coalesce(
    (SELECT ($3::text[] = '{}' OR s.kind = ANY($3)) AND ($4::text[] = '{}' OR s.priority = ANY($4))
     FROM ticket_summary AS s WHERE s.ticket = c.ticket),
    $3::text[] = '{}' AND $4::text[] = '{}')";

/// The clocks of some tickets. `OFFSET 0`: they are found by their tickets and by nothing else, for the planner thinks too
/// little of the clocks that reach their result in a month.
fn by_tickets(which: &str) -> String {
    format!(
        "(SELECT clock, ticket, agreement_kind, target, target_code, state, started_at, due_at, stopped_at, breached_at
          FROM clock_result WHERE ticket {which} OFFSET 0)"
    )
}

/// The clocks of a level, of all its tickets or of those in `$7`.
fn clocks_of(all: bool) -> String {
    let (at, counts) = (result("c"), counts("c"));
    let from = if all {
        "clock_result".to_owned()
    } else {
        by_tickets("= ANY($7)")
    };
    format!(
        "SELECT c.ticket, c.state = 'cancelled' AS cancelled, c.started_at, c.due_at, c.stopped_at, c.breached_at, {at} AS at
         FROM {from} AS c LEFT JOIN ticket_summary AS s ON s.ticket = c.ticket
         WHERE {counts} AND ($3::text[] = '{{}}' OR s.kind = ANY($3)) AND ($4::text[] = '{{}}' OR s.priority = ANY($4))
         ORDER BY c.ticket, at, c.clock"
    )
}

/// The tickets of a page. A ticket stands where its first missed clock does, or its first one if none was missed: the others
/// are passed over. In the order of an index, so that it ends where the page does.
fn tickets_of_page() -> String {
    let (at, other) = (result("c"), result("o"));
    let (counts, others, its) = (counts("c"), counts("o"), by_tickets("= c.ticket"));
    format!(
        "SELECT c.ticket FROM clock_result AS c
         WHERE {counts} AND {FILTERED} AND ({at}, c.ticket) > ($7, $8)
           AND c.clock = (SELECT o.clock FROM {its} AS o WHERE {others}
                          ORDER BY (o.breached_at IS NOT NULL OR o.stopped_at IS NULL) DESC, {other}, o.clock LIMIT 1)
         ORDER BY {at}, c.ticket LIMIT $9"
    )
}

/// Cases whose first event lies in the month, as the indicators count them.
const OPENED: &str = "
SELECT ticket, first_at AS at, resolution_base, first_level, handovers, later_contacts, reopened_after_days,
       resolved_at IS NOT NULL AS resolved, reopened_strict
FROM ticket_summary
WHERE first_at >= $1 AND first_at < $2
  AND ($3::text[] = '{}' OR kind = ANY($3)) AND ($4::text[] = '{}' OR priority = ANY($4))
  AND CASE WHEN $5 THEN resolved_at IS NOT NULL ELSE resolution_base END
  AND (first_at, ticket) > ($6, $7) AND ($9::uuid[] IS NULL OR ticket = ANY($9))
ORDER BY first_at, ticket LIMIT $8";

/// Where a case stands in the list of its level: its instant, and its ticket.
pub type Place = (DateTime<Utc>, TicketId);

/// Which cases or calls of a level are wanted: so many behind a place, or all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Page {
    /// Behind this instant and ticket or contact.
    pub after: Option<(DateTime<Utc>, Uuid)>,
    /// At most so many.
    pub limit: Option<i64>,
}

impl Page {
    /// Behind which instant and ticket or contact: of a first page before everything that is not before `from`.
    pub(super) fn behind(&self, from: DateTime<Utc>) -> (DateTime<Utc>, Uuid) {
        self.after
            .unwrap_or((from - TimeDelta::seconds(1), Uuid::nil()))
    }
}

/// The cases of a level between two instants, by their instants; none of one that counts no tickets. A page costs what it
/// holds, however many there are.
pub async fn of_level(
    conn: &mut Conn,
    level: &Level,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    page: Page,
) -> Result<Vec<Case>, sqlx::Error> {
    some(conn, level, (from, to), page, None).await
}

/// The cases of some tickets, as [`of_level`] gives those of all.
pub async fn of_tickets(
    conn: &mut Conn,
    level: &Level,
    lies: (DateTime<Utc>, DateTime<Utc>),
    tickets: &[TicketId],
) -> Result<Vec<Case>, sqlx::Error> {
    let tickets = tickets.iter().map(|t| t.uuid()).collect();
    some(conn, level, lies, Page::default(), Some(tickets)).await
}

async fn some(
    conn: &mut Conn,
    level: &Level,
    lies: (DateTime<Utc>, DateTime<Utc>),
    page: Page,
    only: Option<Vec<Uuid>>,
) -> Result<Vec<Case>, sqlx::Error> {
    let scope = &level.scope;
    match level.formula {
        Formula::Attainment => clocks(conn, scope, lies, page, only).await,
        Formula::FirstContact | Formula::FirstLevel => {
            opened(conn, scope, lies, (page, only), false).await
        }
        Formula::Reopened => opened(conn, scope, lies, (page, only), true).await,
        Formula::Satisfaction
        | Formula::Availability
        | Formula::CallsAnswered
        | Formula::CallsAbandoned
        | Formula::Measured => Ok(Vec::new()),
    }
}

fn kinds(scope: &Scope) -> Vec<&'static str> {
    scope.kinds.iter().map(|k| k.word()).collect()
}

fn priorities(scope: &Scope) -> Vec<&'static str> {
    let all = scope.priorities.iter();
    all.map(|p| p.word()).collect()
}

async fn clocks(
    conn: &mut Conn,
    scope: &Scope,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    page: Page,
    only: Option<Vec<Uuid>>,
) -> Result<Vec<Case>, sqlx::Error> {
    let target = scope.clock_target.map_or("", Word::word);
    let code = scope.target_code.as_deref().unwrap_or_default();
    let of_level = |sql: String| {
        sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(from)
            .bind(to)
            .bind(kinds(scope))
            .bind(priorities(scope))
            .bind(target)
            .bind(code)
    };
    let rows = match (only, page.limit) {
        (Some(tickets), _) => {
            of_level(clocks_of(false))
                .bind(tickets)
                .persistent(false)
                .fetch_all(conn)
                .await?
        }
        (None, None) => of_level(clocks_of(true)).fetch_all(conn).await?,
        (None, Some(limit)) => {
            let (at, ticket) = page.behind(from);
            // Planned each time: for a page, not for what a month holds on average.
            let rows = of_level(tickets_of_page())
                .bind(at)
                .bind(ticket)
                .bind(limit)
                .persistent(false)
                .fetch_all(&mut *conn)
                .await?;
            let tickets: Result<Vec<Uuid>, _> = rows.iter().map(|r| r.try_get("ticket")).collect();
            of_level(clocks_of(false))
                .bind(tickets?)
                .persistent(false)
                .fetch_all(conn)
                .await?
        }
    };
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
                ..
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
                    waited_for_client_s: None,
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
    (page, only): (Page, Option<Vec<Uuid>>),
    reopening: bool,
) -> Result<Vec<Case>, sqlx::Error> {
    let (at, ticket) = page.behind(from);
    let rows = sqlx::query(OPENED)
        .bind(from)
        .bind(to)
        .bind(kinds(scope))
        .bind(priorities(scope))
        .bind(reopening)
        .bind(at)
        .bind(ticket)
        .bind(page.limit)
        .persistent(page.limit.is_none() && only.is_none())
        .bind(only)
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
        waited_for_client_s: None,
    })
}
