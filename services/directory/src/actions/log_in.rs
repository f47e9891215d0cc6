//! Somebody signs in with address and password.

use std::time::Duration;

use chrono::TimeDelta;
use ids::SessionId;
use tenancy::{TenancyError, Tx};
use tokio::sync::MutexGuard;
use tokio::time::{Instant, sleep_until};

use super::Directory;
use super::log_out;
use super::resolve_caller::{Standing, standing};
use crate::credentials::secret;
use crate::domain::email::Email;
use crate::domain::tenant::Tenant;
use crate::error::Error;
use crate::store::logins::{self, Account};
use crate::store::sessions::{self, Session};
use crate::store::{operators, people, staff, tenants};

/// Life of an access token. Short: between two refreshes nothing asks whether the session still stands but
/// `/internal/callers`.
const ACCESS_LIFE: TimeDelta = TimeDelta::minutes(10);
/// Within this a refresh token must be used.
const REFRESH_LIFE: TimeDelta = TimeDelta::days(7);
/// After this somebody signs in again, however often the session was refreshed.
const SESSION_LIFE: TimeDelta = TimeDelta::days(30);
/// A sign-in that fails is answered no earlier: an address with three accounts has three hashes to compute, and the
/// time would tell.
pub const REFUSAL_AFTER: Duration = Duration::from_millis(400);

/// What somebody who signed in is given.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// For the gateway.
    pub access: String,
    /// For the next access token; used once.
    pub refresh: String,
    /// Life of the access token, seconds.
    pub expires_in: i64,
    /// The tenants this account has to do with.
    pub tenants: Vec<(Tenant, Vec<access::Role>)>,
}

/// Lets one attempt per address pass at a time, and none while it waits after failures.
pub(super) struct Gate<'a> {
    email_hash: [u8; 32],
    _turn: MutexGuard<'a, ()>,
}

impl<'a> Gate<'a> {
    pub async fn open(directory: &'a Directory, email_hash: [u8; 32]) -> Result<Self, Error> {
        // Asked before the turn is taken, too: who is blocked does not stand in a queue.
        Self::check(directory, email_hash).await?;
        let turn = directory.passwords.one_at_a_time(&email_hash).await;
        Self::check(directory, email_hash).await?;
        Ok(Self {
            email_hash,
            _turn: turn,
        })
    }

    async fn check(directory: &Directory, email_hash: [u8; 32]) -> Result<(), Error> {
        let now = directory.now();
        let mut tx = directory.db.begin_platform().await?;
        let until = logins::blocked_until(&mut tx, email_hash, now).await?;
        tx.commit().await?;
        match until {
            Some(until) => Err(Error::RetryLater {
                seconds: (until - now).num_seconds().max(1),
            }),
            None => Ok(()),
        }
    }

    pub async fn failed(&self, directory: &Directory) -> Result<(), Error> {
        let mut tx = directory.db.begin_platform().await?;
        logins::failed(&mut tx, self.email_hash, directory.now()).await?;
        tx.commit().await?;
        Ok(())
    }

    pub async fn passed(&self, directory: &Directory) -> Result<(), Error> {
        let mut tx = directory.db.begin_platform().await?;
        logins::succeeded(&mut tx, self.email_hash).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// `settled`: waits for a change of the account that is under way.
async fn password_hash(
    directory: &Directory,
    account: Account,
    settled: bool,
) -> Result<Option<String>, Error> {
    let found = match account {
        Account::Person(tenant, id) => {
            // Also of a suspended tenant: who knows the password is told so, nobody else.
            let mut tx = directory.db.begin_fact(tenant).await?;
            let found = people::credentials(&mut tx, id, settled).await?;
            tx.commit().await?;
            found.and_then(|f| f.1)
        }
        Account::Staff(provider, id) => {
            let mut tx = directory.db.begin_provider(provider, &[]).await?;
            let found = staff::credentials(&mut tx, id, settled).await?;
            tx.commit().await?;
            found.and_then(|f| f.1)
        }
        Account::Operator(id) => {
            let mut tx = directory.db.begin_platform().await?;
            let found = operators::credentials(&mut tx, id, settled).await?;
            tx.commit().await?;
            found.map(|f| f.1)
        }
    };
    Ok(found)
}

/// Signs in. An address may have accounts with several owners, each with its own password: the password says which is
/// meant, and `tenant` (a slug) which of two with the same password.
pub async fn log_in(
    directory: &Directory,
    email: &str,
    password: &str,
    tenant: Option<&str>,
) -> Result<SignedIn, Error> {
    let arrived = Instant::now();
    // A megabyte of password costs as much as it likes; ours are at most 256 characters.
    if password.len() > 4 * 256 {
        return Err(refused(arrived).await);
    }
    let Ok(email) = Email::read(email) else {
        directory.passwords.verify(password, None).await?;
        return Err(refused(arrived).await);
    };
    let email_hash = directory.pepper.hash(&email);
    let gate = Gate::open(directory, email_hash).await?;
    let judged_from = Instant::now();
    let mut tx = directory.db.begin_platform().await?;
    let accounts = logins::accounts(&mut tx, email_hash).await?;
    // No slug holds a NUL, and Postgres takes none in a text: asking for it would be our mistake, and be logged as one.
    let wished = match tenant.filter(|slug| !slug.contains('\0')) {
        Some(slug) => tenants::id_of_slug(&mut tx, slug).await?,
        None => None,
    };
    tx.commit().await?;
    let mut right = Vec::new();
    for account in &accounts {
        let hash = password_hash(directory, *account, false).await?;
        if directory
            .passwords
            .verify(password, hash.as_deref())
            .await?
        {
            right.push((*account, hash));
        }
    }
    if accounts.is_empty() {
        directory.passwords.verify(password, None).await?;
    }
    let meant = right
        .iter()
        .find(|(a, _)| wished.is_some_and(|t| a.owner() == t.uuid()))
        .or(right.first());
    let Some((account, judged)) = meant.cloned() else {
        gate.failed(directory).await?;
        // With the gate still held: of five attempts at once each waits for the one before, however long that computed.
        return Err(refused(judged_from).await);
    };
    gate.passed(directory).await?;
    let standing = standing(directory, account).await?;
    if standing.all_suspended() {
        return Err(TenancyError::Suspended.into());
    }
    let now = directory.now();
    let mut tx = directory.db.begin_platform().await?;
    let id = SessionId::new(&*directory.ids);
    let ends = now + SESSION_LIFE;
    let session = sessions::begin(&mut tx, id, account, now, ends).await?;
    let signed_in = give(directory, &mut tx, &session, standing).await?;
    tx.commit().await?;
    // Whoever changed the password (or locked the person out) since it was judged has ended the sessions that were there
    // then. Ours was not: either we see that change now, or it comes later and sees ours.
    if password_hash(directory, account, true).await? != judged {
        let mut tx = directory.db.begin_platform().await?;
        log_out::end(directory, &mut tx, &session, "password").await?;
        tx.commit().await?;
        return Err(Error::WrongPassword);
    }
    Ok(signed_in)
}

/// What a wrong password is told, and no earlier than any other.
async fn refused(since: Instant) -> Error {
    sleep_until(since + REFUSAL_AFTER).await;
    Error::WrongPassword
}

/// The next pair of tokens of a session.
pub(super) async fn give(
    directory: &Directory,
    tx: &mut Tx,
    session: &Session,
    standing: Standing,
) -> Result<SignedIn, Error> {
    let now = directory.now();
    let refresh = secret::refresh_token(&*directory.ids);
    let until = (now + REFRESH_LIFE).min(session.expires_at);
    sessions::issue(tx, session.id, secret::hash(&refresh), now, until).await?;
    let life = ACCESS_LIFE;
    let access = directory
        .tokens
        .sign(session.account.person(), session.id, now, life)?;
    let wanted: Vec<_> = standing.grants.iter().map(|g| g.id).collect();
    let known = tenants::by_ids(tx, &wanted).await?;
    let mut tenants: Vec<_> = standing
        .grants
        .into_iter()
        .filter_map(|grant| {
            let tenant = known.iter().find(|t| t.id == grant.id)?;
            Some((tenant.clone(), grant.roles))
        })
        .collect();
    tenants.sort_by(|one, other| one.0.name.cmp(&other.0.name));
    Ok(SignedIn {
        access,
        refresh,
        expires_in: life.num_seconds(),
        tenants,
    })
}
