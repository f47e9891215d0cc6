//! What is heard: everything, reporting's own facts as well. Each envelope is kept with whom it belongs to; a tenant's are then
//! projected. [`publish`] is what is announced.

pub mod publish;
mod resend;

pub use resend::Resender;

use std::time::Duration;

use ::events::Envelope;
use async_trait::async_trait;
use messaging::{FactHandler, Gathers, HandleError, HandlerScope};
use tenancy::{Scope, ServiceDb, Tx};

use crate::actions::take_in;
use crate::domain::projection::Projection;
use crate::domain::working_days::WorkingDays;

/// So long a fact waits for those that follow it: what opening a ticket brings about is told by four services within a tenth of a
/// second. Nothing waits where somebody
/// asks, in this process, for figures of what was done just now (`afterPosition`).
const GATHERS: Gathers = Gathers::Always(Duration::from_millis(250));

/// Keeps every fact and brings the read models up to date, in the transaction of the inbox. It announces nothing: reporting
/// hears its own facts, and a fact that answers one of those would go round for ever.
#[derive(Debug)]
pub struct Keeper {
    /// For the tenant's zone and locale.
    pub db: ServiceDb,
}

#[async_trait]
impl FactHandler for Keeper {
    fn scope(&self) -> HandlerScope {
        HandlerScope::Owner
    }

    fn gathers(&self) -> Gathers {
        GATHERS
    }

    async fn handle(&self, tx: &mut Tx, facts: &[Envelope]) -> Result<(), HandleError> {
        let tenant = match tx.scope() {
            Scope::Tenant(tenant) => tenant,
            Scope::Provider(_) => return Ok(take_in::keep(tx.conn(), facts).await?),
            Scope::Platform => return Ok(()),
        };
        let projection =
            Projection::of(facts).map_err(|(index, error)| HandleError::never(index, error))?;
        let row = self.db.tenant(tenant).await?;
        let working_days = WorkingDays::of(&row.time_zone, &row.locale);
        take_in::take_in(tx.conn(), facts, &projection, &working_days).await?;
        Ok(())
    }
}
