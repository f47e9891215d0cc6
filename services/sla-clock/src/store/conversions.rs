//! Incidents of which it was told that they are to be converted.

use std::collections::{BTreeMap, BTreeSet};

use ids::TicketId;
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::conversion::Conversion;
use crate::error::Error;

/// Puts them down; gives back those that were not there before.
pub async fn add(
    tx: &mut Tx,
    due: &BTreeMap<TicketId, Conversion>,
) -> Result<BTreeSet<TicketId>, Error> {
    let rows: Vec<Uuid> = sqlx::query_scalar(
        "INSERT INTO conversion (ticket, at) \
         SELECT c.ticket, c.at FROM unnest($1::uuid[], $2::timestamptz[]) AS c (ticket, at) \
         ON CONFLICT (ticket) DO NOTHING RETURNING ticket",
    )
    .bind(due.keys().map(|t| t.uuid()).collect::<Vec<_>>())
    .bind(due.values().map(|c| c.at).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(TicketId::from_uuid).collect())
}
