//! What is known of a vendor changes.

use access::Permission;
use ids::{TenantId, VendorId};

use super::{Act, Directory, Told};
use crate::domain::problem::Outcome;
use crate::domain::vendor::{Change, Vendor, name_taken};
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::vendors;

/// Changes a vendor. Already so is fine.
pub async fn change_vendor(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    id: VendorId,
    change: &Change,
) -> Result<Outcome<Told<Vendor>>, Error> {
    act.caller.require(tenant, Permission::ManageApplications)?;
    let provider = directory.db.tenant(tenant).await?.provider;
    let now = directory.now();
    let mut tx = directory.db.begin(tenant).await?;
    let before = vendors::lock(&mut tx, id).await?;
    let next = match before.change(change) {
        Ok(next) => next,
        Err(problems) => return Ok(Err(problems)),
    };
    if next == before {
        return Ok(Ok(Told {
            thing: next,
            fact: None,
        }));
    }
    if !vendors::update(&mut tx, &next, now).await? {
        return Ok(Err(vec![name_taken()]));
    }
    let telling = Telling::of_tenant(directory, act.trace.as_deref(), tenant, provider, now);
    directory
        .outbox
        .announce(&mut tx, &[telling.vendor(&next)?])
        .await?;
    tx.commit().await?;
    Ok(Ok(Told {
        fact: Some((tenant, id.to_string(), next.version)),
        thing: next,
    }))
}
