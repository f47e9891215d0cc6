//! What there is to see of service levels: both sides of the contract see all of it.

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::TenantId;
use uuid::Uuid;

use super::Tools;
use super::exclusion_facts::{look_up, show_waits};
use super::gather_month::{agreed, gather, gather_page, zone};
use crate::domain::month::Month;
use crate::domain::service_levels::calls::Call;
use crate::domain::service_levels::cases::Case;
use crate::domain::service_levels::evaluation::{Inputs, Outcome};
use crate::domain::service_levels::exclusion::{Exclusion, State};
use crate::domain::service_levels::frozen::{Contents, Frozen, Revision};
use crate::domain::service_levels::measure::Measure;
use crate::error::Error;
pub use crate::store::calls::Place as CallPlace;
use crate::store::cases::Page;
pub use crate::store::cases::Place as CasePlace;
pub use crate::store::exclusions::Place as ExclusionPlace;
pub use crate::store::frozen_months::Place as FrozenPlace;
pub use crate::store::level_sets::KeptSet;
pub use crate::store::measures::Place as MeasurePlace;
use crate::store::{self, exclusions, frozen_months, level_sets, measures};

/// A month as it would be judged now, and as it was frozen.
#[derive(Debug)]
pub struct MonthView {
    /// What today's figures rest on.
    pub inputs: Inputs,
    /// The revision in force, if it was frozen.
    pub frozen: Option<Frozen>,
}

/// A month of a tenant. None: nothing is agreed for it.
///
/// # Errors
/// As of all below: [`Error::Refused`] without [`Permission::ReadIndicators`].
pub async fn month(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    month: Month,
) -> Result<Option<MonthView>, Error> {
    caller.require(tenant, Permission::ReadIndicators)?;
    let tenants = zone(tools, tenant).await?;
    let mut tx = tools.db.begin(tenant).await?;
    let (frame, set) = agreed(tx.conn(), month, tenants).await?;
    let Some(set) = set else {
        tx.commit().await?;
        return Ok(None);
    };
    store::read_models(tx.conn()).await?;
    let view = MonthView {
        inputs: gather(tx.conn(), frame, set, tools.clock.now()).await?,
        frozen: frozen_months::find(tx.conn(), month, None).await?,
    };
    tx.commit().await?;
    Ok(Some(view))
}

/// Versions of what is agreed, the latest first, those below `after`.
pub async fn sets(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    after: Option<i32>,
) -> Result<Vec<KeptSet>, Error> {
    caller.require(tenant, Permission::ReadIndicators)?;
    let mut tx = tools.db.begin(tenant).await?;
    let mut all = level_sets::all(tx.conn()).await?;
    tx.commit().await?;
    all.retain(|kept| after.is_none_or(|after| kept.set.version < after));
    Ok(all)
}

/// Entries of a month, the latest first.
pub async fn entered(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    (month, level): (Month, Option<&str>),
    (after, limit): (Option<&MeasurePlace>, i64),
) -> Result<Vec<Measure>, Error> {
    caller.require(tenant, Permission::ReadIndicators)?;
    let mut tx = tools.db.begin(tenant).await?;
    let found = measures::page(tx.conn(), month, level, after, limit).await?;
    tx.commit().await?;
    Ok(found)
}

/// Exclusions, the latest first; with the facts behind them, as they are known now, if those are `wanted`.
pub async fn proposed(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    (month, state, wanted): (Option<Month>, Option<State>, bool),
    (after, limit): (Option<&ExclusionPlace>, i64),
) -> Result<Vec<Exclusion>, Error> {
    caller.require(tenant, Permission::ReadIndicators)?;
    let tenants = zone(tools, tenant).await?;
    let mut tx = tools.db.begin(tenant).await?;
    let mut found = exclusions::page(tx.conn(), month, state, after, limit).await?;
    if wanted {
        look_up(tx.conn(), tenants, &mut found, tools.clock.now()).await?;
    }
    tx.commit().await?;
    Ok(found)
}

/// Frozen months, the latest first, every revision; with what they hold if that is `wanted`.
pub async fn frozen(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    (month, wanted): (Option<Month>, bool),
    (after, limit): (Option<&FrozenPlace>, i64),
) -> Result<Vec<(Revision, Option<Contents>)>, Error> {
    caller.require(tenant, Permission::ReadIndicators)?;
    let mut tx = tools.db.begin(tenant).await?;
    let found = frozen_months::page(tx.conn(), month, wanted, after, limit).await?;
    tx.commit().await?;
    Ok(found)
}

/// A page of the tickets behind a level's figure, with how each came out, in the order of their instants: as they count
/// today, or as a revision was frozen with.
///
/// # Errors
/// Also [`Error::NotFound`] if nothing is agreed, frozen or called so.
pub async fn counted(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    which: (Month, &str, Option<i32>),
    (after, limit): (Option<CasePlace>, i64),
) -> Result<Vec<(Case, Outcome)>, Error> {
    let place = after.map(|(at, ticket)| (at, ticket.uuid()));
    let inputs = behind_figure(tools, caller, tenant, which, (place, limit)).await?;
    let code = which.1;
    let level = inputs.set.level(code).ok_or(Error::NotFound("level"))?;
    let cases = inputs.cases.get(code).into_iter().flatten();
    Ok(cases
        .filter(|case| after.is_none_or(|after| (case.at, case.ticket) > after))
        .take(usize::try_from(limit).unwrap_or_default())
        .map(|case| (case.clone(), inputs.outcome(level, case)))
        .collect())
}

/// A page of the calls behind a level's figure, as [`counted`] of tickets; none of a level that counts no calls.
///
/// # Errors
/// As of [`counted`].
pub async fn counted_calls(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    which: (Month, &str, Option<i32>),
    (after, limit): (Option<CallPlace>, i64),
) -> Result<Vec<(Call, Outcome)>, Error> {
    let place = after.map(|(at, contact)| (at, contact.uuid()));
    let inputs = behind_figure(tools, caller, tenant, which, (place, limit)).await?;
    let level = inputs.set.level(which.1).ok_or(Error::NotFound("level"))?;
    let calls = inputs.calls.iter().filter(|_| level.counts_calls());
    Ok(calls
        .filter(|call| after.is_none_or(|after| (call.at, call.contact) > after))
        .take(usize::try_from(limit).unwrap_or_default())
        .map(|call| (call.clone(), inputs.outcome_of_call(level, call)))
        .collect())
}

/// What is behind a level's figure: of today a page of it, of a revision all that it was frozen with.
async fn behind_figure(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
    (month, code, revision): (Month, &str, Option<i32>),
    (after, limit): (Option<(DateTime<Utc>, Uuid)>, i64),
) -> Result<Inputs, Error> {
    caller.require(tenant, Permission::ReadIndicators)?;
    let tenants = zone(tools, tenant).await?;
    let mut tx = tools.db.begin(tenant).await?;
    let inputs = if let Some(revision) = revision {
        let frozen = frozen_months::find(tx.conn(), month, Some(revision)).await?;
        let frozen = frozen.ok_or(Error::NotFound("frozen month"))?;
        frozen.contents.kept_inputs()?
    } else {
        let (frame, set) = agreed(tx.conn(), month, tenants).await?;
        let set = set.ok_or(Error::NotFound("service levels"))?;
        let level = set.level(code).ok_or(Error::NotFound("level"))?.clone();
        let page = Page {
            after,
            limit: Some(limit),
        };
        let now = tools.clock.now();
        store::read_models(tx.conn()).await?;
        let mut found = gather_page(tx.conn(), frame, (set, &level), page, now).await?;
        show_waits(tx.conn(), &mut found).await?;
        found
    };
    tx.commit().await?;
    Ok(inputs)
}
