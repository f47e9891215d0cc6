//! Settings.

use serde::Deserialize;

/// Settings of reporting. Unknown keys are refused.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long a read that names a position waits for it, milliseconds. Longer makes slow pages, shorter makes stale
    /// ones; what is not there by then is answered with the instant that the figures stand at.
    pub wait_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { wait_ms: 600 }
    }
}
