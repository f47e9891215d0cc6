//! What is known of a person changes.

use access::Permission;
use ids::{PersonId, TenantId};

use super::create_site::site_stands;
use super::{Act, Directory, Told, email_taken};
use crate::domain::person::{Change, Person, site_unknown};
use crate::domain::problem::Outcome;
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::logins::{self, Account};
use crate::store::{people, sessions};

/// Changes a person. A new password, or the end of activity, ends every session.
pub async fn change_person(
    directory: &Directory,
    act: &Act,
    tenant: TenantId,
    id: PersonId,
    change: &Change,
) -> Result<Outcome<Told<Person>>, Error> {
    let grant = act.caller.require(tenant, Permission::ManagePeople)?;
    let provider = directory.db.tenant(tenant).await?.provider;
    // Hashed before the transaction: nobody waits for a row meanwhile. Whether it is taken is judged below.
    let hash = match &change.password {
        Some(password) => Some(directory.passwords.hash(&*directory.ids, password).await?),
        None => None,
    };
    let now = directory.now();
    let mut tx = directory.db.begin(tenant).await?;
    let person = people::lock(&mut tx, id).await?;
    let done = match person.change(change, grant.roles, act.caller.person == id) {
        Ok(done) => done,
        Err(problems) => return Ok(Err(problems)),
    };
    let account = Account::Person(tenant, id);
    let telling = Telling::of_tenant(directory, act.trace.as_deref(), tenant, provider, now);
    let mut facts = Vec::new();
    let mut ended = Vec::new();
    // A new site must be there.
    if done.person.site != person.site && !site_stands(&mut tx, done.person.site).await? {
        return Ok(Err(vec![site_unknown()]));
    }
    if done.different {
        if !people::update(&mut tx, &done.person, &done.email, now).await? {
            return Ok(Err(vec![email_taken()]));
        }
        logins::put(&mut tx, account, directory.pepper.hash(&done.email)).await?;
        facts.push(telling.person(&done.person)?);
    }
    if let Some(hash) = &hash {
        people::set_password(&mut tx, id, hash, now).await?;
        ended.extend(sessions::revoke_all(&mut tx, account, "password", now).await?);
    }
    if person.active && !done.person.active {
        ended.extend(sessions::revoke_all(&mut tx, account, "inactive", now).await?);
    }
    facts.extend(telling.sessions_ended(id, &ended)?);
    directory.outbox.announce(&mut tx, &facts).await?;
    tx.commit().await?;
    let fact = done
        .different
        .then(|| (tenant, id.to_string(), done.person.version));
    Ok(Ok(Told {
        thing: done.person,
        fact,
    }))
}
