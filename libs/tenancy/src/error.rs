//! What can go wrong between a service and its data.

use std::{error::Error, sync::Arc};

use sea_orm::{DbErr, RuntimeErr};
use sqlx::postgres::PgDatabaseError;

use crate::migrate::Report;

/// Why no transaction, or no tenant, was to be had.
#[derive(Debug, thiserror::Error)]
pub enum TenancyError {
    /// No such tenant or provider in this service; also one that is not provisioned here yet.
    #[error("unknown tenant or provider")]
    NotFound,
    /// The tenant exists and is suspended: its people are refused, its facts are still taken (`begin_fact`).
    #[error("the tenant is suspended")]
    Suspended,
    /// The database is away, overloaded, or met a passing conflict: the same call may succeed later.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// The database refused, and would refuse again.
    #[error("the database refused: {0}")]
    Database(#[source] sqlx::Error),
    /// The caller's own mistake: settings, migrations or use.
    #[error("{0}")]
    Invalid(String),
    /// Some schemas could not be migrated; the others were. Running it again goes on where it stopped.
    #[error("{0}")]
    Migration(Box<Report>),
}

impl TenancyError {
    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// The SQLSTATE, where Postgres gave one: `42501` is "permission denied".
    pub fn sql_state(&self) -> Option<String> {
        match self {
            Self::Unavailable(error) | Self::Database(error) => state(error).map(str::to_owned),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for TenancyError {
    fn from(error: sqlx::Error) -> Self {
        if passes(&error) {
            Self::Unavailable(error)
        } else {
            Self::Database(error)
        }
    }
}

impl From<DbErr> for TenancyError {
    fn from(error: DbErr) -> Self {
        match error {
            DbErr::Conn(RuntimeErr::SqlxError(inner))
            | DbErr::Exec(RuntimeErr::SqlxError(inner))
            | DbErr::Query(RuntimeErr::SqlxError(inner)) => match Arc::try_unwrap(inner) {
                Ok(inner) => inner.into(),
                Err(shared) if passes(&shared) => {
                    Self::Unavailable(sqlx::Error::Protocol(shared.to_string()))
                }
                Err(shared) => Self::Database(sqlx::Error::Protocol(shared.to_string())),
            },
            other => Self::Database(sqlx::Error::Protocol(other.to_string())),
        }
    }
}

pub(crate) fn state(error: &sqlx::Error) -> Option<&str> {
    error
        .as_database_error()?
        .try_downcast_ref::<PgDatabaseError>()
        .map(PgDatabaseError::code)
}

/// Whether an error says that the connection, not the statement, is at fault.
pub(crate) fn is_gone(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::WorkerCrashed => true,
        // 57P01..03: the server shuts down, crashed, or starts up; 57P05: it closed an idle session.
        _ => state(error).is_some_and(|code| code.starts_with("57P") || code.starts_with("08")),
    }
}

/// Whether an error may pass by itself, so that the same statement may succeed later: the server is away or restarts, resources
/// are short, two transactions met, a plan was stale. The one list of them; [`TenancyError::is_transient`] goes by it. Its
/// classes are those of the manual's appendix "PostgreSQL Error Codes".
pub fn passes(error: &sqlx::Error) -> bool {
    is_gone(error)
        || matches!(
            error,
            sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::BeginFailed
        )
        || error.as_database_error().is_some_and(|refused| {
            refused
                .code()
                .is_some_and(|code| refusal_passes(&code, refused.message()))
        })
}

fn refusal_passes(code: &str, message: &str) -> bool {
    match code {
        // A lock that was not to be had; a server that came up read-only.
        "55P03" | "25006" => true,
        // "Cached plan must not change result type": a statement was prepared before a migration that gives the same text other
        // types. A connection that has forgotten that plan can run it: the next attempt. What else is not supported stays so.
        "0A000" => message.contains("cached plan"),
        // Connections, transactions that met, resources, the operator (57014 too: a statement was cancelled), the system.
        _ => matches!(code.get(..2), Some("08" | "40" | "53" | "57" | "58")),
    }
}

/// Whether somewhere beneath `error` Postgres refused a text (22021, 22P05): it takes no NUL, which JSON does.
pub fn is_unwritable_text(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let refused = match error.downcast_ref::<TenancyError>() {
            Some(TenancyError::Database(inner)) => state(inner),
            _ => error.downcast_ref::<sqlx::Error>().and_then(state),
        };
        if refused.is_some_and(|code| matches!(code, "22021" | "22P05")) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_postgres_refuses_passes_by_its_class() {
        for code in [
            "08006", "40001", "40P01", "53300", "57014", "57P01", "57P05", "58030", "55P03",
            "25006",
        ] {
            assert!(refusal_passes(code, ""), "{code}");
        }
        // No text, a key that is there, no right, no such column, an aborted transaction, an object in use, nothing at all.
        for code in [
            "22021", "23505", "42501", "42703", "25P02", "55006", "5", "",
        ] {
            assert!(!refusal_passes(code, ""), "{code}");
        }
    }

    #[test]
    fn what_is_not_supported_passes_for_a_stale_plan_alone() {
        let stale = "cached plan must not change result type";
        assert!(refusal_passes("0A000", stale));
        assert!(!refusal_passes("0A000", "cannot do this"));
        assert!(!refusal_passes("42703", stale));
    }

    #[test]
    fn a_connection_that_is_lost_or_not_to_be_had_passes() {
        let lost = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        for error in [
            sqlx::Error::Io(lost),
            sqlx::Error::Protocol("unexpected".to_owned()),
            sqlx::Error::PoolTimedOut,
            sqlx::Error::PoolClosed,
            sqlx::Error::WorkerCrashed,
            sqlx::Error::BeginFailed,
        ] {
            assert!(passes(&error), "{error}");
            assert!(TenancyError::from(error).is_transient());
        }
        assert!(!passes(&sqlx::Error::RowNotFound));
        assert!(!TenancyError::from(sqlx::Error::RowNotFound).is_transient());
    }
}
