//! A value that no ticket tells is entered. What was entered before stays.

use access::Permission;
use idempotency::Key;
use ids::TenantId;

use super::gather_month::{agreed, nothing_agreed, zone};
use super::{By, Tools, announce};
use crate::domain::month::Month;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::service_levels::exclusion::unknown_level;
use crate::domain::service_levels::measure::{self, Measure};
use crate::error::Error;
use crate::events::publish;
use crate::store::{self, measures};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// Of which month.
    pub month: Month,
    /// Of which level.
    pub level: String,
    /// Upper part.
    pub numerator: i64,
    /// Lower part.
    pub denominator: i64,
    /// Where the numbers come from.
    pub source: String,
    /// The revision that the caller had before its eyes; 0: none.
    pub seen: Option<i32>,
    /// A repeat with the same key gives the same again.
    pub idempotency_key: Option<String>,
}

/// Enters a value: from now on it counts for the month, as long as that is not frozen.
pub async fn record_measure(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Measure>, Error> {
    let Wish { tenant, month, .. } = wish;
    let caller = by.caller;
    caller.require(tenant, Permission::RecordMeasures)?;
    let input = (
        month,
        &wish.level,
        wish.numerator,
        wish.denominator,
        &wish.source,
        wish.seen,
    );
    let key = wish.idempotency_key.as_deref();
    let key = Key::of(caller.person, "recordMeasure", key, &input)?;
    let now = tools.clock.now();
    let tenants = zone(tools, tenant).await?;
    let mut tx = tools.db.begin(tenant).await?;
    store::alone(tx.conn()).await?;
    let entered = measures::latest(tx.conn(), month).await?;
    let latest = entered.get(&wish.level).map_or(0, |m| m.revision);
    let ids = (month, wish.level.clone(), latest + 1);
    if let Some((month, level, revision)) =
        idempotency::remember(&mut tx, key.as_ref(), &ids, now).await?
    {
        let found = measures::find(tx.conn(), month, &level, revision).await?;
        tx.commit().await?;
        return found.map(Ok).ok_or(Error::NotFound("measure"));
    }
    let mut problems = Vec::new();
    let (frame, set) = agreed(tx.conn(), month, tenants).await?;
    match set {
        None => problems.push(nothing_agreed()),
        Some(set) => match set.level(&wish.level) {
            None => problems.push(unknown_level()),
            Some(level) => problems.extend(measure::faults(
                level,
                wish.numerator,
                wish.denominator,
                &wish.source,
            )),
        },
    }
    if now < frame.from {
        problems.push(Problem::at(
            "month",
            "FUTURE_MONTH",
            "Ese mes aún no ha empezado en la zona del contrato.",
        ));
    }
    if wish.seen.is_some_and(|seen| seen != latest) {
        problems.push(Problem::at(
            "revision",
            "STALE",
            format!("Otra persona anotó antes un valor: la anotación vigente es la {latest}."),
        ));
    }
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    let made = Measure {
        level: wish.level,
        revision: latest + 1,
        numerator: wish.numerator,
        denominator: wish.denominator,
        source: wish.source.trim().to_owned(),
        by: caller.person,
        at: now,
    };
    measures::add(tx.conn(), month, &made).await?;
    let fact = publish::measure_recorded(tenant, month, &made);
    announce(tools, by, &mut tx, tenant, fact).await?;
    tx.commit().await?;
    Ok(Ok(made))
}
