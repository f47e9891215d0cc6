//! One side proposes that something does not count against the provider.

use access::Caller;
use idempotency::Key;
use ids::{ExclusionId, TenantId};

use super::Tools;
use super::gather_month::{frame, in_force, nothing_agreed, side};
use crate::domain::month::Month;
use crate::domain::problem::Outcome;
use crate::domain::service_levels::exclusion::{
    Exclusion, Reason, Subject, faults, unknown_ticket,
};
use crate::error::Error;
use crate::store::{exclusions, tickets};

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
    caller: &Caller,
    wish: Wish,
) -> Result<Outcome<Exclusion>, Error> {
    let Wish { tenant, month, .. } = wish;
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
    let frame = frame(tools, tenant, month).await?;
    let made = Exclusion {
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
    };
    let mut tx = tools.db.begin(tenant).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &made.id, now).await? {
        let found = exclusions::find(tx.conn(), before).await?;
        tx.commit().await?;
        return found.map(Ok).ok_or(Error::NotFound("exclusion"));
    }
    let mut problems = match in_force(tx.conn(), month).await? {
        None => vec![nothing_agreed()],
        Some(set) => faults(
            &set,
            (frame.from, frame.to),
            made.level.as_deref(),
            &made.subject,
            &made.evidence,
        ),
    };
    if let Subject::Ticket(ticket) = made.subject
        && problems.is_empty()
        && !tickets::is_known(tx.conn(), ticket).await?
    {
        problems.push(unknown_ticket());
    }
    if !problems.is_empty() {
        tx.rollback().await?;
        return Ok(Err(problems));
    }
    exclusions::add(tx.conn(), &made).await?;
    tx.commit().await?;
    Ok(Ok(made))
}
