//! The other side accepts or rejects what was proposed.

use ids::{ExclusionId, TenantId};

use super::exclusion_facts::look_up;
use super::gather_month::{agreed, side, zone};
use super::{By, Tools, announce};
use crate::domain::problem::{Outcome, Problem};
use crate::domain::service_levels::exclusion::{Decision, Exclusion, Undecidable, note_fault};
use crate::domain::service_levels::fact::fault;
use crate::error::Error;
use crate::events::publish;
use crate::store::{self, exclusions};

/// What is wished.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// About which proposal.
    pub exclusion: ExclusionId,
    /// Whether it is accepted.
    pub accept: bool,
    /// Why.
    pub note: Option<String>,
}

/// Writes the decision. The same decision once more is fine, and changes nothing.
pub async fn decide_exclusion(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Exclusion>, Error> {
    let (caller, tenant) = (by.caller, wish.tenant);
    let side = side(caller, tenant)?;
    let tenants = zone(tools, tenant).await?;
    let now = tools.clock.now();
    let mut tx = tools.db.begin(tenant).await?;
    store::alone(tx.conn()).await?;
    let mut exclusion = exclusions::find(tx.conn(), wish.exclusion)
        .await?
        .ok_or(Error::NotFound("exclusion"))?;
    let note = wish.note.map(|n| n.trim().to_owned());
    let decision = Decision {
        accepted: wish.accept,
        by: caller.person,
        at: now,
        note: note.filter(|n| !n.is_empty()),
    };
    let too_long = note_fault(decision.note.as_deref());
    let decided = match too_long {
        Some(problem) => Err(problem),
        None => exclusion
            .decide(side, decision.clone())
            .map_err(undecidable),
    };
    let shown = std::slice::from_mut(&mut exclusion);
    look_up(tx.conn(), tenants, shown, now).await?;
    let decided = match decided {
        // What was so when it was proposed may be otherwise by now.
        Ok(true) if wish.accept => {
            let (_, set) = agreed(tx.conn(), exclusion.month, tenants).await?;
            let fact = exclusion.fact.as_ref();
            let fault = set
                .zip(fact)
                .and_then(|(set, fact)| fault(&exclusion, &set, fact));
            fault.map_or(Ok(true), |fault| {
                Err(Problem::at("exclusion", fault.code, fault.message))
            })
        }
        decided => decided,
    };
    match decided {
        Ok(true) => {
            exclusions::decide(tx.conn(), wish.exclusion, &decision).await?;
            let fact = publish::exclusion_decided(&exclusion, side, &decision);
            announce(tools, by, &mut tx, tenant, fact).await?;
        }
        Ok(false) => {}
        Err(problem) => {
            tx.rollback().await?;
            return Ok(Err(vec![problem]));
        }
    }
    tx.commit().await?;
    Ok(Ok(exclusion))
}

fn undecidable(why: Undecidable) -> Problem {
    match why {
        Undecidable::OwnProposal => Problem::at(
            "exclusion",
            "OWN_PROPOSAL",
            "Decide la otra parte: esta exclusión la propuso la suya.",
        ),
        Undecidable::Decided => Problem::at(
            "exclusion",
            "ALREADY_DECIDED",
            "Ya se decidió de otro modo; proponga una exclusión nueva.",
        ),
        Undecidable::Withdrawn => Problem::at(
            "exclusion",
            "WITHDRAWN",
            "La otra parte la retiró: ya no hay nada que decidir.",
        ),
    }
}
