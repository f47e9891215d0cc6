//! Settings of directory. What nobody sets is a constant beside what it is for.

use access::KeyPair;

/// What an installation says.
#[derive(Debug, Clone)]
pub struct Config {
    /// Signs access tokens.
    pub sessions: KeyPair,
    /// What the gateway shows at `/internal`. Compared in constant time.
    pub internal_key: String,
    /// Refuses tokens for development.
    pub production: bool,
}
