//! A result that was told is corrected: what was heard of the ticket after it was closed is taken in.

use std::collections::BTreeMap;

use access::Permission;
use events::Origin;
use events::Word as _;
use events::sla_clock::Target;
use idempotency::Key;
use ids::{ClockId, TenantId, TicketId};

use super::recompute::{Cause, Corrected, begin, recompute_after};
use super::{By, Tools};
use crate::domain::agreement::Kind;
use crate::domain::correction::Correction;
use crate::domain::kept::Kept;
use crate::domain::late::proposals;
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::events::publish::{Told, clock_changed};
use crate::store::{clocks, corrections, countries, facts};

/// A longer reason is a document, and belongs to the ticket.
const MOST_REASON: usize = 2_000;

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// Of which ticket.
    pub ticket: TicketId,
    /// Which of its clocks: what it measures.
    pub target: Target,
    /// Of a target of the tenant's own, or one between groups or with a vendor: which. Empty for the others.
    pub code: String,
    /// In which cycle.
    pub cycle: i32,
    /// Why.
    pub reason: String,
    /// What the person saw that it would come to ([`crate::domain::late::Proposal::seen`]).
    pub seen: String,
    /// A repeat with the same key corrects nothing again.
    pub idempotency_key: Option<String>,
}

/// Adopts what the clock would read by all that is known by now, writes down who did so and why, and tells it. If that is no
/// longer what the person saw, it adopts nothing.
pub async fn correct_clock(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<ClockId>, Error> {
    let tenant = wish.tenant;
    by.caller.require(tenant, Permission::CorrectClocks)?;
    let now = tools.clock.now();
    let reason = wish.reason.trim();
    if let Some(problem) = unfit(reason) {
        return Ok(Err(vec![problem]));
    }
    let input = (
        wish.ticket,
        wish.target.word(),
        &wish.code,
        wish.cycle,
        reason,
        &wish.seen,
    );
    let key = wish.idempotency_key.as_deref();
    let key = Key::of(by.caller.person, "correctClock", key, &input)?;
    let mut tx = begin(tools, tenant).await?;
    let mut kept = clocks::of(&mut tx, &[wish.ticket], true).await?;
    let kept = kept.remove(&wish.ticket).unwrap_or_default();
    let sees_inner = by.caller.may(tenant, Permission::ReadInnerClocks);
    let wished = |k: &&Kept| {
        k.which() == (wish.target, wish.code.as_str())
            && k.cycle == wish.cycle
            && (sees_inner || k.kind == Kind::Sla)
    };
    let Some(clock) = kept.iter().find(wished) else {
        tx.rollback().await?;
        return Err(Error::NotFound("clock"));
    };
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &clock.id, now).await? {
        tx.commit().await?;
        return Ok(Ok(before));
    }
    let mut histories = facts::of(&mut tx, &[wish.ticket]).await?;
    let book = tools.books.of(&mut tx, tenant, histories.book).await?;
    countries::join(&mut tx, &book, &mut histories).await?;
    let heard = histories.of.remove(&wish.ticket).unwrap_or_default();
    let Some(proposal) = proposals(&book, &heard, &kept).remove(&clock.id) else {
        tx.rollback().await?;
        return Ok(Err(vec![Problem::at(
            "cycle",
            "NOTHING_TO_CORRECT",
            "Nada de lo que se supo después cambiaría el resultado de este reloj.",
        )]));
    };
    if proposal.seen() != wish.seen {
        tx.rollback().await?;
        return Ok(Err(vec![Problem::at(
            "seen",
            "STALE",
            "Desde entonces se supo más de este caso: revise de nuevo a qué llegaría el reloj.",
        )]));
    }
    let change = proposal.change;
    let after = &change.clock;
    let correction = Correction {
        at: now,
        by: by.caller.person,
        reason: reason.to_owned(),
        before: clock.snapshot(),
        after: after.snapshot(),
    };
    clocks::save(&mut tx, &[after]).await?;
    corrections::add(&mut tx, after.id, after.sequence, &correction).await?;
    let provider = tools.db.tenant(tenant).await?.provider;
    let about = Told {
        tenant,
        provider: Some(provider),
        time: now,
        origin: Origin::Live,
        trace: by.trace.clone(),
    };
    let fact = clock_changed(&*tools.ids, about, after)?;
    tools.outbox.announce(&mut tx, &[fact]).await?;
    // What this clock no longer stands for another cycle may have to: the ticket may never be heard of again.
    histories.of.insert(wish.ticket, heard);
    let cause = Cause {
        at: now,
        origin: Origin::Live,
        trace: by.trace.clone(),
    };
    let whose = (tenant, Some(provider));
    let causes = BTreeMap::from([(wish.ticket, cause)]);
    let corrected = Corrected {
        before: clock,
        change: &change,
    };
    let known = (&*book, &histories);
    recompute_after(Some(&corrected), &mut tx, tools, whose, known, &causes).await?;
    tx.commit().await?;
    Ok(Ok(clock.id))
}

fn unfit(reason: &str) -> Option<Problem> {
    match reason.chars().count() {
        0 => Some(Problem::at(
            "reason",
            "REASON_MISSING",
            "Indique por qué se corrige: queda escrito junto a quién y cuándo.",
        )),
        1..=MOST_REASON => None,
        _ => Some(Problem::at(
            "reason",
            "REASON_TOO_LONG",
            format!("El motivo tiene más de {MOST_REASON} caracteres."),
        )),
    }
}
