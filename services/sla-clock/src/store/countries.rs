//! Where people work, and who is a VIP.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use ids::{PersonId, SiteId, TicketId};
use tenancy::Tx;
use uuid::Uuid;

use super::facts::Histories;
use crate::domain::happened::opening;
use crate::domain::requester::Known;
use crate::domain::rulebook::Rulebook;
use crate::error::Error;

/// Where a person works from an instant on, and whether it is a VIP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Works {
    /// Who.
    pub person: PersonId,
    /// Directory's sequence for the person.
    pub sequence: i64,
    /// From when on.
    pub at: DateTime<Utc>,
    /// ISO 3166-1 code, if it is known.
    pub country: Option<String>,
    /// The site, if it works at one.
    pub site: Option<SiteId>,
    /// Whether it is a VIP.
    pub vip: bool,
}

/// What was told of whoever asked for a ticket.
#[derive(Debug, sqlx::FromRow)]
struct Row {
    ticket: Uuid,
    at: DateTime<Utc>,
    country: Option<String>,
    site: Option<Uuid>,
    vip: bool,
    late: i32,
}

impl From<Row> for Known {
    fn from(row: Row) -> Self {
        Self {
            at: row.at,
            country: row.country.map(Into::into),
            site: row.site.map(SiteId::from_uuid),
            vip: row.vip,
            late: row.late,
        }
    }
}

/// A person of whom something was told, and in which batch of what is told of it.
pub type Heard = (PersonId, i32);

/// Puts down where people work; what stands there already stays. Gives back the version of the book, and of whom something was
/// new.
pub async fn add(tx: &mut Tx, all: &[Works]) -> Result<(i64, Vec<Heard>), Error> {
    let rows: Vec<(i64, Option<Uuid>, Option<i32>)> = sqlx::query_as(
        "WITH added AS (INSERT INTO person_country (person, sequence, at, country, site, vip, heard) \
           SELECT person, sequence, at, country, site, vip, \
             1 + coalesce((SELECT max(k.heard) FROM person_country k WHERE k.person = w.person), 0) \
           FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::uuid[], $6::bool[]) \
             AS w (person, sequence, at, country, site, vip) \
           ON CONFLICT (person, sequence) DO NOTHING RETURNING person, heard) \
         SELECT b.version, a.person, a.heard FROM book b \
         LEFT JOIN (SELECT DISTINCT person, heard FROM added) a ON true",
    )
    .bind(all.iter().map(|w| w.person.uuid()).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.sequence).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.at).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.country.clone()).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.site.map(SiteId::uuid)).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.vip).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let version = rows.first().map_or(0, |(version, _, _)| *version);
    let new = rows.into_iter().filter_map(|(_, person, heard)| {
        let person = PersonId::from_uuid(person?);
        Some((person, heard?))
    });
    Ok((version, new.collect()))
}

/// Whether the row `k` says before `w` who somebody was when a ticket was opened: of what was told of the time until then the last
/// counts, else the first there is.
macro_rules! goes_before {
    ($also:literal) => {
        concat!(
            "EXISTS (SELECT 1 FROM person_country k WHERE k.person = w.person AND ",
            $also,
            " CASE WHEN w.at <= o.at \
               THEN k.at <= o.at AND (k.at, k.sequence) > (w.at, w.sequence) \
               ELSE (k.at, k.sequence) < (w.at, w.sequence) END)"
        )
    };
}

/// The tickets of these people of which it now says otherwise who asked. Where a ticket had been closed, it notes that this came late;
/// gives back those that are not closed now.
pub async fn moved(tx: &mut Tx, new: &[Heard]) -> Result<Vec<TicketId>, Error> {
    let rows: Vec<Uuid> = sqlx::query_scalar(concat!(
        "WITH asked AS (SELECT o.ticket, o.requester, \
           (SELECT min(f.at) FROM ticket_fact f WHERE f.ticket = o.ticket) AS at \
           FROM ticket_fact o WHERE o.version = 1 AND o.requester = ANY($1)), \
         moved AS (SELECT DISTINCT o.ticket, w.heard FROM unnest($1::uuid[], $2::int[]) AS n (person, heard) \
           JOIN person_country w ON w.person = n.person AND w.heard = n.heard \
           JOIN asked o ON o.requester = w.person \
           WHERE NOT ",
        goes_before!(""),
        " OR (w.country IS NOT NULL AND NOT ",
        goes_before!("k.country IS NOT NULL AND"),
        ")), \
         noted AS (INSERT INTO requester_late (ticket, heard, late) \
           SELECT m.ticket, m.heard, 1 + greatest( \
             (SELECT max(k.late) FROM ticket_fact k WHERE k.ticket = m.ticket), \
             (SELECT max(h.late) FROM ticket_holder h WHERE h.ticket = m.ticket), \
             (SELECT max(r.late) FROM related_late r WHERE r.ticket = m.ticket), \
             (SELECT max(l.late) FROM requester_late l WHERE l.ticket = m.ticket)) \
           FROM moved m WHERE EXISTS (SELECT 1 FROM ticket_fact c WHERE c.ticket = m.ticket \
             AND c.state = 'closed' AND c.late = 0) \
           ON CONFLICT DO NOTHING) \
         SELECT m.ticket FROM moved m JOIN LATERAL (SELECT l.state FROM ticket_fact l \
           WHERE l.ticket = m.ticket AND l.late = 0 ORDER BY l.version DESC LIMIT 1) last ON last.state <> 'closed' \
         ORDER BY m.ticket",
    ))
    .bind(new.iter().map(|(p, _)| p.uuid()).collect::<Vec<_>>())
    .bind(new.iter().map(|(_, heard)| *heard).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(TicketId::from_uuid).collect())
}

/// Tells histories who asked, where some agreement of the book looks at it; else it asks for nothing.
pub async fn join(tx: &mut Tx, book: &Rulebook, histories: &mut Histories) -> Result<(), Error> {
    if !book.looks_at_requesters() {
        return Ok(());
    }
    let asked = histories.of.iter().filter_map(|(ticket, heard)| {
        let requester = opening(&heard.all)?.requester?;
        Some((ticket.uuid(), requester.uuid()))
    });
    let (tickets, people): (Vec<Uuid>, Vec<Uuid>) = asked.unzip();
    if tickets.is_empty() {
        return Ok(());
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT o.ticket, w.at, w.country, w.site, w.vip, coalesce((SELECT max(l.late) FROM requester_late l \
           WHERE l.ticket = o.ticket AND l.heard <= w.heard), 0) AS late \
         FROM unnest($1::uuid[], $2::uuid[]) AS o (ticket, person) JOIN person_country w ON w.person = o.person \
         ORDER BY o.ticket, w.at, w.sequence",
    )
    .bind(tickets)
    .bind(people)
    .fetch_all(tx.conn())
    .await?;
    let mut told: HashMap<TicketId, Vec<Known>> = HashMap::new();
    for row in rows {
        let ticket = TicketId::from_uuid(row.ticket);
        told.entry(ticket).or_default().push(row.into());
    }
    for (ticket, told) in told {
        if let Some(heard) = histories.of.get_mut(&ticket) {
            heard.set_requester(told);
        }
    }
    Ok(())
}
