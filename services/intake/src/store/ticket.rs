//! Tickets by id, by number and by their case in another tool.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ids::{TenantId, TicketId};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use tenancy::Conn;

use super::{id, maybe_id, uuids, word};
use crate::domain::service::Restored;
use crate::domain::ticket::{External, Ticket};

/// What [`of`] reads, of a table called `t`.
macro_rules! ticket_columns {
    () => {
        "t.id, t.number, t.version, t.kind, t.major, t.state, t.priority, t.impact_internal, t.impact_external, \
         t.urgency, t.category, t.application, t.requester, t.opened_by, t.channel, t.subject, t.description, \
         t.attributes, t.opened_at, t.state_since, t.direct_to_n3, t.entries, t.tool, t.case_no, t.recorded_until, \
         t.restored_at, t.workaround, t.lost_at, t.vendor, t.solved_at"
    };
}
pub(crate) use ticket_columns;

/// A row as a ticket.
pub(super) fn of(tenant: TenantId, row: &PgRow) -> Result<Ticket, sqlx::Error> {
    let attributes: Json<BTreeMap<String, String>> = row.try_get("attributes")?;
    let tool: Option<String> = row.try_get("tool")?;
    let external = match tool {
        Some(tool) => Some(External {
            tool,
            case: row.try_get("case_no")?,
            recorded_until: row.try_get("recorded_until")?,
        }),
        None => None,
    };
    let restored_at: Option<DateTime<Utc>> = row.try_get("restored_at")?;
    let workaround: Option<bool> = row.try_get("workaround")?;
    Ok(Ticket {
        tenant,
        id: id(row, "id")?,
        number: row.try_get("number")?,
        version: row.try_get("version")?,
        kind: word(row, "kind")?,
        major: row.try_get("major")?,
        restored: restored_at.map(|at| Restored {
            at,
            workaround: workaround.unwrap_or_default(),
        }),
        lost_at: row.try_get("lost_at")?,
        state: word(row, "state")?,
        priority: word(row, "priority")?,
        impact_internal: word(row, "impact_internal")?,
        impact_external: word(row, "impact_external")?,
        urgency: word(row, "urgency")?,
        category: maybe_id(row, "category")?,
        application: maybe_id(row, "application")?,
        vendor: maybe_id(row, "vendor")?,
        requester: maybe_id(row, "requester")?,
        opened_by: maybe_id(row, "opened_by")?,
        channel: word(row, "channel")?,
        subject: row.try_get("subject")?,
        description: row.try_get("description")?,
        attributes: attributes.0,
        opened_at: row.try_get("opened_at")?,
        state_since: row.try_get("state_since")?,
        solved_at: row.try_get("solved_at")?,
        direct_to_n3: row.try_get("direct_to_n3")?,
        entries: row.try_get("entries")?,
        external,
    })
}

/// Rows as tickets.
pub(super) fn all(tenant: TenantId, rows: &[PgRow]) -> Result<Vec<Ticket>, sqlx::Error> {
    rows.iter().map(|row| of(tenant, row)).collect()
}

/// The tickets with these ids, in no order; what is not there is left out.
pub async fn find(
    conn: &mut Conn,
    tenant: TenantId,
    tickets: &[TicketId],
) -> Result<Vec<Ticket>, sqlx::Error> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        ticket_columns!(),
        " FROM ticket t WHERE t.id = ANY($1::uuid[])"
    ))
    .bind(uuids(tickets.iter().copied()))
    .fetch_all(conn)
    .await?;
    all(tenant, &rows)
}

/// The same, held until the transaction ends. Always in the order of ids: two batches never wait for each other in a ring.
pub async fn hold(
    conn: &mut Conn,
    tenant: TenantId,
    tickets: &[TicketId],
) -> Result<Vec<Ticket>, sqlx::Error> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        ticket_columns!(),
        " FROM ticket t WHERE t.id = ANY($1::uuid[]) ORDER BY t.id FOR NO KEY UPDATE"
    ))
    .bind(uuids(tickets.iter().copied()))
    .fetch_all(conn)
    .await?;
    all(tenant, &rows)
}

/// The ticket with this readable number.
pub async fn by_number(
    conn: &mut Conn,
    tenant: TenantId,
    number: &str,
) -> Result<Option<Ticket>, sqlx::Error> {
    sqlx::query(concat!(
        "SELECT ",
        ticket_columns!(),
        " FROM ticket t WHERE t.number = $1"
    ))
    .bind(number)
    .fetch_optional(conn)
    .await?
    .map(|row| of(tenant, &row))
    .transpose()
}

/// The tickets of these cases of another tool, held until the transaction ends.
pub async fn hold_cases(
    conn: &mut Conn,
    tenant: TenantId,
    tools: &[&str],
    cases: &[&str],
) -> Result<Vec<Ticket>, sqlx::Error> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        ticket_columns!(),
        " FROM unnest($1::text[], $2::text[]) AS k (tool, case_no) \
         JOIN ticket t ON t.tool = k.tool AND t.case_no = k.case_no ORDER BY t.id FOR NO KEY UPDATE OF t"
    ))
    .bind(tools)
    .bind(cases)
    .fetch_all(conn)
    .await?;
    all(tenant, &rows)
}
