//! Passwords, tokens and secrets.
//!
//! - [`Passwords`]: argon2id, off the executor, no more at once than there are cores.
//! - [`Tokens`]: access tokens, EdDSA JWT. No roles inside: those are looked up at each use.
//! - [`secret`]: random secrets (refresh tokens, API keys) and their SHA-256. They hold 256 bits of randomness, so a
//!   slow hash would add nothing.
//! - [`Pepper`]: keys the hash of an e-mail address, so that the table that finds a login's schema holds no address.

mod passwords;
mod pepper;
pub mod secret;
mod tokens;

pub use passwords::Passwords;
pub use pepper::Pepper;
pub use tokens::{AccessToken, Tokens};
