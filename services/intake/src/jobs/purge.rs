//! Forgets answers that were remembered by idempotency keys two days ago.

use subgraph::Job;

use crate::actions::Tools;

/// The job.
pub fn job(tools: &Tools) -> Job {
    idempotency::job("intake-purge", tools.db.clone(), idempotency::PURGED_EVERY)
}
