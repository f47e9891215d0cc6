//! What can be wrong with a key.

use subgraph::{Code, Fault};
use tenancy::TenancyError;

use crate::key::MOST;

/// Why a key did not do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The key came before, with another input.
    #[error("idempotency key used with another input")]
    OtherInput,
    /// The key is empty, too long, or holds what cannot be kept.
    #[error("malformed idempotency key")]
    Malformed,
    /// The database did not do it.
    #[error(transparent)]
    Data(#[from] TenancyError),
    /// Input or ids could not be written as JSON, or stored ids could not be read as what the operation answers with.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Data(error.into())
    }
}

impl Fault for Error {
    fn code(&self) -> Code {
        match self {
            Self::OtherInput => Code::IdempotencyMismatch,
            Self::Malformed => Code::BadInput,
            Self::Data(error) if error.is_transient() => Code::Unavailable,
            Self::Data(_) | Self::Json(_) => Code::Internal,
        }
    }

    fn public(&self) -> String {
        match self {
            Self::OtherInput => "La clave de idempotencia ya se usó con otros datos.".to_owned(),
            Self::Malformed => format!("La clave de idempotencia tiene de 1 a {MOST} caracteres."),
            Self::Data(error) if error.is_transient() => {
                "El servicio no responde ahora; intente de nuevo.".to_owned()
            }
            Self::Data(_) | Self::Json(_) => {
                "Error interno; el equipo que opera la plataforma lo ve en sus registros."
                    .to_owned()
            }
        }
    }

    fn field(&self) -> Option<String> {
        matches!(self, Self::OtherInput | Self::Malformed).then(|| "idempotencyKey".to_owned())
    }
}
