//! Where a service's database is, and how many connections it may take.

use std::time::Duration;

use sqlx::{ConnectOptions, postgres::PgConnectOptions};

use crate::{TenancyError, names::Names};

/// Where the data is. Same settings for every service: each finds its own database by its name.
#[derive(Clone)]
pub struct DbSettings {
    /// Provisioning and `migrate` alone: a role with CREATEDB and CREATEROLE. The path is ignored.
    pub owner_url: Option<String>,
    /// `postgres://:password@host:port`; user and database become `<prefix><service>`.
    pub login_url: String,
    /// `""`, or what keeps suites and instances apart on one server: `[a-z0-9_]{0,16}`.
    pub prefix: String,
    /// Connections of this process to this service's database, each a slot of its own. More slots, more tenants at
    /// once; fewer, warmer plans. One more is the relay's, and one of each round that is under way ([`crate::ServiceDb::apart`]).
    pub slots: usize,
    /// Prepared statements kept per connection: 7 to 13 of each tenant that was there lately. Each takes 20 to 100 KB of the
    /// backend, by service (docs/scale.md).
    pub statement_cache: usize,
    /// For how long a connection keeps the plans that it has made, at most; half as long at least, each time another share of it, so
    /// that connections do not plan everything anew together. One of when a table was empty, or small, is no plan for a full
    /// one, and statistics that would end it may be late or never come.
    pub keep_plans: Duration,
    /// A connection that served so many tenants is replaced: a backend never frees its catalogue cache.
    pub recycle_after_tenants: usize,
    /// A connection is replaced at this age or before, for the same reason; half of it at least, as with plans.
    pub recycle_after: Duration,
}

impl std::fmt::Debug for DbSettings {
    // The URLs hold passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DbSettings")
            .field("owner", &self.owner_url.is_some())
            .field("prefix", &self.prefix)
            .field("slots", &self.slots)
            .finish_non_exhaustive()
    }
}

impl DbSettings {
    /// Settings for a server that one URL opens: the services log in there too, with the owner's password.
    pub fn from_owner(owner_url: &str, prefix: &str) -> Self {
        Self {
            owner_url: Some(owner_url.to_owned()),
            login_url: owner_url.to_owned(),
            prefix: prefix.to_owned(),
            slots: 8,
            statement_cache: 2000,
            keep_plans: Duration::from_mins(5),
            recycle_after_tenants: 1000,
            recycle_after: Duration::from_mins(30),
        }
    }

    pub(crate) fn check(&self) -> Result<(), TenancyError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.prefix.len() > 16 || !self.prefix.chars().all(plain) {
            return Err(TenancyError::Invalid(format!(
                "prefix {:?} is not [a-z0-9_]{{0,16}}",
                self.prefix
            )));
        }
        if self.slots == 0 {
            return Err(TenancyError::Invalid(
                "a service needs at least one slot".to_owned(),
            ));
        }
        Ok(())
    }

    /// How the service itself connects.
    pub(crate) fn login(&self, names: &Names) -> Result<PgConnectOptions, TenancyError> {
        Ok(parse(&self.login_url)?
            .username(&names.login)
            .database(&names.database)
            .application_name(&names.login)
            .statement_cache_capacity(self.statement_cache)
            .options([
                // A transaction that somebody forgot holds row locks and a slot; a minute is far above any honest one.
                ("idle_in_transaction_session_timeout", "60000"),
                // Statements here run for milliseconds, compiling them takes hundreds.
                ("jit", "off"),
            ]))
    }

    /// How provisioning connects; `None` is the server's own database, for making others.
    pub(crate) fn owner(&self, database: Option<&str>) -> Result<PgConnectOptions, TenancyError> {
        let url = self.owner_url.as_deref().ok_or_else(|| {
            TenancyError::Invalid("provisioning needs the owner's URL".to_owned())
        })?;
        Ok(parse(url)?
            .database(database.unwrap_or("postgres"))
            .application_name("ventanilla-owner")
            // Each migration's text is run once per connection: keeping it would only grow the backend.
            .statement_cache_capacity(20))
    }

    /// The password that the login role is given.
    pub(crate) fn login_password(&self) -> Result<Option<String>, TenancyError> {
        let url = parse(&self.login_url)?.to_url_lossy();
        Ok(url.password().map(decoded))
    }
}

fn parse(url: &str) -> Result<PgConnectOptions, TenancyError> {
    let options: PgConnectOptions = url
        .parse()
        .map_err(|_| TenancyError::Invalid("not a postgres:// URL".to_owned()))?;
    Ok(options.disable_statement_logging())
}

/// `%41` becomes `A`; what is no escape stays as it is.
fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten()
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() {
            &after[2..]
        } else {
            after
        };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_with_odd_letters_survives_the_url() {
        let settings = DbSettings::from_owner("postgres://root:a%40b%3A%25c@db:5433/x", "t_");
        assert_eq!(
            settings.login_password().unwrap().as_deref(),
            Some("a@b:%c")
        );
        assert_eq!(
            DbSettings::from_owner("postgres://root@db", "")
                .login_password()
                .unwrap(),
            None
        );
    }

    #[test]
    fn debug_output_holds_no_password() {
        let settings = DbSettings::from_owner("postgres://root:secret@db", "");
        assert!(!format!("{settings:?}").contains("secret"));
    }
}
