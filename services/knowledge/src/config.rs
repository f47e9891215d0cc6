//! Knowledge's settings.

use serde::{Deserialize, Serialize};

/// Everything that can be set. Unknown keys are refused: a typing mistake must not pass for a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long a link waits for a ticket that was opened a moment ago, milliseconds. People notice from some 300 ms.
    pub patience_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { patience_ms: 600 }
    }
}
