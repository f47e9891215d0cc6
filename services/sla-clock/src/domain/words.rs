//! Enums as tables spell them: the same words as in the facts.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// `waiting_for_requester` of `TicketState::WaitingForRequester`: serde's spelling, which the facts use too.
pub fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(s)) => s,
        _ => String::new(),
    }
}

/// The value that a word names; none for a word of a later version.
pub fn value<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::events::intake::TicketState;

    #[test]
    fn there_and_back() {
        assert_eq!(
            word(&TicketState::WaitingForRequester),
            "waiting_for_requester"
        );
        assert_eq!(value::<TicketState>("closed"), Some(TicketState::Closed));
        assert_eq!(value::<TicketState>("nowhere"), None);
    }
}
