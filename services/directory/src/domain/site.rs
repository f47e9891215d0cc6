//! A site of a tenant: where its people work.

use ids::SiteId;
use serde::Serialize;

use super::problem::{Outcome, Problem, Reading};
use super::words;

/// A site as directory keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The site.
    pub id: SiteId,
    /// How often it changed.
    pub version: i64,
    /// Unique in the tenant, whatever its case.
    pub name: String,
    /// ISO 3166-1 alpha-2 of where it lies.
    pub country: Option<String>,
}

/// What somebody wants a new site to be.
#[derive(Debug, Clone, Serialize)]
pub struct Wish {
    /// Unique in the tenant.
    pub name: String,
    /// Where it lies.
    pub country: Option<String>,
}

/// What somebody wants to change; absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Unique in the tenant.
    pub name: Option<String>,
    /// Where it lies; `Some(None)` forgets it.
    pub country: Option<Option<String>>,
    /// The version that the caller saw.
    pub version: Option<i64>,
}

/// Another site has the name.
pub fn name_taken() -> Problem {
    Problem::at("name", "NAME_TAKEN", "Otra sede ya tiene ese nombre.")
}

impl Wish {
    /// Reads it.
    ///
    /// # Errors
    /// Everything that stands in its way.
    pub fn read(&self, id: SiteId) -> Outcome<Site> {
        let mut reading = Reading::default();
        let name = reading.take(words::name("name", &self.name));
        let country = reading.maybe(self.country.as_deref().map(words::country));
        let new = name.map(|name| Site {
            id,
            version: 1,
            name,
            country,
        });
        reading.done(new)
    }
}

impl Site {
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
        if let Some(name) = reading.maybe(change.name.as_deref().map(|n| words::name("name", n))) {
            next.name = name;
        }
        if let Some(country) = &change.country {
            next.country = reading.maybe(country.as_deref().map(words::country));
        }
        if next != *self {
            next.version += 1;
        }
        reading.done(Some(next))
    }
}
