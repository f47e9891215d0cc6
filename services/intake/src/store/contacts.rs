//! Contacts, newest first.

use chrono::{DateTime, Utc};
use events::Word;
use events::intake::Channel;
use ids::{ContactId, PersonId, TenantId, TicketId};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use tenancy::Conn;
use uuid::Uuid;

use super::{Slice, id, maybe_id, word};
use crate::domain::contact::{Contact, Direction};

macro_rules! contact_columns {
    () => {
        "id, channel, direction, person, agent, offered_at, answered_at, ended_at, outcome, ticket"
    };
}

fn of(tenant: TenantId, row: &PgRow) -> Result<Contact, sqlx::Error> {
    Ok(Contact {
        tenant,
        id: id(row, "id")?,
        channel: word(row, "channel")?,
        direction: word(row, "direction")?,
        person: maybe_id(row, "person")?,
        agent: maybe_id(row, "agent")?,
        offered_at: row.try_get("offered_at")?,
        answered_at: row.try_get("answered_at")?,
        ended_at: row.try_get("ended_at")?,
        outcome: word(row, "outcome")?,
        ticket: maybe_id(row, "ticket")?,
    })
}

/// Which contacts; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Of this ticket.
    pub ticket: Option<TicketId>,
    /// With this person.
    pub person: Option<PersonId>,
    /// Through this channel.
    pub channel: Option<Channel>,
    /// This way.
    pub direction: Option<Direction>,
    /// Offered at or after.
    pub from: Option<DateTime<Utc>>,
    /// Offered before.
    pub until: Option<DateTime<Utc>>,
}

/// The contacts behind `after`, newest first.
pub async fn page(
    conn: &mut Conn,
    tenant: TenantId,
    wanted: &Wanted,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> Result<Slice<Contact>, sqlx::Error> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        contact_columns!(),
        " FROM contact WHERE ($1::uuid IS NULL OR ticket = $1) AND ($2::uuid IS NULL OR person = $2)
            AND ($3::text IS NULL OR channel = $3) AND ($4::text IS NULL OR direction = $4)
            AND ($5::timestamptz IS NULL OR offered_at >= $5) AND ($6::timestamptz IS NULL OR offered_at < $6)
            AND ($7::timestamptz IS NULL OR (offered_at, id) < ($7, $8))
          ORDER BY offered_at DESC, id DESC LIMIT $9"
    ))
    .bind(wanted.ticket.map(ids::TicketId::uuid))
    .bind(wanted.person.map(ids::PersonId::uuid))
    .bind(wanted.channel.map(Word::word))
    .bind(wanted.direction.map(Word::word))
    .bind(wanted.from)
    .bind(wanted.until)
    .bind(after.map(|a| a.0))
    .bind(after.map(|a| a.1))
    .bind(limit + 1)
    .fetch_all(conn)
    .await?;
    let contacts = rows
        .iter()
        .map(|row| of(tenant, row))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Slice::of(contacts, limit))
}

/// One contact.
pub async fn find(
    conn: &mut Conn,
    tenant: TenantId,
    contact: ContactId,
) -> Result<Option<Contact>, sqlx::Error> {
    sqlx::query(concat!(
        "SELECT ",
        contact_columns!(),
        " FROM contact WHERE id = $1"
    ))
    .bind(contact.uuid())
    .fetch_optional(conn)
    .await?
    .map(|row| of(tenant, &row))
    .transpose()
}
