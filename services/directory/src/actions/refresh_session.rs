//! A refresh token is turned into the next pair.

use chrono::{DateTime, Utc};
use tenancy::Tx;

use super::Directory;
use super::log_in::{SignedIn, give};
use super::log_out::end;
use super::resolve_caller::standing;
use crate::credentials::secret::{self, Hash};
use crate::error::Error;
use crate::store::sessions::{self, Session};

/// What a shown token is.
enum Shown {
    /// It can be used now.
    Good(Session),
    /// It was used before: it is in two hands.
    Twice(Session),
}

/// Looks at a token; nobody else uses it until the transaction ends.
async fn look(tx: &mut Tx, hash: Hash, now: DateTime<Utc>) -> Result<Shown, Error> {
    let shown = sessions::shown(tx, hash)
        .await?
        .ok_or(Error::Unauthenticated("no such refresh token"))?;
    let session = shown.session;
    if session.revoked || session.expires_at <= now {
        return Err(Error::Unauthenticated("the session ended"));
    }
    if shown.used {
        return Ok(Shown::Twice(session));
    }
    if shown.expires_at <= now {
        return Err(Error::Unauthenticated("refresh token out of its time"));
    }
    Ok(Shown::Good(session))
}

/// Rotates. A token that was used before is in two hands: its session ends, for both.
pub async fn refresh_session(directory: &Directory, token: &str) -> Result<SignedIn, Error> {
    let hash = secret::hash(token);
    let now = directory.now();
    let mut tx = directory.db.begin_platform().await?;
    let seen = look(&mut tx, hash, now).await?;
    tx.commit().await?;
    // Looked up before the token is spent: whoever is told "try again" can do so with the same one.
    let standing = match seen {
        Shown::Good(session) => Some(standing(directory, session.account).await?),
        Shown::Twice(_) => None,
    };
    let mut tx = directory.db.begin_platform().await?;
    match (look(&mut tx, hash, now).await?, standing) {
        (Shown::Good(session), Some(standing)) => {
            sessions::used(&mut tx, hash, now).await?;
            let signed_in = give(directory, &mut tx, &session, standing).await?;
            tx.commit().await?;
            Ok(signed_in)
        }
        (Shown::Good(session) | Shown::Twice(session), _) => {
            end(directory, &mut tx, &session, "reuse").await?;
            tx.commit().await?;
            tracing::warn!(session = %session.id, "a used refresh token was shown again; the session was ended");
            Err(Error::Unauthenticated("refresh token used before"))
        }
    }
}
