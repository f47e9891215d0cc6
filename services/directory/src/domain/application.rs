//! An application of a tenant.

use ids::{ApplicationId, PersonId};
use serde::Serialize;

use super::problem::{Outcome, Problem, Reading};
use super::words;

/// An application as directory keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The application.
    pub id: ApplicationId,
    /// Sequence of the facts about it.
    pub version: i64,
    /// Unique in the tenant, whatever its case: `SAP-FI`.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Who approves corrective maintenance for it.
    pub owner: Option<PersonId>,
    /// Takes no new tickets.
    pub retired: bool,
}

/// What somebody wants a new application to be.
#[derive(Debug, Clone, Serialize)]
pub struct Wish {
    /// Unique in the tenant.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// A person of the tenant.
    pub owner: Option<PersonId>,
}

/// What somebody wants to change; absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Unique in the tenant.
    pub code: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// A person of the tenant; `Some(None)` leaves it without.
    pub owner: Option<Option<PersonId>>,
    /// Out of service, or back.
    pub retired: Option<bool>,
    /// The version that the caller saw.
    pub version: Option<i64>,
}

/// A code: 1 to 32 letters, digits, `-`, `_`, `.` or `/`.
fn code(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if (1..=32).contains(&text.len()) && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    let message = "Use de 1 a 32 letras sin tilde, cifras o los signos - _ . /";
    Err(Problem::at("code", "CODE_INVALID", message))
}

/// Another application has the code.
pub fn code_taken() -> Problem {
    Problem::at("code", "CODE_TAKEN", "Otra aplicación ya tiene ese código.")
}

/// The owner is nobody of the tenant who is active.
pub fn owner_unknown() -> Problem {
    let message = "La persona responsable no existe o está inactiva.";
    Problem::at("owner", "OWNER_UNKNOWN", message)
}

impl Wish {
    /// Reads it.
    ///
    /// # Errors
    /// Everything that stands in its way.
    pub fn read(&self, id: ApplicationId) -> Outcome<Application> {
        let mut reading = Reading::default();
        let code = reading.take(code(&self.code));
        let name = reading.take(words::name("name", &self.name));
        let new = code.zip(name).map(|(code, name)| Application {
            id,
            version: 1,
            code,
            name,
            owner: self.owner,
            retired: false,
        });
        reading.done(new)
    }
}

impl Application {
    /// Applies a change; the version goes up by one when anything is different.
    ///
    /// # Errors
    /// Everything that stands in its way.
    pub fn change(&self, change: &Change) -> Outcome<Self> {
        if change.version.is_some_and(|seen| seen != self.version) {
            return Err(vec![Problem::stale(self.version)]);
        }
        let mut reading = Reading::default();
        let mut next = self.clone();
        if let Some(code) = reading.maybe(change.code.as_deref().map(code)) {
            next.code = code;
        }
        if let Some(name) = reading.maybe(change.name.as_deref().map(|n| words::name("name", n))) {
            next.name = name;
        }
        if let Some(owner) = change.owner {
            next.owner = owner;
        }
        if let Some(retired) = change.retired {
            next.retired = retired;
        }
        if next != *self {
            next.version += 1;
        }
        reading.done(Some(next))
    }
}
