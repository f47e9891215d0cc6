//! A result that somebody corrected.

use chrono::{DateTime, Utc};
use events::sla_clock::ClockSnapshot;
use ids::PersonId;

/// Who corrected a result, when and why, and what it was before and after. Never changed once it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: PersonId,
    /// Why, in whoever's own words.
    pub reason: String,
    /// As it had been told.
    pub before: ClockSnapshot,
    /// As it is told since.
    pub after: ClockSnapshot,
}
