//! What is known of a site changes.

use access::Permission;
use ids::{SiteId, TenantId};

use super::{Act, Directory, Told};
use crate::domain::problem::Outcome;
use crate::domain::site::{Change, Site, name_taken};
use crate::error::Error;
use crate::store::sites;

/// Changes a site. Already so is fine.
pub async fn change_site(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    id: SiteId,
    change: &Change,
) -> Result<Outcome<Told<Site>>, Error> {
    act.caller.require(tenant, Permission::ManagePeople)?;
    let now = directory.now();
    let mut tx = directory.db.begin(tenant).await?;
    let before = sites::lock(&mut tx, id).await?;
    let next = match before.change(change) {
        Ok(next) => next,
        Err(problems) => return Ok(Err(problems)),
    };
    if next != before && !sites::update(&mut tx, &next, now).await? {
        return Ok(Err(vec![name_taken()]));
    }
    tx.commit().await?;
    Ok(Ok(Told {
        thing: next,
        fact: None,
    }))
}
