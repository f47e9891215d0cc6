//! Sessions and their refresh tokens, on the platform.

use chrono::{DateTime, Utc};
use ids::SessionId;
use tenancy::Tx;
use uuid::Uuid;

use super::logins::Account;
use crate::credentials::secret::Hash;
use crate::error::Error;

/// One sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    /// The session: the family of its refresh tokens.
    pub id: SessionId,
    /// Whose.
    pub account: Account,
    /// Whatever happens, it ends here.
    pub expires_at: DateTime<Utc>,
    /// Whether it was ended before.
    pub revoked: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    owner: Uuid,
    person: Uuid,
    expires_at: DateTime<Utc>,
    revoked: bool,
}

impl TryFrom<Row> for Session {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: SessionId::from_uuid(row.id),
            account: Account::of(&row.kind, row.owner, row.person)?,
            expires_at: row.expires_at,
            revoked: row.revoked,
        })
    }
}

/// Begins a session.
pub async fn begin(
    tx: &mut Tx,
    id: SessionId,
    account: Account,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<Session, Error> {
    sqlx::query(
        "INSERT INTO platform.session (id, kind, owner, person, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id.uuid())
    .bind(account.kind())
    .bind(account.owner())
    .bind(account.person().uuid())
    .bind(now)
    .bind(expires_at)
    .execute(tx.conn())
    .await?;
    Ok(Session {
        id,
        account,
        expires_at,
        revoked: false,
    })
}

/// A session by its id.
pub async fn find(tx: &mut Tx, id: SessionId) -> Result<Option<Session>, Error> {
    sqlx::query_as::<_, Row>(
        "SELECT id, kind, owner, person, expires_at, revoked_at IS NOT NULL AS revoked FROM platform.session WHERE id = $1",
    )
    .bind(id.uuid())
    .fetch_optional(tx.conn())
    .await?
    .map(Session::try_from)
    .transpose()
}

/// Gives a session another refresh token.
pub async fn issue(
    tx: &mut Tx,
    session: SessionId,
    hash: Hash,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO platform.refresh_token (hash, session, issued_at, expires_at) VALUES ($1, $2, $3, $4)",
    )
    .bind(hash.as_slice())
    .bind(session.uuid())
    .bind(now)
    .bind(expires_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A refresh token that somebody shows.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// Its session.
    pub session: Session,
    /// Whether it was used before.
    pub used: bool,
    /// Until when it could be used.
    pub expires_at: DateTime<Utc>,
}

/// Looks a refresh token up; nobody else uses it until this transaction ends.
pub async fn shown(tx: &mut Tx, hash: Hash) -> Result<Option<Shown>, Error> {
    let token: Option<(Uuid, bool, DateTime<Utc>)> = sqlx::query_as(
        "SELECT session, used_at IS NOT NULL, expires_at FROM platform.refresh_token WHERE hash = $1 FOR UPDATE",
    )
    .bind(hash.as_slice())
    .fetch_optional(tx.conn())
    .await?;
    let Some((session, used, expires_at)) = token else {
        return Ok(None);
    };
    let session = find(tx, SessionId::from_uuid(session)).await?;
    Ok(session.map(|session| Shown {
        session,
        used,
        expires_at,
    }))
}

/// Marks a token as used.
pub async fn used(tx: &mut Tx, hash: Hash, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query("UPDATE platform.refresh_token SET used_at = $2 WHERE hash = $1")
        .bind(hash.as_slice())
        .bind(now)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Ends a session, in the platform's transaction. Whether it ran until now.
pub async fn revoke(
    tx: &mut Tx,
    id: SessionId,
    reason: &'static str,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let done = sqlx::query(
        "UPDATE platform.session SET revoked_at = $2, revoked_for = $3 WHERE id = $1 AND revoked_at IS NULL",
    )
    .bind(id.uuid())
    .bind(now)
    .bind(reason)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Ends every session of an account, in the transaction of its tenant, provider or the platform. Those that ran until
/// now: each ends once, so each is told once.
pub async fn revoke_all(
    tx: &mut Tx,
    account: Account,
    reason: &'static str,
    now: DateTime<Utc>,
) -> Result<Vec<SessionId>, Error> {
    let ended: Vec<Uuid> = sqlx::query_scalar(
        "UPDATE platform.session SET revoked_at = $3, revoked_for = $4 \
         WHERE owner = $1 AND person = $2 AND revoked_at IS NULL RETURNING id",
    )
    .bind(account.owner())
    .bind(account.person().uuid())
    .bind(now)
    .bind(reason)
    .fetch_all(tx.conn())
    .await?;
    Ok(ended.into_iter().map(SessionId::from_uuid).collect())
}

/// Deletes sessions that ended before `before`, with their tokens; and tokens that expired before it. How many rows.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, Error> {
    let sessions = sqlx::query(
        "DELETE FROM platform.session WHERE id IN ( \
         SELECT id FROM platform.session WHERE expires_at < $1 OR revoked_at < $1 LIMIT 5000)",
    )
    .bind(before)
    .execute(tx.conn())
    .await?;
    let tokens = sqlx::query(
        "DELETE FROM platform.refresh_token WHERE hash IN ( \
         SELECT hash FROM platform.refresh_token WHERE expires_at < $1 LIMIT 5000)",
    )
    .bind(before)
    .execute(tx.conn())
    .await?;
    Ok(sessions.rows_affected() + tokens.rows_affected())
}
