//! Warnings and breaches, at the second.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use events::Origin;
use ids::{ClockId, TenantId};
use tenancy::Tx;

use super::Tools;
use crate::domain::clock::Threshold;
use crate::domain::kept::Kept;
use crate::error::Error;
use crate::events::publish::{Told, clock_breached, clock_changed, clock_warned};
use crate::store::timers::Timer;
use crate::store::{clocks, timers};

/// Fires those of a tenant's timers that still stand, in the caller's transaction: nobody else has fired them or will,
/// once it is committed. Gives back which they were.
pub async fn fire_timers(
    tx: &mut Tx,
    tools: &Tools,
    tenant: TenantId,
    due: &[Timer],
    late_after: TimeDelta,
) -> Result<Vec<Timer>, Error> {
    let provider = tools.db.tenant(tenant).await?.provider;
    let now = tools.clock.now();
    let named: BTreeSet<ClockId> = due.iter().map(|t| t.clock).collect();
    // The clocks first, then their timers: in this order everybody who changes a clock takes the two.
    let mut held = clocks::hold(tx, &named.into_iter().collect::<Vec<_>>()).await?;
    let taken = timers::take(tx, tenant, due).await?;
    let mut touched: BTreeMap<ClockId, Kept> = BTreeMap::new();
    let mut told = Vec::with_capacity(taken.len());
    for timer in &taken {
        if let Some(clock) = held.remove(&timer.clock) {
            touched.insert(timer.clock, clock);
        }
        let Some(clock) = touched.get_mut(&timer.clock) else {
            tracing::warn!(%tenant, clock = %timer.clock, "a timer without a clock");
            continue;
        };
        let late = now - timer.due > late_after;
        let about = Told {
            tenant,
            provider: Some(provider),
            time: timer.due,
            origin: Origin::Live,
            trace: None,
        };
        clock.sequence += 1;
        let again = clock.fired.contains(&timer.threshold.row());
        if timer.threshold == Threshold::BREACH {
            breach(clock, timer.due);
        }
        let fact = match (again, timer.threshold) {
            // Put off after it was missed, and missed again: one breach was told, the state is told anew.
            (true, _) => clock_changed(&*tools.ids, about, clock)?,
            (false, Threshold::BREACH) => clock_breached(&*tools.ids, about, clock, late)?,
            (false, which) => clock_warned(&*tools.ids, about, clock, which, late)?,
        };
        if !again {
            clock.fired.push(timer.threshold.row());
        }
        told.push(fact);
    }
    clocks::save(tx, &touched.values().collect::<Vec<_>>()).await?;
    tools.outbox.announce(tx, &told).await?;
    Ok(taken)
}

fn breach(clock: &mut Kept, due: DateTime<Utc>) {
    clock.breached_at = Some(due);
    if clock.stopped_at.is_none() && clock.as_of < due {
        clock.elapsed_seconds = clock.target_seconds;
        clock.as_of = due;
    }
}
