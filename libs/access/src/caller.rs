//! The caller, and the decisions about it.

use ids::{ApiKeyId, PersonId, ProviderId, TenantId};
use serde::{Deserialize, Serialize};

use crate::{Permission, Role};

/// What sort of caller it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallerKind {
    /// A person of one tenant.
    Person,
    /// One of a provider's staff, with any number of tenants.
    Staff,
    /// A machine of one tenant (an API key).
    Machine,
    /// Runs the platform.
    Operator,
}

/// A tenant and the caller's roles there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantGrant {
    /// The tenant.
    pub id: TenantId,
    /// The roles there.
    pub roles: Vec<Role>,
}

/// Who calls. Comes from a verified token alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// What sort.
    pub kind: CallerKind,
    /// Who: the person, or the API key's id worn as a person's.
    pub person: PersonId,
    /// The staff's provider, or the provider of the tenant.
    pub provider: Option<ProviderId>,
    /// The tenants this caller has to do with.
    pub tenants: Vec<TenantGrant>,
    /// The one that was chosen for this request, if one was.
    pub chosen: Option<TenantId>,
}

/// What a passed check hands on: the tenant that the caller may act in, and as what.
#[derive(Debug, Clone, Copy)]
pub struct Grant<'a> {
    /// The tenant.
    pub tenant: TenantId,
    /// The caller's roles there.
    pub roles: &'a [Role],
}

/// A check that refused. Says no more than the caller may know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing there, as far as this caller is concerned.
    #[error("not found")]
    NotFound,
    /// The caller belongs here, but none of its roles may do this.
    #[error("needs permission {permission}, held by: {}", roles_of(*permission))]
    Forbidden {
        /// What would be needed.
        permission: Permission,
    },
    /// The caller has several tenants and named none.
    #[error("name the tenant")]
    TenantRequired,
}

fn roles_of(permission: Permission) -> String {
    permission
        .roles()
        .iter()
        .map(|r| r.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

impl Caller {
    /// May this caller do this with this tenant?
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a tenant that is not the caller's, [`Refusal::Forbidden`] for a role too small.
    pub fn require(&self, tenant: TenantId, permission: Permission) -> Result<Grant<'_>, Refusal> {
        let grant = self
            .tenants
            .iter()
            .find(|t| t.id == tenant)
            .ok_or(Refusal::NotFound)?;
        if permission.roles().iter().any(|r| grant.roles.contains(r)) {
            Ok(Grant {
                tenant,
                roles: &grant.roles,
            })
        } else {
            Err(Refusal::Forbidden { permission })
        }
    }

    /// Whether [`Self::require`] would pass.
    pub fn may(&self, tenant: TenantId, permission: Permission) -> bool {
        self.require(tenant, permission).is_ok()
    }

    /// May this caller do this to the platform?
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] for everyone but the operator.
    pub fn require_operator(&self) -> Result<(), Refusal> {
        if self.kind == CallerKind::Operator {
            Ok(())
        } else {
            Err(Refusal::Forbidden {
                permission: Permission::ManageTenants,
            })
        }
    }

    /// The tenant that a request means when it names none: the chosen one, or the only one.
    ///
    /// # Errors
    /// [`Refusal::TenantRequired`] if there are several and none was chosen; [`Refusal::NotFound`] if `named` is not
    /// the caller's.
    pub fn tenant(&self, named: Option<TenantId>) -> Result<TenantId, Refusal> {
        match (named.or(self.chosen), self.tenants.as_slice()) {
            (Some(t), tenants) if tenants.iter().any(|g| g.id == t) => Ok(t),
            (Some(_), _) => Err(Refusal::NotFound),
            (None, [only]) => Ok(only.id),
            (None, _) => Err(Refusal::TenantRequired),
        }
    }

    /// The tenants in which the caller holds a permission; only the chosen one if one was chosen.
    pub fn tenants_with(&self, permission: Permission) -> Vec<TenantId> {
        self.tenants
            .iter()
            .map(|t| t.id)
            .filter(|t| self.chosen.is_none_or(|c| c == *t) && self.may(*t, permission))
            .collect()
    }

    /// A machine's key, worn as a person in timelines.
    pub const fn person_of_key(key: ApiKeyId) -> PersonId {
        PersonId::from_uuid(key.uuid())
    }
}
