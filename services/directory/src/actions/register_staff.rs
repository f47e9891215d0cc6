//! A provider takes somebody on.

use access::{CallerKind, Permission, Refusal, Role};
use idempotency::Key;
use ids::{PersonId, ProviderId};

use super::{Act, Directory, email_taken};
use crate::domain::problem::Outcome;
use crate::domain::staff::{Member, Wish};
use crate::error::Error;
use crate::store::logins::{self, Account};
use crate::store::staff;

/// The provider that somebody may take staff on for: any for the operator, one's own for a service manager.
fn provider_of(act: &Act, named: Option<ProviderId>) -> Result<ProviderId, Error> {
    let caller = &act.caller;
    if caller.kind == CallerKind::Operator {
        return named.ok_or_else(|| {
            Error::Invalid(
                "Indique el proveedor: quien opera la plataforma atiende a todos.".to_owned(),
            )
        });
    }
    // Who is not staff has no provider to speak for.
    let own = caller
        .provider
        .filter(|_| caller.kind == CallerKind::Staff)
        .ok_or(Refusal::Forbidden {
            permission: Permission::ManageStaff,
        })?;
    if named.is_some_and(|named| named != own) {
        return Err(Refusal::NotFound.into());
    }
    let manages = caller
        .tenants
        .iter()
        .any(|t| t.roles.contains(&Role::ServiceManager));
    if manages {
        Ok(own)
    } else {
        Err(Refusal::Forbidden {
            permission: Permission::ManageStaff,
        }
        .into())
    }
}

/// Registers a member; with a password it can sign in, and sees nothing until it is assigned to a tenant.
pub async fn register_staff(
    directory: &Directory,
    act: &Act,
    provider: Option<ProviderId>,
    wish: &Wish,
    idempotency_key: Option<&str>,
) -> Result<Outcome<Member>, Error> {
    let provider = provider_of(act, provider)?;
    let key = Key::of(act.caller.person, "registerStaff", idempotency_key, wish)?;
    let new = match wish.read() {
        Ok(new) => new,
        Err(problems) => return Ok(Err(problems)),
    };
    let hash = match &wish.password {
        Some(password) => Some(directory.passwords.hash(&*directory.ids, password).await?),
        None => None,
    };
    let (id, now) = (PersonId::new(&*directory.ids), directory.now());
    let mut tx = directory.db.begin_provider(provider, &[]).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &id, now).await? {
        let found = staff::by_ids(&mut tx, &[before]).await?;
        return found
            .into_iter()
            .next()
            .map(Ok)
            .ok_or(Error::NotFound("staff"));
    }
    let Some(member) = staff::insert(&mut tx, id, &new, hash.as_deref(), now).await? else {
        return Ok(Err(vec![email_taken()]));
    };
    let account = Account::Staff(provider, id);
    logins::put(&mut tx, account, directory.pepper.hash(&new.email)).await?;
    tx.commit().await?;
    Ok(Ok(member))
}
