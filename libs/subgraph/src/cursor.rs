//! Opaque Relay cursors: what the keyset needs, as base64url JSON. Nobody should read them, and nothing secret is in them.

use async_graphql::Error;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bad_input;

/// Makes a cursor of a keyset position.
pub fn encode<T: Serialize>(position: &T) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(position).unwrap_or_default())
}

/// Reads a cursor.
///
/// # Errors
/// `BAD_INPUT` with field `after` if it is none of this list's.
pub fn decode<T: DeserializeOwned>(cursor: &str) -> Result<T, Error> {
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| bad_input("after", "El cursor no es de esta lista."))
}
