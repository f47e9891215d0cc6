//! A month is closed: its inputs and figures are kept word for word.

use access::{Caller, Permission};
use idempotency::Key;
use ids::TenantId;

use super::Tools;
use super::gather_month::{frame, gather, in_force, nothing_agreed};
use crate::domain::month::Month;
use crate::domain::problem::Outcome;
use crate::domain::service_levels::frozen::{Frozen, faults};
use crate::error::Error;
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
    caller: &Caller,
    wish: Wish,
) -> Result<Outcome<Frozen>, Error> {
    let Wish { tenant, month, .. } = wish;
    caller.require(tenant, Permission::ConfigureAgreements)?;
    let input = (month, &wish.reason, wish.seen);
    let key = wish.idempotency_key.as_deref();
    let key = Key::of(caller.person, "freezeServiceLevels", key, &input)?;
    let now = tools.clock.now();
    let frame = frame(tools, tenant, month).await?;
    let mut tx = tools.db.begin(tenant).await?;
    store::alone(tx.conn()).await?;
    let latest = frozen_months::latest(tx.conn(), month).await?;
    let ids = (month, latest + 1);
    if let Some((month, revision)) = idempotency::remember(&mut tx, key.as_ref(), &ids, now).await?
    {
        let found = frozen_months::find(tx.conn(), month, Some(revision)).await?;
        tx.commit().await?;
        return found.map(Ok).ok_or(Error::NotFound("frozen month"));
    }
    let mut problems = faults(frame.to, now, latest, wish.seen, wish.reason.as_deref());
    let set = in_force(tx.conn(), month).await?;
    if set.is_none() {
        problems.push(nothing_agreed());
    }
    let Some(set) = set.filter(|_| problems.is_empty()) else {
        tx.rollback().await?;
        return Ok(Err(problems));
    };
    let inputs = gather(tx.conn(), frame, set, now).await?;
    let reason = wish.reason.map(|r| r.trim().to_owned());
    let reason = reason.filter(|r| !r.is_empty());
    let made = Frozen::of(&inputs, latest + 1, reason, (caller.person, now))?;
    frozen_months::add(tx.conn(), &made).await?;
    tx.commit().await?;
    tracing::info!(%tenant, %month, revision = made.revision, digest = made.digest, "service levels frozen");
    Ok(Ok(made))
}
