//! An application of a tenant becomes known.

use access::Permission;
use idempotency::Key;
use ids::{ApplicationId, PersonId, TenantId};
use tenancy::Tx;

use super::{Act, Directory, Told};
use crate::domain::application::{Application, Wish, code_taken, owner_unknown};
use crate::domain::problem::Outcome;
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::{applications, people};

/// Registers an application.
pub async fn register_application(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    wish: &Wish,
    idempotency_key: Option<&str>,
) -> Result<Outcome<Told<Application>>, Error> {
    act.caller.require(tenant, Permission::ManageApplications)?;
    let provider = directory.db.tenant(tenant).await?.provider;
    let person = act.caller.person;
    let key = Key::of(person, "registerApplication", idempotency_key, wish)?;
    let new = match wish.read(ApplicationId::new(&*directory.ids)) {
        Ok(new) => new,
        Err(problems) => return Ok(Err(problems)),
    };
    let now = directory.now();
    let mut tx = directory.db.begin(tenant).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &new.id, now).await? {
        let thing = applications::lock(&mut tx, before).await?;
        let fact = Some((tenant, thing.id.to_string(), thing.version));
        return Ok(Ok(Told { thing, fact }));
    }
    if !owner_stands(&mut tx, new.owner).await? {
        return Ok(Err(vec![owner_unknown()]));
    }
    if !applications::insert(&mut tx, &new, now).await? {
        return Ok(Err(vec![code_taken()]));
    }
    let telling = Telling::of_tenant(directory, act.trace.as_deref(), tenant, provider, now);
    directory
        .outbox
        .announce(&mut tx, &[telling.application(&new)?])
        .await?;
    tx.commit().await?;
    Ok(Ok(Told {
        fact: Some((tenant, new.id.to_string(), new.version)),
        thing: new,
    }))
}

/// Whether the wished owner, if there is one, is an active person of the tenant.
pub(super) async fn owner_stands(tx: &mut Tx, owner: Option<PersonId>) -> Result<bool, Error> {
    match owner {
        None => Ok(true),
        Some(owner) => Ok(people::active_roles(tx, owner).await?.is_some()),
    }
}
