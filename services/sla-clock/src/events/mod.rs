//! What sla-clock hears: tickets, their links, who holds them, and where people work. Tenants are made by the messaging library.

mod on_assignment;
mod on_link;
mod on_person;
mod on_ticket;
pub mod publish;

use std::time::Duration;

use async_trait::async_trait;
use events::Envelope;
use messaging::{FactHandler, Gathers, HandleError, HandlerScope};
use tenancy::{Scope, Tx};

use crate::actions::Tools;
use crate::actions::follow_people::follow_people;
use crate::actions::follow_tickets::{Batch, follow_tickets};

/// While others are taken in, a fact waits so long for those that follow it: that a ticket was opened, to whom it went and in what
/// state it is then, three services tell within a tenth of a second. Who asks for the clocks of what was done just now ends the
/// waiting.
const GATHERS: Gathers = Gathers::WhenBusy(Duration::from_millis(100));

/// Takes facts in, in the tenant's schema.
#[derive(Debug)]
pub struct Facts {
    /// What actions work with.
    pub tools: Tools,
}

#[async_trait]
impl FactHandler for Facts {
    fn scope(&self) -> HandlerScope {
        HandlerScope::Tenant
    }

    fn gathers(&self) -> Gathers {
        GATHERS
    }

    async fn handle(&self, tx: &mut Tx, facts: &[Envelope]) -> Result<(), HandleError> {
        let Scope::Tenant(tenant) = tx.scope() else {
            return Err(HandleError::again("sla-clock takes facts in by tenant"));
        };
        let mut heard = Batch::default();
        let mut people = Vec::new();
        for (index, fact) in facts.iter().enumerate() {
            match fact.source.as_str() {
                "intake" => {
                    on_ticket::read(index, fact, &mut heard.news)?;
                    on_link::read(index, fact, &mut heard.links)?;
                }
                "directory" => on_person::read(index, fact, &mut people)?,
                "routing" => on_assignment::read(index, fact, &mut heard.held)?,
                _ => {}
            }
        }
        let provider = facts.iter().find_map(|f| f.provider);
        follow_people(tx, &self.tools, (tenant, provider), people).await?;
        follow_tickets(tx, &self.tools, (tenant, provider), heard).await?;
        Ok(())
    }
}
