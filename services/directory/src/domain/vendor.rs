//! A vendor of a tenant: whom the provider asks for help beyond its own lines.

use ids::VendorId;
use serde::Serialize;

use super::problem::{Outcome, Problem, Reading};
use super::words;

/// A vendor as directory keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vendor {
    /// The vendor.
    pub id: VendorId,
    /// Sequence of the facts about it.
    pub version: i64,
    /// Unique in the tenant, whatever its case.
    pub name: String,
    /// No ticket waits for it any more.
    pub retired: bool,
}

/// What somebody wants a new vendor to be.
#[derive(Debug, Clone, Serialize)]
pub struct Wish {
    /// Unique in the tenant.
    pub name: String,
}

/// What somebody wants to change; absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Unique in the tenant.
    pub name: Option<String>,
    /// Out of service, or back.
    pub retired: Option<bool>,
    /// The version that the caller saw.
    pub version: Option<i64>,
}

/// Another vendor has the name.
pub fn name_taken() -> Problem {
    Problem::at("name", "NAME_TAKEN", "Otro proveedor ya tiene ese nombre.")
}

impl Wish {
    /// Reads it.
    ///
    /// # Errors
    /// Everything that stands in its way.
    pub fn read(&self, id: VendorId) -> Outcome<Vendor> {
        let mut reading = Reading::default();
        let name = reading.take(words::name("name", &self.name));
        let new = name.map(|name| Vendor {
            id,
            version: 1,
            name,
            retired: false,
        });
        reading.done(new)
    }
}

impl Vendor {
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
        if let Some(retired) = change.retired {
            next.retired = retired;
        }
        if next != *self {
            next.version += 1;
        }
        reading.done(Some(next))
    }
}
