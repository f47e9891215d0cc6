//! `staff.assigned`, `staff.unassigned`.

use events::Envelope;
use events::directory::{StaffAssigned, StaffUnassigned};
use ids::{PersonId, TenantId};
use messaging::HandleError;

use super::{tenant_of, unreadable};

/// Adds what the fact says of somebody's roles; none means "no longer".
pub fn read(
    index: usize,
    fact: &Envelope,
    told: &mut Vec<(TenantId, PersonId, Vec<String>)>,
) -> Result<(), HandleError> {
    if fact.is::<StaffAssigned>() {
        let assigned: StaffAssigned = fact.read().map_err(unreadable(index))?;
        told.push((tenant_of(index, fact)?, assigned.person, assigned.roles));
    } else if fact.is::<StaffUnassigned>() {
        let gone: StaffUnassigned = fact.read().map_err(unreadable(index))?;
        told.push((tenant_of(index, fact)?, gone.person, Vec::new()));
    }
    Ok(())
}
