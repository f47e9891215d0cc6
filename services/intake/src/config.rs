//! Settings of intake.

use std::time::Duration;

use serde::Deserialize;

/// Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How often remembered answers older than 48 h are forgotten, seconds. Rarely enough to be nothing, often enough
    /// that a night's worth never piles up.
    pub purge_every_seconds: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            purge_every_seconds: idempotency::PURGED_EVERY.as_secs(),
        }
    }
}

impl Config {
    pub(crate) fn purge_every(&self) -> Duration {
        Duration::from_secs(self.purge_every_seconds.max(1))
    }
}
