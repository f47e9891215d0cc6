//! What can go wrong, each with its code, its level and its outside voice.

use messaging::HandleError;
use subgraph::{Code, Fault};
use tenancy::TenancyError;

/// Why intake did not do it. What a caller can put right is no error but a [`crate::domain::Problem`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    #[error(transparent)]
    Refused(#[from] access::Refusal),
    /// Nothing there that this caller may see.
    #[error("no such {0}, or not the caller's")]
    NotFound(&'static str),
    /// The caller's idempotency key does not do.
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
    /// Two requests with the same new key met; the other one won.
    #[error("the same idempotency key is being used at this moment")]
    Raced,
    /// An argument that cannot be understood.
    #[error("bad input in {field}: {message}")]
    BadInput {
        /// Which.
        field: &'static str,
        /// Why, in Spanish.
        message: String,
    },
    /// The database, or the tenant.
    #[error(transparent)]
    Data(#[from] TenancyError),
    /// A value that cannot be written as JSON.
    #[error("cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Several parts of one request waited for the same read, and it failed.
    #[error("{0}")]
    Shared(std::sync::Arc<Error>),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if idempotency::raced(&error) {
            Self::Raced
        } else {
            Self::Data(error.into())
        }
    }
}

impl Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::NotFound(_) | Self::Data(TenancyError::NotFound) => Code::NotFound,
            Self::Idempotency(error) => error.code(),
            Self::BadInput { .. } => Code::BadInput,
            Self::Data(TenancyError::Suspended) => Code::Suspended,
            Self::Raced | Self::Data(TenancyError::Unavailable(_)) => Code::Unavailable,
            Self::Data(_) | Self::Json(_) => Code::Internal,
            Self::Shared(error) => error.code(),
        }
    }

    fn public(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.public(),
            Self::Idempotency(error) => error.public(),
            Self::BadInput { message, .. } => message.clone(),
            Self::Shared(error) => error.public(),
            _ => match self.code() {
                Code::NotFound => "No existe o no es visible para quien pregunta.",
                Code::Suspended => "El servicio del cliente está suspendido.",
                Code::Unavailable => "No disponible en este momento: inténtelo de nuevo.",
                _ => "Error interno.",
            }
            .to_owned(),
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Idempotency(error) => error.field(),
            Self::BadInput { field, .. } => Some((*field).to_owned()),
            _ => None,
        }
    }
}

impl From<Error> for HandleError {
    fn from(error: Error) -> Self {
        match error {
            Error::Data(TenancyError::Database(e)) => e.into(),
            Error::Data(e) => e.into(),
            // No fact is to blame.
            Error::Raced | Error::Json(_) => Self::again(error),
            other => Self::Broken(Box::new(other)),
        }
    }
}
