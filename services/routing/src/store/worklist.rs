//! Pages of the worklist by keyset: each tenant's rows come in the order wanted out of an index that begins with the
//! tenant, and the first of each are merged. A page costs the same wherever it stands.

use chrono::{DateTime, Utc};
use events::Word;
use events::intake::{Priority, TicketKind, TicketState};
use ids::{ApplicationId, CategoryId, GroupId, PersonId, TenantId, TicketId};
use sqlx::{Postgres, QueryBuilder};
use tenancy::Tx;
use uuid::Uuid;

use super::word;
use crate::domain::assignment::Assignment;
use crate::domain::group::{Group, Speciality};
use crate::domain::words::reason_of;
use crate::domain::worklist::{COUNT_AT_MOST, Filter, HeldBy, Item, Page, Place, Sort};
use crate::error::Error;

#[derive(sqlx::FromRow)]
#[allow(clippy::struct_excessive_bools)] // a row has the columns that it has
struct Row {
    tenant: Uuid,
    ticket: Uuid,
    number: String,
    kind: String,
    major: bool,
    state: String,
    priority: String,
    priority_rank: i16,
    application: Option<Uuid>,
    category: Option<Uuid>,
    opened_at: DateTime<Utc>,
    state_since: DateTime<Utc>,
    ticket_version: i64,
    group_id: Uuid,
    line: i16,
    holder: Option<Uuid>,
    held_since: DateTime<Utc>,
    reason: String,
    assignment_version: i64,
    done: bool,
    due_at: Option<DateTime<Utc>>,
    due_sort: DateTime<Utc>,
    breached: bool,
    updated_at: DateTime<Utc>,
    group_tenant: Option<Uuid>,
    group_name: String,
    group_line: i16,
    speciality: String,
    active: bool,
    group_version: i32,
}

const ROW: &str = "w.tenant, w.ticket, w.number, w.kind, w.major, w.state, w.priority, w.priority_rank, w.application, \
    w.category, w.opened_at, w.state_since, w.ticket_version, w.group_id, w.line, w.holder, w.held_since, w.reason, \
    w.assignment_version, w.done, w.due_at, w.due_sort, w.breached, w.updated_at, g.tenant AS group_tenant, \
    g.name AS group_name, g.line AS group_line, g.speciality, g.active, g.version AS group_version";

/// The columns of an order, and whether it runs backwards.
const fn columns(sort: Sort) -> (&'static [&'static str], bool) {
    match sort {
        Sort::DueFirst => (&["due_sort", "ticket"], false),
        Sort::Priority => (&["priority_rank", "opened_at", "ticket"], false),
        Sort::OpenedNewest => (&["opened_at", "ticket"], true),
        Sort::OpenedOldest => (&["opened_at", "ticket"], false),
        Sort::Updated => (&["updated_at", "ticket"], true),
    }
}

fn order(sort: Sort, of: &str) -> String {
    let (columns, backwards) = columns(sort);
    let direction = if backwards { " DESC" } else { "" };
    columns
        .iter()
        .map(|c| format!("{of}.{c}{direction}"))
        .collect::<Vec<_>>()
        .join(", ")
}

impl Row {
    fn item(self, sort: Sort) -> Result<Item, Error> {
        let tenant = TenantId::from_uuid(self.tenant);
        let ticket = TicketId::from_uuid(self.ticket);
        let at = match sort {
            Sort::DueFirst => self.due_sort,
            Sort::Updated => self.updated_at,
            Sort::Priority | Sort::OpenedNewest | Sort::OpenedOldest => self.opened_at,
        };
        let place = Place {
            sort,
            rank: (sort == Sort::Priority).then_some(self.priority_rank),
            at: at.timestamp_micros(),
            ticket,
        };
        Ok(Item {
            assignment: Assignment {
                tenant,
                ticket,
                group: GroupId::from_uuid(self.group_id),
                line: self.line,
                holder: self.holder.map(PersonId::from_uuid),
                since: self.held_since,
                reason: reason_of(&self.reason),
                version: self.assignment_version,
                ticket_version: self.ticket_version,
                done: self.done,
            },
            group: Group {
                id: GroupId::from_uuid(self.group_id),
                tenant: self.group_tenant.map(TenantId::from_uuid),
                name: self.group_name,
                line: self.group_line,
                speciality: word::<Speciality>("speciality", &self.speciality)?,
                active: self.active,
                version: self.group_version,
            },
            number: self.number,
            kind: word::<TicketKind>("kind", &self.kind)?,
            major: self.major,
            state: word::<TicketState>("state", &self.state)?,
            state_since: self.state_since,
            priority: word::<Priority>("priority", &self.priority)?,
            application: self.application.map(ApplicationId::from_uuid),
            category: self.category.map(CategoryId::from_uuid),
            opened_at: self.opened_at,
            due_at: self.due_at,
            breached: self.breached,
            updated_at: self.updated_at,
            place,
        })
    }
}

fn words<W: Word>(values: &[W]) -> Vec<&'static str> {
    values.iter().map(|v| v.word()).collect()
}

/// The conditions besides the tenant.
fn conditions(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    // Said in exactly these words, so that the partial indexes are found.
    if !filter.wants_done() {
        query.push(" AND NOT w.done");
    }
    if !filter.states.is_empty() {
        query
            .push(" AND w.state = ANY(")
            .push_bind(words(&filter.states))
            .push(")");
    }
    if !filter.priorities.is_empty() {
        query
            .push(" AND w.priority = ANY(")
            .push_bind(words(&filter.priorities))
            .push(")");
    }
    if !filter.kinds.is_empty() {
        query
            .push(" AND w.kind = ANY(")
            .push_bind(words(&filter.kinds))
            .push(")");
    }
    match filter.groups.as_slice() {
        [] => {}
        // One group is one range of its index; several are not.
        [one] => {
            query.push(" AND w.group_id = ").push_bind(one.uuid());
        }
        many => {
            let many: Vec<Uuid> = many.iter().map(|g| g.uuid()).collect();
            query
                .push(" AND w.group_id = ANY(")
                .push_bind(many)
                .push(")");
        }
    }
    if !filter.lines.is_empty() {
        query
            .push(" AND w.line = ANY(")
            .push_bind(filter.lines.clone())
            .push(")");
    }
    match filter.held_by {
        None => {}
        Some(HeldBy::Nobody) => {
            query.push(" AND w.holder IS NULL");
        }
        Some(HeldBy::Person(person)) => {
            query.push(" AND w.holder = ").push_bind(person.uuid());
        }
    }
    if let Some(major) = filter.major {
        query.push(" AND w.major = ").push_bind(major);
    }
    if let Some(breached) = filter.breached {
        query.push(" AND w.breached = ").push_bind(breached);
    }
    if let Some(before) = filter.due_before {
        query.push(" AND w.due_sort < ").push_bind(before);
    }
}

fn tenants(filter: &Filter) -> Vec<Uuid> {
    filter.tenants.iter().map(|t| t.uuid()).collect()
}

/// The statement of a page, for reading and for explaining.
pub fn statement(
    filter: &Filter,
    sort: Sort,
    after: Option<Place>,
    first: usize,
) -> QueryBuilder<Postgres> {
    // Written out, not bound: a plan that does not know how few rows are wanted sorts them all.
    let limit = first + 1;
    let (columns, backwards) = columns(sort);
    let mut query = QueryBuilder::new(format!(
        "SELECT {ROW} FROM (SELECT k.tenant, k.ticket FROM unnest("
    ));
    query.push_bind(tenants(filter));
    query.push(format!(
        "::uuid[]) AS t(tenant) CROSS JOIN LATERAL (SELECT w.tenant, {} FROM worklist w WHERE w.tenant = t.tenant",
        columns.iter().map(|c| format!("w.{c}")).collect::<Vec<_>>().join(", ")
    ));
    conditions(&mut query, filter);
    if let Some(place) = after {
        let than = if backwards { "<" } else { ">" };
        query.push(format!(
            " AND ({}) {than} (",
            columns
                .iter()
                .map(|c| format!("w.{c}"))
                .collect::<Vec<_>>()
                .join(", ")
        ));
        if sort == Sort::Priority {
            query.push_bind(place.rank.unwrap_or(0)).push(", ");
        }
        let at = DateTime::<Utc>::from_timestamp_micros(place.at).unwrap_or_default();
        query
            .push_bind(at)
            .push(", ")
            .push_bind(place.ticket.uuid())
            .push(")");
    }
    query
        .push(format!(" ORDER BY {} LIMIT ", order(sort, "w")))
        .push(limit);
    query
        .push(format!(") k ORDER BY {} LIMIT ", order(sort, "k")))
        .push(limit);
    query.push(
        ") page JOIN worklist w ON w.tenant = page.tenant AND w.ticket = page.ticket \
         JOIN resolver_group g ON g.id = w.group_id",
    );
    query.push(format!(" ORDER BY {}", order(sort, "w")));
    query
}

/// A page of `first` rows behind `after`.
pub async fn page(
    tx: &mut Tx,
    filter: &Filter,
    sort: Sort,
    after: Option<Place>,
    first: usize,
) -> Result<Page, Error> {
    let rows: Vec<Row> = statement(filter, sort, after, first)
        .build_query_as()
        .fetch_all(tx.conn())
        .await?;
    let more = rows.len() > first;
    let items = rows
        .into_iter()
        .take(first)
        .map(|r| r.item(sort))
        .collect::<Result<_, _>>()?;
    Ok(Page {
        items,
        more,
        ..Page::default()
    })
}

/// How many rows there are; stops counting at [`COUNT_AT_MOST`].
pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, Error> {
    let mut query =
        QueryBuilder::new("SELECT count(*) FROM (SELECT 1 FROM worklist w WHERE w.tenant = ANY(");
    query.push_bind(tenants(filter)).push(")");
    conditions(&mut query, filter);
    query.push(" LIMIT ").push(COUNT_AT_MOST).push(") counted");
    Ok(query.build_query_scalar().fetch_one(tx.conn()).await?)
}
