//! `provider.created`, `tenant.created`: an intake group, and tickets that go there.

use events::Envelope;
use events::directory::{ProviderCreated, TenantCreated};
use ids::TenantId;
use messaging::HandleError;

use super::{tenant_of, unreadable};

/// Whether somebody is to be welcomed; a tenant is added to `tenants`.
pub fn read(
    index: usize,
    fact: &Envelope,
    tenants: &mut Vec<TenantId>,
) -> Result<bool, HandleError> {
    if fact.is::<ProviderCreated>() {
        return Ok(true);
    }
    if !fact.is::<TenantCreated>() {
        return Ok(false);
    }
    fact.read::<TenantCreated>().map_err(unreadable(index))?;
    tenants.push(tenant_of(index, fact)?);
    Ok(true)
}
