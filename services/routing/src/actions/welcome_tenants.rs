//! A provider is born with an intake group; a tenant's tickets go there until its rules say otherwise.

use clock::Clock;
use ids::{IdGen, TenantId};
use tenancy::Tx;

use crate::error::Error;
use crate::store::{groups, rules};

/// Makes what is missing; already so is fine.
pub async fn welcome_tenants(
    tx: &mut Tx,
    ids: &dyn IdGen,
    clock: &dyn Clock,
    tenants: &[TenantId],
) -> Result<(), Error> {
    let now = clock.now();
    let intake = groups::ensure_intake(tx, ids, now).await?;
    if !tenants.is_empty() {
        rules::ensure_default(tx, tenants, intake, now).await?;
    }
    Ok(())
}
