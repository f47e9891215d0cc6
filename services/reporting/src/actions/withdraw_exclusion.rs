//! The side that proposed an exclusion takes it back.

use ids::{ExclusionId, TenantId};

use super::exclusion_facts::look_up;
use super::gather_month::{side, zone};
use super::{By, Tools, announce};
use crate::domain::problem::{Outcome, Problem};
use crate::domain::service_levels::exclusion::{Exclusion, Unwithdrawable, Withdrawal};
use crate::error::Error;
use crate::events::publish;
use crate::store::{self, exclusions};

/// What is wished.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Whose.
    pub tenant: TenantId,
    /// Which proposal.
    pub exclusion: ExclusionId,
}

/// Takes a proposal back that the other side has not decided on: of the two, whoever comes first. Once more is fine, and
/// changes nothing.
pub async fn withdraw_exclusion(
    tools: &Tools,
    by: &By<'_>,
    wish: Wish,
) -> Result<Outcome<Exclusion>, Error> {
    let tenant = wish.tenant;
    let side = side(by.caller, tenant)?;
    let tenants = zone(tools, tenant).await?;
    let now = tools.clock.now();
    let mut tx = tools.db.begin(tenant).await?;
    store::alone(tx.conn()).await?;
    let mut exclusion = exclusions::find(tx.conn(), wish.exclusion)
        .await?
        .ok_or(Error::NotFound("exclusion"))?;
    let withdrawal = Withdrawal {
        by: by.caller.person,
        at: now,
    };
    match exclusion.withdraw(side, withdrawal.clone()) {
        Ok(true) => {
            exclusions::withdraw(tx.conn(), wish.exclusion, &withdrawal).await?;
            let fact = publish::exclusion_withdrawn(&exclusion, &withdrawal);
            announce(tools, by, &mut tx, tenant, fact).await?;
        }
        Ok(false) => {}
        Err(why) => {
            tx.rollback().await?;
            return Ok(Err(vec![problem(why)]));
        }
    }
    let shown = std::slice::from_mut(&mut exclusion);
    look_up(tx.conn(), tenants, shown, now).await?;
    tx.commit().await?;
    Ok(Ok(exclusion))
}

fn problem(why: Unwithdrawable) -> Problem {
    match why {
        Unwithdrawable::OthersProposal => Problem::at(
            "exclusion",
            "OTHERS_PROPOSAL",
            "La propuso la otra parte: acéptela o recházela.",
        ),
        Unwithdrawable::Decided => Problem::at(
            "exclusion",
            "ALREADY_DECIDED",
            "La otra parte ya decidió; no se puede retirar.",
        ),
    }
}
