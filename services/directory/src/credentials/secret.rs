//! Random secrets and their hashes.

use data_encoding::{Encoding, Specification};
use ids::IdGen;
use sha2::{Digest as _, Sha256};

/// SHA-256 of a secret: what is kept of it.
pub type Hash = [u8; 32];

/// What every API key begins with.
pub const KEY_PREFIX: &str = "vk_";
/// What every refresh token begins with.
pub const REFRESH_PREFIX: &str = "vr_";
/// So much of a key is kept and shown, to tell keys apart: 40 of its 256 bits.
const SHOWN: usize = KEY_PREFIX.len() + 8;

/// 32 random bytes in lower-case base 32 (RFC 4648 alphabet, no padding): 52 characters.
pub fn random(ids: &dyn IdGen) -> String {
    let mut bytes = [0u8; 32];
    ids.fill(&mut bytes);
    base32().map_or_else(
        || data_encoding::HEXLOWER.encode(&bytes),
        |encoding| encoding.encode(&bytes),
    )
}

fn base32() -> Option<Encoding> {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification.encoding().ok()
}

/// A new API key.
pub fn api_key(ids: &dyn IdGen) -> String {
    format!("{KEY_PREFIX}{}", random(ids))
}

/// A new refresh token.
pub fn refresh_token(ids: &dyn IdGen) -> String {
    format!("{REFRESH_PREFIX}{}", random(ids))
}

/// The beginning of a key, as it is shown afterwards.
pub fn shown(key: &str) -> String {
    key.chars().take(SHOWN).collect()
}

/// What is kept of a secret.
pub fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// Whether two secrets are the same; how long it takes tells nothing about where they differ.
pub fn same(one: &str, other: &str) -> bool {
    let (one, other) = (hash(one), hash(other));
    one.iter()
        .zip(other)
        .fold(0u8, |differs, (a, b)| differs | (a ^ b))
        == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_long_random_and_lower_case() {
        let ids = ids::seeded(1);
        let (one, other) = (api_key(&*ids), api_key(&*ids));
        assert_ne!(one, other);
        assert_eq!(one.len(), 3 + 52);
        assert!(
            one[3..]
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        );
        assert_eq!(shown(&one), one[..11]);
    }

    #[test]
    fn same_is_equality() {
        assert!(same("a", "a"));
        assert!(!same("a", "b"));
        assert!(!same("a", "aa"));
    }
}
