//! Which articles answer which tickets.

use chrono::{DateTime, Utc};
use ids::{ArticleId, PersonId, TicketId};
use tenancy::Tx;
use uuid::Uuid;

use crate::error::Error;

/// Links; false if it was so already.
pub async fn add(
    tx: &mut Tx,
    ticket: TicketId,
    article: ArticleId,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "INSERT INTO article_link (ticket, article, linked_at, linked_by) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(ticket.uuid())
    .bind(article.uuid())
    .bind(now)
    .bind(by.uuid())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes the link away; false if there was none.
pub async fn remove(tx: &mut Tx, ticket: TicketId, article: ArticleId) -> Result<bool, Error> {
    let done = sqlx::query("DELETE FROM article_link WHERE ticket = $1 AND article = $2")
        .bind(ticket.uuid())
        .bind(article.uuid())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// The articles linked to each ticket, in the order they were linked.
pub async fn of(tx: &mut Tx, tickets: &[TicketId]) -> Result<Vec<(TicketId, ArticleId)>, Error> {
    let rows: Vec<(Uuid, Uuid)> = sqlx::query_as(
        "SELECT ticket, article FROM article_link WHERE ticket = ANY($1) ORDER BY ticket, linked_at, article",
    )
    .bind(tickets.iter().map(|t| t.uuid()).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|(t, a)| (TicketId::from_uuid(t), ArticleId::from_uuid(a)))
        .collect())
}
