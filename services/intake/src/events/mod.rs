//! Facts out ([`publish`]) and in (`on_…`), and the command that imports another tool's history.

pub mod on_directory;
pub mod on_import_rows;
pub mod on_routing;
pub mod on_sla_clock;
pub mod publish;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use events::routing::AssignmentChanged;
use events::sla_clock::{ClockBreached, ClockWarned, ConversionDue};
use events::{Envelope, Fact as _, Origin};
use ids::TicketId;
use messaging::{Command, CommandHandler, FactHandler, HandleError};
use serde::Deserialize;
use tenancy::{Scope, Tx};

use crate::actions::{Tools, hold_tickets};

/// Takes in what directory, routing and sla-clock tell.
#[derive(Debug, Clone)]
pub struct Hears(pub Tools);

#[async_trait]
impl FactHandler for Hears {
    async fn handle(&self, tx: &mut Tx, facts: &[Envelope]) -> Result<(), HandleError> {
        let Scope::Tenant(tenant) = tx.scope() else {
            return Ok(());
        };
        on_directory::handle(tx, facts).await?;
        // What others conclude from imported history stands in the history itself: it moves nothing here.
        let live: Vec<(usize, &Envelope)> = facts
            .iter()
            .enumerate()
            .filter(|(_, f)| f.origin == Origin::Live)
            .collect();
        hold_tickets(tx, tenant, &tickets(&live)).await?;
        on_routing::handle(&self.0, tx, tenant, &live).await?;
        on_sla_clock::handle(&self.0, tx, tenant, &live).await
    }
}

/// The tickets that facts of a batch move in more than one way; none where one way alone holds its own. What is said of them is
/// read where it is followed.
fn tickets(facts: &[(usize, &Envelope)]) -> Vec<TicketId> {
    #[derive(Deserialize)]
    struct OfClock {
        ticket: TicketId,
    }
    #[derive(Deserialize)]
    struct Of {
        ticket: Option<TicketId>,
        clock: Option<OfClock>,
    }
    let mut ways: BTreeMap<&str, BTreeSet<TicketId>> = BTreeMap::new();
    for (_, fact) in facts {
        let way = match fact.kind.as_str() {
            AssignmentChanged::TYPE => "routing",
            ClockWarned::TYPE | ClockBreached::TYPE => "clocks",
            ConversionDue::TYPE => "conversions",
            _ => continue,
        };
        if let Ok(of) = fact.data_as::<Of>() {
            let ticket = of.ticket.or(of.clock.map(|clock| clock.ticket));
            ways.entry(way).or_default().extend(ticket);
        }
    }
    if ways.len() < 2 {
        return Vec::new();
    }
    let all: BTreeSet<TicketId> = ways.into_values().flatten().collect();
    all.into_iter().collect()
}

/// Does what the importer asks for.
#[derive(Debug, Clone)]
pub struct Does(pub Tools);

#[async_trait]
impl CommandHandler for Does {
    async fn handle(&self, tx: &mut Tx, commands: &[Command]) -> Result<(), HandleError> {
        on_import_rows::handle(&self.0, tx, commands).await
    }
}
