//! Settings of sla-clock.

use serde::{Deserialize, Serialize};

/// Everything that can be set. Unknown keys are refused: a typing mistake must not pass for a setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How long an answer waits for facts that the caller knows of, milliseconds. Longer makes "not yet" rarer and
    /// slow answers more frequent while the broker is behind; people notice from some 300 ms.
    pub patience_ms: u64,
    /// Timers.
    pub timers: Timers,
}

/// How timers are looked after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timers {
    /// What falls due within so many seconds is leased ahead, so that a thousand at one instant are at hand when it
    /// comes.
    pub ahead_s: i64,
    /// For how long a replica keeps what it leased. After a crash another one waits so long at most; it must be longer
    /// than `ahead_s`, or leases run out before they fall due.
    pub lease_s: i64,
    /// How often the table is looked at, milliseconds: the greatest lateness of a timer that was set for at once.
    pub look_ms: u64,
    /// From how many seconds after its instant a warning or breach is marked late.
    pub late_after_s: i64,
    /// Leased at once at most. More needs more memory; fewer, more looks when very many fall due together.
    pub most: i64,
    /// Fired in one transaction at most, of one tenant: keeps its locks short.
    pub batch: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            patience_ms: 300,
            timers: Timers::default(),
        }
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            ahead_s: 10,
            lease_s: 15,
            look_ms: 200,
            late_after_s: 5,
            most: 20_000,
            batch: 500,
        }
    }
}
