//! Lists of tickets: filtered, in one of three orders, by keyset.

use chrono::{DateTime, Utc};
use events::Word;
use events::intake::{Priority, TicketKind, TicketState};
use ids::{ApplicationId, CategoryId, PersonId, TenantId};
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use tenancy::Conn;
use uuid::Uuid;

use super::Slice;
use super::ticket::{all, ticket_columns};
use crate::domain::ticket::Ticket;

/// Which tickets; what is `None` or empty does not matter.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// In one of these states.
    pub states: Vec<TicketState>,
    /// Neither resolved nor closed nor cancelled.
    pub pending: Option<bool>,
    /// Of one of these kinds.
    pub kinds: Vec<TicketKind>,
    /// With one of these priorities.
    pub priorities: Vec<Priority>,
    /// Major incidents, or not.
    pub major: Option<bool>,
    /// In this category.
    pub category: Option<CategoryId>,
    /// About this application.
    pub application: Option<ApplicationId>,
    /// Asked for by this person.
    pub requester: Option<PersonId>,
    /// Opened at or after.
    pub from: Option<DateTime<Utc>>,
    /// Opened before.
    pub until: Option<DateTime<Utc>>,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Last opened first.
    Newest,
    /// First opened first.
    Oldest,
    /// Critical first; of the same priority first opened first.
    Pressing,
}

/// Where a page ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    /// 1 critical … 4 low; 0 in orders that do not look at it.
    pub rank: i16,
    /// When the ticket was opened.
    pub at: DateTime<Utc>,
    /// The ticket.
    pub id: Uuid,
}

impl Place {
    /// Of a ticket, in an order.
    pub fn of(ticket: &Ticket, order: Order) -> Self {
        Self {
            rank: if order == Order::Pressing {
                ticket.priority as i16 + 1
            } else {
                0
            },
            at: ticket.opened_at,
            id: ticket.id.uuid(),
        }
    }
}

fn words<W: Word>(list: &[W]) -> Vec<&'static str> {
    list.iter().map(|w| w.word()).collect()
}

/// The tickets behind `after`; of `own` alone if that is given.
pub async fn page(
    conn: &mut Conn,
    tenant: TenantId,
    own: Option<PersonId>,
    wanted: &Wanted,
    order: Order,
    after: Option<&Place>,
    limit: i64,
) -> Result<Slice<Ticket>, sqlx::Error> {
    let mut q: QueryBuilder<Postgres> = QueryBuilder::new(concat!(
        "SELECT ",
        ticket_columns!(),
        " FROM ticket t WHERE true"
    ));
    for person in own.into_iter().chain(wanted.requester) {
        q.push(" AND t.requester = ").push_bind(person.uuid());
    }
    if !wanted.states.is_empty() {
        q.push(" AND t.state = ANY(")
            .push_bind(words(&wanted.states))
            .push(")");
    }
    match wanted.pending {
        Some(true) => q.push(" AND t.state NOT IN ('resolved', 'closed', 'cancelled')"),
        Some(false) => q.push(" AND t.state IN ('resolved', 'closed', 'cancelled')"),
        None => &mut q,
    };
    if !wanted.kinds.is_empty() {
        q.push(" AND t.kind = ANY(")
            .push_bind(words(&wanted.kinds))
            .push(")");
    }
    if !wanted.priorities.is_empty() {
        q.push(" AND t.priority = ANY(")
            .push_bind(words(&wanted.priorities))
            .push(")");
    }
    if let Some(major) = wanted.major {
        q.push(" AND t.major = ").push_bind(major);
    }
    if let Some(category) = wanted.category {
        q.push(" AND t.category = ").push_bind(category.uuid());
    }
    if let Some(application) = wanted.application {
        q.push(" AND t.application = ")
            .push_bind(application.uuid());
    }
    if let Some(from) = wanted.from {
        q.push(" AND t.opened_at >= ").push_bind(from);
    }
    if let Some(until) = wanted.until {
        q.push(" AND t.opened_at < ").push_bind(until);
    }
    if let Some(place) = after {
        match order {
            Order::Newest => q.push(" AND (t.opened_at, t.id) < ("),
            Order::Oldest => q.push(" AND (t.opened_at, t.id) > ("),
            Order::Pressing => q
                .push(" AND (t.priority_rank, t.opened_at, t.id) > (")
                .push_bind(place.rank)
                .push(", "),
        };
        q.push_bind(place.at)
            .push(", ")
            .push_bind(place.id)
            .push(")");
    }
    q.push(match order {
        Order::Newest => " ORDER BY t.opened_at DESC, t.id DESC",
        Order::Oldest => " ORDER BY t.opened_at, t.id",
        Order::Pressing => " ORDER BY t.priority_rank, t.opened_at, t.id",
    });
    q.push(" LIMIT ").push_bind(limit + 1);
    let rows = q.build().fetch_all(conn).await?;
    Ok(Slice::of(all(tenant, &rows)?, limit))
}
