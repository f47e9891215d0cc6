//! What a service does with facts and commands.

use std::time::Duration;

use async_trait::async_trait;
use events::Envelope;
use tenancy::{TenancyError, Tx, passes};

use crate::BoxError;
use crate::command::Command;

/// In which transaction, and by which inbox, facts are taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HandlerScope {
    /// The tenant's schema.
    Tenant,
    /// The schema of the tenant's provider.
    Provider,
    /// The schema of whom the fact belongs to: its tenant's, and where it belongs to no tenant, its provider's.
    Owner,
    /// The schema `platform`, as the service itself.
    Platform,
}

/// When a live fact waits for others, and how long at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gathers {
    /// Each is taken in as it comes.
    Never,
    /// While the process takes in facts of others anyway: then a batch more delays all of them. (Postgres' `commit_delay` goes by
    /// the same rule, `commit_siblings`.) For services whose readers may come at once.
    WhenBusy(Duration),
    /// For services whose readers ask seldom, and late.
    Always(Duration),
}

impl Gathers {
    /// So long, if others are `busy` or not.
    pub(crate) fn longest(self, busy: bool) -> Duration {
        match self {
            Self::Always(longest) => longest,
            Self::WhenBusy(longest) if busy => longest,
            Self::Never | Self::WhenBusy(_) => Duration::ZERO,
        }
    }
}

/// Takes facts in.
#[async_trait]
pub trait FactHandler: Send + Sync {
    /// In which transaction [`FactHandler::handle`] runs.
    fn scope(&self) -> HandlerScope {
        HandlerScope::Tenant
    }

    /// Whether a live fact waits for others of its tenant (or provider), to be taken in with them: most of what a transaction
    /// costs it costs once, and what happens to a ticket happens within moments. It does not wait where somebody asks this process
    /// for what is not there yet ([`crate::reach`]), nor once a batch is full; a fact by which a tenant is provisioned never does.
    /// Readers in other processes wait as well.
    fn gathers(&self) -> Gathers {
        Gathers::Never
    }

    /// Applies facts of one tenant (or provider): each exactly once, in the order of its subject. Types that do not
    /// concern it are skipped by the handler. The transaction also holds the inbox; it is committed by the caller.
    ///
    /// # Errors
    /// [`HandleError`]; the transaction is rolled back.
    async fn handle(&self, tx: &mut Tx, facts: &[Envelope]) -> Result<(), HandleError>;
}

/// Does what other services ask for.
#[async_trait]
pub trait CommandHandler: Send + Sync {
    /// Does the commands of one tenant, in order, in the tenant's transaction. A command may come twice. What a
    /// provider's facts are asked for by (`resend`, to the keeper alone) comes in the provider's transaction.
    ///
    /// # Errors
    /// [`HandleError`]; the transaction is rolled back.
    async fn handle(&self, tx: &mut Tx, commands: &[Command]) -> Result<(), HandleError>;
}

/// Why a handler did not do it.
#[derive(Debug, thiserror::Error)]
pub enum HandleError {
    /// Not now: tried again with growing pauses until it succeeds.
    #[error("not now: {0}")]
    Again(BoxError),
    /// Not expected: tried again some ten times on its own, then parked.
    #[error("failed: {0}")]
    Broken(BoxError),
    /// Never: the fact or command at `index` of the slice is parked with this reason, the others are done without it.
    #[error("never: {reason}")]
    Never {
        /// Position in the slice that was handed over.
        index: usize,
        /// For the operator; no personal data.
        reason: String,
    },
}

impl HandleError {
    /// "Never" for the fact or command at `index`.
    pub fn never(index: usize, reason: impl std::fmt::Display) -> Self {
        Self::Never {
            index,
            reason: reason.to_string(),
        }
    }

    /// "Not now", for whatever reason.
    pub fn again(reason: impl Into<BoxError>) -> Self {
        Self::Again(reason.into())
    }
}

impl From<sqlx::Error> for HandleError {
    fn from(error: sqlx::Error) -> Self {
        if passes(&error) {
            Self::Again(error.into())
        } else {
            Self::Broken(error.into())
        }
    }
}

impl From<TenancyError> for HandleError {
    fn from(error: TenancyError) -> Self {
        if error.is_transient() {
            Self::Again(error.into())
        } else {
            Self::Broken(error.into())
        }
    }
}

impl From<sea_orm::DbErr> for HandleError {
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::{DbErr, RuntimeErr};
        let transient = match &error {
            DbErr::ConnectionAcquire(_) => true,
            DbErr::Conn(RuntimeErr::SqlxError(inner))
            | DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner)) => passes(inner),
            _ => false,
        };
        if transient {
            Self::Again(error.into())
        } else {
            Self::Broken(error.into())
        }
    }
}
