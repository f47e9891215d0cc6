//! Knowledge's settings.

/// What a process may be told (`VENTANILLA_PATIENCE_MS`), and tests set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// How long a link waits for a ticket that was opened a moment ago, milliseconds. People notice from some 300 ms.
    pub patience_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { patience_ms: 600 }
    }
}
