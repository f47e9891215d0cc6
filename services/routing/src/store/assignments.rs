//! Who holds which ticket.

use chrono::{DateTime, Utc};
use ids::{GroupId, PersonId, TenantId, TicketId};
use tenancy::Tx;
use uuid::Uuid;

use super::word;
use crate::domain::assignment::Assignment;
use crate::domain::follow::Key;
use crate::domain::group::{Group, Speciality};
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

/// A ticket's holder, as it is shown.
#[derive(Debug)]
pub struct Shown {
    /// Who holds it.
    pub assignment: Assignment,
    /// The group that does, where it is seen under the ticket's tenant.
    pub group: Option<Group>,
    /// Who asked for the ticket, and may see it too.
    pub requester: Option<PersonId>,
}

#[derive(sqlx::FromRow)]
struct ShownRow {
    #[sqlx(flatten)]
    row: Row,
    group_tenant: Option<Uuid>,
    group_name: Option<String>,
    group_line: Option<i16>,
    group_speciality: Option<String>,
    group_active: Option<bool>,
    group_version: Option<i32>,
}

impl ShownRow {
    fn group(&mut self) -> Result<Option<Group>, Error> {
        let columns = (
            self.group_name.take(),
            self.group_line,
            self.group_speciality.take(),
            self.group_active,
            self.group_version,
        );
        let (Some(name), Some(line), Some(speciality), Some(active), Some(version)) = columns
        else {
            return Ok(None);
        };
        Ok(Some(Group {
            id: GroupId::from_uuid(self.row.group_id),
            tenant: self.group_tenant.map(TenantId::from_uuid),
            name,
            line,
            speciality: word::<Speciality>("speciality", &speciality)?,
            active,
            version,
        }))
    }
}

/// The holders of many tickets in one statement. A group of another client's former tool is not seen under this one.
pub async fn of(tx: &mut Tx, keys: &[Key]) -> Result<Vec<Shown>, Error> {
    let rows = sqlx::query_as::<_, ShownRow>(
        "SELECT w.tenant, w.ticket, w.group_id, w.line, w.holder, w.held_since, w.reason, w.assignment_version, \
         w.ticket_version, w.done, w.requester, g.tenant AS group_tenant, g.name AS group_name, g.line AS group_line, \
         g.speciality AS group_speciality, g.active AS group_active, g.version AS group_version \
         FROM unnest($1::uuid[], $2::uuid[]) AS k(tenant, ticket) \
         JOIN worklist w ON w.tenant = k.tenant AND w.ticket = k.ticket \
         LEFT JOIN resolver_group g ON g.id = w.group_id AND (g.tenant IS NULL OR g.tenant = w.tenant)",
    )
    .bind(keys.iter().map(|k| k.0.uuid()).collect::<Vec<_>>())
    .bind(keys.iter().map(|k| k.1.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Shown {
                group: row.group()?,
                requester: row.row.requester.map(PersonId::from_uuid),
                assignment: row.row.assignment(),
            })
        })
        .collect()
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
