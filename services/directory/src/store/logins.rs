//! From an address to the accounts that sign in with it, and how often that failed.

use chrono::{DateTime, Utc};
use ids::{PersonId, ProviderId, TenantId};
use tenancy::Tx;
use uuid::Uuid;

use crate::domain::lockout;
use crate::error::Error;

/// Where somebody who signs in is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// A person of a tenant.
    Person(TenantId, PersonId),
    /// One of a provider's staff.
    Staff(ProviderId, PersonId),
    /// Runs the platform.
    Operator(PersonId),
}

/// One address has at most so many accounts that are tried: each costs a password hash.
const CANDIDATES: i64 = 5;

impl Account {
    /// The person.
    pub const fn person(self) -> PersonId {
        match self {
            Self::Person(_, p) | Self::Staff(_, p) | Self::Operator(p) => p,
        }
    }

    /// `kind` as the database has it.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Person(..) => "person",
            Self::Staff(..) => "staff",
            Self::Operator(_) => "operator",
        }
    }

    /// Tenant, provider, or nil.
    pub const fn owner(self) -> Uuid {
        match self {
            Self::Person(t, _) => t.uuid(),
            Self::Staff(p, _) => p.uuid(),
            Self::Operator(_) => Uuid::nil(),
        }
    }

    /// The tenant that it belongs to, and the provider: of a person the one that serves its tenant, `serving`.
    pub const fn whose(
        self,
        serving: Option<ProviderId>,
    ) -> (Option<TenantId>, Option<ProviderId>) {
        match self {
            Self::Person(tenant, _) => (Some(tenant), serving),
            Self::Staff(provider, _) => (None, Some(provider)),
            Self::Operator(_) => (None, None),
        }
    }

    /// From the database.
    pub(super) fn of(kind: &str, owner: Uuid, person: Uuid) -> Result<Self, Error> {
        let person = PersonId::from_uuid(person);
        match kind {
            "person" => Ok(Self::Person(TenantId::from_uuid(owner), person)),
            "staff" => Ok(Self::Staff(ProviderId::from_uuid(owner), person)),
            "operator" => Ok(Self::Operator(person)),
            other => Err(Error::Unreadable {
                column: "kind",
                value: other.to_owned(),
            }),
        }
    }
}

/// The account signs in with this address, and no other, from the commit on. In the account's own transaction.
pub async fn put(tx: &mut Tx, account: Account, email_hash: [u8; 32]) -> Result<(), Error> {
    sqlx::query("DELETE FROM platform.login WHERE owner = $1 AND person = $2 AND email_hash <> $3")
        .bind(account.owner())
        .bind(account.person().uuid())
        .bind(email_hash.as_slice())
        .execute(tx.conn())
        .await?;
    sqlx::query(
        "INSERT INTO platform.login (email_hash, kind, owner, person) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
    )
    .bind(email_hash.as_slice())
    .bind(account.kind())
    .bind(account.owner())
    .bind(account.person().uuid())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The accounts of an address, in a fixed order.
pub async fn accounts(tx: &mut Tx, email_hash: [u8; 32]) -> Result<Vec<Account>, Error> {
    let rows: Vec<(String, Uuid, Uuid)> = sqlx::query_as(
        "SELECT kind, owner, person FROM platform.login WHERE email_hash = $1 ORDER BY person, owner LIMIT $2",
    )
    .bind(email_hash.as_slice())
    .bind(CANDIDATES)
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|(kind, owner, person)| Account::of(kind, *owner, *person))
        .collect()
}

/// Until when an address waits, if it does.
pub async fn blocked_until(
    tx: &mut Tx,
    email_hash: [u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    Ok(sqlx::query_scalar(
        "SELECT blocked_until FROM platform.login_attempt WHERE email_hash = $1 AND blocked_until > $2",
    )
    .bind(email_hash.as_slice())
    .bind(now)
    .fetch_optional(tx.conn())
    .await?)
}

/// Counts a failure. Until when the address waits from now on, if it does.
pub async fn failed(
    tx: &mut Tx,
    email_hash: [u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, Error> {
    let failures: i32 = sqlx::query_scalar(
        "INSERT INTO platform.login_attempt AS a (email_hash, failures, last_at) VALUES ($1, 1, $2) \
         ON CONFLICT (email_hash) DO UPDATE SET last_at = excluded.last_at, \
         failures = CASE WHEN a.last_at < $3 THEN 1 ELSE least(a.failures + 1, 1000) END RETURNING failures",
    )
    .bind(email_hash.as_slice())
    .bind(now)
    .bind(now - lockout::FORGOTTEN)
    .fetch_one(tx.conn())
    .await?;
    let until = lockout::wait(failures).map(|wait| now + wait);
    if until.is_some() {
        sqlx::query("UPDATE platform.login_attempt SET blocked_until = $2 WHERE email_hash = $1")
            .bind(email_hash.as_slice())
            .bind(until)
            .execute(tx.conn())
            .await?;
    }
    Ok(until)
}

/// Forgets the failures of an address, unless it has accounts with several owners: whoever holds one of them (any
/// client's administrator may give it a password) could otherwise guess at the others without ever having to wait.
pub async fn succeeded(tx: &mut Tx, email_hash: [u8; 32]) -> Result<(), Error> {
    sqlx::query(
        "DELETE FROM platform.login_attempt WHERE email_hash = $1 \
         AND (SELECT count(*) FROM platform.login WHERE email_hash = $1) <= 1",
    )
    .bind(email_hash.as_slice())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Forgets what is too old to count.
pub async fn purge(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, Error> {
    let done = sqlx::query("DELETE FROM platform.login_attempt WHERE last_at < $1")
        .bind(now - lockout::FORGOTTEN)
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected())
}
