//! What a user can act on.

/// A reason why something was not done that the user can put right. The message is for people, in Spanish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The input field it is about, as the API spells it.
    pub field: Option<&'static str>,
    /// Stable code, for programs.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl Problem {
    /// About one input field.
    pub fn at(field: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            field: Some(field),
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

    /// Somebody else was first: the caller's picture is old.
    pub fn stale(now: i64) -> Self {
        Self::at(
            "version",
            "STALE",
            format!("Otra persona lo cambió antes: la versión vigente es la {now}."),
        )
    }
}

/// What came of an action: the thing, or what stands in its way.
pub type Outcome<T> = Result<T, Vec<Problem>>;

/// Collects problems while an input is read, so that a user sees all of them at once.
#[derive(Debug, Default)]
pub struct Reading(Vec<Problem>);

impl Reading {
    /// Takes the value, or notes the problem.
    pub fn take<T>(&mut self, read: Result<T, Problem>) -> Option<T> {
        read.map_err(|problem| self.0.push(problem)).ok()
    }

    /// The same for a field that may be absent.
    pub fn maybe<T>(&mut self, read: Option<Result<T, Problem>>) -> Option<T> {
        read.and_then(|read| self.take(read))
    }

    /// The value if nothing stands in its way.
    pub fn done<T>(self, value: Option<T>) -> Outcome<T> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self.0),
        }
    }
}
