//! One side proposes that something does not count against the provider.

use idempotency::Key;
use ids::{ExclusionId, TenantId};

use super::exclusion_facts::{look_up, look_up_in};
use super::gather_month::{agreed, nothing_agreed, side, zone};
use super::{By, Tools, announce};
use crate::domain::month::Month;
use crate::domain::problem::Outcome;
use crate::domain::service_levels::exclusion::{
    Exclusion, Reason, Subject, faults, unknown_ticket,
};
use crate::domain::service_levels::fact;
use crate::error::Error;
use crate::events::publish;
use crate::store::{self, exclusions, tickets};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// Of which month.
    pub month: Month,
    /// About which level; none: every one that counts the ticket.
    pub level: Option<String>,
    /// What is to be excused.
    pub subject: Subject,
    /// By what fact.
    pub reason: Reason,
    /// What shows it.
    pub evidence: String,
    /// A repeat with the same key gives the same again.
    pub idempotency_key: Option<String>,
}

/// Writes a proposal. It changes nothing until the other side accepts it.
pub async fn propose_exclusion(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Exclusion>, Error> {
    let Wish { tenant, month, .. } = wish;
    let caller = by.caller;
    let side = side(caller, tenant)?;
    let input = (
        month,
        &wish.level,
        &wish.subject,
        wish.reason,
        &wish.evidence,
    );
    let key = wish.idempotency_key.as_deref();
    let key = Key::of(caller.person, "proposeExclusion", key, &input)?;
    let now = tools.clock.now();
    let tenants = zone(tools, tenant).await?;
    let mut made = Exclusion {
        id: ExclusionId::new(&*tools.ids),
        month,
        level: wish.level,
        subject: wish.subject,
        reason: wish.reason,
        evidence: wish.evidence.trim().to_owned(),
        side,
        proposed_by: caller.person,
        proposed_at: now,
        decision: None,
        withdrawal: None,
        fact: None,
    };
    let mut tx = tools.db.begin(tenant).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &made.id, now).await? {
        let found = exclusions::find(tx.conn(), before).await?;
        let mut found = found.ok_or(Error::NotFound("exclusion"))?;
        let shown = std::slice::from_mut(&mut found);
        look_up(tx.conn(), tenants, shown, now).await?;
        tx.commit().await?;
        return Ok(Ok(found));
    }
    let (frame, set) = agreed(tx.conn(), month, tenants).await?;
    let mut problems = match &set {
        None => vec![nothing_agreed()],
        Some(set) => faults(
            set,
            (frame.from, frame.to),
            made.level.as_deref(),
            &made.subject,
            &made.evidence,
        ),
    };
    store::read_models(tx.conn()).await?;
    if let Subject::Ticket(ticket) = made.subject
        && problems.is_empty()
        && !tickets::is_known(tx.conn(), ticket).await?
    {
        problems.push(unknown_ticket());
    }
    if let Some(set) = set.filter(|_| problems.is_empty()) {
        look_up_in(tx.conn(), frame, &set, &mut [&mut made], now).await?;
        let found = made.fact.as_ref();
        problems.extend(found.and_then(|found| fact::fault(&made, &set, found)));
    }
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    exclusions::add(tx.conn(), &made).await?;
    let fact = publish::exclusion_proposed(&made);
    announce(tools, by, &mut tx, tenant, fact).await?;
    tx.commit().await?;
    Ok(Ok(made))
}
