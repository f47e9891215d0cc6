//! The operator suspends a tenant.

use ids::TenantId;
use tenancy::TenantState;

use super::{Act, Directory};
use crate::domain::problem::Outcome;
use crate::domain::tenant::{State, Tenant};
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::tenants;

/// From now on every door refuses the tenant's callers. Already suspended is fine.
pub async fn suspend_tenant(
    directory: &Directory,
    act: &Act,
    id: TenantId,
) -> Result<Outcome<Tenant>, Error> {
    act.caller.require_operator()?;
    let mut tx = directory.db.begin_platform().await?;
    let tenant = tenants::lock(&mut tx, id).await?;
    match tenant.suspend() {
        Err(problems) => Ok(Err(problems)),
        Ok(None) => Ok(Ok(tenant)),
        Ok(Some(suspended)) => {
            moved(directory, act, tx, &suspended).await?;
            Ok(Ok(suspended))
        }
    }
}

/// Saves and announces a move, and lets this process know at once.
pub(super) async fn moved(
    directory: &Directory,
    act: &Act,
    mut tx: tenancy::PlatformTx,
    tenant: &Tenant,
) -> Result<(), Error> {
    let now = directory.now();
    tenants::update(&mut tx, tenant, now).await?;
    let telling = Telling::of_tenant(
        directory,
        act.trace.as_deref(),
        tenant.id,
        tenant.provider,
        now,
    );
    directory
        .outbox
        .announce(&mut tx, &[telling.tenant_moved(tenant)?])
        .await?;
    tx.commit().await?;
    let state = if tenant.state == State::Suspended {
        TenantState::Suspended
    } else {
        TenantState::Ready
    };
    // The row says so already; this is for the copy in this process, which others read within seconds.
    if let Err(error) = directory.db.set_tenant_state(tenant.id, state).await {
        tracing::warn!(tenant = %tenant.id, %error, "the change is seen with the next look at the list of tenants");
    }
    Ok(())
}
