//! Vendors, as the graph shows them.

use async_graphql::{ID, SimpleObject};
use ids::TenantId;
use subgraph::global;

use crate::domain;

/// A vendor of a tenant: whom the provider asks for help beyond its own lines, and with whom supplier agreements are made.
#[derive(Debug, Clone, SimpleObject)]
pub struct Vendor {
    /// Global id.
    pub id: ID,
    /// What people call it.
    pub name: String,
    /// No ticket waits for it any more.
    pub retired: bool,
    /// How often it changed: what `changeVendor` takes as `version`.
    pub version: i32,
}

impl Vendor {
    pub fn new(tenant: TenantId, of: domain::vendor::Vendor) -> Self {
        Self {
            id: global(tenant, of.id),
            name: of.name,
            retired: of.retired,
            version: of.version as i32,
        }
    }
}
