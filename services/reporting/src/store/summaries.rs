//! One row per ticket with everything that the indicators add up.

use chrono::{DateTime, Utc};
use sqlx::Row;
use tenancy::Conn;
use uuid::Uuid;

use super::Set;
use crate::domain::working_days::WorkingDays;

const SUM_UP: &str = include_str!("summary.sql");
const DAYS: &str = "
UPDATE ticket_summary{n} AS s SET reopened_after_days = d.days
FROM unnest($1::uuid[], $2::int[]) AS d (ticket, days) WHERE s.ticket = d.ticket";

/// Sums up these tickets anew from their events and contacts.
pub async fn sum_up(
    conn: &mut Conn,
    set: Set,
    tickets: &[Uuid],
    working_days: &WorkingDays,
) -> Result<(), sqlx::Error> {
    if tickets.is_empty() {
        return Ok(());
    }
    let summed = sqlx::query(set.sql(SUM_UP))
        .bind(tickets)
        .fetch_all(&mut *conn)
        .await?;
    let (mut ids, mut days): (Vec<Uuid>, Vec<i32>) = (Vec::new(), Vec::new());
    for row in &summed {
        let resolved: Option<DateTime<Utc>> = row.try_get("resolved_at")?;
        let reopened: Option<DateTime<Utc>> = row.try_get("reopened_at")?;
        if let (Some(resolved), Some(reopened)) = (resolved, reopened) {
            ids.push(row.try_get("ticket")?);
            days.push(working_days.between(resolved, reopened));
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(set.sql(DAYS))
        .bind(ids)
        .bind(days)
        .execute(conn)
        .await?;
    Ok(())
}
