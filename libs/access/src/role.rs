//! The roles of a support centre: who a caller is with a tenant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A role. The first four are the client's, the next five the provider's (each with the tenants assigned), the last
/// runs the platform and sees no ticket content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A person of the tenant who asks for help.
    Requester,
    /// Approves corrective maintenance for an application.
    ApplicationOwner,
    /// Administers the tenant's people, keys and applications.
    TenantAdmin,
    /// A machine of the tenant.
    Integrator,
    /// Works on tickets on N1, N2 or N3.
    Agent,
    /// Keeps the inventory.
    InventoryManager,
    /// Distributes the work.
    Coordinator,
    /// Keeps agreements and quality (SLA/ANS).
    QualityManager,
    /// Answers for the service.
    ServiceManager,
    /// Runs the platform.
    Operator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 10] = [
        Self::Requester,
        Self::ApplicationOwner,
        Self::TenantAdmin,
        Self::Integrator,
        Self::Agent,
        Self::InventoryManager,
        Self::Coordinator,
        Self::QualityManager,
        Self::ServiceManager,
        Self::Operator,
    ];

    /// As in tokens, tables and the API's texts: `service_manager`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requester => "requester",
            Self::ApplicationOwner => "application_owner",
            Self::TenantAdmin => "tenant_admin",
            Self::Integrator => "integrator",
            Self::Agent => "agent",
            Self::InventoryManager => "inventory_manager",
            Self::Coordinator => "coordinator",
            Self::QualityManager => "quality_manager",
            Self::ServiceManager => "service_manager",
            Self::Operator => "operator",
        }
    }

    /// Held by the provider's staff.
    pub const fn is_staff(self) -> bool {
        matches!(
            self,
            Self::Agent
                | Self::InventoryManager
                | Self::Coordinator
                | Self::QualityManager
                | Self::ServiceManager
        )
    }

    /// Held by people or machines of the client.
    pub const fn is_tenant(self) -> bool {
        matches!(
            self,
            Self::Requester | Self::ApplicationOwner | Self::TenantAdmin | Self::Integrator
        )
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such role: {0}")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;
    fn from_str(s: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|r| r.as_str() == s)
            .ok_or_else(|| UnknownRole(s.to_owned()))
    }
}
