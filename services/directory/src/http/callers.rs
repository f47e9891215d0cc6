//! `POST /internal/callers`: the gateway asks who shows a credential.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{read, refused};
use crate::actions::Directory;
use crate::actions::resolve_caller::{Credential, resolve_caller};
use crate::credentials::secret;

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Bearer,
    ApiKey,
}

#[derive(Deserialize)]
struct Shown {
    kind: Kind,
    value: String,
}

#[derive(Deserialize)]
struct Question {
    credential: Shown,
    #[serde(default)]
    tenant: Option<String>,
}

pub(super) async fn resolve(
    directory: web::Data<Directory>,
    request: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    let key = request
        .headers()
        .get("x-internal-key")
        .and_then(|v| v.to_str().ok());
    // Without the key there is nothing here; 401 would read as an answer about the caller.
    if !key.is_some_and(|key| secret::same(key, &directory.config.internal_key)) {
        tracing::warn!("asked for a caller without the internal key");
        return HttpResponse::NotFound().finish();
    }
    let question: Question = match read(&body) {
        Ok(question) => question,
        Err(error) => return refused(&error),
    };
    let value = question.credential.value.as_str();
    let credential = match question.credential.kind {
        Kind::Bearer => Credential::Bearer(value),
        Kind::ApiKey => Credential::ApiKey(value),
    };
    match resolve_caller(&directory, credential, question.tenant.as_deref()).await {
        Ok(claims) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(claims),
        Err(error) => refused(&error),
    }
}
