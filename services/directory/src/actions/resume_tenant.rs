//! The operator ends a suspension.

use ids::TenantId;

use super::suspend_tenant::moved;
use super::{Act, Directory};
use crate::domain::tenant::Tenant;
use crate::error::Error;
use crate::store::tenants;

/// The tenant's callers are served again. Not suspended is fine.
pub async fn resume_tenant(
    directory: &Directory,
    act: &Act,
    id: TenantId,
) -> Result<Tenant, Error> {
    act.caller.require_operator()?;
    let mut tx = directory.db.begin_platform().await?;
    let tenant = tenants::lock(&mut tx, id).await?;
    match tenant.resume() {
        None => Ok(tenant),
        Some(resumed) => {
            moved(directory, act, tx, &resumed).await?;
            Ok(resumed)
        }
    }
}
