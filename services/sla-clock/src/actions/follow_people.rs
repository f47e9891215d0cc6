//! What directory tells of people: in which country and at which site they work, and whether they are VIPs. The clocks of
//! their tickets may depend on it.

use std::collections::BTreeMap;

use events::Origin;
use ids::{ProviderId, TenantId};
use tenancy::Tx;

use super::Tools;
use super::recompute::{Cause, recompute};
use crate::error::Error;
pub use crate::store::countries::Works;
use crate::store::{self, clocks, countries, facts};

/// Tickets whose clocks are read anew at once.
const AT_ONCE: usize = 1_000;

/// Takes a batch in. Where some agreement looks at it, the clocks of their tickets that are not closed are read anew; for a ticket
/// that had been closed it comes late.
pub async fn follow_people(
    tx: &mut Tx,
    tools: &Tools,
    whose: (TenantId, Option<ProviderId>),
    people: Vec<Works>,
) -> Result<(), Error> {
    let Some(last) = people.iter().map(|w| w.at).max() else {
        return Ok(());
    };
    store::alone(tx).await?;
    let (version, new) = countries::add(tx, &people).await?;
    if new.is_empty() {
        return Ok(());
    }
    // Whatever is agreed by now: an agreement that comes later must not find it in time.
    let tickets = countries::moved(tx, &new).await?;
    let book = tools.books.of(tx, whose.0, version).await?;
    if !book.looks_at_requesters() {
        return Ok(());
    }
    let cause = Cause {
        at: last,
        origin: Origin::Live,
        trace: None,
    };
    if tickets.len() > AT_ONCE {
        clocks::hold_all(tx, &tickets).await?;
    }
    for some in tickets.chunks(AT_ONCE) {
        let causes: BTreeMap<_, _> = some.iter().map(|t| (*t, cause.clone())).collect();
        let mut histories = facts::of(tx, some).await?;
        countries::join(tx, &book, &mut histories).await?;
        recompute(tx, tools, whose, (&book, &histories), &causes).await?;
    }
    Ok(())
}
