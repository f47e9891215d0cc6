//! Links between tickets by which clocks go.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use events::Origin;
use ids::{LinkId, TicketId};
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::relations::{Bond, Relation, Source};
use crate::error::Error;

/// A link that was told: of its making, or of its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linked {
    /// Which.
    pub link: LinkId,
    /// How.
    pub bond: Bond,
    /// To which ticket.
    pub other: TicketId,
    /// When, and by which version of the ticket.
    pub told: (DateTime<Utc>, i64),
    /// It was taken away.
    pub removed: bool,
    /// Live or history.
    pub origin: Origin,
}

/// A ticket to which something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// Which.
    pub ticket: TicketId,
    /// What the parts of a mass incident follow has changed: its own life, or its parent's. A merge changes none of it.
    pub itself: bool,
}

/// Something that may come late for a ticket whose clocks it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    /// By what it was told.
    pub source: Source,
    /// Whether the parts of a mass incident follow it.
    pub itself: bool,
    /// For the ticket itself it is late if that had been closed after this; it is no question if absent.
    pub own: Option<DateTime<Utc>>,
    /// The same for tickets that take it over; whenever they were closed if absent.
    pub others: Option<DateTime<Utc>>,
}

/// From tickets on to those whose clocks depend on them, as `domain::relations` takes stories over: a merge and a split take over
/// all that the other one knows, the parts of a mass incident only what happened to it and to its own parents.
macro_rules! reached {
    ($roots:literal) => {
        concat!(
            "reached (root, rooted, ticket, itself) AS (",
            $roots,
            " UNION SELECT f.root, f.rooted, e.ticket, e.itself FROM reached f CROSS JOIN LATERAL ( \
               SELECT r.other AS ticket, false AS itself FROM ticket_relation r \
               WHERE r.ticket = f.ticket AND r.kind = 'duplicate_of' UNION ALL \
               SELECT r.ticket, r.kind = 'parent' FROM ticket_relation r \
               WHERE r.other = f.ticket AND (r.kind = 'split_from' OR (r.kind = 'parent' AND f.itself))) e)"
        )
    };
}

/// Puts links down, and their ends.
pub async fn add(tx: &mut Tx, links: &[(TicketId, Linked)]) -> Result<(), Error> {
    // One statement touches a row once: what was linked and unlinked within a batch is one row.
    let mut all: BTreeMap<LinkId, (TicketId, Linked)> = BTreeMap::new();
    let (mut made, mut ended) = (BTreeMap::new(), BTreeMap::new());
    for (ticket, link) in links {
        all.insert(link.link, (*ticket, *link));
        let told = if link.removed { &mut ended } else { &mut made };
        told.entry(link.link).or_insert(link.told);
    }
    let column = |of: &BTreeMap<LinkId, (DateTime<Utc>, i64)>| {
        let told = all.keys().map(|link| of.get(link).copied());
        told.map(Option::unzip).unzip::<_, _, Vec<_>, Vec<_>>()
    };
    let (linked_at, linked_by) = column(&made);
    let (unlinked_at, unlinked_by) = column(&ended);
    let rows = || all.values();
    sqlx::query(
        "INSERT INTO ticket_relation AS r (link, ticket, kind, other, linked_at, linked_by, unlinked_at, unlinked_by) \
         SELECT link, ticket, kind, other, linked_at, linked_by, unlinked_at, unlinked_by \
         FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[], $6::bigint[], $7::timestamptz[], \
         $8::bigint[]) AS n (link, ticket, kind, other, linked_at, linked_by, unlinked_at, unlinked_by) \
         ON CONFLICT (link) DO UPDATE SET linked_at = coalesce(r.linked_at, excluded.linked_at), \
         linked_by = coalesce(r.linked_by, excluded.linked_by), unlinked_at = coalesce(r.unlinked_at, excluded.unlinked_at), \
         unlinked_by = coalesce(r.unlinked_by, excluded.unlinked_by)",
    )
    .bind(all.keys().map(|l| l.uuid()).collect::<Vec<_>>())
    .bind(rows().map(|(t, _)| t.uuid()).collect::<Vec<_>>())
    .bind(rows().map(|(_, l)| l.bond.as_str()).collect::<Vec<_>>())
    .bind(rows().map(|(_, l)| l.other.uuid()).collect::<Vec<_>>())
    .bind(linked_at)
    .bind(linked_by)
    .bind(unlinked_at)
    .bind(unlinked_by)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes what came when a ticket that takes it over had been closed already, by something that was not told with it. What is
/// said of a service counts from when it was said to be back before, too: that is no longer so.
pub async fn note_late(tx: &mut Tx, noted: &[Noted]) -> Result<(), Error> {
    let sources = || noted.iter().map(|n| n.source);
    sqlx::query(
        concat!("WITH RECURSIVE news AS (SELECT ticket, sequence, held, own, others, itself \
           FROM unnest($1::uuid[], $2::bigint[], $3::boolean[], $4::timestamptz[], $5::timestamptz[], $6::boolean[]) \
           AS n (ticket, sequence, held, own, others, itself)), ",
         reached!("SELECT ticket, itself, ticket, itself FROM news"), ", \
         closed AS (SELECT r.ticket, c.at FROM (SELECT DISTINCT ticket FROM reached) r CROSS JOIN LATERAL ( \
           SELECT max(c.at) AS at FROM ticket_fact c WHERE c.ticket = r.ticket AND c.state = 'closed' AND c.late = 0 AND NOT EXISTS ( \
             SELECT 1 FROM news n WHERE n.ticket = c.ticket AND n.sequence = c.version AND NOT n.held)) c) \
         INSERT INTO related_late (ticket, other, sequence, held, late) \
         SELECT c.ticket, n.ticket, n.sequence, n.held, 1 + greatest( \
           (SELECT max(k.late) FROM ticket_fact k WHERE k.ticket = c.ticket), \
           (SELECT max(o.late) FROM ticket_holder o WHERE o.ticket = c.ticket), \
           (SELECT max(l.late) FROM related_late l WHERE l.ticket = c.ticket), \
           (SELECT max(w.late) FROM requester_late w WHERE w.ticket = c.ticket)) \
         FROM news n JOIN reached f ON f.root = n.ticket AND f.rooted = n.itself JOIN closed c ON c.ticket = f.ticket \
         CROSS JOIN LATERAL ( \
           SELECT min(k.restored_at) AS at FROM ticket_fact s JOIN ticket_fact k ON k.ticket = s.ticket AND k.version < s.version \
           WHERE NOT n.held AND s.ticket = n.ticket AND s.version = n.sequence AND s.what IN ('restored', 'lost')) put_right \
         WHERE c.at > CASE WHEN f.ticket = n.ticket THEN n.own ELSE coalesce(least(n.others, put_right.at), '-infinity') END \
         ON CONFLICT DO NOTHING"),
    )
    .bind(sources().map(|s| s.ticket.uuid()).collect::<Vec<_>>())
    .bind(sources().map(|s| s.sequence).collect::<Vec<_>>())
    .bind(sources().map(|s| s.held).collect::<Vec<_>>())
    .bind(noted.iter().map(|n| n.own).collect::<Vec<_>>())
    .bind(noted.iter().map(|n| n.others).collect::<Vec<_>>())
    .bind(noted.iter().map(|n| n.itself).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The tickets whose clocks depend on one of these, each with which; not these themselves.
pub async fn dependents(tx: &mut Tx, roots: &[Root]) -> Result<Vec<(TicketId, TicketId)>, Error> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(concat!(
        "WITH RECURSIVE ",
        reached!(
            "SELECT t, itself, t, itself FROM unnest($1::uuid[], $2::boolean[]) AS n (t, itself)"
        ),
        " SELECT DISTINCT ticket, root FROM reached WHERE ticket <> ALL($1) ORDER BY ticket, root",
    ))
    .bind(roots.iter().map(|r| r.ticket.uuid()).collect::<Vec<_>>())
    .bind(roots.iter().map(|r| r.itself).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let pair = |(ticket, root)| (TicketId::from_uuid(ticket), TicketId::from_uuid(root));
    Ok(rows.into_iter().map(pair).collect())
}

#[derive(sqlx::FromRow)]
struct Row {
    member: Uuid,
    link: Option<Uuid>,
    kind: Option<String>,
    other: Option<Uuid>,
    linked_at: Option<DateTime<Utc>>,
    linked_by: Option<i64>,
    unlinked_at: Option<DateTime<Utc>>,
    unlinked_by: Option<i64>,
}

impl Row {
    fn relation(self) -> Result<Option<Relation>, Error> {
        let (Some(link), Some(kind), Some(other), Some(since)) = (
            self.link,
            self.kind,
            self.other,
            self.linked_at.zip(self.linked_by),
        ) else {
            return Ok(None);
        };
        Ok(Some(Relation {
            link: LinkId::from_uuid(link),
            ticket: TicketId::from_uuid(self.member),
            bond: Bond::from_word(&kind).ok_or(Error::Unreadable {
                column: "kind",
                value: kind,
            })?,
            other: TicketId::from_uuid(other),
            since,
            until: self.unlinked_at.zip(self.unlinked_by),
        }))
    }
}

/// What was late for each ticket that is closed, by what it was told.
pub type Late = HashMap<TicketId, HashMap<Source, i32>>;

/// These tickets with all on which their clocks depend, and the links among them.
pub async fn family(
    tx: &mut Tx,
    tickets: &[TicketId],
) -> Result<(Vec<TicketId>, Vec<Relation>), Error> {
    let rows: Vec<Row> = sqlx::query_as(
        // Of a parent nobody asks what was merged into it, or what it was split off: see `reached!`.
        "WITH RECURSIVE family (ticket, whole) AS (SELECT unnest($1::uuid[]), true UNION \
           SELECT e.ticket, e.whole FROM family f CROSS JOIN LATERAL ( \
             SELECT r.ticket, true AS whole FROM ticket_relation r \
             WHERE r.other = f.ticket AND r.kind = 'duplicate_of' AND f.whole UNION ALL \
             SELECT r.other, r.kind = 'split_from' FROM ticket_relation r \
             WHERE r.ticket = f.ticket AND (r.kind = 'parent' OR (r.kind = 'split_from' AND f.whole))) e) \
         SELECT f.ticket AS member, r.link, r.kind, r.other, r.linked_at, r.linked_by, r.unlinked_at, r.unlinked_by \
         FROM (SELECT DISTINCT ticket FROM family) f LEFT JOIN ticket_relation r ON r.ticket = f.ticket",
    )
    .bind(tickets.iter().map(|t| t.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let members: BTreeSet<Uuid> = rows.iter().map(|r| r.member).collect();
    let relations: Result<Vec<Option<Relation>>, Error> =
        rows.into_iter().map(Row::relation).collect();
    Ok((
        members.into_iter().map(TicketId::from_uuid).collect(),
        relations?.into_iter().flatten().collect(),
    ))
}

/// What was noted as late for these tickets.
pub async fn late(tx: &mut Tx, tickets: &[TicketId]) -> Result<Late, Error> {
    let rows: Vec<(Uuid, Uuid, i64, bool, i32)> = sqlx::query_as(
        "SELECT ticket, other, sequence, held, late FROM related_late WHERE ticket = ANY($1)",
    )
    .bind(tickets.iter().map(|t| t.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let mut all = Late::new();
    for (ticket, other, sequence, held, late) in rows {
        let source = Source {
            ticket: TicketId::from_uuid(other),
            sequence,
            held,
        };
        let of = all.entry(TicketId::from_uuid(ticket)).or_default();
        of.insert(source, late);
    }
    Ok(all)
}
