//! Contacts, as the graph shows them.

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use ids::{GlobalId, TenantId};
use subgraph::{fault, global};

use super::enums::{Channel, ContactDirection, ContactOutcome};
use super::loaders::Loaders;
use super::maybe_id_of;
use super::references::Person;
use super::ticket::TicketNode;
use crate::actions::read::WantedContacts;
use crate::domain::contact::Contact;

/// A contact.
#[derive(Debug, Clone)]
pub struct ContactNode(pub Contact);

/// One touch through a channel, inbound or outbound. "How is my ticket?" is a contact, not a ticket.
#[Object(name = "Contact")]
impl ContactNode {
    /// Global id.
    async fn id(&self) -> ID {
        global(self.0.tenant, self.0.id)
    }

    /// Through what.
    async fn channel(&self) -> Channel {
        self.0.channel.into()
    }

    /// Which way.
    async fn direction(&self) -> ContactDirection {
        self.0.direction.into()
    }

    /// The tenant's person, if known.
    async fn person(&self) -> Option<Person> {
        self.0.person.map(|p| Person::of(self.0.tenant, p))
    }

    /// The agent, if any.
    async fn agent(&self) -> Option<Person> {
        self.0.agent.map(|p| Person::of(self.0.tenant, p))
    }

    /// When it was offered.
    async fn offered_at(&self) -> DateTime<Utc> {
        self.0.offered_at
    }

    /// When it was answered.
    async fn answered_at(&self) -> Option<DateTime<Utc>> {
        self.0.answered_at
    }

    /// When it ended.
    async fn ended_at(&self) -> Option<DateTime<Utc>> {
        self.0.ended_at
    }

    /// What came of it.
    async fn outcome(&self) -> ContactOutcome {
        self.0.outcome.into()
    }

    /// The ticket it belongs to, if any.
    async fn ticket(&self, ctx: &Context<'_>) -> Result<Option<TicketNode>> {
        let Some(id) = self.0.ticket else {
            return Ok(None);
        };
        let loaders = ctx.data::<Loaders>()?;
        let found = loaders.ticket(GlobalId::new(self.0.tenant, id)).await;
        Ok(found.map_err(fault)?.map(TicketNode))
    }
}

/// Which contacts; what is not said does not matter.
#[derive(Debug, Default, InputObject)]
pub struct ContactFilter {
    /// Of this ticket.
    pub ticket: Option<ID>,
    /// With this person.
    pub person: Option<ID>,
    /// Through this channel.
    pub channel: Option<Channel>,
    /// This way.
    pub direction: Option<ContactDirection>,
    /// Offered at or after this instant.
    pub from: Option<DateTime<Utc>>,
    /// Offered before this instant.
    pub until: Option<DateTime<Utc>>,
}

impl ContactFilter {
    pub(super) fn wanted(self, tenant: TenantId) -> Result<WantedContacts> {
        Ok(WantedContacts {
            ticket: maybe_id_of(tenant, self.ticket.as_ref())?,
            person: maybe_id_of(tenant, self.person.as_ref())?,
            channel: self.channel.map(Into::into),
            direction: self.direction.map(Into::into),
            from: self.from,
            until: self.until,
        })
    }
}
