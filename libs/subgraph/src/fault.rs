//! Errors have two voices. The inside one goes to the log, once, with its source and level; the outside one goes to
//! the caller with a code, and says no more than the caller may know.

use async_graphql::{Error, ErrorExtensions as _};
use tracing::Level;

/// `extensions.code` of an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// Nobody, as far as we can tell, is calling.
    Unauthenticated,
    /// The caller belongs here, but none of its roles may do this.
    Forbidden,
    /// Nothing there, or nothing that is the caller's.
    NotFound,
    /// An argument that cannot be understood; `extensions.field` names it.
    BadInput,
    /// Somebody else changed it first.
    Conflict,
    /// The caller has several tenants and named none.
    TenantRequired,
    /// The idempotency key was used with another body.
    IdempotencyMismatch,
    /// The tenant is suspended.
    Suspended,
    /// A part that is needed does not answer now; try again.
    Unavailable,
    /// Too much of this is being done at once; try again after `extensions.retryAfterSeconds`.
    Busy,
    /// Our mistake.
    Internal,
}

impl Code {
    /// As it stands in `extensions.code`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::BadInput => "BAD_INPUT",
            Self::Conflict => "CONFLICT",
            Self::TenantRequired => "TENANT_REQUIRED",
            Self::IdempotencyMismatch => "IDEMPOTENCY_MISMATCH",
            Self::Suspended => "SUSPENDED",
            Self::Unavailable => "UNAVAILABLE",
            Self::Busy => "BUSY",
            Self::Internal => "INTERNAL",
        }
    }

    /// A GraphQL error with this code.
    pub fn error(self, message: impl Into<String>) -> Error {
        Error::new(message).extend_with(|_, e| e.set("code", self.as_str()))
    }
}

/// A service's error, as the door sees it.
pub trait Fault: std::error::Error {
    /// The code for the caller.
    fn code(&self) -> Code;
    /// How loudly the log should say it.
    fn level(&self) -> Level {
        match self.code() {
            Code::Internal => Level::ERROR,
            Code::Unavailable => Level::WARN,
            _ => Level::DEBUG,
        }
    }
    /// The outside voice: Spanish, no names of tables, no ids of others.
    fn public(&self) -> String;
    /// The argument that is at fault, if one is.
    fn field(&self) -> Option<String> {
        None
    }
    /// After how many seconds the same may succeed, if that is known.
    fn retry_after_s(&self) -> Option<u32> {
        None
    }
}

impl Fault for access::Refusal {
    fn code(&self) -> Code {
        match self {
            Self::NotFound => Code::NotFound,
            Self::Forbidden { .. } => Code::Forbidden,
            Self::TenantRequired => Code::TenantRequired,
        }
    }

    fn public(&self) -> String {
        match self {
            Self::NotFound => "No existe o no es visible para quien pregunta.".to_owned(),
            Self::Forbidden { permission } => {
                let roles: Vec<&str> = permission.roles().iter().map(|r| r.as_str()).collect();
                format!(
                    "Falta el permiso {permission}; lo tienen: {}.",
                    roles.join(", ")
                )
            }
            Self::TenantRequired => {
                "Indique el cliente: quien pregunta atiende a varios.".to_owned()
            }
        }
    }
}

/// Says the inside voice to the log and returns the outside voice.
pub fn fault<E: Fault + 'static>(e: E) -> Error {
    let code = e.code();
    if code == Code::Internal && tenancy::is_unwritable_text(&e) {
        // Whoever sends it makes the mistake, wherever the text would have gone.
        tracing::debug!(error = %chain(&e), "request refused");
        return Code::BadInput.error("Un texto lleva un carácter nulo (U+0000), que no se admite.");
    }
    let inside = chain(&e);
    match e.level() {
        Level::ERROR => tracing::error!(code = code.as_str(), error = %inside, "request failed"),
        Level::WARN => tracing::warn!(code = code.as_str(), error = %inside, "request failed"),
        Level::INFO => tracing::info!(code = code.as_str(), error = %inside, "request refused"),
        _ => tracing::debug!(code = code.as_str(), error = %inside, "request refused"),
    }
    let error = code.error(e.public());
    let (field, retry) = (e.field(), e.retry_after_s());
    error.extend_with(|_, x| {
        if let Some(field) = field {
            x.set("field", field);
        }
        if let Some(seconds) = retry {
            x.set("retryAfterSeconds", seconds);
        }
    })
}

/// [`fault`] for a refusal, which every service meets.
pub fn refused(refusal: access::Refusal) -> Error {
    fault(refusal)
}

/// An argument that cannot be understood.
pub fn bad_input(field: &str, message: impl Into<String>) -> Error {
    Code::BadInput
        .error(message)
        .extend_with(|_, e| e.set("field", field))
}

fn chain(e: &dyn std::error::Error) -> String {
    let mut out = e.to_string();
    let mut source = e.source();
    while let Some(s) = source {
        let text = s.to_string();
        if !out.contains(&text) {
            out.push_str(": ");
            out.push_str(&text);
        }
        source = s.source();
    }
    out
}
