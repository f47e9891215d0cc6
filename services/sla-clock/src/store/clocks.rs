//! Clocks as they were last told.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::Word as _;
use events::sla_clock::Target;
use ids::{AgreementId, ClockId, TicketId};
use messaging::OutboxRows;
use tenancy::Tx;
use uuid::Uuid;

use super::word;
use crate::domain::agreement::Kind;
use crate::domain::kept::Kept;
use crate::error::Error;

/// What a [`Row`] reads; its id and ticket under names of their own, so that it can stand beside other rows.
macro_rules! clock_columns {
    () => {
        "c.id AS clock, c.ticket AS of_ticket, c.target, c.target_code, c.cycle, c.agreement, c.agreement_version, \
         c.kind AS clock_kind, c.state AS clock_state, c.target_seconds, c.started_at, c.due_at, c.stopped_at, c.paused_since, \
         c.elapsed_seconds, c.as_of, c.breached_at, c.fired, c.sequence, c.book AS clock_book, c.late AS clock_late"
    };
}
pub(super) use clock_columns;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    #[sqlx(rename = "clock")]
    id: Uuid,
    #[sqlx(rename = "of_ticket")]
    ticket: Uuid,
    target: String,
    target_code: String,
    cycle: i32,
    agreement: Uuid,
    agreement_version: i32,
    #[sqlx(rename = "clock_kind")]
    kind: String,
    #[sqlx(rename = "clock_state")]
    state: String,
    target_seconds: i64,
    started_at: DateTime<Utc>,
    due_at: Option<DateTime<Utc>>,
    stopped_at: Option<DateTime<Utc>>,
    paused_since: Option<DateTime<Utc>>,
    elapsed_seconds: i64,
    as_of: DateTime<Utc>,
    breached_at: Option<DateTime<Utc>>,
    fired: Vec<i32>,
    sequence: i64,
    #[sqlx(rename = "clock_book")]
    book: i64,
    #[sqlx(rename = "clock_late")]
    late: i32,
}

impl Row {
    fn kept(self) -> Result<Kept, Error> {
        Ok(Kept {
            id: ClockId::from_uuid(self.id),
            ticket: TicketId::from_uuid(self.ticket),
            target: word("target", &self.target)?,
            code: self.target_code,
            cycle: self.cycle,
            agreement: AgreementId::from_uuid(self.agreement),
            agreement_version: self.agreement_version,
            kind: word("kind", &self.kind)?,
            state: word("state", &self.state)?,
            target_seconds: self.target_seconds,
            started_at: self.started_at,
            due_at: self.due_at,
            stopped_at: self.stopped_at,
            paused_since: self.paused_since,
            elapsed_seconds: self.elapsed_seconds,
            as_of: self.as_of,
            breached_at: self.breached_at,
            fired: self.fired,
            sequence: self.sequence,
            book: self.book,
            late: self.late,
        })
    }
}

/// The clocks of these tickets, in the order of target and cycle. `hold`: nobody else changes them until the
/// transaction ends.
pub async fn of(
    tx: &mut Tx,
    tickets: &[TicketId],
    hold: bool,
) -> Result<HashMap<TicketId, Vec<Kept>>, Error> {
    let query = if hold {
        concat!(
            "SELECT ",
            clock_columns!(),
            " FROM clock c WHERE c.ticket = ANY($1) ORDER BY c.id FOR NO KEY UPDATE"
        )
    } else {
        concat!(
            "SELECT ",
            clock_columns!(),
            " FROM clock c WHERE c.ticket = ANY($1)"
        )
    };
    let rows: Vec<Row> = sqlx::query_as(query)
        .bind(tickets.iter().map(|t| t.uuid()).collect::<Vec<_>>())
        .fetch_all(tx.conn())
        .await?;
    by_ticket(rows)
}

/// Rows as clocks, in the order of target and cycle.
pub(super) fn by_ticket(rows: Vec<Row>) -> Result<HashMap<TicketId, Vec<Kept>>, Error> {
    let mut all: HashMap<TicketId, Vec<Kept>> = HashMap::new();
    for row in rows {
        let kept = row.kept()?;
        all.entry(kept.ticket).or_default().push(kept);
    }
    for clocks in all.values_mut() {
        clocks.sort_by(|a, b| (a.which(), a.cycle).cmp(&(b.which(), b.cycle)));
    }
    Ok(all)
}

/// Of whoever fires timers: these clocks; nobody else changes them until the transaction ends, and no edit of what they go by
/// begins ([`super::alone_with_timers`]).
pub async fn hold(tx: &mut Tx, clocks: &[ClockId]) -> Result<HashMap<ClockId, Kept>, Error> {
    let rows: Vec<Row> = sqlx::query_as(concat!(
        "WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared( \
           hashtextextended('sla-clock timers ' || current_schema(), 0)) IS NULL AS mine) \
         SELECT ",
        clock_columns!(),
        " FROM clock c CROSS JOIN turn WHERE c.id = ANY($1) ORDER BY c.id FOR NO KEY UPDATE OF c"
    ))
    .bind(clocks.iter().map(|c| c.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| row.kept().map(|k| (k.id, k)))
        .collect()
}

/// The clocks of all these tickets at once: nobody else changes them until the transaction ends. Whoever reads some of them
/// anew after others calls it first: what fires timers holds clocks in the order of their ids, and so does this.
pub async fn hold_all(tx: &mut Tx, tickets: &[TicketId]) -> Result<(), Error> {
    sqlx::query("SELECT FROM clock WHERE ticket = ANY($1) ORDER BY id FOR NO KEY UPDATE")
        .bind(tickets.iter().map(|t| t.uuid()).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Writes what thresholds change of clocks that are held, and what is told of them, in one statement.
pub async fn fire(tx: &mut Tx, clocks: &[&Kept], told: OutboxRows) -> Result<(), Error> {
    let all = || clocks.iter();
    sqlx::query(
        "WITH told AS (INSERT INTO platform.outbox (lane, partition, tenant, kind, body) \
           SELECT lane, partition, tenant, kind, body \
           FROM unnest($7::text[], $8::int[], $9::uuid[], $10::text[], $11::text[]) AS fact (lane, partition, tenant, kind, body)) \
         UPDATE clock AS c SET breached_at = f.breached_at, elapsed_seconds = f.elapsed_seconds, as_of = f.as_of, \
           fired = f.fired::int[], sequence = f.sequence \
         FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::timestamptz[], $5::text[], $6::bigint[]) \
           AS f (id, breached_at, elapsed_seconds, as_of, fired, sequence) WHERE c.id = f.id",
    )
    .bind(all().map(|c| c.id.uuid()).collect::<Vec<_>>())
    .bind(all().map(|c| c.breached_at).collect::<Vec<_>>())
    .bind(all().map(|c| c.elapsed_seconds).collect::<Vec<_>>())
    .bind(all().map(|c| c.as_of).collect::<Vec<_>>())
    .bind(all().map(|c| array(&c.fired)).collect::<Vec<_>>())
    .bind(all().map(|c| c.sequence).collect::<Vec<_>>())
    .bind(told.lanes)
    .bind(told.partitions)
    .bind(told.tenants)
    .bind(told.kinds)
    .bind(told.bodies)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes clocks, new ones and known ones.
pub async fn save(tx: &mut Tx, clocks: &[&Kept]) -> Result<(), Error> {
    if clocks.is_empty() {
        return Ok(());
    }
    let all = || clocks.iter();
    sqlx::query(
        "INSERT INTO clock (id, ticket, target, target_code, cycle, agreement, agreement_version, kind, state, target_seconds, \
         started_at, due_at, stopped_at, paused_since, elapsed_seconds, as_of, breached_at, fired, sequence, book, late) \
         SELECT id, ticket, target, target_code, cycle, agreement, agreement_version, kind, state, target_seconds, started_at, due_at, \
         stopped_at, paused_since, elapsed_seconds, as_of, breached_at, fired::int[], sequence, book, late \
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::uuid[], $6::int[], $7::text[], $8::bigint[], \
         $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::bigint[], \
         $14::timestamptz[], $15::timestamptz[], $16::text[], $17::bigint[], $18::bigint[], \
         $19::text[], $20::text[], $21::int[]) \
         AS c (id, ticket, target, cycle, agreement, agreement_version, state, target_seconds, started_at, due_at, \
         stopped_at, paused_since, elapsed_seconds, as_of, breached_at, fired, sequence, book, target_code, kind, late) \
         ON CONFLICT (id) DO UPDATE SET agreement = excluded.agreement, \
         agreement_version = excluded.agreement_version, kind = excluded.kind, state = excluded.state, \
         target_seconds = excluded.target_seconds, started_at = excluded.started_at, due_at = excluded.due_at, \
         stopped_at = excluded.stopped_at, paused_since = excluded.paused_since, \
         elapsed_seconds = excluded.elapsed_seconds, as_of = excluded.as_of, breached_at = excluded.breached_at, \
         fired = excluded.fired, sequence = excluded.sequence, book = excluded.book, late = excluded.late",
    )
    .bind(all().map(|c| c.id.uuid()).collect::<Vec<_>>())
    .bind(all().map(|c| c.ticket.uuid()).collect::<Vec<_>>())
    .bind(all().map(|c| c.target.word()).collect::<Vec<_>>())
    .bind(all().map(|c| c.cycle).collect::<Vec<_>>())
    .bind(all().map(|c| c.agreement.uuid()).collect::<Vec<_>>())
    .bind(all().map(|c| c.agreement_version).collect::<Vec<_>>())
    .bind(all().map(|c| c.state.word()).collect::<Vec<_>>())
    .bind(all().map(|c| c.target_seconds).collect::<Vec<_>>())
    .bind(all().map(|c| c.started_at).collect::<Vec<_>>())
    .bind(all().map(|c| c.due_at).collect::<Vec<_>>())
    .bind(all().map(|c| c.stopped_at).collect::<Vec<_>>())
    .bind(all().map(|c| c.paused_since).collect::<Vec<_>>())
    .bind(all().map(|c| c.elapsed_seconds).collect::<Vec<_>>())
    .bind(all().map(|c| c.as_of).collect::<Vec<_>>())
    .bind(all().map(|c| c.breached_at).collect::<Vec<_>>())
    .bind(all().map(|c| array(&c.fired)).collect::<Vec<_>>())
    .bind(all().map(|c| c.sequence).collect::<Vec<_>>())
    .bind(all().map(|c| c.book).collect::<Vec<_>>())
    .bind(all().map(|c| c.code.clone()).collect::<Vec<_>>())
    .bind(all().map(|c| c.kind.word()).collect::<Vec<_>>())
    .bind(all().map(|c| c.late).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// `{80,100}`: an array of arrays of different lengths cannot be bound.
fn array(of: &[i32]) -> String {
    let parts: Vec<String> = of.iter().map(ToString::to_string).collect();
    format!("{{{}}}", parts.join(","))
}

/// The clocks of a target, judged at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Summary {
    /// All that had begun by then.
    pub clocks: i64,
    /// Stopped in time.
    pub met: i64,
    /// Past their deadline, whether they still count or not.
    pub breached: i64,
    /// Still open and in time.
    pub running: i64,
    /// Cancelled before their deadline.
    pub cancelled: i64,
}

/// Which clocks are counted.
#[derive(Debug, Clone)]
pub struct Counted {
    /// What they measure.
    pub target: Target,
    /// Which of the targets that measure so, by its code; all of them if there is none.
    pub code: Option<String>,
    /// By agreements between whom.
    pub kind: Kind,
}

/// Counts clocks as they stood at `as_of`.
pub async fn summary(
    tx: &mut Tx,
    counted: &Counted,
    as_of: DateTime<Utc>,
) -> Result<Summary, Error> {
    Ok(sqlx::query_as(
        "SELECT count(*) AS clocks, count(*) FILTER (WHERE NOT open AND NOT breached AND state <> 'cancelled') AS met, \
           count(*) FILTER (WHERE breached) AS breached, count(*) FILTER (WHERE open AND NOT breached) AS running, \
           count(*) FILTER (WHERE NOT open AND NOT breached AND state = 'cancelled') AS cancelled \
         FROM (SELECT state, stopped_at IS NULL OR stopped_at > $2 AS open, \
             coalesce(due_at < least($2, coalesce(stopped_at, $2)), false) AS breached \
           FROM clock WHERE target = $1 AND started_at <= $2 AND kind = $3 AND ($4::text IS NULL OR target_code = $4)) c",
    )
    .bind(counted.target.word())
    .bind(as_of)
    .bind(counted.kind.word())
    .bind(&counted.code)
    .fetch_one(tx.conn())
    .await?)
}

/// The versions of agreements between groups and with vendors by which open clocks count.
pub async fn inner_open(tx: &mut Tx) -> Result<Vec<(AgreementId, i32)>, Error> {
    let rows: Vec<(Uuid, i32)> = sqlx::query_as(
        "SELECT DISTINCT agreement, agreement_version FROM clock WHERE kind <> 'sla' AND stopped_at IS NULL",
    )
    .fetch_all(tx.conn())
    .await?;
    let version = |(id, version)| (AgreementId::from_uuid(id), version);
    Ok(rows.into_iter().map(version).collect())
}
