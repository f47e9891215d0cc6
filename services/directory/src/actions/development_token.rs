//! A token on a development instance, without a password.

use access::Role;
use chrono::TimeDelta;
use ids::SessionId;

use super::Directory;
use crate::error::Error;
use crate::store::logins::Account;
use crate::store::{assignments, operators, people, sessions, tenants};

/// A working day: whoever tries things out should not sign in again every ten minutes.
const LIFE: TimeDelta = TimeDelta::hours(12);

async fn first(directory: &Directory, slug: &str, role: Role) -> Result<Account, Error> {
    let mut tx = directory.db.begin_platform().await?;
    if role == Role::Operator {
        let found = operators::first(&mut tx).await?;
        tx.commit().await?;
        return found
            .map(Account::Operator)
            .ok_or(Error::NotFound("operator"));
    }
    let id = tenants::id_of_slug(&mut tx, slug).await?;
    tx.commit().await?;
    let tenant = directory
        .db
        .tenant(id.ok_or(Error::NotFound("tenant"))?)
        .await?;
    let found = if role.is_staff() {
        let mut tx = directory
            .db
            .begin_provider(tenant.provider, &[tenant.id])
            .await?;
        let found = assignments::first_with(&mut tx, tenant.id, role).await?;
        tx.commit().await?;
        found.map(|p| Account::Staff(tenant.provider, p))
    } else {
        let mut tx = directory.db.begin(tenant.id).await?;
        let found = people::first_with(&mut tx, role).await?;
        tx.commit().await?;
        found.map(|p| Account::Person(tenant.id, p))
    };
    found.ok_or(Error::NotFound("person with the role"))
}

/// An access token for the first who may sign in and holds the role with the tenant (or the first operator).
///
/// # Errors
/// [`Error::Production`] in production; [`Error::NotFound`] if nobody holds the role. Machines have keys, not tokens.
pub async fn development_token(
    directory: &Directory,
    slug: &str,
    role: Role,
) -> Result<String, Error> {
    if directory.config.production {
        return Err(Error::Production);
    }
    let account = first(directory, slug, role).await?;
    let now = directory.now();
    let mut tx = directory.db.begin_platform().await?;
    let id = SessionId::new(&*directory.ids);
    let session = sessions::begin(&mut tx, id, account, now, now + LIFE).await?;
    tx.commit().await?;
    directory
        .tokens
        .sign(session.account.person(), session.id, now, LIFE)
}
