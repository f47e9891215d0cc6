//! What databases, schemas and roles are called.

use ids::{ProviderId, TenantId};
use uuid::Uuid;

use crate::{DbSettings, Schema, TenancyError};

/// The names of one service's database and roles; all of them are plain identifiers (`[a-z0-9_]`, at most 63 bytes).
#[derive(Debug, Clone)]
pub(crate) struct Names {
    pub database: String,
    /// The role that the service logs in as.
    pub login: String,
    /// The group that every tenant's role is in.
    pub tenants: String,
    /// The group that every provider's role is in.
    pub providers: String,
}

/// What a transaction or a migration is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// One tenant's schema, under the tenant's role.
    Tenant(TenantId),
    /// One provider's schema, under the provider's role; rows of the given tenants alone.
    Provider(ProviderId),
    /// What belongs to no tenant: outbox, timers, the list of tenants; under the login role.
    Platform,
}

impl Scope {
    /// The schema that unqualified names mean: `t_<32 hex>`, `p_<32 hex>` or `platform`.
    pub fn schema(self) -> String {
        match self {
            Self::Tenant(id) => format!("t_{}", id.uuid().simple()),
            Self::Provider(id) => format!("p_{}", id.uuid().simple()),
            Self::Platform => "platform".to_owned(),
        }
    }

    pub(crate) fn uuid(self) -> Uuid {
        match self {
            Self::Tenant(id) => id.uuid(),
            Self::Provider(id) => id.uuid(),
            Self::Platform => Uuid::nil(),
        }
    }

    /// As `platform.migration.scope` has it, and as metrics are labelled.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Tenant(_) => "tenant",
            Self::Provider(_) => "provider",
            Self::Platform => "platform",
        }
    }
}

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tenant(id) => write!(f, "{id}"),
            Self::Provider(id) => write!(f, "{id}"),
            Self::Platform => f.write_str("platform"),
        }
    }
}

impl Names {
    /// Checks settings and schema, so that every name made from them is a plain identifier.
    pub fn new(settings: &DbSettings, schema: &Schema) -> Result<Self, TenancyError> {
        settings.check()?;
        schema.check()?;
        let base = format!("{}{}", settings.prefix, schema.service.replace('-', "_"));
        Ok(Self {
            tenants: format!("{base}_tenants"),
            providers: format!("{base}_providers"),
            login: base.clone(),
            database: base,
        })
    }

    /// `<prefix><service>_<32 hex>`, or the login role for the platform.
    pub fn role(&self, scope: Scope) -> String {
        match scope {
            Scope::Tenant(_) | Scope::Provider(_) => {
                format!("{}_{}", self.login, scope.uuid().simple())
            }
            Scope::Platform => self.login.clone(),
        }
    }

    /// Puts the names into a migration's text.
    pub fn fill(&self, sql: &str, scope: Scope) -> String {
        sql.replace("{schema}", &format!("\"{}\"", scope.schema()))
            .replace("{role}", &format!("\"{}\"", self.role(scope)))
            .replace("{login}", &format!("\"{}\"", self.login))
            .replace("{tenants}", &format!("\"{}\"", self.tenants))
            .replace("{providers}", &format!("\"{}\"", self.providers))
    }
}
