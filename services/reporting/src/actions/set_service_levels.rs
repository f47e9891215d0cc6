//! Another version of what is agreed.

use access::{Caller, Permission};
use idempotency::Key;
use ids::TenantId;

use super::Tools;
use crate::domain::month::Month;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::service_levels::level::{Level, LevelSet};
use crate::error::Error;
pub use crate::store::level_sets::KeptSet;
use crate::store::{self, level_sets};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// The first month that is judged by it.
    pub effective_from: Month,
    /// Stabilisation is counted from here; none: as before, of a first set from its first month.
    pub contract_start: Option<Month>,
    /// All that is agreed from then on.
    pub levels: Vec<Level>,
    /// The version that the caller had before its eyes; 0: none.
    pub seen: Option<i32>,
    /// A repeat with the same key gives the same again.
    pub idempotency_key: Option<String>,
}

/// Writes another version; versions that are there stay. A month that was frozen keeps the set that it was frozen with.
pub async fn set_service_levels(
    tools: &Tools,
    caller: &Caller,
    wish: Wish,
) -> Result<Outcome<KeptSet>, Error> {
    let tenant = wish.tenant;
    caller.require(tenant, Permission::ConfigureAgreements)?;
    let input = (
        wish.effective_from,
        wish.contract_start,
        &wish.levels,
        wish.seen,
    );
    let key = wish.idempotency_key.as_deref();
    let key = Key::of(caller.person, "setServiceLevels", key, &input)?;
    let now = tools.clock.now();
    let mut tx = tools.db.begin(tenant).await?;
    store::alone(tx.conn()).await?;
    let kept = level_sets::all(tx.conn()).await?;
    let latest = kept.first().map_or(0, |k| k.set.version);
    let version = latest + 1;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &version, now).await? {
        let found = kept.into_iter().find(|k| k.set.version == before);
        tx.commit().await?;
        return found.map(Ok).ok_or(Error::NotFound("service levels"));
    }
    let contract_start = wish
        .contract_start
        .or(kept.first().map(|k| k.set.contract_start))
        .unwrap_or(wish.effective_from);
    let made = KeptSet {
        set: LevelSet {
            version,
            effective_from: wish.effective_from,
            contract_start,
            levels: wish.levels,
        },
        by: caller.person,
        at: now,
    };
    let mut problems = made.set.faults();
    problems.extend(stale(wish.seen, latest));
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    level_sets::add(tx.conn(), &made).await?;
    tx.commit().await?;
    Ok(Ok(made))
}

fn stale(seen: Option<i32>, latest: i32) -> Option<Problem> {
    seen.filter(|seen| *seen != latest).map(|_| {
        Problem::at(
            "version",
            "STALE",
            format!("Otra persona lo cambió antes: la versión vigente es la {latest}."),
        )
    })
}
