//! A month is closed: its inputs and figures are kept word for word.

use access::Permission;
use idempotency::Key;
use ids::TenantId;

use super::exclusion_facts;
use super::gather_month::{agreed, gather, nothing_agreed, zone};
use super::{By, Tools, announce};
use crate::domain::month::Month;
use crate::domain::problem::Outcome;
use crate::domain::service_levels::frozen::{Frozen, Revision, faults};
use crate::error::Error;
use crate::events::publish;
use crate::store::{self, frozen_months};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// Which month.
    pub month: Month,
    /// Why; of another revision it is needed.
    pub reason: Option<String>,
    /// The revision that the caller had before its eyes; 0: none.
    pub seen: Option<i32>,
    /// A repeat with the same key gives the same again.
    pub idempotency_key: Option<String>,
}

/// Freezes a month that is over, or freezes it again: the revision before stays readable.
pub async fn freeze_service_levels(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Frozen>, Error> {
    let Wish { tenant, month, .. } = wish;
    let caller = by.caller;
    caller.require(tenant, Permission::ConfigureAgreements)?;
    let input = (month, &wish.reason, wish.seen);
    let key = wish.idempotency_key.as_deref();
    let key = Key::of(caller.person, "freezeServiceLevels", key, &input)?;
    let now = tools.clock.now();
    let tenants = zone(tools, tenant).await?;
    let mut tx = tools.db.begin(tenant).await?;
    store::alone(tx.conn()).await?;
    let before = frozen_months::latest(tx.conn(), month).await?;
    let latest = before.as_ref().map_or(0, |b| b.0);
    let ids = (month, latest + 1);
    if let Some((month, revision)) = idempotency::remember(&mut tx, key.as_ref(), &ids, now).await?
    {
        let found = frozen_months::find(tx.conn(), month, Some(revision)).await?;
        tx.commit().await?;
        return found.map(Ok).ok_or(Error::NotFound("frozen month"));
    }
    let (frame, set) = agreed(tx.conn(), month, tenants).await?;
    let mut problems = faults(frame.to, now, latest, wish.seen, wish.reason.as_deref());
    if set.is_none() {
        problems.push(nothing_agreed());
    }
    let Some(set) = set.filter(|_| problems.is_empty()) else {
        tx.rollback().await?;
        return Ok(Err(problems));
    };
    store::read_models(tx.conn()).await?;
    let mut inputs = gather(tx.conn(), frame, set, now).await?;
    exclusion_facts::keep(tx.conn(), &mut inputs).await?;
    let reason = wish.reason.map(|r| r.trim().to_owned());
    let reason = reason.filter(|r| !r.is_empty());
    let made = Frozen::of(&inputs, before, reason, (caller.person, now))?;
    frozen_months::add(tx.conn(), &made).await?;
    let fact = publish::frozen(tenant, &made.revision, &inputs);
    announce(tools, by, &mut tx, tenant, fact).await?;
    tx.commit().await?;
    let Revision { number, digest, .. } = &made.revision;
    tracing::info!(%tenant, %month, revision = number, digest, "service levels frozen");
    Ok(Ok(made))
}
