//! Signing in and out.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use ids::TenantId;
use serde::{Deserialize, Serialize};

use super::{read, refused};
use crate::actions::Directory;
use crate::actions::log_in::{SignedIn, log_in};
use crate::actions::log_out::log_out;
use crate::actions::refresh_session::refresh_session;
use crate::error::Error;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    email: String,
    password: String,
    /// Slug; only where one address and password open accounts with several tenants.
    #[serde(default)]
    tenant: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Refresh {
    refresh_token: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    access_token: String,
    refresh_token: String,
    /// Seconds.
    expires_in: i64,
    tenants: Vec<Membership>,
}

#[derive(Serialize)]
struct Membership {
    id: TenantId,
    slug: String,
    name: String,
    roles: Vec<access::Role>,
}

fn given(outcome: Result<SignedIn, Error>) -> HttpResponse {
    let signed_in = match outcome {
        Ok(signed_in) => signed_in,
        Err(error) => return refused(&error),
    };
    let tenants = signed_in.tenants.into_iter();
    HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Tokens {
            access_token: signed_in.access,
            refresh_token: signed_in.refresh,
            expires_in: signed_in.expires_in,
            tenants: tenants
                .map(|(tenant, roles)| Membership {
                    id: tenant.id,
                    slug: tenant.slug,
                    name: tenant.name,
                    roles,
                })
                .collect(),
        })
}

pub(super) async fn login(directory: web::Data<Directory>, body: web::Bytes) -> HttpResponse {
    match read::<Login>(&body) {
        Ok(asked) => given(
            log_in(
                &directory,
                &asked.email,
                &asked.password,
                asked.tenant.as_deref(),
            )
            .await,
        ),
        Err(error) => refused(&error),
    }
}

pub(super) async fn refresh(directory: web::Data<Directory>, body: web::Bytes) -> HttpResponse {
    match read::<Refresh>(&body) {
        Ok(asked) => given(refresh_session(&directory, &asked.refresh_token).await),
        Err(error) => refused(&error),
    }
}

pub(super) async fn logout(directory: web::Data<Directory>, body: web::Bytes) -> HttpResponse {
    match read::<Refresh>(&body) {
        Ok(asked) => match log_out(&directory, &asked.refresh_token).await {
            Ok(()) => HttpResponse::NoContent().finish(),
            Err(error) => refused(&error),
        },
        Err(error) => refused(&error),
    }
}
