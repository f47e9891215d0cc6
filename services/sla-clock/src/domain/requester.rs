//! Who asked for a ticket: in which country and at which site it worked when the ticket was opened, and whether it was a VIP.
//!
//! What directory tells of a person can come late as anything else does: what is heard once the ticket was closed belongs to one
//! of the ticket's late batches (`domain::late`).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use ids::SiteId;

use super::happened::{Happened, opening};

/// What was told of somebody, from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// From when on.
    pub at: DateTime<Utc>,
    /// ISO 3166-1 code of the country, if it was told.
    pub country: Option<Arc<str>>,
    /// The site, if it works at one.
    pub site: Option<SiteId>,
    /// Whether it is a VIP.
    pub vip: bool,
    /// With which late batch of the ticket it was heard; 0 if in time.
    pub late: i32,
}

/// Notes in everything that happened who asked, by what was known once that late batch was; `told` is in order of time. Where
/// nothing was known of the time of the opening, what is known first counts.
pub fn note(happened: &mut [Happened], told: &[Known], late: i32) {
    let Some(opened) = opening(happened).map(|h| h.at) else {
        return;
    };
    let known = || told.iter().filter(|w| w.late <= late);
    // A country that was known stays known; a site that somebody left is left.
    let somewhere = by_then(known().filter(|w| w.country.is_some()), opened);
    let country = somewhere.and_then(|w| w.country.clone());
    let then = by_then(known(), opened);
    for h in happened {
        h.country.clone_from(&country);
        h.site = then.and_then(|w| w.site);
        h.vip = then.is_some_and(|w| w.vip);
    }
}

/// What held at an instant, of what is in order of time; the first if nothing did.
fn by_then<'a>(
    told: impl DoubleEndedIterator<Item = &'a Known> + Clone,
    at: DateTime<Utc>,
) -> Option<&'a Known> {
    let held = told.clone().rev().find(|w| w.at <= at);
    held.or_else(|| told.clone().next())
}
