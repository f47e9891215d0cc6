//! Who holds which ticket.

use chrono::{DateTime, Utc};
use ids::{GroupId, PersonId, TenantId, TicketId};
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::assignment::Assignment;
use crate::domain::follow::Key;
use crate::domain::words::{reason_of, reason_word};
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Row {
    tenant: Uuid,
    ticket: Uuid,
    group_id: Uuid,
    line: i16,
    holder: Option<Uuid>,
    held_since: DateTime<Utc>,
    reason: String,
    assignment_version: i64,
    ticket_version: i64,
    done: bool,
    requester: Option<Uuid>,
}

impl Row {
    fn assignment(self) -> Assignment {
        Assignment {
            tenant: TenantId::from_uuid(self.tenant),
            ticket: TicketId::from_uuid(self.ticket),
            group: GroupId::from_uuid(self.group_id),
            line: self.line,
            holder: self.holder.map(PersonId::from_uuid),
            since: self.held_since,
            reason: reason_of(&self.reason),
            version: self.assignment_version,
            ticket_version: self.ticket_version,
            done: self.done,
        }
    }
}

/// The ticket's holder; nobody changes it until this transaction ends.
pub async fn lock(
    tx: &mut Tx,
    tenant: TenantId,
    ticket: TicketId,
) -> Result<Option<Assignment>, Error> {
    Ok(sqlx::query_as::<_, Row>(
        "SELECT tenant, ticket, group_id, line, holder, held_since, reason, assignment_version, ticket_version, done, \
         requester FROM worklist WHERE tenant = $1 AND ticket = $2 FOR UPDATE",
    )
    .bind(tenant.uuid())
    .bind(ticket.uuid())
    .fetch_optional(tx.conn())
    .await?
    .map(Row::assignment))
}

/// The holders of many tickets in one statement, each with the requester, who may see it too.
pub async fn of(tx: &mut Tx, keys: &[Key]) -> Result<Vec<(Assignment, Option<PersonId>)>, Error> {
    let rows = sqlx::query_as::<_, Row>(
        "SELECT w.tenant, w.ticket, w.group_id, w.line, w.holder, w.held_since, w.reason, w.assignment_version, \
         w.ticket_version, w.done, w.requester FROM unnest($1::uuid[], $2::uuid[]) AS k(tenant, ticket) \
         JOIN worklist w ON w.tenant = k.tenant AND w.ticket = k.ticket",
    )
    .bind(keys.iter().map(|k| k.0.uuid()).collect::<Vec<_>>())
    .bind(keys.iter().map(|k| k.1.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let requester = r.requester.map(PersonId::from_uuid);
            (r.assignment(), requester)
        })
        .collect())
}

/// Writes a locked assignment as it is now.
pub async fn save(tx: &mut Tx, a: &Assignment) -> Result<(), Error> {
    sqlx::query(
        "UPDATE worklist SET group_id = $3, line = $4, holder = $5, held_since = $6, reason = $7, \
         assignment_version = $8, updated_at = greatest(updated_at, $6) WHERE tenant = $1 AND ticket = $2",
    )
    .bind(a.tenant.uuid())
    .bind(a.ticket.uuid())
    .bind(a.group.uuid())
    .bind(a.line)
    .bind(a.holder.map(PersonId::uuid))
    .bind(a.since)
    .bind(reason_word(a.reason))
    .bind(a.version)
    .execute(tx.conn())
    .await?;
    Ok(())
}
