//! The first operator, made by whoever sets the platform up.

use ids::PersonId;

use super::Directory;
use crate::domain::email::Email;
use crate::domain::password;
use crate::error::Error;
use crate::store::logins::{self, Account};
use crate::store::operators;

/// The operator with this address; made with this password if there is none yet, else left as it is.
///
/// # Errors
/// [`Error::Invalid`] for an address or password that is not taken.
pub async fn ensure_operator(
    directory: &Directory,
    email: &str,
    password: &str,
) -> Result<PersonId, Error> {
    let invalid = |p: crate::domain::problem::Problem| Error::Invalid(p.message);
    let email = Email::read(email).map_err(invalid)?;
    let email_hash = directory.pepper.hash(&email);
    let mut tx = directory.db.begin_platform().await?;
    let found = operators::by_email(&mut tx, email_hash).await?;
    tx.commit().await?;
    if let Some(found) = found {
        return Ok(found);
    }
    password::check("password", password, &email).map_err(invalid)?;
    let hash = directory.passwords.hash(&*directory.ids, password).await?;
    let mut tx = directory.db.begin_platform().await?;
    let id = PersonId::new(&*directory.ids);
    let (id, new) = operators::ensure(&mut tx, id, email_hash, &hash, directory.now()).await?;
    if new {
        logins::put(&mut tx, Account::Operator(id), email_hash).await?;
    }
    tx.commit().await?;
    Ok(id)
}
