//! Things of other services, by their keys alone: the gateway asks their owners for the rest.

use async_graphql::{ID, SimpleObject};
use events::intake::Actor;
use ids::{ApplicationId, PersonId, TenantId, VendorId};
use subgraph::global;

use super::enums::ActorKind;

/// A person: of the tenant, or of the provider's staff as seen by that tenant.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(unresolvable = "id")]
pub struct Person {
    /// Global id.
    pub id: ID,
}

impl Person {
    pub(super) fn of(tenant: TenantId, person: PersonId) -> Self {
        Self {
            id: global(tenant, person),
        }
    }
}

/// An application of the tenant.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(unresolvable = "id")]
pub struct Application {
    /// Global id.
    pub id: ID,
}

impl Application {
    pub(super) fn of(tenant: TenantId, application: ApplicationId) -> Self {
        Self {
            id: global(tenant, application),
        }
    }
}

/// A vendor of the tenant.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(unresolvable = "id")]
pub struct Vendor {
    /// Global id.
    pub id: ID,
}

impl Vendor {
    pub(super) fn of(tenant: TenantId, vendor: VendorId) -> Self {
        Self {
            id: global(tenant, vendor),
        }
    }
}

/// Who did something to a ticket.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "TicketActor")]
pub struct ActorNode {
    /// What sort of somebody.
    pub kind: ActorKind,
    /// Who, if it was a person.
    pub person: Option<Person>,
}

impl ActorNode {
    pub(super) fn of(tenant: TenantId, actor: Actor) -> Self {
        let (kind, person) = match actor {
            Actor::Requester { person } => (ActorKind::Requester, Some(person)),
            Actor::Staff { person } => (ActorKind::Staff, Some(person)),
            // A key is no person: directory has none of that id.
            Actor::Machine { .. } => (ActorKind::Machine, None),
            Actor::System => (ActorKind::System, None),
        };
        Self {
            kind,
            person: person.map(|p| Person::of(tenant, p)),
        }
    }
}
