//! The holder of a ticket changed.

use events::Envelope;
use events::routing::AssignmentChanged;
use ids::TenantId;
use messaging::HandleError;
use tenancy::Tx;

use crate::actions::Tools;
use crate::actions::follow_assignment::{Assigned, follow_assignments};

/// Reads the assignments of a batch, in order.
pub async fn handle(
    tools: &Tools,
    tx: &mut Tx,
    tenant: TenantId,
    facts: &[(usize, &Envelope)],
) -> Result<(), HandleError> {
    let mut changes = Vec::new();
    for (i, fact) in facts {
        if fact.is::<AssignmentChanged>() {
            changes.push(Assigned {
                at: fact.time,
                trace: fact.traceparent.clone(),
                change: fact.read().map_err(|e| HandleError::never(*i, e))?,
            });
        }
    }
    follow_assignments(tools, tx, tenant, changes).await?;
    Ok(())
}
