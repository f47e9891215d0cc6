//! Writes an edit that was decided, and with it what it does to open tickets. Each action decides its own; previews ask the same
//! action to decide, and write nothing.

use chrono::{DateTime, Utc};
use ids::TenantId;
use tenancy::Tx;

use super::Tools;
use super::create_calendar::taken;
use crate::domain::edit::Edit;
use crate::domain::problem::Outcome;
use crate::domain::rulebook::Rulebook;
use crate::error::Error;
use crate::store::agreements::{self, Book};
use crate::store::{desks, feeds, standby};

/// What an action would do to a tenant's book.
#[derive(Debug)]
pub(super) struct Decided {
    /// The book as it stands.
    pub before: Rulebook,
    /// What is to be written; nothing if it says so already.
    pub edit: Option<Edit>,
}

impl Decided {
    /// The book as it would stand; absent if it stands so already.
    pub fn after(&self) -> Option<Rulebook> {
        Some(self.edit.as_ref()?.onto(&self.before))
    }
}

/// The book that an edit is decided by, as the transaction sees it.
pub(super) async fn book(tx: &mut Tx, tools: &Tools, tenant: TenantId) -> Result<Book, Error> {
    agreements::book(tx, tenant, &tools.books.calendars).await
}

/// Writes an edit. Call it with the tenant's timers held off ([`crate::store::alone_with_timers`]), in the transaction by which it
/// was decided.
pub(super) async fn make_edit(
    tx: &mut Tx,
    edit: &Edit,
    now: DateTime<Utc>,
) -> Result<Outcome<()>, Error> {
    match edit {
        Edit::Hours(versions) => {
            for version in versions {
                let dated = &version.dated;
                let hours = (dated.valid_from, dated.calendar.spec());
                agreements::add_calendar_version(tx, dated.id, dated.version, hours.0, hours.1)
                    .await?;
                feeds::note_fed(tx, dated.id, dated.version, &version.fed).await?;
            }
        }
        Edit::Given(given) => {
            desks::give(tx, &given.to, given.calendar, given.out_of_hours).await?;
        }
        Edit::Standby(scheme) => standby::say(tx, scheme.standby.as_ref()).await?,
        Edit::Agreement {
            agreement,
            calendar,
            moves,
        } => {
            let id = agreement.id;
            if agreement.version == 1 {
                let named = (agreement.kind, &*agreement.name);
                let place = Some(agreement.position);
                if !agreements::add_agreement(tx, id, named, place, now).await? {
                    return Ok(Err(vec![taken("Ya hay un acuerdo con ese nombre.")]));
                }
            }
            let (version, from) = (agreement.version, agreement.valid_from);
            let terms = &agreement.terms;
            agreements::add_agreement_version(tx, id, version, from, *calendar, terms).await?;
            if *moves {
                agreements::move_agreement(tx, id, agreement.position).await?;
            }
        }
    }
    Ok(Ok(()))
}
