//! The worklist follows the facts: one statement per batch and purpose, whatever the batch holds.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use events::Word as _;
use events::intake::TicketSnapshot;
use events::routing::AssignmentReason;
use ids::{ApplicationId, CategoryId, GroupId, PersonId, TenantId, TicketId};
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::follow::{Held, Key};
use crate::domain::rule::Decision;
use crate::domain::words::{priority_rank, reason_word};
use crate::error::Error;

/// A ticket that the worklist is to show for the first time.
pub struct NewRow<'a> {
    /// Whose.
    pub tenant: TenantId,
    /// As it is now.
    pub ticket: &'a TicketSnapshot,
    /// When it last changed.
    pub at: DateTime<Utc>,
    /// Who holds it.
    pub held: Held,
    /// The routing decision; none if it was taken over from another tool's history.
    pub decision: Option<Decision>,
}

/// A ticket that the worklist shows already.
pub struct ChangedRow<'a> {
    /// Whose.
    pub tenant: TenantId,
    /// As it is now.
    pub ticket: &'a TicketSnapshot,
    /// When it last changed.
    pub at: DateTime<Utc>,
    /// Who holds it from now on, where another tool's history says so.
    pub held: Option<Held>,
}

type HeldRow = (Uuid, Uuid, Uuid, i16, Option<Uuid>, DateTime<Utc>);

/// Locks the rows of these tickets, in their order, and tells who holds each.
pub async fn lock(tx: &mut Tx, keys: &[Key]) -> Result<HashMap<Key, Held>, Error> {
    let rows: Vec<HeldRow> = sqlx::query_as(
        "SELECT w.tenant, w.ticket, w.group_id, w.line, w.holder, w.held_since FROM worklist w \
         JOIN unnest($1::uuid[], $2::uuid[]) AS k(tenant, ticket) ON w.tenant = k.tenant AND w.ticket = k.ticket \
         ORDER BY w.tenant, w.ticket FOR NO KEY UPDATE OF w",
    )
    .bind(keys.iter().map(|k| k.0.uuid()).collect::<Vec<_>>())
    .bind(keys.iter().map(|k| k.1.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(tenant, ticket, group, line, holder, since)| {
            let held = Held {
                group: GroupId::from_uuid(group),
                line,
                holder: holder.map(PersonId::from_uuid),
                since,
            };
            (
                (TenantId::from_uuid(tenant), TicketId::from_uuid(ticket)),
                held,
            )
        })
        .collect())
}

/// The columns that a snapshot fills, as arrays.
struct Snapshots {
    tenants: Vec<Uuid>,
    tickets: Vec<Uuid>,
    numbers: Vec<String>,
    kinds: Vec<&'static str>,
    majors: Vec<bool>,
    states: Vec<&'static str>,
    dones: Vec<bool>,
    priorities: Vec<&'static str>,
    ranks: Vec<i16>,
    applications: Vec<Option<Uuid>>,
    categories: Vec<Option<Uuid>>,
    requesters: Vec<Option<Uuid>>,
    opened: Vec<DateTime<Utc>>,
    state_since: Vec<DateTime<Utc>>,
    versions: Vec<i64>,
    updated: Vec<DateTime<Utc>>,
}

impl Snapshots {
    fn of<'a>(
        rows: impl Iterator<Item = (TenantId, &'a TicketSnapshot, DateTime<Utc>)> + Clone,
    ) -> Self {
        let tickets = || rows.clone().map(|(_, t, _)| t);
        Self {
            tenants: rows.clone().map(|(tenant, ..)| tenant.uuid()).collect(),
            tickets: tickets().map(|t| t.ticket.uuid()).collect(),
            numbers: tickets().map(|t| t.number.clone()).collect(),
            kinds: tickets().map(|t| t.kind.word()).collect(),
            majors: tickets().map(|t| t.major).collect(),
            states: tickets().map(|t| t.state.word()).collect(),
            dones: tickets().map(|t| t.state.is_done()).collect(),
            priorities: tickets().map(|t| t.priority.word()).collect(),
            ranks: tickets().map(|t| priority_rank(t.priority)).collect(),
            applications: tickets()
                .map(|t| t.application.map(ApplicationId::uuid))
                .collect(),
            categories: tickets()
                .map(|t| t.category.map(CategoryId::uuid))
                .collect(),
            requesters: tickets().map(|t| t.requester.map(PersonId::uuid)).collect(),
            opened: tickets().map(|t| t.opened_at).collect(),
            state_since: tickets().map(|t| t.state_since).collect(),
            versions: tickets().map(|t| t.version).collect(),
            updated: rows.map(|(_, _, at)| at).collect(),
        }
    }
}

/// Adds new tickets. One that is there already (facts read again from the beginning) keeps what it has.
pub async fn insert(tx: &mut Tx, rows: &[NewRow<'_>]) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let s = Snapshots::of(rows.iter().map(|r| (r.tenant, r.ticket, r.at)));
    let reasons: Vec<&str> = rows
        .iter()
        .map(|r| reason_word(r.decision.map(|_| AssignmentReason::Routed)))
        .collect();
    sqlx::query(
        "INSERT INTO worklist (tenant, ticket, number, kind, major, state, done, priority, priority_rank, application, \
         category, requester, opened_at, state_since, ticket_version, updated_at, group_id, line, holder, held_since, \
         reason, routed_group, routed_rule, assignment_version) \
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::boolean[], $6::text[], \
         $7::boolean[], $8::text[], $9::smallint[], $10::uuid[], $11::uuid[], $12::uuid[], $13::timestamptz[], \
         $14::timestamptz[], $15::bigint[], $16::timestamptz[], $17::uuid[], $18::smallint[], $19::uuid[], \
         $20::timestamptz[], $21::text[], $22::uuid[], $23::uuid[], $24::bigint[]) \
         ON CONFLICT (tenant, ticket) DO NOTHING",
    )
    .bind(s.tenants)
    .bind(s.tickets)
    .bind(s.numbers)
    .bind(s.kinds)
    .bind(s.majors)
    .bind(s.states)
    .bind(s.dones)
    .bind(s.priorities)
    .bind(s.ranks)
    .bind(s.applications)
    .bind(s.categories)
    .bind(s.requesters)
    .bind(s.opened)
    .bind(s.state_since)
    .bind(s.versions)
    .bind(s.updated)
    .bind(rows.iter().map(|r| r.held.group.uuid()).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.held.line).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.held.holder.map(PersonId::uuid)).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.held.since).collect::<Vec<_>>())
    .bind(reasons)
    .bind(rows.iter().map(|r| r.decision.map(|d| d.group.uuid())).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.decision.and_then(|d| d.rule).map(ids::RuleId::uuid)).collect::<Vec<_>>())
    // The first routing is announced, so it counts; what history recorded is not.
    .bind(rows.iter().map(|r| i64::from(r.decision.is_some())).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Brings locked rows up to their tickets' last snapshot, and to the holder that history recorded.
pub async fn update(tx: &mut Tx, rows: &[ChangedRow<'_>]) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let s = Snapshots::of(rows.iter().map(|r| (r.tenant, r.ticket, r.at)));
    let held = |f: fn(&Held) -> Uuid| -> Vec<Option<Uuid>> {
        rows.iter().map(|r| r.held.as_ref().map(f)).collect()
    };
    sqlx::query(
        "UPDATE worklist w SET kind = s.kind, major = s.major, state = s.state, done = s.done, priority = s.priority, \
         priority_rank = s.priority_rank, application = s.application, category = s.category, \
         requester = s.requester, opened_at = s.opened_at, state_since = s.state_since, \
         ticket_version = s.ticket_version, updated_at = greatest(w.updated_at, s.updated_at), number = s.number, \
         group_id = coalesce(s.group_id, w.group_id), line = coalesce(s.line, w.line), \
         holder = CASE WHEN s.group_id IS NULL THEN w.holder ELSE s.holder END, \
         held_since = coalesce(s.held_since, w.held_since), \
         reason = CASE WHEN s.held_since IS NULL OR s.held_since = w.held_since THEN w.reason ELSE 'recorded' END \
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::boolean[], \
         $8::text[], $9::smallint[], $10::uuid[], $11::uuid[], $12::uuid[], $13::timestamptz[], $14::timestamptz[], \
         $15::bigint[], $16::timestamptz[], $17::uuid[], $18::smallint[], $19::uuid[], $20::timestamptz[]) \
         AS s(tenant, ticket, number, kind, major, state, done, priority, priority_rank, application, category, \
         requester, opened_at, state_since, ticket_version, updated_at, group_id, line, holder, held_since) \
         WHERE w.tenant = s.tenant AND w.ticket = s.ticket AND w.ticket_version < s.ticket_version",
    )
    .bind(s.tenants)
    .bind(s.tickets)
    .bind(s.numbers)
    .bind(s.kinds)
    .bind(s.majors)
    .bind(s.states)
    .bind(s.dones)
    .bind(s.priorities)
    .bind(s.ranks)
    .bind(s.applications)
    .bind(s.categories)
    .bind(s.requesters)
    .bind(s.opened)
    .bind(s.state_since)
    .bind(s.versions)
    .bind(s.updated)
    .bind(held(|h| h.group.uuid()))
    .bind(rows.iter().map(|r| r.held.map(|h| h.line)).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.held.and_then(|h| h.holder).map(PersonId::uuid)).collect::<Vec<_>>())
    .bind(rows.iter().map(|r| r.held.map(|h| h.since)).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}
