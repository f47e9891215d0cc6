//! When a tenant's people may be told, and the notices that wait for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use ids::{CalendarId, ClockId, TenantId, TicketId};
use tenancy::Tx;
use uuid::Uuid;

use super::agreements;
use super::books::Calendars;
use super::timers::{NOTICES, Timer};
use crate::domain::clock::Threshold;
use crate::domain::condition::Condition;
use crate::domain::notice::NotificationHours;
use crate::error::Error;

/// What a process keeps of its tenants' notification hours, by the version of the book. Only what was committed is kept:
/// whoever edits the book reads them with [`hours`].
#[derive(Debug, Clone, Default)]
pub struct HoursKept(Arc<Mutex<Kept>>);

type Kept = HashMap<TenantId, (i64, Arc<NotificationHours>)>;

/// Enough for the tenants of one process; above it, it is filled anew.
const MOST_KEPT: usize = 1_000;

impl HoursKept {
    fn all(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A tenant's, by the version of the book that the transaction has just seen.
    pub async fn of(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        version: i64,
        compiled: &Calendars,
    ) -> Result<Arc<NotificationHours>, Error> {
        let known = self.all().get(&tenant).cloned();
        if let Some((_, hours)) = known.filter(|(of, _)| *of == version) {
            return Ok(hours);
        }
        let hours = Arc::new(hours(tx, tenant, compiled).await?);
        let mut all = self.all();
        if all.len() >= MOST_KEPT {
            all.clear();
        }
        all.insert(tenant, (version, hours.clone()));
        Ok(hours)
    }
}

/// A tenant's notification hours, as the transaction sees them.
pub async fn hours(
    tx: &mut Tx,
    tenant: TenantId,
    compiled: &Calendars,
) -> Result<NotificationHours, Error> {
    let row: Option<(Option<Uuid>, Option<String>)> =
        sqlx::query_as("SELECT calendar, urgent FROM notification_hours")
            .fetch_optional(tx.conn())
            .await?;
    let Some((Some(calendar), urgent)) = row else {
        return Ok(NotificationHours::default());
    };
    let calendar = CalendarId::from_uuid(calendar);
    let book = agreements::book(tx, tenant, compiled).await?;
    let known = book.calendars.into_iter().find(|c| c.id == calendar);
    let urgent: Option<Condition> = urgent.map(|u| serde_json::from_str(&u)).transpose()?;
    Ok(NotificationHours {
        calendar: Some(calendar),
        urgent,
        hours: known.map(|c| c.versions).unwrap_or_default(),
    })
}

/// Sets them, in the place of those before. It is an edit of the book: processes read them anew.
pub async fn set_hours(tx: &mut Tx, hours: &NotificationHours) -> Result<(), Error> {
    let urgent = hours.urgent.as_ref().map(serde_json::to_string);
    sqlx::query(
        "WITH edited AS (UPDATE book SET version = version + 1) \
         INSERT INTO notification_hours (calendar, urgent) VALUES ($1, $2) \
         ON CONFLICT (single) DO UPDATE SET calendar = excluded.calendar, urgent = excluded.urgent",
    )
    .bind(hours.calendar.map(CalendarId::uuid))
    .bind(urgent.transpose()?)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A notice that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Of which clock.
    pub clock: ClockId,
    /// In which cycle.
    pub cycle: i32,
    /// Of what.
    pub threshold: Threshold,
    /// When that was reached.
    pub reached_at: DateTime<Utc>,
    /// When people may be told.
    pub due: DateTime<Utc>,
}

/// Lets notices wait, each with its timer; of one that waits already the instants are changed.
pub async fn wait(tx: &mut Tx, tenant: TenantId, notices: &[Waiting]) -> Result<(), Error> {
    if notices.is_empty() {
        return Ok(());
    }
    let all = || notices.iter();
    sqlx::query(
        "WITH news AS (SELECT clock, cycle, threshold, reached_at, due \
           FROM unnest($2::uuid[], $3::int[], $4::int[], $5::timestamptz[], $6::timestamptz[]) \
           AS n (clock, cycle, threshold, reached_at, due)), \
         kept AS (INSERT INTO waiting_notice (clock, cycle, threshold, reached_at) \
           SELECT clock, cycle, threshold, reached_at FROM news \
           ON CONFLICT (clock, cycle, threshold) DO UPDATE SET reached_at = excluded.reached_at) \
         INSERT INTO platform.timer (tenant, clock, cycle, threshold, due) \
         SELECT $1, clock, cycle, threshold + $7, due FROM news \
         ON CONFLICT (tenant, clock, cycle, threshold) DO UPDATE SET due = excluded.due, leased_until = NULL \
         WHERE timer.due <> excluded.due",
    )
    .bind(tenant.uuid())
    .bind(all().map(|n| n.clock.uuid()).collect::<Vec<_>>())
    .bind(all().map(|n| n.cycle).collect::<Vec<_>>())
    .bind(all().map(|n| n.threshold.row()).collect::<Vec<_>>())
    .bind(all().map(|n| n.reached_at).collect::<Vec<_>>())
    .bind(all().map(|n| n.due).collect::<Vec<_>>())
    .bind(NOTICES)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What tells a notice apart.
pub type Key = (ClockId, i32, Threshold);

/// Takes the notices of these timers away, and tells when what they are of was reached. Call it once their timers were
/// taken.
pub async fn take(tx: &mut Tx, of: &[&Timer]) -> Result<HashMap<Key, DateTime<Utc>>, Error> {
    if of.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Uuid, i32, i32, DateTime<Utc>)> = sqlx::query_as(
        "DELETE FROM waiting_notice n USING unnest($1::uuid[], $2::int[], $3::int[]) AS k (clock, cycle, threshold) \
         WHERE n.clock = k.clock AND n.cycle = k.cycle AND n.threshold = k.threshold \
         RETURNING n.clock, n.cycle, n.threshold, n.reached_at",
    )
    .bind(of.iter().map(|t| t.clock.uuid()).collect::<Vec<_>>())
    .bind(of.iter().map(|t| t.cycle).collect::<Vec<_>>())
    .bind(of.iter().map(|t| t.threshold.row()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let known = |(clock, cycle, threshold, at)| {
        let key = (
            ClockId::from_uuid(clock),
            cycle,
            Threshold::from_row(threshold),
        );
        (key, at)
    };
    Ok(rows.into_iter().map(known).collect())
}

/// Every notice that waits, with its ticket; nobody else changes their clocks until the transaction ends. `due` is when it
/// was reached.
pub async fn hold(tx: &mut Tx) -> Result<Vec<(TicketId, Waiting)>, Error> {
    let rows: Vec<(Uuid, Uuid, i32, i32, DateTime<Utc>)> = sqlx::query_as(
        "SELECT c.ticket, n.clock, n.cycle, n.threshold, n.reached_at FROM clock c \
         JOIN waiting_notice n ON n.clock = c.id ORDER BY c.id FOR NO KEY UPDATE",
    )
    .fetch_all(tx.conn())
    .await?;
    let waiting = |(ticket, clock, cycle, threshold, reached_at)| {
        let notice = Waiting {
            clock: ClockId::from_uuid(clock),
            cycle,
            threshold: Threshold::from_row(threshold),
            reached_at,
            due: reached_at,
        };
        (TicketId::from_uuid(ticket), notice)
    };
    Ok(rows.into_iter().map(waiting).collect())
}

/// The notices of these tickets wait no longer than until then, or until what they are of was reached.
pub async fn hurry(
    tx: &mut Tx,
    tenant: TenantId,
    tickets: &[(TicketId, DateTime<Utc>)],
) -> Result<(), Error> {
    sqlx::query(
        "UPDATE platform.timer AS t SET due = greatest(u.until, n.reached_at), leased_until = NULL \
         FROM unnest($2::uuid[], $3::timestamptz[]) AS u (ticket, until) JOIN clock c ON c.ticket = u.ticket \
         JOIN waiting_notice n ON n.clock = c.id \
         WHERE t.tenant = $1 AND t.clock = n.clock AND t.cycle = n.cycle \
         AND t.threshold = n.threshold + $4 AND t.due > greatest(u.until, n.reached_at)",
    )
    .bind(tenant.uuid())
    .bind(tickets.iter().map(|(t, _)| t.uuid()).collect::<Vec<_>>())
    .bind(tickets.iter().map(|(_, until)| *until).collect::<Vec<_>>())
    .bind(NOTICES)
    .execute(tx.conn())
    .await?;
    Ok(())
}
