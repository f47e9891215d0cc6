//! The keyed hash of an e-mail address.

use sha2::{Digest as _, Sha256};

use crate::domain::email::Email;

/// The random key of this installation. It stands in `platform.installation`: it keeps the hashes of this installation
/// from being looked up in tables made elsewhere, and lives as long as they do.
#[derive(Clone)]
pub struct Pepper(Vec<u8>);

impl std::fmt::Debug for Pepper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pepper")
    }
}

impl Pepper {
    /// Around the bytes that the installation has.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What stands for an address where the address must not stand. The pepper comes first and has a fixed length, so
    /// no other pair gives the same input.
    pub fn hash(&self, email: &Email) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"ventanilla login ");
        hash.update(&self.0);
        hash.update(email.key().as_bytes());
        hash.finalize().into()
    }
}
