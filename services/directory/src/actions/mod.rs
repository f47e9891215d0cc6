//! One file per verb: may I, load, decide, save and announce, commit.
//!
//! To add one: its file, a line here, its resolver in `graph/mutation.rs`, and its row in `tests/it/isolation.rs`.

pub mod assign_staff;
pub mod change_application;
pub mod change_person;
pub mod change_site;
pub mod change_vendor;
pub mod colleagues;
pub mod create_api_key;
pub mod create_provider;
pub mod create_site;
pub mod create_tenant;
pub mod create_vendor;
pub mod deactivate_person;
pub mod development_token;
pub mod ensure_operator;
pub mod keep_promises;
pub mod log_in;
pub mod log_out;
pub mod note_parts;
pub mod purge;
pub mod read;
pub mod refresh_session;
pub mod register_application;
pub mod register_person;
pub mod register_staff;
pub mod rename_tenant;
pub mod resolve_caller;
pub mod resume_tenant;
pub mod revoke_api_key;
pub mod set_password;
pub mod suspend_tenant;
pub mod unassign_staff;

use std::sync::Arc;

use access::Caller;
use chrono::{DateTime, Utc};
use clock::SharedClock;
use ids::{SharedIds, TenantId};
use messaging::Outbox;
use tenancy::ServiceDb;

use self::colleagues::Colleagues;
use crate::config::Config;
use crate::credentials::{Passwords, Pepper, Tokens};
use crate::domain::email::Email;
use crate::domain::problem::Problem;
use crate::error::Error;

/// Directory's parts, joined in `app`.
#[derive(Debug)]
pub struct Directory {
    /// Time.
    pub clock: SharedClock,
    /// Ids and randomness.
    pub ids: SharedIds,
    /// The data.
    pub db: ServiceDb,
    /// Facts, on their way out.
    pub outbox: Outbox,
    /// Settings.
    pub config: Config,
    /// Judges passwords.
    pub passwords: Passwords,
    /// Writes and reads access tokens.
    pub tokens: Tokens,
    /// Keys the hashes of addresses.
    pub pepper: Pepper,
    /// The staff whom pages have named lately.
    pub colleagues: Colleagues,
}

impl Directory {
    /// The current instant.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// Who acts, and in which trace.
#[derive(Debug, Clone)]
pub struct Act {
    /// Who.
    pub caller: Arc<Caller>,
    /// W3C trace context, carried into the facts.
    pub trace: Option<String>,
}

/// A thing, and the position of the fact that told of it (none if nothing had to be told).
#[derive(Debug, Clone)]
pub struct Told<T> {
    /// The thing as it is now.
    pub thing: T,
    /// Subject and sequence of the fact.
    pub fact: Option<(TenantId, String, i64)>,
}

/// An address that was read before it was kept.
fn kept_email(text: &str) -> Result<Email, Error> {
    Email::read(text).map_err(|_| Error::Unreadable {
        column: "email",
        value: "no address".to_owned(),
    })
}

fn email_taken() -> Problem {
    Problem::at(
        "email",
        "EMAIL_TAKEN",
        "Esa dirección de correo ya está registrada aquí.",
    )
}
