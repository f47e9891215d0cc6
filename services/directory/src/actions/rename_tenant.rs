//! The operator changes a tenant's name, slug, locale or zone.

use ids::TenantId;
use tenancy::NewTenant;

use super::{Act, Directory};
use crate::domain::problem::Outcome;
use crate::domain::tenant::{Change, Tenant};
use crate::domain::words;
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::tenants;

/// Renames. Former slugs go on leading to the tenant, and are given to nobody else.
pub async fn rename_tenant(
    directory: &Directory,
    act: &Act,
    id: TenantId,
    change: &Change,
) -> Result<Outcome<Tenant>, Error> {
    act.caller.require_operator()?;
    let now = directory.now();
    let mut tx = directory.db.begin_platform().await?;
    let tenant = tenants::lock(&mut tx, id).await?;
    let renamed = match tenant.rename(change) {
        Err(problems) => return Ok(Err(problems)),
        Ok(None) => return Ok(Ok(tenant)),
        Ok(Some(renamed)) => renamed,
    };
    if !tenants::update(&mut tx, &renamed, now).await? {
        return Ok(Err(vec![words::slug_taken()]));
    }
    let telling = Telling::of_tenant(directory, act.trace.as_deref(), id, renamed.provider, now);
    directory
        .outbox
        .announce(&mut tx, &[telling.tenant_changed(&renamed)?])
        .await?;
    tx.commit().await?;
    let row = NewTenant {
        id,
        provider: renamed.provider,
        slug: renamed.slug.clone(),
        name: renamed.name.clone(),
        locale: renamed.locale.clone(),
        time_zone: renamed.time_zone.clone(),
    };
    // The row says so already; this is for the copy in this process.
    if let Err(error) = directory.db.update_tenant(&row).await {
        tracing::warn!(tenant = %id, %error, "the change is seen with the next look at the list of tenants");
    }
    Ok(Ok(renamed))
}
