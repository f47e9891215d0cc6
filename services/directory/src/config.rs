//! Settings of directory.

use std::time::Duration;

use access::KeyPair;
use chrono::TimeDelta;

/// Settings; everything but the keys has a default.
#[derive(Debug, Clone)]
pub struct Config {
    /// Signs access tokens.
    pub sessions: KeyPair,
    /// What the gateway shows at `/internal`. Compared in constant time.
    pub internal_key: String,
    /// Refuses tokens for development.
    pub production: bool,
    /// Life of an access token. Short: between two refreshes nothing asks whether the session still stands but
    /// `/internal/callers`.
    pub access_life: TimeDelta,
    /// Within this a refresh token must be used.
    pub refresh_life: TimeDelta,
    /// After this somebody signs in again, however often the session was refreshed.
    pub session_life: TimeDelta,
    /// Password hashes computed at once. Each takes 19 MiB and a core for some 20 ms.
    pub hashing: usize,
    /// A sign-in that fails is answered no earlier: an address with three accounts has three hashes to compute, and the
    /// time would tell.
    pub refusal_after: Duration,
}

impl Config {
    /// The defaults, with the keys of this installation.
    pub fn new(sessions: KeyPair, internal_key: String, production: bool) -> Self {
        Self {
            sessions,
            internal_key,
            production,
            access_life: TimeDelta::minutes(10),
            refresh_life: TimeDelta::days(7),
            session_life: TimeDelta::days(30),
            hashing: std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
            refusal_after: Duration::from_millis(400),
        }
    }
}
