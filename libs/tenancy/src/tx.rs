//! Transactions: the only doors to the data.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::PoisonError,
};

use tokio::sync::Mutex;

use crate::{Conn, TenancyError, names::Scope, slots::Lease};

type AfterCommit = Box<dyn FnOnce() + Send>;

/// What the three kinds of transaction have in common. It rolls back when it is dropped.
///
/// Use it through [`Tx::conn`] with sqlx, or hand `&*tx` to sea-orm as a connection. [`Conn::savepoint`] on
/// `conn()` gives a savepoint.
pub struct Tx {
    scope: Scope,
    // A lock for sea-orm alone, whose trait runs statements on `&self`; `conn` goes past it.
    lease: Mutex<Lease>,
    // Closures are not `Sync`, and a transaction must be.
    after: std::sync::Mutex<Vec<AfterCommit>>,
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tx({})", self.scope)
    }
}

impl Tx {
    pub(crate) fn new(scope: Scope, lease: Lease) -> Self {
        Self {
            scope,
            lease: Mutex::new(lease),
            after: std::sync::Mutex::default(),
        }
    }

    /// The connection, inside the transaction. Do not send `COMMIT`, `ROLLBACK`, `SET ROLE` or `SET search_path` over it.
    pub fn conn(&mut self) -> &mut Conn {
        self.lease.get_mut().conn()
    }

    pub(crate) fn lease(&self) -> &Mutex<Lease> {
        &self.lease
    }

    /// Whose data this is.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Runs `f` once the commit has succeeded; never when it is rolled back. For waking somebody in this process: after a
    /// crash between the two nobody is woken, so a sweep must find the work as well.
    pub fn after_commit(&mut self, f: impl FnOnce() + Send + 'static) {
        self.after
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Box::new(f));
    }

    async fn commit(self, lazily: bool) -> Result<(), TenancyError> {
        let Self { lease, after, .. } = self;
        lease.into_inner().commit(lazily).await?;
        after
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .into_iter()
            .for_each(|f| f());
        Ok(())
    }

    async fn rollback(self) -> Result<(), TenancyError> {
        self.lease.into_inner().rollback().await
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(pub(crate) Tx);

        impl $name {
            /// Makes it durable, then runs what was left with [`Tx::after_commit`]. Fails (and commits nothing) when an
            /// earlier statement had failed or the role was changed; when the connection breaks on the way, nobody
            /// knows whether it was committed ([`TenancyError::Unavailable`]).
            pub async fn commit(self) -> Result<(), TenancyError> {
                self.0.commit(false).await
            }

            /// Commits without waiting for the disk (`synchronous_commit = off`): everybody sees it at once, but a
            /// crash of Postgres within the next moments undoes it, whole. For what is found and done again then.
            pub async fn commit_lazily(self) -> Result<(), TenancyError> {
                self.0.commit(true).await
            }

            /// Undoes it and waits until the connection is free; dropping does the same in the background.
            pub async fn rollback(self) -> Result<(), TenancyError> {
                self.0.rollback().await
            }
        }

        impl Deref for $name {
            type Target = Tx;
            fn deref(&self) -> &Tx {
                &self.0
            }
        }

        impl DerefMut for $name {
            fn deref_mut(&mut self) -> &mut Tx {
                &mut self.0
            }
        }
    )*};
}

kinds! {
    /// A transaction in one tenant's schema, under that tenant's role: it reaches no other tenant.
    TenantTx
    /// A transaction in one provider's schema: it sees the rows of the tenants it was opened for.
    ProviderTx
    /// A transaction of the login role in `platform`: it reaches no tenant's schema.
    PlatformTx
}
