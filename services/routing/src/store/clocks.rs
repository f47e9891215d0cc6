//! The clocks of tickets as sla-clock told them, and what they come to in the worklist.

use chrono::{DateTime, Utc};
use ids::{ClockId, TenantId, TicketId};
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::follow::Key;
use crate::error::Error;

/// A clock, as far as the worklist looks at it.
#[derive(Debug, Clone)]
pub struct Told {
    /// Whose.
    pub tenant: TenantId,
    /// The clock.
    pub clock: ClockId,
    /// Its ticket.
    pub ticket: TicketId,
    /// `running`, `paused`, `stopped`, `cancelled`.
    pub state: &'static str,
    /// When it falls due.
    pub due_at: Option<DateTime<Utc>>,
    /// Its target was missed.
    pub breached: bool,
}

/// Puts down the last word on each clock.
pub async fn save(tx: &mut Tx, told: &[Told]) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO ticket_clock (tenant, clock, ticket, state, due_at, breached) \
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::boolean[]) \
         ON CONFLICT (tenant, clock) DO UPDATE SET state = excluded.state, due_at = excluded.due_at, \
         breached = excluded.breached",
    )
    .bind(told.iter().map(|c| c.tenant.uuid()).collect::<Vec<_>>())
    .bind(told.iter().map(|c| c.clock.uuid()).collect::<Vec<_>>())
    .bind(told.iter().map(|c| c.ticket.uuid()).collect::<Vec<_>>())
    .bind(told.iter().map(|c| c.state).collect::<Vec<_>>())
    .bind(told.iter().map(|c| c.due_at).collect::<Vec<_>>())
    .bind(told.iter().map(|c| c.breached).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

fn arrays(keys: &[Key]) -> (Vec<Uuid>, Vec<Uuid>) {
    keys.iter().map(|k| (k.0.uuid(), k.1.uuid())).unzip()
}

/// Brings the due instant and the missed flag of these tickets' rows up to their clocks. Lock the rows first.
pub async fn apply(tx: &mut Tx, keys: &[Key]) -> Result<(), Error> {
    let (tenants, tickets) = arrays(keys);
    sqlx::query(
        "UPDATE worklist w SET due_at = d.due_at, breached = d.breached FROM ( \
           SELECT k.tenant, k.ticket, c.due_at, c.breached FROM unnest($1::uuid[], $2::uuid[]) AS k(tenant, ticket) \
           CROSS JOIN LATERAL (SELECT min(c.due_at) FILTER (WHERE c.state = 'running') AS due_at, \
             bool_or(c.breached AND c.state <> 'cancelled') AS breached FROM ticket_clock c \
             WHERE c.tenant = k.tenant AND c.ticket = k.ticket HAVING count(*) > 0) c) d \
         WHERE w.tenant = d.tenant AND w.ticket = d.ticket \
         AND (w.due_at, w.breached) IS DISTINCT FROM (d.due_at, d.breached)",
    )
    .bind(tenants)
    .bind(tickets)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A ticket and its clocks are told by different publishers, and may be taken in at the same time by two transactions
/// that do not see each other. Both pass here before they join the two: the second one sees what the first committed.
pub async fn meet(tx: &mut Tx, keys: &[Key]) -> Result<(), Error> {
    let mut locks: Vec<i64> = keys
        .iter()
        .map(|(_, ticket)| {
            let (high, low) = ticket.uuid().as_u64_pair();
            (high ^ low).cast_signed()
        })
        .collect();
    locks.sort_unstable();
    locks.dedup();
    sqlx::query("SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k")
        .bind(locks)
        .execute(tx.conn())
        .await?;
    Ok(())
}
