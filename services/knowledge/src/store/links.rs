//! Which articles answer which tickets.

use chrono::{DateTime, Utc};
use ids::{ArticleId, PersonId, TicketId};
use sqlx::AssertSqlSafe;
use tenancy::Tx;
use uuid::Uuid;

use super::articles::{ROW, Row};
use crate::domain::article::Article;
use crate::error::Error;

#[derive(sqlx::FromRow)]
struct Linked {
    ticket: Uuid,
    #[sqlx(flatten)]
    article: Row,
}

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

/// The articles linked to each ticket, whatever their state, in the order they were linked; of a requester's tickets alone if there
/// is one.
pub async fn of(
    tx: &mut Tx,
    tickets: &[TicketId],
    requester: Option<PersonId>,
) -> Result<Vec<(TicketId, Article)>, Error> {
    let rows: Vec<Linked> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT l.ticket, {ROW} FROM article_link l JOIN article a ON a.id = l.article WHERE l.ticket = ANY($1) \
         AND ($2::uuid IS NULL OR EXISTS (SELECT 1 FROM ticket t WHERE t.id = l.ticket AND t.requester = $2)) \
         ORDER BY l.ticket, l.linked_at, l.article"
    )))
    .bind(tickets.iter().map(|t| t.uuid()).collect::<Vec<_>>())
    .bind(requester.map(PersonId::uuid))
    .fetch_all(tx.conn())
    .await?;
    let linked = |l: Linked| Ok((TicketId::from_uuid(l.ticket), l.article.article()?));
    rows.into_iter().map(linked).collect()
}
