//! Forgets answers that were remembered by idempotency keys two days ago.

use std::time::Duration;

use subgraph::Job;

use crate::actions::Tools;

/// The job; it looks every so often.
pub fn job(tools: &Tools, every: Duration) -> Job {
    idempotency::job("intake-purge", tools.db.clone(), every)
}
