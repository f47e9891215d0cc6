//! Sites, as the graph shows them.

use async_graphql::{ID, SimpleObject};
use ids::TenantId;
use subgraph::global;

use crate::domain;

/// A site of a tenant: where its people work. Calendars can be given to it.
#[derive(Debug, Clone, SimpleObject)]
pub struct Site {
    /// Global id.
    pub id: ID,
    /// What people call it.
    pub name: String,
    /// Where it lies, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// How often it changed: what `changeSite` takes as `version`.
    pub version: i32,
}

impl Site {
    pub fn new(tenant: TenantId, of: domain::site::Site) -> Self {
        Self {
            id: global(tenant, of.id),
            name: of.name,
            country: of.country,
            version: of.version as i32,
        }
    }
}
