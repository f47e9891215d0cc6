//! Doors beside the graph: `/auth` for people (the gateway passes it on unchanged), `/internal` for the gateway alone.

mod auth;
mod callers;

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, web};
use serde_json::json;
use subgraph::{Code, Fault as _, RoutesFn};
use tracing::Level;

use crate::actions::Directory;
use crate::error::Error;

/// A login is a few hundred bytes; nothing here is larger.
const BODY: usize = 16 * 1024;

/// The routes, under `/directory`.
pub fn routes(directory: Arc<Directory>) -> RoutesFn {
    let data = web::Data::from(directory);
    Arc::new(move |config| {
        config
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(BODY))
            .route("/auth/login", web::post().to(auth::login))
            .route("/auth/refresh", web::post().to(auth::refresh))
            .route("/auth/logout", web::post().to(auth::logout))
            .route("/internal/callers", web::post().to(callers::resolve));
    })
}

/// Reads a JSON body, whatever its content type says.
fn read<T: serde::de::DeserializeOwned>(body: &web::Bytes) -> Result<T, Error> {
    serde_json::from_slice(body)
        .map_err(|_| Error::Invalid("La petición no tiene la forma esperada.".to_owned()))
}

fn answer(status: StatusCode, code: &str, message: &str) -> HttpResponse {
    let mut response = HttpResponse::build(status).json(json!({"code": code, "message": message}));
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The outside voice of an error; the inside one goes to the log.
fn refused(error: &Error) -> HttpResponse {
    match error.level() {
        Level::ERROR => tracing::error!(%error, "request failed"),
        Level::WARN => tracing::warn!(%error, "request failed"),
        Level::INFO => tracing::info!(%error, "request refused"),
        _ => tracing::debug!(%error, "request refused"),
    }
    let message = error.public();
    if let Error::RetryLater { seconds } = error {
        let mut response = answer(StatusCode::TOO_MANY_REQUESTS, "RETRY_LATER", &message);
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
        return response;
    }
    let status = match error.code() {
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        // The gateway hears 401 and 403 as answers about the caller; whatever else is trouble of ours to it.
        Code::Forbidden | Code::NotFound | Code::Suspended | Code::TenantRequired => {
            StatusCode::FORBIDDEN
        }
        Code::BadInput | Code::Conflict | Code::IdempotencyMismatch => StatusCode::BAD_REQUEST,
        Code::Unavailable | Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    answer(status, error.code().as_str(), &message)
}
