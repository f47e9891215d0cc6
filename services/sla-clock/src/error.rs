//! What can go wrong in sla-clock.

use messaging::HandleError;
use subgraph::{Code, Fault};
use tenancy::TenancyError;

/// What there may be only so many of at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rationed {
    /// Previews and simulations that are computed.
    Previews,
    /// Addresses of feeds that are read because a caller named them.
    Feeds,
}

/// Why sla-clock could not do or answer something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    #[error(transparent)]
    Refused(#[from] access::Refusal),
    /// No such calendar, agreement or ticket among what the caller may see.
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
    /// An instant lies beyond the years that calendars know.
    #[error("time: {0}")]
    Time(#[from] business_time::TimeError),
    /// What others are asked with could not be made.
    #[error("http: {0}")]
    Http(#[from] reqwest::Error),
    /// There are as many of something as there may be at once.
    #[error("busy with {of:?}; again in {retry_after_s} s")]
    Busy {
        /// Of what.
        of: Rationed,
        /// When to ask again, seconds.
        retry_after_s: u32,
    },
    /// Something could not be written as JSON.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
}

impl Error {
    /// Whether the same may succeed a moment later.
    pub fn passes(&self) -> bool {
        match self {
            Self::Tenancy(error) => error.is_transient(),
            Self::Database(_) | Self::Busy { .. } => true,
            _ => false,
        }
    }
}

impl Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::Refused(r) => r.code(),
            Self::NotFound(_) | Self::Tenancy(TenancyError::NotFound) => Code::NotFound,
            Self::Idempotency(e) => e.code(),
            Self::Tenancy(TenancyError::Suspended) => Code::Suspended,
            Self::Tenancy(e) if e.is_transient() => Code::Unavailable,
            Self::Time(_) => Code::BadInput,
            Self::Busy { .. } => Code::Busy,
            Self::Tenancy(_)
            | Self::Database(_)
            | Self::Unreadable { .. }
            | Self::Http(_)
            | Self::Json(_) => Code::Internal,
        }
    }

    fn public(&self) -> String {
        match self {
            Self::Refused(r) => r.public(),
            Self::Idempotency(e) => e.public(),
            Self::Busy { of, .. } => match of {
                Rationed::Previews => {
                    "Ya se calculan tantas vistas previas y simulaciones como puede haber a la vez; intente de nuevo en unos segundos."
                }
                Rationed::Feeds => {
                    "Ya se leen tantas direcciones de calendarios como puede haber a la vez; intente de nuevo en unos segundos."
                }
            }
            .to_owned(),
            other => match other.code() {
                Code::BadInput => {
                    "Un instante está fuera de los años que los calendarios conocen (1970 a 2099)."
                }
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

    fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Busy { retry_after_s, .. } => Some(*retry_after_s),
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
