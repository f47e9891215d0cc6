//! What can go wrong, with its two voices.

use access::Refusal;
use messaging::BusError;
use subgraph::{Code, Fault};
use tenancy::TenancyError;

/// An error of reporting.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database.
    #[error(transparent)]
    Tenancy(#[from] TenancyError),
    /// The broker.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// No such thing among what the caller may see.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// The caller's idempotency key does not do.
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
    /// Something that is kept as JSON could not be written or read.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// A kept fact that cannot be read again.
    #[error("kept fact cannot be read: {0}")]
    Kept(String),
    /// An argument that cannot be understood.
    #[error("argument {field}: {message}")]
    Argument {
        /// Which.
        field: &'static str,
        /// Why, in Spanish.
        message: String,
    },
    /// A service that hears no facts.
    #[error("no service `{0}` hears facts")]
    UnknownService(String),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Tenancy(error.into())
    }
}

impl Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::Refused(refusal) => refusal.code(),
            Self::NotFound(_) | Self::Tenancy(TenancyError::NotFound) => Code::NotFound,
            Self::Idempotency(error) => error.code(),
            Self::Tenancy(TenancyError::Suspended) => Code::Suspended,
            Self::Tenancy(e) if e.is_transient() => Code::Unavailable,
            Self::Bus(e) if e.is_transient() => Code::Unavailable,
            Self::Argument { .. } | Self::UnknownService(_) => Code::BadInput,
            Self::Tenancy(_) | Self::Bus(_) | Self::Kept(_) | Self::Json(_) => Code::Internal,
        }
    }

    fn public(&self) -> String {
        match self {
            Self::Refused(refusal) => refusal.public(),
            Self::Idempotency(error) => error.public(),
            Self::Argument { message, .. } => message.clone(),
            Self::UnknownService(name) => {
                format!("No hay un servicio «{name}» que escuche hechos.")
            }
            other => match other.code() {
                Code::NotFound => Refusal::NotFound.public(),
                Code::Suspended => "El cliente está suspendido.".to_owned(),
                Code::Unavailable => {
                    "Los informes no están disponibles ahora; pruebe de nuevo.".to_owned()
                }
                _ => "Error interno de los informes.".to_owned(),
            },
        }
    }

    fn field(&self) -> Option<String> {
        match self {
            Self::Argument { field, .. } => Some((*field).to_owned()),
            Self::Idempotency(error) => error.field(),
            _ => None,
        }
    }
}
