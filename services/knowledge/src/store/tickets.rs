//! The tenant's tickets, as intake told: ids alone.

use ids::{PersonId, TicketId};
use tenancy::Tx;

use crate::error::Error;

/// Puts down who asked for each ticket.
pub async fn follow(tx: &mut Tx, told: &[(TicketId, Option<PersonId>)]) -> Result<(), Error> {
    if told.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO ticket AS t (id, requester) SELECT id, requester FROM unnest($1::uuid[], $2::uuid[]) \
         AS n(id, requester) ON CONFLICT (id) DO UPDATE SET requester = excluded.requester \
         WHERE t.requester IS DISTINCT FROM excluded.requester",
    )
    .bind(told.iter().map(|t| t.0.uuid()).collect::<Vec<_>>())
    .bind(told.iter().map(|t| t.1.map(PersonId::uuid)).collect::<Vec<_>>())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether there is such a ticket.
pub async fn is_known(tx: &mut Tx, ticket: TicketId) -> Result<bool, Error> {
    Ok(
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM ticket WHERE id = $1)")
            .bind(ticket.uuid())
            .fetch_one(tx.conn())
            .await?,
    )
}
