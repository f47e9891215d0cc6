//! What knowledge hears: which tickets there are. (Tenants are made by the runner of `libs/messaging`.)

pub mod publish;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use events::Envelope;
use events::intake::TicketSnapshot;
use messaging::{FactHandler, Gathers, HandleError};
use serde::Deserialize;
use tenancy::Tx;

use crate::actions::follow_tickets::follow_tickets;

/// So long a fact waits for those that follow it: articles are linked to a ticket minutes after it was opened. Who links one at
/// once is not kept waiting in the same process.
const GATHERS: Gathers = Gathers::Always(Duration::from_millis(250));

/// Takes facts in, in the tenant's schema.
#[derive(Debug)]
pub struct Facts;

#[derive(Deserialize)]
struct OfTicket {
    ticket: TicketSnapshot,
}

#[async_trait]
impl FactHandler for Facts {
    fn gathers(&self) -> Gathers {
        GATHERS
    }

    async fn handle(&self, tx: &mut Tx, facts: &[Envelope]) -> Result<(), HandleError> {
        let mut told = BTreeMap::new();
        for (index, fact) in facts.iter().enumerate() {
            if fact.source == "intake" && fact.kind.starts_with("ticket.") {
                let of: OfTicket = fact
                    .data_as()
                    .map_err(|error| HandleError::never(index, error))?;
                told.insert(of.ticket.ticket, of.ticket.requester);
            }
        }
        follow_tickets(tx, told).await?;
        Ok(())
    }
}
