//! Routing's settings.

/// What a process may be told (`VENTANILLA_PATIENCE_MS`), and tests set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// How long an answer waits for facts that the caller knows of, milliseconds. Longer makes "not yet" rarer and
    /// slow answers more frequent while the broker is behind; people notice from some 300 ms.
    pub patience_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self { patience_ms: 300 }
    }
}
