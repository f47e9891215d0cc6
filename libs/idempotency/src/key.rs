//! The caller's key.

use ids::PersonId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::Error;

/// Longest key, characters: room for a UUID with a prefix of the caller's own, and short enough for an index.
pub(crate) const MOST: usize = 200;

/// The caller's key, what it is used for, and the input it stands for. The fields are the table's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Whose (`person`).
    pub person: PersonId,
    /// The mutation's name in the SDL (`operation`).
    pub operation: &'static str,
    /// As the caller wrote it (`key`).
    pub text: String,
    /// SHA-256 of the input without the key (`body_hash`).
    pub hash: [u8; 32],
}

impl Key {
    /// The key of a call; none if the caller gave none. `input` is whatever makes two calls the same, and does not hold
    /// the key. A key that is no text of 1 to 200 characters is [`Error::Malformed`].
    pub fn of(
        person: PersonId,
        operation: &'static str,
        text: Option<&str>,
        input: &impl Serialize,
    ) -> Result<Option<Self>, Error> {
        let Some(text) = text else { return Ok(None) };
        // Postgres keeps no NUL in a text.
        if text.is_empty() || text.chars().count() > MOST || text.contains('\0') {
            return Err(Error::Malformed);
        }
        Ok(Some(Self {
            person,
            operation,
            text: text.to_owned(),
            hash: Sha256::digest(serde_json::to_vec(input)?).into(),
        }))
    }

    /// The ids of a row that was found under this key; [`Error::OtherInput`] if it was remembered for another input.
    pub fn answer<T: DeserializeOwned>(&self, hash: &[u8], ids: Value) -> Result<T, Error> {
        if hash == self.hash {
            Ok(serde_json::from_value(ids)?)
        } else {
            Err(Error::OtherInput)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: Option<&str>, input: &str) -> Result<Option<Key>, Error> {
        Key::of(PersonId::new(&*ids::seeded(1)), "openTicket", text, &input)
    }

    #[test]
    fn a_key_has_1_to_200_characters() {
        assert!(key(Some(&"ñ".repeat(200)), "").unwrap().is_some());
        for wrong in ["", "a\0b", &"ñ".repeat(201)] {
            let refused = key(Some(wrong), "");
            assert!(matches!(refused, Err(Error::Malformed)), "{wrong:?}");
        }
        assert!(key(None, "").unwrap().is_none());
    }

    #[test]
    fn the_hash_is_the_inputs_alone() {
        let one = key(Some("a"), "uno").unwrap().unwrap();
        let same = key(Some("b"), "uno").unwrap().unwrap();
        let other = key(Some("a"), "dos").unwrap().unwrap();
        assert_eq!(one.answer::<i32>(&same.hash, 7.into()).unwrap(), 7);
        let refused = one.answer::<i32>(&other.hash, 7.into());
        assert!(matches!(refused, Err(Error::OtherInput)));
    }
}
