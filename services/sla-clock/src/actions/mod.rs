//! One file per verb: may I, load, decide, save and announce, commit.

pub mod archive_agreement;
pub mod assign_calendar;
pub mod change_agreement;
pub mod change_calendar;
mod convert_incidents;
pub mod correct_clock;
pub mod create_agreement;
pub mod create_calendar;
pub mod explain_clock;
pub mod fire_timers;
pub mod follow_feeds;
pub mod follow_people;
pub mod follow_tickets;
mod inner_use;
pub mod install_source_agreement;
pub mod install_standard_agreement;
pub mod lease_timers;
mod make_edit;
pub mod move_notices;
pub mod preview_edits;
pub mod preview_turns;
pub mod read_agreements;
pub mod read_clocks;
pub mod read_corrections;
pub mod read_feeds;
pub mod read_notification_hours;
pub mod recompute;
pub mod refresh_feeds;
pub mod remove_calendar_feed;
pub mod set_calendar_feed;
pub mod set_notification_hours;
pub mod set_standby_scheme;
pub mod simulate_agreement;
pub mod summarise_clocks;
pub mod suppose_clocks;

use std::time::Duration;

pub use access::By;
use clock::SharedClock;
use ids::SharedIds;
use messaging::{Bus, Outbox};
use tenancy::ServiceDb;

use self::preview_turns::PreviewTurns;
use crate::outside::feed::Fetcher;
use crate::store::books::Books;

/// What actions work with.
#[derive(Clone)]
pub struct Tools {
    /// The database.
    pub db: ServiceDb,
    /// Where facts are announced.
    pub outbox: Outbox,
    /// Where they come from.
    pub bus: Bus,
    /// Time.
    pub clock: SharedClock,
    /// Ids.
    pub ids: SharedIds,
    /// What this process keeps of the tenants' books.
    pub books: Books,
    /// How long an answer may wait for facts that the caller knows of.
    pub patience: Duration,
    /// Fetches feeds of calendars.
    pub feeds: Fetcher,
    /// Whose turn it is to compute a preview.
    pub previews: PreviewTurns,
    /// Whose turn it is to fetch the feed that a caller names.
    pub fetches: PreviewTurns,
}

impl std::fmt::Debug for Tools {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tools")
    }
}
