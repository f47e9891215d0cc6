//! Somebody sets a new password for oneself.

use access::{CallerKind, Refusal};
use ids::ProviderId;
use tenancy::Tx;

use super::log_in::Gate;
use super::{Act, Directory, kept_email};
use crate::domain::email::Email;
use crate::domain::password;
use crate::domain::problem::{Outcome, Problem};
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::logins::Account;
use crate::store::{operators, people, sessions, staff};

fn account(act: &Act) -> Result<Option<Account>, Error> {
    let caller = &act.caller;
    Ok(match caller.kind {
        CallerKind::Person => {
            let tenant = caller.tenant(None)?;
            Some(Account::Person(tenant, caller.person))
        }
        CallerKind::Staff => {
            let provider = caller.provider.ok_or(Refusal::NotFound)?;
            Some(Account::Staff(provider, caller.person))
        }
        CallerKind::Operator => Some(Account::Operator(caller.person)),
        CallerKind::Machine => None,
    })
}

/// The address (absent for operators), its keyed hash, and the password's hash.
struct Kept {
    email: Option<Email>,
    email_hash: [u8; 32],
    password_hash: Option<String>,
}

async fn kept(directory: &Directory, account: Account) -> Result<Kept, Error> {
    let gone = || Error::NotFound("account");
    let (email, password_hash) = match account {
        Account::Operator(id) => {
            let mut tx = directory.db.begin_platform().await?;
            let found = operators::credentials(&mut tx, id, false)
                .await?
                .ok_or_else(gone)?;
            tx.commit().await?;
            return Ok(Kept {
                email: None,
                email_hash: found.0.try_into().map_err(|_| gone())?,
                password_hash: Some(found.1),
            });
        }
        Account::Person(tenant, id) => {
            let mut tx = directory.db.begin(tenant).await?;
            let found = people::credentials(&mut tx, id, false)
                .await?
                .ok_or_else(gone)?;
            tx.commit().await?;
            found
        }
        Account::Staff(provider, id) => {
            let mut tx = directory.db.begin_provider(provider, &[]).await?;
            let found = staff::credentials(&mut tx, id, false)
                .await?
                .ok_or_else(gone)?;
            tx.commit().await?;
            found
        }
    };
    let email = kept_email(&email)?;
    Ok(Kept {
        email_hash: directory.pepper.hash(&email),
        email: Some(email),
        password_hash,
    })
}

/// Saves the hash, ends every session and announces their end.
async fn save(
    directory: &Directory,
    act: &Act,
    tx: &mut Tx,
    (account, provider): (Account, Option<ProviderId>),
    hash: &str,
) -> Result<(), Error> {
    let now = directory.now();
    match account {
        Account::Person(_, id) => people::set_password(tx, id, hash, now).await?,
        Account::Staff(_, id) => staff::set_password(tx, id, hash, now).await?,
        Account::Operator(id) => operators::set_password(tx, id, hash).await?,
    }
    let ended = sessions::revoke_all(tx, account, "password", now).await?;
    let whose = account.whose(provider);
    let telling = Telling::of_account(directory, act.trace.as_deref(), whose, now);
    let facts = telling.sessions_ended(account.person(), &ended)?;
    directory.outbox.announce(tx, &facts).await?;
    Ok(())
}

/// Sets the password if the old one is right; every session ends, so that whoever knew the old one is out.
pub async fn set_password(
    directory: &Directory,
    act: &Act,
    old: &str,
    new: &str,
) -> Result<Outcome<()>, Error> {
    let Some(account) = account(act)? else {
        let message = "Una clave de API no tiene contraseña.";
        return Ok(Err(vec![Problem::of("NO_PASSWORD", message)]));
    };
    let kept = kept(directory, account).await?;
    // Guessing the old password with a stolen token is guessing all the same.
    let gate = Gate::open(directory, kept.email_hash).await?;
    let right = directory
        .passwords
        .verify(old, kept.password_hash.as_deref())
        .await?;
    if !right {
        gate.failed(directory).await?;
        let message = "La contraseña actual no es correcta.";
        return Ok(Err(vec![Problem::at("old", "PASSWORD_WRONG", message)]));
    }
    // An operator's address is not kept; its rules lack that one.
    let email = match kept.email {
        Some(email) => email,
        None => kept_email("-@operator.invalid")?,
    };
    if let Err(problem) = password::check("new", new, &email) {
        return Ok(Err(vec![problem]));
    }
    if old == new {
        let message = "La contraseña nueva es igual a la actual.";
        return Ok(Err(vec![Problem::at("new", "PASSWORD_SAME", message)]));
    }
    let hash = directory.passwords.hash(&*directory.ids, new).await?;
    match account {
        Account::Person(tenant, _) => {
            let provider = directory.db.tenant(tenant).await?.provider;
            let mut tx = directory.db.begin(tenant).await?;
            save(directory, act, &mut tx, (account, Some(provider)), &hash).await?;
            tx.commit().await?;
        }
        Account::Staff(provider, _) => {
            let mut tx = directory.db.begin_provider(provider, &[]).await?;
            save(directory, act, &mut tx, (account, None), &hash).await?;
            tx.commit().await?;
        }
        Account::Operator(_) => {
            let mut tx = directory.db.begin_platform().await?;
            save(directory, act, &mut tx, (account, None), &hash).await?;
            tx.commit().await?;
        }
    }
    gate.passed(directory).await?;
    Ok(Ok(()))
}
