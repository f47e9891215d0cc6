//! A tenant's routing, for those who work by it.

use access::{Caller, Permission};
use ids::TenantId;

use super::welcome_tenants::welcome_tenants;
use super::{Tools, begin};
use crate::error::Error;
use crate::store::rules;
pub use crate::store::rules::Versioned;

/// Default group and rules of a tenant.
pub async fn read_rules(
    tools: &Tools,
    caller: &Caller,
    tenant: TenantId,
) -> Result<Versioned, Error> {
    caller.require(tenant, Permission::ReadWorklist)?;
    let mut tx = begin(tools, caller, tenant).await?;
    let mut found = rules::of(&mut tx, &[tenant]).await?;
    if found.is_empty() {
        welcome_tenants(&mut tx, &*tools.ids, &*tools.clock, &[tenant]).await?;
        found = rules::of(&mut tx, &[tenant]).await?;
    }
    tx.commit().await?;
    found
        .remove(&tenant)
        .ok_or(Error::NotFound("routing of the tenant"))
}
