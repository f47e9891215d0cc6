//! The operator creates a tenant.

use ids::{ProviderId, TenantId};
use tenancy::NewTenant;

use super::{Act, Directory};
use crate::domain::problem::Outcome;
use crate::domain::tenant::{Tenant, Wish};
use crate::domain::words;
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::{providers, tenants};

/// Creates a tenant: promised (the slug is its own from then on), its part of directory made, announced. The other
/// services make their parts when they hear of it; when all have said so it is ready.
pub async fn create_tenant(
    directory: &Directory,
    act: &Act,
    provider: ProviderId,
    wish: &Wish,
) -> Result<Outcome<Tenant>, Error> {
    act.caller.require_operator()?;
    let id = TenantId::new(&*directory.ids);
    let new = match wish.read(id, provider, directory.now()) {
        Ok(new) => new,
        Err(problems) => return Ok(Err(problems)),
    };
    let mut tx = directory.db.begin_platform().await?;
    providers::by_id(&mut tx, provider)
        .await?
        .ok_or(Error::NotFound("provider"))?;
    let promised = tenants::promise(&mut tx, &new).await?;
    tx.commit().await?;
    let Some(promised) = promised else {
        return Ok(Err(vec![words::slug_taken()]));
    };
    match keep(directory, act.trace.as_deref(), &promised).await? {
        Some(tenant) => Ok(Ok(tenant)),
        None => Ok(Err(vec![words::slug_taken()])),
    }
}

/// Makes directory's part of a promised tenant and tells of it; none if somebody else did.
pub(super) async fn keep(
    directory: &Directory,
    trace: Option<&str>,
    promised: &Tenant,
) -> Result<Option<Tenant>, Error> {
    let row = NewTenant {
        id: promised.id,
        provider: promised.provider,
        slug: promised.slug.clone(),
        name: promised.name.clone(),
        locale: promised.locale.clone(),
        time_zone: promised.time_zone.clone(),
    };
    let made = directory.db.provision_tenant(&row).await?;
    if made.already {
        // A promise that was taken over may have another name.
        directory.db.update_tenant(&row).await?;
    }
    let tenant = Tenant {
        sequence: 1,
        ..promised.clone()
    };
    let telling = Telling::of_tenant(
        directory,
        trace,
        tenant.id,
        tenant.provider,
        directory.now(),
    );
    let fact = telling.tenant_created(&tenant)?;
    let mut tx = directory.db.begin_platform().await?;
    if !tenants::announced(&mut tx, tenant.id).await? {
        return Ok(None);
    }
    directory.outbox.announce(&mut tx, &[fact]).await?;
    tx.commit().await?;
    tracing::info!(tenant = %tenant.id, took_ms = made.took.as_millis() as u64, "tenant created");
    Ok(Some(tenant))
}
