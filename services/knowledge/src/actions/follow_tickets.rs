//! Which tickets there are, and who asked, as intake tells.

use std::collections::BTreeMap;

use ids::{PersonId, TicketId};
use tenancy::Tx;

use crate::error::Error;
use crate::store::tickets;

/// Puts down who asked for each ticket; a repeat changes nothing.
pub async fn follow_tickets(
    tx: &mut Tx,
    told: BTreeMap<TicketId, Option<PersonId>>,
) -> Result<(), Error> {
    // In the order of their ids: two batches never wait for each other crosswise.
    let told: Vec<_> = told.into_iter().collect();
    tickets::follow(tx, &told).await
}
