//! Exclusions. A row changes once: when the other side decides, or the one that proposed it takes it back.

use chrono::{DateTime, Utc};
use ids::{ExclusionId, PersonId, TicketId};
use sqlx::Row;
use sqlx::postgres::PgRow;
use tenancy::Conn;
use uuid::Uuid;

use super::{month, value, written};
use crate::domain::month::Month;
use crate::domain::service_levels::exclusion::{Decision, Exclusion, State, Subject, Withdrawal};
use crate::error::Error;

/// Where an exclusion stands in the list: when it was proposed, and its id.
pub type Place = (DateTime<Utc>, Uuid);

const COLUMNS: &str = "id, month, level, ticket, from_at, to_at, units, reason, evidence, side, proposed_by, proposed_at, \
                       accepted, decided_by, decided_at, note, withdrawn_by, withdrawn_at";

fn read(row: &PgRow) -> Result<Exclusion, Error> {
    let subject = match row.try_get::<Option<Uuid>, _>("ticket")? {
        Some(ticket) => Subject::Ticket(TicketId::from_uuid(ticket)),
        None => Subject::Interval {
            from: row.try_get("from_at")?,
            to: row.try_get("to_at")?,
            units: row.try_get("units")?,
        },
    };
    let decision = match row.try_get::<Option<bool>, _>("accepted")? {
        None => None,
        Some(accepted) => Some(Decision {
            accepted,
            by: PersonId::from_uuid(row.try_get("decided_by")?),
            at: row.try_get("decided_at")?,
            note: row.try_get("note")?,
        }),
    };
    let withdrawal = match row.try_get::<Option<Uuid>, _>("withdrawn_by")? {
        None => None,
        Some(by) => Some(Withdrawal {
            by: PersonId::from_uuid(by),
            at: row.try_get("withdrawn_at")?,
        }),
    };
    Ok(Exclusion {
        id: ExclusionId::from_uuid(row.try_get("id")?),
        month: month(row, "month")?,
        level: row.try_get("level")?,
        subject,
        reason: value(row.try_get("reason")?)?,
        evidence: row.try_get("evidence")?,
        side: value(row.try_get("side")?)?,
        proposed_by: PersonId::from_uuid(row.try_get("proposed_by")?),
        proposed_at: row.try_get("proposed_at")?,
        decision,
        withdrawal,
        fact: None,
    })
}

/// Every exclusion of a month, in the order in which they were proposed.
pub async fn of_month(conn: &mut Conn, month: Month) -> Result<Vec<Exclusion>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM exclusion WHERE month = $1 ORDER BY proposed_at, id");
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(month.first())
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}

/// One exclusion.
pub async fn find(conn: &mut Conn, id: ExclusionId) -> Result<Option<Exclusion>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM exclusion WHERE id = $1");
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(read).transpose()
}

/// Adds a proposal.
pub async fn add(conn: &mut Conn, exclusion: &Exclusion) -> Result<(), Error> {
    let (ticket, interval) = match &exclusion.subject {
        Subject::Ticket(ticket) => (Some(ticket.uuid()), None),
        Subject::Interval { from, to, units } => (None, Some((*from, *to, *units))),
    };
    sqlx::query(
        "INSERT INTO exclusion (id, month, level, ticket, from_at, to_at, units, reason, evidence, side, proposed_by, proposed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(exclusion.id.uuid())
    .bind(exclusion.month.first())
    .bind(&exclusion.level)
    .bind(ticket)
    .bind(interval.map(|i| i.0))
    .bind(interval.map(|i| i.1))
    .bind(interval.and_then(|i| i.2))
    .bind(written(&exclusion.reason))
    .bind(&exclusion.evidence)
    .bind(written(&exclusion.side))
    .bind(exclusion.proposed_by.uuid())
    .bind(exclusion.proposed_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes the other side's decision.
pub async fn decide(
    conn: &mut Conn,
    id: ExclusionId,
    decision: &Decision,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE exclusion SET accepted = $2, decided_by = $3, decided_at = $4, note = $5 WHERE id = $1 AND accepted IS NULL AND withdrawn_at IS NULL",
    )
    .bind(id.uuid())
    .bind(decision.accepted)
    .bind(decision.by.uuid())
    .bind(decision.at)
    .bind(&decision.note)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes that it was taken back.
pub async fn withdraw(
    conn: &mut Conn,
    id: ExclusionId,
    withdrawal: &Withdrawal,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE exclusion SET withdrawn_by = $2, withdrawn_at = $3 WHERE id = $1 AND accepted IS NULL AND withdrawn_at IS NULL",
    )
    .bind(id.uuid())
    .bind(withdrawal.by.uuid())
    .bind(withdrawal.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The next `limit` exclusions behind `after`, the latest first; of one month and in one state if they are named.
pub async fn page(
    conn: &mut Conn,
    month: Option<Month>,
    state: Option<State>,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Exclusion>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM exclusion
         WHERE ($1::date IS NULL OR month = $1)
           AND ($2::text IS NULL OR CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN accepted IS NULL THEN 'proposed'
                WHEN accepted THEN 'accepted' ELSE 'rejected' END = $2)
           AND ($3::timestamptz IS NULL OR (proposed_at, id) < ($3, $4))
         ORDER BY proposed_at DESC, id DESC LIMIT $5"
    );
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(month.map(Month::first))
        .bind(state.map(|s| written(&s)))
        .bind(after.map(|a| a.0))
        .bind(after.map(|a| a.1))
        .bind(limit)
        .fetch_all(conn)
        .await?;
    rows.iter().map(read).collect()
}
