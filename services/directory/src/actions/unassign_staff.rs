//! One of the provider's staff ceases to work for a tenant.

use ids::{PersonId, TenantId};

use super::assign_staff::{Assigned, own_roles, set};
use super::{Act, Directory, Told};
use crate::domain::problem::Outcome;
use crate::error::Error;

/// Ends the assignment. Already so is fine.
pub async fn unassign_staff(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    person: PersonId,
) -> Result<Outcome<Told<Assigned>>, Error> {
    let own = own_roles(act, tenant)?;
    set(directory, act, tenant, person, &[], own.as_deref()).await
}
