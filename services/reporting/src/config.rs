//! Settings.

/// What a process may be told (`VENTANILLA_PATIENCE_MS`), and tests set.
#[derive(Debug, Clone)]
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
