//! Another version of what is agreed.

use access::Permission;
use chrono_tz::Tz;
use idempotency::Key;
use ids::TenantId;

use super::gather_month::zone;
use super::{By, Tools, announce};
use crate::domain::month::Month;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::service_levels::level::{Level, LevelSet};
use crate::domain::service_levels::windows::Windows;
use crate::error::Error;
use crate::events::publish;
pub use crate::store::level_sets::KeptSet;
use crate::store::{self, frozen_months, level_sets};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// The first month that is judged by it.
    pub effective_from: Month,
    /// Stabilisation is counted from here; none: as before, of a first set from its first month.
    pub contract_start: Option<Month>,
    /// The IANA zone in which its months are cut; none: see [`LevelSet::zone_from`].
    pub time_zone: Option<String>,
    /// All that is agreed from then on.
    pub levels: Vec<Level>,
    /// The windows that are agreed.
    pub windows: Windows,
    /// The version that the caller had before its eyes; 0: none.
    pub seen: Option<i32>,
    /// A repeat with the same key gives the same again.
    pub idempotency_key: Option<String>,
}

/// Writes another version; versions that are there stay. A month that was frozen keeps the set that it was frozen with.
pub async fn set_service_levels(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<KeptSet>, Error> {
    let (tenant, caller) = (wish.tenant, by.caller);
    caller.require(tenant, Permission::ConfigureAgreements)?;
    let input = (
        wish.effective_from,
        wish.contract_start,
        &wish.levels,
        wish.seen,
    );
    let key = wish.idempotency_key.as_deref();
    // As it was hashed before there was a zone to be named, or a window: keys live for two days.
    let operation = "setServiceLevels";
    let key = match (&wish.time_zone, wish.windows.is_empty()) {
        (None, true) => Key::of(caller.person, operation, key, &input)?,
        (Some(zone), true) => Key::of(caller.person, operation, key, &(input, zone))?,
        (zone, false) => {
            let input = (input, zone, &wish.windows);
            Key::of(caller.person, operation, key, &input)?
        }
    };
    let now = tools.clock.now();
    let tenants = zone(tools, tenant).await?;
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
    let time_zone = wish.time_zone.unwrap_or_else(|| {
        let sets: Vec<LevelSet> = kept.iter().map(|k| k.set.clone()).collect();
        let zone = LevelSet::zone_from(&sets, wish.effective_from, now, tenants);
        zone.name().to_owned()
    });
    let made = KeptSet {
        set: LevelSet {
            version,
            effective_from: wish.effective_from,
            contract_start,
            time_zone: Some(time_zone),
            levels: wish.levels,
            windows: wish.windows,
        },
        by: caller.person,
        at: now,
    };
    let mut problems = made.set.faults();
    problems.extend(stale(wish.seen, latest));
    if problems.is_empty() {
        let before: Vec<LevelSet> = kept.iter().map(|k| k.set.clone()).collect();
        let frozen = frozen_months::months(tx.conn()).await?;
        problems.extend(moves_frozen(&before, &made.set, &frozen, tenants));
    }
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    level_sets::add(tx.conn(), &made).await?;
    let fact = publish::set(tenant, &made);
    announce(tools, by, &mut tx, tenant, fact).await?;
    tx.commit().await?;
    Ok(Ok(made))
}

/// A month that was frozen keeps its bounds: what it counted would otherwise count twice, or an instant behind it never.
fn moves_frozen(
    before: &[LevelSet],
    made: &LevelSet,
    frozen: &[Month],
    tenants: Tz,
) -> Option<Problem> {
    let mut after = before.to_vec();
    after.push(made.clone());
    let bounds = |sets: &[LevelSet], month| {
        let (_, from, to) = LevelSet::bounds(sets, month, tenants);
        (from, to)
    };
    let moved = frozen
        .iter()
        .find(|month| bounds(before, **month) != bounds(&after, **month))?;
    Some(Problem::at(
        "timeZone",
        "MONTH_FROZEN",
        format!("El mes {moved} ya está cerrado y otra zona horaria movería sus límites."),
    ))
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
