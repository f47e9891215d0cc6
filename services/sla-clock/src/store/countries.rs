//! Where people work.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use ids::{PersonId, TicketId};
use tenancy::Tx;
use uuid::Uuid;

use super::facts::Histories;
use crate::domain::rulebook::Rulebook;
use crate::error::Error;

/// Where a person works from an instant on.
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
}

/// From when on somebody works in which country.
type Known = (DateTime<Utc>, Arc<str>);

/// Puts down where people work; what stands there already stays. Gives back the version of the book.
pub async fn add(tx: &mut Tx, all: &[Works]) -> Result<i64, Error> {
    Ok(sqlx::query_scalar(
        "WITH added AS (INSERT INTO person_country (person, sequence, at, country) \
           SELECT person, sequence, at, country \
           FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::text[]) AS w (person, sequence, at, country) \
           ON CONFLICT (person, sequence) DO NOTHING) SELECT version FROM book",
    )
    .bind(all.iter().map(|w| w.person.uuid()).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.sequence).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.at).collect::<Vec<_>>())
    .bind(all.iter().map(|w| w.country.clone()).collect::<Vec<_>>())
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

/// Tells histories in which country whoever asked worked when the ticket was opened (what was known first, if nothing was
/// known by then), where some agreement of the book looks at it; else it asks for nothing.
pub async fn join(tx: &mut Tx, book: &Rulebook, histories: &mut Histories) -> Result<(), Error> {
    if !book.looks_at_countries() {
        return Ok(());
    }
    let openings = || histories.of.values().filter_map(|h| h.all.first());
    let people: Vec<Uuid> = openings()
        .filter_map(|h| h.requester.map(PersonId::uuid))
        .collect();
    let rows: Vec<(Uuid, DateTime<Utc>, String)> = sqlx::query_as(
        "SELECT person, at, country FROM person_country WHERE person = ANY($1) AND country IS NOT NULL \
         ORDER BY person, at, sequence",
    )
    .bind(people)
    .fetch_all(tx.conn())
    .await?;
    let mut known: HashMap<Uuid, Vec<Known>> = HashMap::new();
    for (person, at, country) in rows {
        known.entry(person).or_default().push((at, country.into()));
    }
    for heard in histories.of.values_mut() {
        let Some(opened) = heard.all.first() else {
            continue;
        };
        let works = opened.requester.and_then(|p| known.get(&p.uuid()));
        let country = works.and_then(|works| {
            let by_then = works.iter().rev().find(|(at, _)| *at <= opened.at);
            by_then
                .or(works.first())
                .map(|(_, country)| country.clone())
        });
        let all = heard.before.iter_mut().flatten().chain(&mut heard.all);
        for h in all {
            h.country.clone_from(&country);
        }
    }
    Ok(())
}
