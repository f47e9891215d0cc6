//! A machine's key.

use access::Role;
use chrono::{DateTime, TimeDelta, Utc};
use ids::{ApiKeyId, PersonId};
use serde::Serialize;

use super::problem::{Outcome, Reading};
use super::{roles, words};

/// A use is noted when the last note is older than this: a write per hour, not per request.
const COARSE: TimeDelta = TimeDelta::hours(1);

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The key; worn as a person in timelines.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub roles: Vec<Role>,
    /// The beginning of the secret.
    pub prefix: String,
    /// Who made it.
    pub created_by: PersonId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Within the hour.
    pub last_used_at: Option<DateTime<Utc>>,
    /// From when on it is refused.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// Whether a use now is worth a write.
    pub fn note_use(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at.is_none_or(|at| now - at >= COARSE)
    }
}

/// What somebody wants a new key to be.
#[derive(Debug, Clone, Serialize)]
pub struct Wish {
    /// What it is for.
    pub name: String,
    /// Integrator when absent.
    pub roles: Option<Vec<Role>>,
}

impl Wish {
    /// Name and roles.
    ///
    /// # Errors
    /// Everything that stands in its way.
    pub fn read(&self) -> Outcome<(String, Vec<Role>)> {
        let mut reading = Reading::default();
        let name = reading.take(words::name("name", &self.name));
        let wanted = self
            .roles
            .clone()
            .unwrap_or_else(|| roles::OF_MACHINES.to_vec());
        let roles = reading.take(roles::read(wanted, |r| roles::OF_MACHINES.contains(&r)));
        reading.done(name.zip(roles))
    }
}
