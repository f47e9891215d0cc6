//! A session ends.

use tenancy::Tx;

use super::Directory;
use crate::credentials::secret;
use crate::error::Error;
use crate::events::publish::Telling;
use crate::store::sessions::{self, Session};
use crate::store::tenants;

/// Ends the session of a refresh token. One that nobody knows is fine: there is nothing to end.
pub async fn log_out(directory: &Directory, token: &str) -> Result<(), Error> {
    let mut tx = directory.db.begin_platform().await?;
    if let Some(shown) = sessions::shown(&mut tx, secret::hash(token)).await? {
        end(directory, &mut tx, &shown.session, "logout").await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Ends a session and announces it, in the platform's transaction; already so is fine.
pub(super) async fn end(
    directory: &Directory,
    tx: &mut Tx,
    session: &Session,
    reason: &'static str,
) -> Result<(), Error> {
    let now = directory.now();
    if sessions::revoke(tx, session.id, reason, now).await? {
        let account = session.account;
        let provider = tenants::sight(tx, account.owner()).await?.provider;
        let telling = Telling::of_account(directory, None, account.whose(provider), now);
        let facts = telling.sessions_ended(account.person(), &[session.id])?;
        directory.outbox.announce(tx, &facts).await?;
    }
    Ok(())
}
