//! A site of a tenant becomes known.

use access::Permission;
use idempotency::Key;
use ids::{SiteId, TenantId};
use tenancy::Tx;

use super::{Act, Directory, Told};
use crate::domain::problem::Outcome;
use crate::domain::site::{Site, Wish, name_taken};
use crate::error::Error;
use crate::store::sites;

/// Makes a site. Nothing is told of it: others hear of it with the people who work there.
pub async fn create_site(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    wish: &Wish,
    idempotency_key: Option<&str>,
) -> Result<Outcome<Told<Site>>, Error> {
    act.caller.require(tenant, Permission::ManagePeople)?;
    let key = Key::of(act.caller.person, "createSite", idempotency_key, wish)?;
    let new = match wish.read(SiteId::new(&*directory.ids)) {
        Ok(new) => new,
        Err(problems) => return Ok(Err(problems)),
    };
    let now = directory.now();
    let mut tx = directory.db.begin(tenant).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &new.id, now).await? {
        let thing = sites::lock(&mut tx, before).await?;
        return Ok(Ok(Told { thing, fact: None }));
    }
    if !sites::insert(&mut tx, &new, now).await? {
        return Ok(Err(vec![name_taken()]));
    }
    tx.commit().await?;
    Ok(Ok(Told {
        thing: new,
        fact: None,
    }))
}

/// Whether the wished site, if there is one, is one of the tenant's.
pub(super) async fn site_stands(tx: &mut Tx, site: Option<SiteId>) -> Result<bool, Error> {
    match site {
        None => Ok(true),
        Some(site) => Ok(!sites::by_ids(tx, &[site]).await?.is_empty()),
    }
}
