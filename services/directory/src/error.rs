//! What can go wrong in directory.

use messaging::HandleError;
use subgraph::{Code, Fault};
use tenancy::TenancyError;
use tracing::Level;

/// Why directory could not do or answer something.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller may not.
    #[error(transparent)]
    Refused(#[from] access::Refusal),
    /// Nothing there, or nothing that is the caller's.
    #[error("not found: {0}")]
    NotFound(&'static str),
    /// A credential that is not accepted. The outside hears no reason.
    #[error("not accepted: {0}")]
    Unauthenticated(&'static str),
    /// Address or password are wrong; which of the two is not said.
    #[error("wrong address or password")]
    WrongPassword,
    /// The tenant is suspended.
    #[error("the tenant is suspended")]
    Suspended,
    /// Too many failures for this address.
    #[error("blocked for {seconds} s after failures")]
    RetryLater {
        /// From now.
        seconds: i64,
    },
    /// More passwords wait to be judged than is sensible.
    #[error("too many passwords are being judged")]
    Busy,
    /// A token for development was asked for in production.
    #[error("this is a production instance")]
    Production,
    /// The caller's idempotency key does not do.
    #[error(transparent)]
    Idempotency(#[from] idempotency::Error),
    /// The caller's input cannot be taken; for callers that are programs of ours.
    #[error("{0}")]
    Invalid(String),
    /// The transaction's door.
    #[error(transparent)]
    Tenancy(#[from] TenancyError),
    /// A statement failed.
    #[error("database: {0}")]
    Database(#[source] TenancyError),
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
    /// A key or hash could not be used.
    #[error("cryptography: {0}")]
    Crypto(String),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<access::TokenError> for Error {
    fn from(error: access::TokenError) -> Self {
        Self::Crypto(error.to_string())
    }
}

impl Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::Refused(r) => r.code(),
            Self::NotFound(_) | Self::Tenancy(TenancyError::NotFound) => Code::NotFound,
            Self::Unauthenticated(_) | Self::WrongPassword => Code::Unauthenticated,
            Self::Suspended | Self::Tenancy(TenancyError::Suspended) => Code::Suspended,
            Self::RetryLater { .. } | Self::Busy => Code::Unavailable,
            Self::Production => Code::Forbidden,
            Self::Idempotency(e) => e.code(),
            Self::Invalid(_) => Code::BadInput,
            Self::Tenancy(e) | Self::Database(e) if e.is_transient() => Code::Unavailable,
            Self::Tenancy(_)
            | Self::Database(_)
            | Self::Unreadable { .. }
            | Self::Json(_)
            | Self::Crypto(_) => Code::Internal,
        }
    }

    fn level(&self) -> Level {
        match self {
            Self::RetryLater { .. } => Level::INFO,
            other => match other.code() {
                Code::Internal => Level::ERROR,
                Code::Unavailable => Level::WARN,
                _ => Level::DEBUG,
            },
        }
    }

    fn public(&self) -> String {
        match self {
            Self::Refused(r) => r.public(),
            Self::Idempotency(e) => e.public(),
            Self::WrongPassword => "Correo o contraseña incorrectos.".to_owned(),
            Self::RetryLater { seconds } => {
                format!("Demasiados intentos fallidos; intente de nuevo en {seconds} s.")
            }
            Self::Production => "No disponible en producción.".to_owned(),
            Self::Invalid(text) => text.clone(),
            other => match other.code() {
                Code::NotFound => "No existe o no es visible para quien pregunta.",
                Code::Unauthenticated => {
                    "La credencial no es válida o venció; inicie sesión de nuevo."
                }
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
            Error::Tenancy(e) | Error::Database(e) => e.into(),
            other => Self::Broken(Box::new(other)),
        }
    }
}
