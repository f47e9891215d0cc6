//! What routing hears: tenants, staff, tickets, clocks. A batch is sorted by what it is about; each sort is taken in at
//! once.

mod on_clock;
mod on_staff;
mod on_tenant;
mod on_ticket;
pub mod publish;

use async_trait::async_trait;
use clock::SharedClock;
use events::Envelope;
use ids::{ProviderId, SharedIds, TenantId};
use messaging::{FactHandler, HandleError, HandlerScope, Outbox};
use tenancy::{Scope, Tx};

use crate::actions::follow_clocks::follow_clocks;
use crate::actions::follow_staff::follow_staff;
use crate::actions::follow_tickets::{With, follow_tickets};
use crate::actions::welcome_tenants::welcome_tenants;

/// Takes facts in, in the provider's schema.
pub struct Facts {
    /// Ids of what facts bring about.
    pub ids: SharedIds,
    /// Time.
    pub clock: SharedClock,
    /// Where first routings are announced.
    pub outbox: Outbox,
}

impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Facts")
    }
}

/// The fact at `index` cannot be read; no later try would.
fn unreadable(index: usize) -> impl Fn(events::ReadError) -> HandleError {
    move |error| HandleError::never(index, error)
}

/// A fact about a tenant's things without a tenant.
fn tenant_of(index: usize, fact: &Envelope) -> Result<TenantId, HandleError> {
    fact.tenant
        .ok_or_else(|| HandleError::never(index, format!("{} without a tenant", fact.kind)))
}

#[async_trait]
impl FactHandler for Facts {
    fn scope(&self) -> HandlerScope {
        HandlerScope::Provider
    }

    async fn handle(&self, tx: &mut Tx, facts: &[Envelope]) -> Result<(), HandleError> {
        let provider: ProviderId = match tx.scope() {
            Scope::Provider(provider) => provider,
            other => return Err(HandleError::again(format!("routing was given {other}"))),
        };
        let (mut welcome, mut tenants, mut staff, mut tickets, mut clocks) =
            (false, Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (index, fact) in facts.iter().enumerate() {
            match fact.source.as_str() {
                "directory" => {
                    welcome |= on_tenant::read(index, fact, &mut tenants)?;
                    on_staff::read(index, fact, &mut staff)?;
                }
                "intake" => on_ticket::read(index, fact, &mut tickets)?,
                "sla-clock" => on_clock::read(index, fact, &mut clocks)?,
                _ => {}
            }
        }
        if welcome {
            welcome_tenants(tx, &*self.ids, &*self.clock, &tenants).await?;
        }
        follow_staff(tx, staff).await?;
        let with = With {
            provider,
            ids: &*self.ids,
            clock: &*self.clock,
            outbox: &self.outbox,
        };
        follow_tickets(tx, with, tickets).await?;
        follow_clocks(tx, clocks).await?;
        Ok(())
    }
}
