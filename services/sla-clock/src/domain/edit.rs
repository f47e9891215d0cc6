//! An edit of what clocks are judged by, decided and not written yet: who looks at it first and who makes it have the same one.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use ids::CalendarId;

use super::agreement::{Agreement, Dated};
use super::hours_of::Given;
use super::rulebook::Rulebook;
use super::standby::Scheme;

/// One more version of a calendar.
#[derive(Debug, Clone)]
pub struct Version {
    /// The version.
    pub dated: Dated,
    /// Which of its closed dates are feeds'.
    pub fed: BTreeSet<NaiveDate>,
}

/// What is to be written.
#[derive(Debug, Clone)]
pub enum Edit {
    /// Versions of a calendar, in order.
    Hours(Vec<Version>),
    /// Whom a calendar is given to.
    Given(Given),
    /// Which tickets may call out the standby.
    Standby(Scheme),
    /// A version of an agreement; the first makes it.
    Agreement {
        /// The version.
        agreement: Box<Agreement>,
        /// The calendar that it names.
        calendar: CalendarId,
        /// Whether it takes another place in the attach order.
        moves: bool,
    },
}

impl Edit {
    /// The book with it.
    pub fn onto(&self, book: &Rulebook) -> Rulebook {
        match self {
            Self::Hours(versions) => {
                let all = versions.iter();
                all.fold(book.clone(), |book, version| {
                    book.with_hours(&version.dated)
                })
            }
            Self::Given(given) => book.with_given(given.clone()),
            Self::Standby(scheme) => book.with_scheme(scheme.clone()),
            Self::Agreement { agreement, .. } => book.with_agreement((**agreement).clone()),
        }
    }
}
