//! What reporting does, one verb a file.

pub mod backfill;
pub mod decide_exclusion;
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

use clock::SharedClock;
use ids::SharedIds;
use tenancy::ServiceDb;

/// What actions on service levels work with.
#[derive(Clone)]
pub struct Tools {
    /// The database.
    pub db: ServiceDb,
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
