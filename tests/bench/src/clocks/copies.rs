//! Rows of one ticket, many times: the same life, begun at other times.

use chrono::{DateTime, TimeDelta, Utc};
use ids::{ClockId, IdGen, TenantId, TicketId};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

/// A copy of a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Copied {
    pub ticket: TicketId,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
}

/// What happened to it; columns that are not named here are as they are in the template, whatever there are.
const FACTS: &str = "INSERT INTO ticket_fact SELECT copy.* FROM ticket_fact was, \
    unnest($2::uuid[], $3::bigint[]) AS c (ticket, earlier), LATERAL jsonb_populate_record(was, jsonb_build_object( \
    'ticket', c.ticket, 'at', was.at - make_interval(secs => c.earlier))) AS copy WHERE was.ticket = $1";

const CLOCKS: &str = "INSERT INTO clock SELECT copy.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[]) \
    AS c (old, id, ticket, earlier) JOIN clock was ON was.id = c.old, \
    LATERAL make_interval(secs => c.earlier) AS shift, \
    LATERAL jsonb_populate_record(was, jsonb_build_object('id', c.id, 'ticket', c.ticket, \
    'started_at', was.started_at - shift, 'due_at', was.due_at - shift, 'as_of', was.as_of - shift)) AS copy";

const TIMERS: &str = "INSERT INTO platform.timer SELECT copy.* FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) \
    AS c (old, id, earlier) JOIN platform.timer was ON was.clock = c.old AND was.tenant = $4, \
    LATERAL jsonb_populate_record(was, jsonb_build_object('clock', c.id, 'leased_until', NULL, \
    'due', was.due - make_interval(secs => c.earlier))) AS copy";

const INBOX: &str = "INSERT INTO inbox (source, subject, sequence, at) SELECT 'intake', subject, 1, at \
    FROM unnest($1::text[], $2::timestamptz[]) AS c (subject, at)";

/// Copies a ticket as often as there are times by which its copies began earlier (later, if below zero).
pub async fn copy(
    owner: &mut PgConnection,
    ids: &dyn IdGen,
    (tenant, schema): (TenantId, &str),
    template: TicketId,
    earlier: &[TimeDelta],
) -> anyhow::Result<Vec<Copied>> {
    let mut tx = owner.begin().await?;
    let path = format!("SET LOCAL search_path = {schema}, shared");
    sqlx::raw_sql(AssertSqlSafe(path)).execute(&mut *tx).await?;
    let clocks: Vec<Uuid> =
        sqlx::query_scalar("SELECT id FROM clock WHERE ticket = $1 ORDER BY id")
            .persistent(false)
            .bind(template.uuid())
            .fetch_all(&mut *tx)
            .await?;
    let opened_at: DateTime<Utc> =
        sqlx::query_scalar("SELECT at FROM ticket_fact WHERE ticket = $1 AND version = 1")
            .persistent(false)
            .bind(template.uuid())
            .fetch_one(&mut *tx)
            .await?;
    let copies: Vec<Copied> = earlier
        .iter()
        .map(|by| Copied {
            ticket: TicketId::new(ids),
            opened_at: opened_at - *by,
        })
        .collect();
    let seconds: Vec<i64> = earlier.iter().map(TimeDelta::num_seconds).collect();
    let tickets: Vec<Uuid> = copies.iter().map(|c| c.ticket.uuid()).collect();
    sqlx::query(FACTS)
        .persistent(false)
        .bind(template.uuid())
        .bind(&tickets)
        .bind(&seconds)
        .execute(&mut *tx)
        .await?;
    // A row per clock of each copy: of which clock, as which, whose, by how much earlier.
    let (mut was, mut new, mut whose, mut by) = (vec![], vec![], vec![], vec![]);
    for (ticket, earlier) in tickets.iter().zip(&seconds) {
        for clock in &clocks {
            was.push(*clock);
            new.push(ClockId::new(ids).uuid());
            whose.push(*ticket);
            by.push(*earlier);
        }
    }
    sqlx::query(CLOCKS)
        .persistent(false)
        .bind(&was)
        .bind(&new)
        .bind(&whose)
        .bind(&by)
        .execute(&mut *tx)
        .await?;
    sqlx::query(TIMERS)
        .persistent(false)
        .bind(&was)
        .bind(&new)
        .bind(&by)
        .bind(tenant.uuid())
        .execute(&mut *tx)
        .await?;
    sqlx::query(INBOX)
        .persistent(false)
        .bind(
            copies
                .iter()
                .map(|c| c.ticket.to_string())
                .collect::<Vec<_>>(),
        )
        .bind(copies.iter().map(|c| c.opened_at).collect::<Vec<_>>())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(copies)
}
