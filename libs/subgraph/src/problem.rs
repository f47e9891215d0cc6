//! What a user can act on.

use async_graphql::SimpleObject;

/// Something that the caller can put right: it stands in the payload beside what was done (or not done).
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
#[graphql(shareable)]
pub struct Problem {
    /// The input field it is about, in the input's own spelling (`impact.internal`); absent for the whole.
    pub field: Option<String>,
    /// Stable code in SCREAMING_SNAKE_CASE; what programs look at.
    pub code: String,
    /// For people, in Spanish.
    pub message: String,
}

impl Problem {
    /// A problem with one field.
    pub fn at(field: &str, code: &str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.to_owned()),
            code: code.to_owned(),
            message: message.into(),
        }
    }

    /// A problem with the whole.
    pub fn of(code: &str, message: impl Into<String>) -> Self {
        Self {
            field: None,
            code: code.to_owned(),
            message: message.into(),
        }
    }
}
