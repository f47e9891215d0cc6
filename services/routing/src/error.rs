//! What can go wrong in routing.

use messaging::HandleError;
use subgraph::{Code, Fault};
use tenancy::TenancyError;

/// Why routing could not do or answer something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    #[error(transparent)]
    Refused(#[from] access::Refusal),
    /// No such group, rule or ticket among what the caller may see.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// The caller's idempotency key does not do.
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
    /// The transaction's door.
    #[error(transparent)]
    Tenancy(#[from] TenancyError),
    /// A statement failed.
    #[error("database: {0}")]
    Database(#[from] sqlx::Error),
    /// A column holds a word that this version does not know.
    #[error("column {column} holds {value:?}")]
    Unreadable {
        /// The column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// Something could not be written as JSON.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
}

impl Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::Refused(r) => r.code(),
            Self::NotFound(_) | Self::Tenancy(TenancyError::NotFound) => Code::NotFound,
            Self::Idempotency(e) => e.code(),
            Self::Tenancy(TenancyError::Suspended) => Code::Suspended,
            Self::Tenancy(e) if e.is_transient() => Code::Unavailable,
            Self::Tenancy(_) | Self::Database(_) | Self::Unreadable { .. } | Self::Json(_) => {
                Code::Internal
            }
        }
    }

    fn public(&self) -> String {
        match self {
            Self::Refused(r) => r.public(),
            Self::Idempotency(e) => e.public(),
            other => match other.code() {
                Code::NotFound => "No existe o no es visible para quien pregunta.",
                Code::Suspended => "El cliente está suspendido.",
                Code::Unavailable => "El servicio no responde ahora; intente de nuevo.",
                _ => "Error interno; el equipo que opera la plataforma lo ve en sus registros.",
            }
            .to_owned(),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Idempotency(e) => e.field(),
            _ => None,
        }
    }
}

impl From<Error> for HandleError {
    fn from(error: Error) -> Self {
        match error {
            Error::Tenancy(e) => e.into(),
            Error::Database(e) => e.into(),
            other => Self::Broken(Box::new(other)),
        }
    }
}
