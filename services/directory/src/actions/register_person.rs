//! A person of a tenant becomes known.

use access::Permission;
use idempotency::Key;
use ids::{PersonId, TenantId};

use super::create_site::site_stands;
use super::{Act, Directory, Told, email_taken};
use crate::domain::person::{Person, Wish, site_unknown};
use crate::domain::problem::Outcome;
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::logins::{self, Account};
use crate::store::people;

/// Registers a person. With a password it can sign in.
pub async fn register_person(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    wish: &Wish,
    idempotency_key: Option<&str>,
) -> Result<Outcome<Told<Person>>, Error> {
    let grant = act.caller.require(tenant, Permission::ManagePeople)?;
    let row = directory.db.tenant(tenant).await?;
    let key = Key::of(act.caller.person, "registerPerson", idempotency_key, wish)?;
    let new = match wish.read(grant.roles, &row.locale) {
        Ok(new) => new,
        Err(problems) => return Ok(Err(problems)),
    };
    let hash = match &wish.password {
        Some(password) => Some(directory.passwords.hash(&*directory.ids, password).await?),
        None => None,
    };
    let (id, now) = (PersonId::new(&*directory.ids), directory.now());
    let mut tx = directory.db.begin(tenant).await?;
    if let Some(before) = idempotency::remember(&mut tx, key.as_ref(), &id, now).await? {
        let thing = people::lock(&mut tx, before).await?;
        let fact = Some((tenant, thing.id.to_string(), thing.version));
        return Ok(Ok(Told { thing, fact }));
    }
    if !site_stands(&mut tx, new.site).await? {
        return Ok(Err(vec![site_unknown()]));
    }
    let Some(person) = people::insert(&mut tx, id, &new, hash.as_deref(), now).await? else {
        return Ok(Err(vec![email_taken()]));
    };
    let account = Account::Person(tenant, id);
    logins::put(&mut tx, account, directory.pepper.hash(&new.email)).await?;
    let telling = Telling::of_tenant(directory, act.trace.as_deref(), tenant, row.provider, now);
    directory
        .outbox
        .announce(&mut tx, &[telling.person(&person)?])
        .await?;
    tx.commit().await?;
    Ok(Ok(Told {
        fact: Some((tenant, id.to_string(), person.version)),
        thing: person,
    }))
}
