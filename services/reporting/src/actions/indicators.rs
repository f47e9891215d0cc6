//! Answers with indicators of a tenant.

use std::time::Duration;

use access::{Caller, Permission};
use chrono::{DateTime, Utc};
use ids::TenantId;
use messaging::{HandlerScope, Position, Reached};
use tenancy::ServiceDb;

use crate::domain::figures::{Dimension, Indicators, Question};
use crate::error::Error;
use crate::store::indicators;

/// An answer and how fresh it is.
#[derive(Debug)]
pub struct Answer {
    /// The figures.
    pub indicators: Indicators,
    /// Set if the named position was not reached in time: the figures stand at this instant.
    pub behind_since: Option<DateTime<Utc>>,
}

/// Adds up the summaries of the tenant's tickets. Waits up to `patience` for `after`, if one is named.
///
/// # Errors
/// [`Error::Refused`] without [`Permission::ReadIndicators`], or, for figures by agent, without
/// [`Permission::ReadAgentIndicators`].
pub async fn indicators(
    db: &ServiceDb,
    caller: &Caller,
    tenant: TenantId,
    question: &Question,
    after: Option<&Position>,
    patience: Duration,
) -> Result<Answer, Error> {
    caller.require(tenant, Permission::ReadIndicators)?;
    if question.group_by.contains(&Dimension::Agent) {
        caller.require(tenant, Permission::ReadAgentIndicators)?;
    }
    let behind_since = match after {
        Some(p) if p.tenant == tenant => {
            let wanted = [(p.subject.clone(), p.sequence)];
            match messaging::reach(
                db,
                HandlerScope::Tenant,
                None,
                tenant,
                &p.source,
                &wanted,
                patience,
            )
            .await?
            {
                Reached::Yes => None,
                Reached::Behind { as_of } => Some(as_of),
            }
        }
        Some(_) => {
            return Err(Error::Argument {
                field: "afterPosition",
                message: "La posición es de otro cliente.".to_owned(),
            });
        }
        None => None,
    };
    let mut tx = db.begin(tenant).await?;
    let indicators = indicators::answer(tx.conn(), question).await?;
    tx.commit().await?;
    Ok(Answer {
        indicators,
        behind_since,
    })
}
