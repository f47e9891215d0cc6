//! What directory tells of people: in which country and at which site they work, and whether they are VIPs. The clocks of
//! their tickets may depend on it.

use std::collections::BTreeMap;

use events::Origin;
use ids::{PersonId, ProviderId, TenantId};
use tenancy::Tx;

use super::Tools;
use super::recompute::{Cause, recompute};
use crate::error::Error;
pub use crate::store::countries::Works;
use crate::store::{self, countries, facts};

/// Takes a batch in. Where some agreement looks at it, the clocks of their open tickets are read anew.
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
    let version = countries::add(tx, &people).await?;
    let book = tools.books.of(tx, whose.0, version).await?;
    if !book.looks_at_requesters() {
        return Ok(());
    }
    let people: Vec<PersonId> = people.iter().map(|w| w.person).collect();
    let tickets = countries::open_tickets(tx, &people).await?;
    let cause = Cause {
        at: last,
        origin: Origin::Live,
        trace: None,
    };
    let causes: BTreeMap<_, _> = tickets.iter().map(|t| (*t, cause.clone())).collect();
    let mut histories = facts::of(tx, &tickets).await?;
    countries::join(tx, &book, &mut histories).await?;
    recompute(tx, tools, whose, (&book, &histories), &causes).await
}
