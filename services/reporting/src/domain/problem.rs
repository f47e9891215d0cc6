//! What a user can act on.

/// A reason why something was not done that the user can put right. The message is for people, in Spanish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The input field it is about, as the API spells it.
    pub field: Option<String>,
    /// Stable code, for programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl Problem {
    /// About one input field.
    pub fn at(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            code,
            message: message.into(),
        }
    }

    /// About the whole.
    pub fn of(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: None,
            code,
            message: message.into(),
        }
    }
}

/// What came of an action: the thing, or what stands in its way.
pub type Outcome<T> = Result<T, Vec<Problem>>;
