//! What a service keeps: its migrations, in three scopes.

use crate::TenancyError;

/// One step of a schema, run once per schema, in a transaction of its own together with the note that it ran.
///
/// The SQL is run by the owner with `search_path` set to the schema it is for, then `shared`. In it, `{schema}` and
/// `{role}` stand for that schema and its role, `{login}` for the service's login role, `{tenants}` and `{providers}` for the
/// groups that all tenants' and all providers' roles are in; each is replaced by its quoted name.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Date, number, subject: `2026-11-23-000-tickets`. Migrations run in the order of their names.
    pub name: &'static str,
    /// One or more statements; nothing that refuses to run inside a transaction.
    pub sql: &'static str,
}

/// A service's whole database.
#[derive(Debug, Clone, Copy)]
pub struct Schema {
    /// The service's name, `sla-clock`; database and roles have `_` for `-`.
    pub service: &'static str,
    /// Once per database, with `search_path = platform, shared`; functions for all go to `shared.…`.
    pub platform: &'static [Migration],
    /// Once per tenant.
    pub tenant: &'static [Migration],
    /// What all of `tenant` together come to; makes a new tenant in one step. `crate::snapshot` compares the two.
    pub tenant_squashed: Option<&'static str>,
    /// Once per provider; empty where the service keeps nothing across tenants.
    pub provider: &'static [Migration],
}

/// What tenancy itself puts ahead of a service's own; it sorts before every date.
const BASE: &str = "0000-00-00-000-base";

pub(crate) const PLATFORM: Migration = Migration {
    name: BASE,
    sql: include_str!("base/platform.sql"),
};
pub(crate) const TENANT: Migration = Migration {
    name: BASE,
    sql: include_str!("base/schema.sql"),
};
/// A provider's schema begins with the same tables as a tenant's.
pub(crate) const PROVIDER: Migration = TENANT;

impl Schema {
    pub(crate) fn all_platform(&self) -> Vec<Migration> {
        std::iter::once(PLATFORM)
            .chain(self.platform.iter().copied())
            .collect()
    }

    pub(crate) fn all_tenant(&self) -> Vec<Migration> {
        std::iter::once(TENANT)
            .chain(self.tenant.iter().copied())
            .collect()
    }

    pub(crate) fn all_provider(&self) -> Vec<Migration> {
        std::iter::once(PROVIDER)
            .chain(self.provider.iter().copied())
            .collect()
    }

    /// Refuses names that would not run in the order they are written in.
    pub(crate) fn check(&self) -> Result<(), TenancyError> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.service.is_empty() || self.service.len() > 14 || !self.service.chars().all(plain) {
            return Err(TenancyError::Invalid(format!(
                "no name for a service: {:?}",
                self.service
            )));
        }
        for (scope, all) in [
            ("platform", self.all_platform()),
            ("tenant", self.all_tenant()),
            ("provider", self.all_provider()),
        ] {
            if let Some(pair) = all.windows(2).find(|pair| pair[0].name >= pair[1].name) {
                return Err(TenancyError::Invalid(format!(
                    "{}: {scope} migration {:?} must sort after {:?}",
                    self.service, pair[1].name, pair[0].name
                )));
            }
        }
        Ok(())
    }
}
