//! What reporting does, one verb a file.

pub mod backfill;
pub mod decide_exclusion;
mod exclusion_facts;
pub mod freeze_service_levels;
pub mod gather_month;
pub mod indicators;
pub mod propose_exclusion;
pub mod read_service_levels;
pub mod rebuild_reports;
pub mod record_measure;
pub mod recorded;
pub mod resend;
pub mod set_service_levels;
pub mod take_in;
pub mod withdraw_exclusion;

pub use access::By;
use clock::SharedClock;
use events::Fact;
use ids::{SharedIds, TenantId};
use messaging::Outbox;
use tenancy::{ServiceDb, Tx};

use crate::error::Error;
use crate::events::publish::News;
use crate::store::announced;

/// What actions on service levels work with.
#[derive(Clone)]
pub struct Tools {
    /// The database.
    pub db: ServiceDb,
    /// Where facts are announced.
    pub outbox: Outbox,
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: SharedIds,
}

impl std::fmt::Debug for Tools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tools")
    }
}

/// Announces a fact in the transaction that makes it true.
async fn announce<F: Fact>(
    tools: &Tools,
    by: &By<'_>,
    tx: &mut Tx,
    tenant: TenantId,
    news: News<F>,
) -> Result<(), Error> {
    let sequence = announced::count(tx.conn(), &news.subject).await?;
    let envelope = news.envelope(tools, by, tenant, sequence)?;
    tools.outbox.announce(tx, &[envelope]).await?;
    Ok(())
}
