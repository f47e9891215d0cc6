//! What is known of an application changes.

use access::Permission;
use ids::{ApplicationId, TenantId};

use super::register_application::owner_stands;
use super::{Act, Directory, Told};
use crate::domain::application::{Application, Change, code_taken, owner_unknown};
use crate::domain::problem::Outcome;
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::applications;

/// Changes an application. Already so is fine.
pub async fn change_application(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    id: ApplicationId,
    change: &Change,
) -> Result<Outcome<Told<Application>>, Error> {
    act.caller.require(tenant, Permission::ManageApplications)?;
    let provider = directory.db.tenant(tenant).await?.provider;
    let now = directory.now();
    let mut tx = directory.db.begin(tenant).await?;
    let before = applications::lock(&mut tx, id).await?;
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
    // An owner who left since may stay; a new one must be there.
    if next.owner != before.owner && !owner_stands(&mut tx, next.owner).await? {
        return Ok(Err(vec![owner_unknown()]));
    }
    if !applications::update(&mut tx, &next, now).await? {
        return Ok(Err(vec![code_taken()]));
    }
    let telling = Telling::of_tenant(directory, act.trace.as_deref(), tenant, provider, now);
    directory
        .outbox
        .announce(&mut tx, &[telling.application(&next)?])
        .await?;
    tx.commit().await?;
    Ok(Ok(Told {
        fact: Some((tenant, id.to_string(), next.version)),
        thing: next,
    }))
}
