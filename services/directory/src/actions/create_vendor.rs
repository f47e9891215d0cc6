//! A vendor of a tenant becomes known.

use access::Permission;
use idempotency::Key;
use ids::{TenantId, VendorId};

use super::{Act, Directory, Told};
use crate::domain::problem::Outcome;
use crate::domain::vendor::{Vendor, Wish, name_taken};
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::vendors;

/// Registers a vendor.
pub async fn create_vendor(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    wish: &Wish,
    idempotency_key: Option<&str>,
) -> Result<Outcome<Told<Vendor>>, Error> {
    act.caller.require(tenant, Permission::ManageApplications)?;
    let provider = directory.db.tenant(tenant).await?.provider;
    let key = Key::of(act.caller.person, "createVendor", idempotency_key, wish)?;
    let new = match wish.read(VendorId::new(&*directory.ids)) {
        Ok(new) => new,
        Err(problems) => return Ok(Err(problems)),
    };
    let now = directory.now();
    let mut tx = directory.db.begin(tenant).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &new.id, now).await? {
        let thing = vendors::lock(&mut tx, before).await?;
        let fact = Some((tenant, thing.id.to_string(), thing.version));
        return Ok(Ok(Told { thing, fact }));
    }
    if !vendors::insert(&mut tx, &new, now).await? {
        return Ok(Err(vec![name_taken()]));
    }
    let telling = Telling::of_tenant(directory, act.trace.as_deref(), tenant, provider, now);
    directory
        .outbox
        .announce(&mut tx, &[telling.vendor(&new)?])
        .await?;
    tx.commit().await?;
    Ok(Ok(Told {
        fact: Some((tenant, new.id.to_string(), new.version)),
        thing: new,
    }))
}
