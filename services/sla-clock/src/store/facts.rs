//! What happened to tickets.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use events::Origin;
use events::Word as _;
use events::intake::Service;
use ids::{ApplicationId, CategoryId, GroupId, PersonId, TicketId, VendorId};
use sqlx::{FromRow as _, Row as _};
use tenancy::Tx;
use uuid::Uuid;

use super::relations::{self, Noted};
use super::{clocks, word};
use crate::domain::happened::{Happened, Held, Related, What};
use crate::domain::kept::Kept;
use crate::domain::late::Heard;
use crate::domain::relations::{Family, Told as Raw};
use crate::error::Error;

/// All but the book is absent where a ticket has no facts.
#[derive(sqlx::FromRow)]
struct Row {
    book: i64,
    ticket: Option<Uuid>,
    version: Option<i64>,
    at: Option<DateTime<Utc>>,
    what: Option<String>,
    kind: Option<String>,
    state: Option<String>,
    priority: Option<String>,
    application: Option<Uuid>,
    requester: Option<Uuid>,
    origin: Option<String>,
    category: Option<Uuid>,
    major: Option<bool>,
    held_by: Option<Uuid>,
    line: Option<i16>,
    late: Option<i32>,
    restored_at: Option<DateTime<Utc>>,
    workaround: Option<bool>,
    lost_at: Option<DateTime<Utc>>,
    vendor: Option<Uuid>,
}

/// One thing that was told of a ticket.
enum Told {
    Happened(Happened),
    Held(Held),
    /// It is linked to another one.
    Related,
}

/// As the table of links stands in for it among what was told.
const RELATED: &str = "related";

impl Row {
    fn told(self) -> Result<Option<(TicketId, Told)>, Error> {
        let (Some(ticket), Some(version), Some(at)) = (self.ticket, self.version, self.at) else {
            return Ok(None);
        };
        let ticket = TicketId::from_uuid(ticket);
        if self.what.as_deref() == Some(RELATED) {
            return Ok(Some((ticket, Told::Related)));
        }
        let origin = word::<Origin>("origin", &self.origin.unwrap_or_default())?;
        if let (Some(group), Some(line)) = (self.held_by, self.line) {
            let held = Held {
                sequence: version,
                at,
                group: GroupId::from_uuid(group),
                line,
                origin,
                late: self.late.unwrap_or_default(),
            };
            return Ok(Some((ticket, Told::Held(held))));
        }
        let what = self.what.unwrap_or_default();
        let happened = Happened {
            version,
            at,
            what: What::from_word(&what).ok_or(Error::Unreadable {
                column: "what",
                value: what,
            })?,
            kind: word("kind", &self.kind.unwrap_or_default())?,
            state: word("state", &self.state.unwrap_or_default())?,
            priority: word("priority", &self.priority.unwrap_or_default())?,
            application: self.application.map(ApplicationId::from_uuid),
            vendor: self.vendor.map(VendorId::from_uuid),
            category: self.category.map(CategoryId::from_uuid),
            major: self.major.unwrap_or_default(),
            service: service(self.restored_at, self.workaround, self.lost_at),
            group: None,
            line: self.line,
            requester: self.requester.map(PersonId::from_uuid),
            country: None,
            site: None,
            vip: false,
            origin,
            late: self.late.unwrap_or_default(),
            related: Related::default(),
        };
        Ok(Some((ticket, Told::Happened(happened))))
    }
}

/// What a fact says of the service.
fn service(
    restored_at: Option<DateTime<Utc>>,
    workaround: Option<bool>,
    lost_at: Option<DateTime<Utc>>,
) -> Option<Service> {
    let restored = restored_at.map(|at| Service::Restored {
        at,
        workaround: workaround.unwrap_or_default(),
    });
    restored.or(lost_at.map(|at| Service::Lost { at }))
}

/// The same as columns.
fn columns(
    service: Option<Service>,
) -> (Option<DateTime<Utc>>, Option<bool>, Option<DateTime<Utc>>) {
    match service {
        Some(Service::Restored { at, workaround }) => (Some(at), Some(workaround), None),
        Some(Service::Lost { at }) => (None, None, Some(at)),
        None => (None, None, None),
    }
}

/// What is known of tickets, and by which version of the book it is to be judged.
#[derive(Debug, Clone, Default)]
pub struct Histories {
    /// The version of the book, as the statement saw it.
    pub book: i64,
    /// What happened to each, in order, joined with what it takes over from others; a ticket that was not heard of is not there.
    pub of: HashMap<TicketId, Heard>,
    /// Those of the tickets asked for that are linked, or were.
    pub related: Vec<TicketId>,
}

/// All that was told of tickets `$1`, one row for the book at least; and of those that are linked, that they are. `$also` are more
/// columns, of `$beside`.
macro_rules! known {
    ($before:literal, $added:literal) => {
        known!($before, $added, "", ("", "f"))
    };
    ($before:literal, $added:literal, $also:literal, ($open:literal, $beside:expr)) => {
        concat!(
            $before,
            "SELECT b.version AS book, f.ticket, f.version, f.at, f.what, f.kind, f.state, f.priority, f.application, \
             f.requester, f.origin, f.category, f.major, f.held_by, f.line, f.late, f.restored_at, f.workaround, f.lost_at, f.vendor",
            $also,
            " FROM book b LEFT JOIN ",
            $open,
            "( \
               SELECT ticket, version, at, what, kind, state, priority, application, requester, origin, category, major, \
               NULL::uuid AS held_by, line, late, restored_at, workaround, lost_at, vendor \
               FROM ticket_fact WHERE ticket = ANY($1) UNION ALL ",
            $added,
            "SELECT ticket, sequence, at, NULL, NULL, NULL, NULL, NULL, NULL, origin, NULL, NULL, held_by, line, late, NULL, \
               NULL, NULL, NULL \
               FROM ticket_holder WHERE ticket = ANY($1) UNION ALL \
             SELECT ticket, 0, 'epoch', 'related', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, \
               NULL, NULL, NULL FROM ( \
               SELECT ticket FROM ticket_relation WHERE ticket = ANY($1) UNION \
               SELECT other FROM ticket_relation WHERE other = ANY($1)) r) ",
            $beside,
            " ON true"
        )
    };
}

/// What happened to these tickets.
pub async fn of(tx: &mut Tx, tickets: &[TicketId]) -> Result<Histories, Error> {
    let all = look(tx, tickets).await?;
    joined(tx, all).await
}

/// What happened to these tickets, and their clocks as they were last told, in one statement.
pub async fn with_clocks(
    tx: &mut Tx,
    tickets: &[TicketId],
) -> Result<(Histories, HashMap<TicketId, Vec<Kept>>), Error> {
    // Facts and clocks side by side: no row has both.
    let rows = sqlx::query(known!(
        "",
        "",
        ", c.*",
        (
            "(",
            concat!(
                "f FULL JOIN (SELECT ",
                clocks::clock_columns!(),
                " FROM clock c WHERE c.ticket = ANY($1)) c ON false)"
            )
        )
    ))
    .bind(tickets.iter().map(|t| t.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let (mut told, mut kept) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in &rows {
        if row.try_get::<Option<Uuid>, _>("clock")?.is_some() {
            kept.push(clocks::Row::from_row(row)?);
        }
        // Each row says which book it is.
        told.push(Row::from_row(row)?);
    }
    let histories = joined(tx, gathered(told)?).await?;
    Ok((histories, clocks::by_ticket(kept)?))
}

async fn look(tx: &mut Tx, tickets: &[TicketId]) -> Result<Gathered, Error> {
    let rows: Vec<Row> = sqlx::query_as(known!("", ""))
        .bind(tickets.iter().map(|t| t.uuid()).collect::<Vec<_>>())
        .fetch_all(tx.conn())
        .await?;
    gathered(rows)
}

/// Puts down what happened, and reads all that happened to these tickets, in one statement. What stands there already stays
/// as it is. What happened before something else that is known to have closed the ticket comes late. `noted` is all of the batch,
/// for the tickets that are linked.
pub async fn add(
    tx: &mut Tx,
    tickets: &[TicketId],
    news: &[(TicketId, Happened)],
    noted: &[Noted],
) -> Result<Histories, Error> {
    let all = || news.iter().map(|(_, h)| h);
    let rows: Vec<Row> = sqlx::query_as(known!(
        "WITH added AS (INSERT INTO ticket_fact \
           (ticket, version, at, what, kind, state, priority, application, requester, origin, category, major, line, late, \
           restored_at, workaround, lost_at, vendor) \
           SELECT f.ticket, f.version, f.at, f.what, f.kind, f.state, f.priority, f.application, f.requester, f.origin, \
             f.category, f.major, f.line, CASE WHEN EXISTS (SELECT 1 FROM ticket_fact c WHERE c.ticket = f.ticket \
               AND c.state = 'closed' AND c.late = 0 AND c.at > f.at) THEN 1 + greatest( \
               (SELECT max(k.late) FROM ticket_fact k WHERE k.ticket = f.ticket), \
               (SELECT max(h.late) FROM ticket_holder h WHERE h.ticket = f.ticket), \
               (SELECT max(r.late) FROM related_late r WHERE r.ticket = f.ticket), \
               (SELECT max(w.late) FROM requester_late w WHERE w.ticket = f.ticket)) ELSE 0 END, \
             f.restored_at, f.workaround, f.lost_at, f.vendor \
           FROM unnest($2::uuid[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[], $7::text[], $8::text[], \
           $9::uuid[], $10::uuid[], $11::text[], $12::uuid[], $13::boolean[], $14::smallint[], \
           $15::timestamptz[], $16::boolean[], $17::timestamptz[], $18::uuid[]) \
           AS f (ticket, version, at, what, kind, state, priority, application, requester, origin, category, major, line, \
           restored_at, workaround, lost_at, vendor) \
           ON CONFLICT (ticket, version) DO NOTHING \
           RETURNING ticket, version, at, what, kind, state, priority, application, requester, origin, category, major, \
           line, late, restored_at, workaround, lost_at, vendor) ",
        "SELECT ticket, version, at, what, kind, state, priority, application, requester, origin, category, major, \
         NULL::uuid, line, late, restored_at, workaround, lost_at, vendor FROM added UNION ALL "
    ))
    .bind(tickets.iter().map(|t| t.uuid()).collect::<Vec<_>>())
    .bind(news.iter().map(|(t, _)| t.uuid()).collect::<Vec<_>>())
    .bind(all().map(|h| h.version).collect::<Vec<_>>())
    .bind(all().map(|h| h.at).collect::<Vec<_>>())
    .bind(all().map(|h| h.what.as_str()).collect::<Vec<_>>())
    .bind(all().map(|h| h.kind.word()).collect::<Vec<_>>())
    .bind(all().map(|h| h.state.word()).collect::<Vec<_>>())
    .bind(all().map(|h| h.priority.word()).collect::<Vec<_>>())
    .bind(all().map(|h| h.application.map(ApplicationId::uuid)).collect::<Vec<_>>())
    .bind(all().map(|h| h.requester.map(PersonId::uuid)).collect::<Vec<_>>())
    .bind(all().map(|h| h.origin.word()).collect::<Vec<_>>())
    .bind(all().map(|h| h.category.map(CategoryId::uuid)).collect::<Vec<_>>())
    .bind(all().map(|h| h.major).collect::<Vec<_>>())
    .bind(all().map(|h| h.line).collect::<Vec<_>>())
    .bind(all().map(|h| columns(h.service).0).collect::<Vec<_>>())
    .bind(all().map(|h| columns(h.service).1).collect::<Vec<_>>())
    .bind(all().map(|h| columns(h.service).2).collect::<Vec<_>>())
    .bind(all().map(|h| h.vendor.map(VendorId::uuid)).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let all = gathered(rows)?;
    if !all.related.is_empty() {
        relations::note_late(tx, noted).await?;
    }
    joined(tx, all).await
}

/// What was told, ticket by ticket.
#[derive(Default)]
struct Gathered {
    book: i64,
    told: HashMap<TicketId, Raw>,
    related: Vec<TicketId>,
}

fn gathered(rows: Vec<Row>) -> Result<Gathered, Error> {
    let mut all = Gathered::default();
    for row in rows {
        all.book = row.book;
        match row.told()? {
            Some((ticket, Told::Happened(happened))) => {
                all.told.entry(ticket).or_default().0.push(happened);
            }
            Some((ticket, Told::Held(held))) => all.told.entry(ticket).or_default().1.push(held),
            Some((ticket, Told::Related)) => all.related.push(ticket),
            None => {}
        }
    }
    Ok(all)
}

/// Makes a story of what was told of each ticket; of those that are linked together with what was told of the others.
async fn joined(tx: &mut Tx, all: Gathered) -> Result<Histories, Error> {
    let Gathered {
        book,
        mut told,
        related,
    } = all;
    let mut of: HashMap<TicketId, Heard> = HashMap::with_capacity(told.len());
    if !related.is_empty() {
        let (members, links) = relations::family(tx, &related).await?;
        let late = relations::late(tx, &related).await?;
        let known = related.iter().filter_map(|t| told.remove_entry(t));
        let mut of_family: HashMap<TicketId, Raw> = known.collect();
        let others = members.into_iter().filter(|t| !of_family.contains_key(t));
        let others: Vec<TicketId> = others.collect();
        if !others.is_empty() {
            of_family.extend(look(tx, &others).await?.told);
        }
        let family = Arc::new(Family::new(of_family, links, late));
        for ticket in &related {
            of.extend(family.heard(*ticket).map(|heard| (*ticket, heard)));
        }
    }
    // Who holds a ticket of which nothing else was heard moves no clock yet.
    let heard = told.into_iter().filter(|(_, (facts, _))| !facts.is_empty());
    of.extend(heard.map(|(ticket, (facts, held))| (ticket, Heard::of(facts, &held))));
    Ok(Histories { book, of, related })
}

/// Up to `most` tickets behind `after`, by id, that are not resolved, closed or cancelled by what was heard of last.
pub async fn open_tickets(
    tx: &mut Tx,
    after: Option<TicketId>,
    most: i64,
) -> Result<Vec<TicketId>, Error> {
    let rows: Vec<Uuid> = sqlx::query_scalar(
        "SELECT ticket FROM (SELECT DISTINCT ON (ticket) ticket, state FROM ticket_fact \
           WHERE late = 0 AND ($1::uuid IS NULL OR ticket > $1) ORDER BY ticket, version DESC) last \
         WHERE state NOT IN ('resolved', 'closed', 'cancelled') ORDER BY ticket LIMIT $2",
    )
    .bind(after.map(TicketId::uuid))
    .bind(most)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(TicketId::from_uuid).collect())
}

/// An opening: when, and of which ticket.
pub type Opening = (DateTime<Utc>, TicketId);

/// Up to `most` tickets opened in `[from, to)`, behind `after`, by when they were opened.
pub async fn opened_between(
    tx: &mut Tx,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    after: Option<Opening>,
    most: i64,
) -> Result<Vec<Opening>, Error> {
    let rows: Vec<(DateTime<Utc>, Uuid)> = sqlx::query_as(
        "SELECT at, ticket FROM ticket_fact WHERE version = 1 AND at >= $1 AND at < $2 \
         AND ($3::timestamptz IS NULL OR (at, ticket) > ($3, $4)) ORDER BY at, ticket LIMIT $5",
    )
    .bind(from)
    .bind(to)
    .bind(after.map(|(at, _)| at))
    .bind(after.map(|(_, ticket)| ticket.uuid()))
    .bind(most)
    .fetch_all(tx.conn())
    .await?;
    let opening = |(at, ticket)| (at, TicketId::from_uuid(ticket));
    Ok(rows.into_iter().map(opening).collect())
}
