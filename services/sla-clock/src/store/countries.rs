//! Where people work, and who is a VIP.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use ids::{PersonId, SiteId, TicketId};
use tenancy::Tx;
use uuid::Uuid;

use super::facts::Histories;
use crate::domain::happened::opening;
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

/// What was known of a person from an instant on.
#[derive(Debug, sqlx::FromRow)]
struct Row {
    person: Uuid,
    at: DateTime<Utc>,
    country: Option<String>,
    site: Option<Uuid>,
    vip: bool,
}

/// Puts down where people work; what stands there already stays. Gives back the version of the book.
pub async fn add(tx: &mut Tx, all: &[Works]) -> Result<i64, Error> {
    Ok(sqlx::query_scalar(
        "WITH added AS (INSERT INTO person_country (person, sequence, at, country, site, vip) \
           SELECT person, sequence, at, country, site, vip \
           FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[], $5::uuid[], $6::bool[]) \
             AS w (person, sequence, at, country, site, vip) \
           ON CONFLICT (person, sequence) DO NOTHING) SELECT version FROM book",
    )
    .bind(all.iter().map(|w| w.person.uuid()).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.sequence).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.at).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.country.clone()).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.site.map(SiteId::uuid)).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.vip).collect::<Vec<_>>())
    .fetch_one(tx.conn())
    .await?)
}

/// The tickets that these people asked for and that are still open.
pub async fn open_tickets(tx: &mut Tx, people: &[PersonId]) -> Result<Vec<TicketId>, Error> {
    let rows: Vec<Uuid> = sqlx::query_scalar(
        "SELECT o.ticket FROM ticket_fact o JOIN LATERAL (SELECT state FROM ticket_fact l \
           WHERE l.ticket = o.ticket AND l.late = 0 ORDER BY version DESC LIMIT 1) last ON true \
         WHERE o.version = 1 AND o.requester = ANY($1) AND last.state NOT IN ('resolved', 'closed', 'cancelled')",
    )
    .bind(people.iter().map(|p| p.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(TicketId::from_uuid).collect())
}

/// Tells histories who asked: in which country and at which site the requester worked when the ticket was opened, and
/// whether it was a VIP (what was known first, if nothing was known by then), where some agreement of the book looks at it;
/// else it asks for nothing.
pub async fn join(tx: &mut Tx, book: &Rulebook, histories: &mut Histories) -> Result<(), Error> {
    if !book.looks_at_requesters() {
        return Ok(());
    }
    let openings = || histories.of.values().filter_map(|h| opening(&h.all));
    let people: Vec<Uuid> = openings()
        .filter_map(|h| h.requester.map(PersonId::uuid))
        .collect();
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT person, at, country, site, vip FROM person_country WHERE person = ANY($1) \
         ORDER BY person, at, sequence",
    )
    .bind(people)
    .fetch_all(tx.conn())
    .await?;
    let mut known: HashMap<Uuid, Vec<Row>> = HashMap::new();
    for row in rows {
        known.entry(row.person).or_default().push(row);
    }
    for heard in histories.of.values_mut() {
        let Some(opened) = opening(&heard.all) else {
            continue;
        };
        let works = opened.requester.and_then(|p| known.get(&p.uuid()));
        let works = works.map(Vec::as_slice).unwrap_or_default();
        // A country that was known stays known; a site that somebody left is left.
        let somewhere = works.iter().filter(|w| w.country.is_some());
        let country: Option<Arc<str>> = by_then(somewhere, opened.at)
            .and_then(|w| w.country.as_deref())
            .map(Into::into);
        let then = by_then(works.iter(), opened.at);
        let site = then.and_then(|w| w.site).map(SiteId::from_uuid);
        let vip = then.is_some_and(|w| w.vip);
        heard.set_requester(country, site, vip);
    }
    Ok(())
}

/// What held at an instant, of what is in order of time; the first if nothing did.
fn by_then<'a>(
    rows: impl DoubleEndedIterator<Item = &'a Row> + Clone,
    at: DateTime<Utc>,
) -> Option<&'a Row> {
    let held = rows.clone().rev().find(|w| w.at <= at);
    held.or_else(|| rows.clone().next())
}
