//! Due instants and missed targets in the worklist, as sla-clock tells them.

use std::collections::{BTreeMap, BTreeSet};

use events::Word as _;
use events::sla_clock::ClockSnapshot;
use ids::TenantId;
use tenancy::Tx;

use crate::domain::follow::Key;
use crate::error::Error;
use crate::store::clocks::{self, Told};
use crate::store::follow;

/// Takes in clocks in their order: the last word on each counts.
pub async fn follow_clocks(tx: &mut Tx, told: Vec<(TenantId, ClockSnapshot)>) -> Result<(), Error> {
    if told.is_empty() {
        return Ok(());
    }
    let last: BTreeMap<_, _> = told
        .into_iter()
        .map(|(tenant, clock)| ((tenant, clock.clock), clock))
        .collect();
    let told: Vec<Told> = last
        .into_iter()
        .map(|((tenant, id), clock)| Told {
            tenant,
            clock: id,
            ticket: clock.ticket,
            state: clock.state.word(),
            due_at: clock.due_at,
            breached: clock.breached_at.is_some(),
        })
        .collect();
    clocks::save(tx, &told).await?;
    let keys: BTreeSet<Key> = told.iter().map(|c| (c.tenant, c.ticket)).collect();
    let keys: Vec<Key> = keys.into_iter().collect();
    let known = follow::lock(tx, &keys).await?;
    clocks::apply(tx, &keys).await?;
    let early: Vec<Key> = keys
        .into_iter()
        .filter(|k| !known.contains_key(k))
        .collect();
    if !early.is_empty() {
        clocks::meet(tx, &early).await?;
        clocks::apply(tx, &early).await?;
    }
    Ok(())
}
