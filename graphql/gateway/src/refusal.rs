//! What the gateway itself answers when it says no: a status, a code for machines, a sentence for people.

use std::borrow::Cow;

use hive_router::http::StatusCode;
use hive_router::ntex::http::Response;
use serde_json::json;

use crate::line::Refused;

/// A refusal. The message is for callers and says nothing about what exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: StatusCode,
    /// `extensions.code`.
    pub code: Cow<'static, str>,
    /// For people.
    pub message: Cow<'static, str>,
    /// Seconds after which it is worth trying again.
    pub retry_after: Option<u64>,
}

impl Refusal {
    const fn fixed(status: StatusCode, code: &'static str, message: &'static str) -> Self {
        Self {
            status,
            code: Cow::Borrowed(code),
            message: Cow::Borrowed(message),
            retry_after: None,
        }
    }

    /// Neither a token nor an API key was shown.
    pub const fn no_credential() -> Self {
        Self::fixed(
            StatusCode::UNAUTHORIZED,
            "UNAUTHENTICATED",
            "Falta la credencial: muestre un token de acceso o una clave de API.",
        )
    }

    /// What was shown is not a credential.
    pub const fn bad_credential() -> Self {
        Self::fixed(
            StatusCode::UNAUTHORIZED,
            "UNAUTHENTICATED",
            "La credencial no es válida o ha caducado.",
        )
    }

    /// The wished tenant cannot be the name or id of one.
    pub const fn bad_tenant() -> Self {
        Self::fixed(
            StatusCode::BAD_REQUEST,
            "BAD_TENANT",
            "El inquilino indicado no tiene la forma de un nombre ni de un identificador.",
        )
    }

    /// The caller may not act for the wished tenant.
    pub const fn forbidden() -> Self {
        Self::fixed(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "No tiene acceso a este inquilino.",
        )
    }

    /// WebSocket upgrades are not taken.
    pub const fn no_websocket() -> Self {
        Self::fixed(
            StatusCode::BAD_REQUEST,
            "WEBSOCKET_NOT_SUPPORTED",
            "Las suscripciones se sirven por SSE, no por WebSocket.",
        )
    }

    /// No such path.
    pub const fn nowhere() -> Self {
        Self::fixed(
            StatusCode::NOT_FOUND,
            "NOT_FOUND",
            "Esta dirección no existe.",
        )
    }

    /// A method that no door takes.
    pub const fn bad_method() -> Self {
        Self::fixed(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            "Este método no se admite aquí.",
        )
    }

    /// The body is larger than the limit.
    pub const fn too_large() -> Self {
        Self::fixed(
            StatusCode::PAYLOAD_TOO_LARGE,
            "PAYLOAD_TOO_LARGE",
            "El cuerpo de la petición es demasiado grande.",
        )
    }

    /// The body broke off.
    pub const fn broken_body() -> Self {
        Self::fixed(
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
            "No se pudo leer el cuerpo de la petición.",
        )
    }

    /// A service behind does not answer.
    pub const fn unavailable() -> Self {
        let mut refusal = Self::fixed(
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "El servicio no responde; inténtelo de nuevo en unos segundos.",
        );
        refusal.retry_after = Some(1);
        refusal
    }

    /// Too many requests; `seconds` until the next one is let through.
    pub const fn too_many(seconds: u64) -> Self {
        let mut refusal = Self::fixed(
            StatusCode::TOO_MANY_REQUESTS,
            "RATE_LIMITED",
            "Demasiadas peticiones; espere un momento.",
        );
        refusal.retry_after = Some(seconds);
        refusal
    }

    /// More is asked than can be answered: by the tenant, or by all together.
    pub const fn overloaded(refused: Refused) -> Self {
        let (status, message) = if refused.own {
            (
                StatusCode::TOO_MANY_REQUESTS,
                "Su organización pide más de lo que se puede atender ahora; inténtelo de nuevo en unos segundos.",
            )
        } else {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "El servicio está saturado; inténtelo de nuevo en unos segundos.",
            )
        };
        let mut refusal = Self::fixed(status, "OVERLOADED", message);
        refusal.retry_after = Some(refused.seconds);
        refusal
    }

    /// As a GraphQL response. `accept` is the request's: clients of GraphQL over HTTP ask for their own media type.
    pub fn graphql(&self, accept: &str) -> Response {
        let media = if accept.contains("application/graphql-response+json") {
            "application/graphql-response+json"
        } else {
            "application/json"
        };
        let body = json!({
            "errors": [{ "message": self.message, "extensions": { "code": self.code } }],
        });
        self.respond(media, body.to_string())
    }

    /// As a plain JSON error, for everything that is not GraphQL.
    pub fn plain(&self) -> Response {
        let body = json!({ "code": self.code, "message": self.message });
        self.respond("application/json", body.to_string())
    }

    fn respond(&self, media: &'static str, body: String) -> Response {
        let mut response = Response::build(self.status);
        response
            .content_type(media)
            .header("cache-control", "no-store");
        if self.status == StatusCode::UNAUTHORIZED {
            response.header("www-authenticate", "Bearer");
        }
        if let Some(seconds) = self.retry_after {
            response.header("retry-after", seconds.to_string());
        }
        response.body(body)
    }
}
