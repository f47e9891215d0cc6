//! The ticket, as the graph shows it.

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use ids::GlobalId;
use subgraph::{fault, global};

use super::asking;
use super::categories::CategoryNode;
use super::enums::{Channel, Degree, Priority, TicketKind, TicketState};
use super::links::LinkNode;
use super::loaders::Loaders;
use super::paging;
use super::references::{Application, Person, Vendor};
use super::timeline::{TimelineEntry, page};
use crate::actions::read::Page;
use crate::domain::ticket::Ticket;

/// A ticket.
#[derive(Debug, Clone)]
pub struct TicketNode(pub Arc<Ticket>);

impl From<Ticket> for TicketNode {
    fn from(ticket: Ticket) -> Self {
        Self(Arc::new(ticket))
    }
}

/// Whom a ticket's matter affects, and how many of them.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "TicketImpacts")]
pub struct Impacts {
    /// The tenant's own users.
    pub internal: Degree,
    /// The tenant's customers.
    pub external: Degree,
}

/// A further fact about a ticket.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "TicketAttribute")]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Where an imported ticket comes from.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "TicketExternal")]
pub struct ExternalCase {
    /// The tool, as the import's mapping names it.
    pub tool: String,
    /// Its number for the case.
    pub case: String,
}

/// One matter that somebody brought: an incident, a request, a question, a change, a problem, a corrective maintenance or
/// a task. It has one number, one conversation and one state, whatever channel it came through.
#[Object(name = "Ticket")]
impl TicketNode {
    /// Global id: holds the tenant as well.
    async fn id(&self) -> ID {
        global(self.0.tenant, self.0.id)
    }

    /// Readable number, unique in the tenant: `INC-000123`.
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// Counts the facts about it; what a change may expect, and what other services compare their view with.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// What it is.
    async fn kind(&self) -> TicketKind {
        self.0.kind.into()
    }

    /// Declared a major incident.
    async fn major(&self) -> bool {
        self.0.major
    }

    /// Since when the service that it is about is back, whatever state the ticket is in; absent while it is not, or nobody has
    /// said so.
    async fn restored_at(&self) -> Option<DateTime<Utc>> {
        self.0.restored.map(|r| r.at)
    }

    /// Whether the service is back by a workaround: what was broken is still to be mended. Absent where `restoredAt` is.
    async fn workaround(&self) -> Option<bool> {
        self.0.restored.map(|r| r.workaround)
    }

    /// Where it stands.
    async fn state(&self) -> TicketState {
        self.0.state.into()
    }

    /// How soon it must be dealt with, by the tenant's matrix.
    async fn priority(&self) -> Priority {
        self.0.priority.into()
    }

    /// Whom it affects.
    async fn impacts(&self) -> Impacts {
        Impacts {
            internal: self.0.impact_internal.into(),
            external: self.0.impact_external.into(),
        }
    }

    /// How urgent it is.
    async fn urgency(&self) -> Degree {
        self.0.urgency.into()
    }

    /// Its category in the tenant's catalogue.
    async fn category(&self, ctx: &Context<'_>) -> Result<Option<CategoryNode>> {
        let Some(id) = self.0.category else {
            return Ok(None);
        };
        let loaders = ctx.data::<Loaders>()?;
        let found = loaders.category(GlobalId::new(self.0.tenant, id)).await;
        Ok(found.map_err(fault)?.map(CategoryNode::from))
    }

    /// What it is about.
    async fn application(&self) -> Option<Application> {
        self.0
            .application
            .map(|a| Application::of(self.0.tenant, a))
    }

    /// For which vendor it waits, if that was said; none in any state but `WAITING_FOR_VENDOR`.
    async fn vendor(&self) -> Option<Vendor> {
        self.0.vendor.map(|v| Vendor::of(self.0.tenant, v))
    }

    /// Who asks.
    async fn requester(&self) -> Option<Person> {
        self.0.requester.map(|p| Person::of(self.0.tenant, p))
    }

    /// Through what it was opened.
    async fn channel(&self) -> Channel {
        self.0.channel.into()
    }

    /// In a line.
    async fn subject(&self) -> &str {
        &self.0.subject
    }

    /// In full.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Further facts, by name.
    async fn attributes(&self) -> Vec<Attribute> {
        self.0
            .attributes
            .iter()
            .map(|(name, value)| Attribute {
                name: name.clone(),
                value: value.clone(),
            })
            .collect()
    }

    /// When it was opened.
    async fn opened_at(&self) -> DateTime<Utc> {
        self.0.opened_at
    }

    /// When its present state began.
    async fn state_since(&self) -> DateTime<Utc> {
        self.0.state_since
    }

    /// The last instant at which who asked for it may reopen it, counted from when it was said solved; closing it does not
    /// lengthen it. Absent while it is neither resolved nor closed, and where the tenant has set no limit. The provider's staff
    /// may reopen it later, too.
    async fn reopenable_until(&self, ctx: &Context<'_>) -> Result<Option<DateTime<Utc>>> {
        if self.0.solved_since().is_none() {
            return Ok(None);
        }
        let loaders = ctx.data::<Loaders>()?;
        let window = loaders.reopening_window(self.0.tenant).await;
        Ok(self.0.reopenable_until(window.map_err(fault)?))
    }

    /// Came straight to N3's own channel: leaves the base of first-contact resolution.
    async fn direct_to_n3(&self) -> bool {
        self.0.direct_to_n3
    }

    /// Where it comes from, if it was imported.
    async fn external(&self) -> Option<ExternalCase> {
        self.0.external.as_ref().map(|e| ExternalCase {
            tool: e.tool.clone(),
            case: e.case.clone(),
        })
    }

    /// What happened, in the order in which intake came to know. Internal entries are left out for the tenant's roles.
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many entries, 1 to 100; 25 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Entries behind this cursor.")] after: Option<String>,
    ) -> Result<Connection<String, TimelineEntry>> {
        let limit = paging::limit(first)?;
        let after: Option<i64> = paging::after(after.as_deref())?;
        let wanted = Page {
            ticket: self.0.id,
            after: after.unwrap_or(0),
            limit,
        };
        let (loaders, caller) = (ctx.data::<Loaders>()?, asking(ctx)?.caller);
        page(loaders, caller, self.0.tenant, wanted)
            .await
            .map_err(fault)
    }

    /// Other tickets it hangs together with, at either end of the link.
    async fn links(&self, ctx: &Context<'_>) -> Result<Vec<LinkNode>> {
        let id = GlobalId::new(self.0.tenant, self.0.id);
        let links = ctx.data::<Loaders>()?.links(id).await.map_err(fault)?;
        Ok(links.into_iter().map(|l| LinkNode::of(id, l)).collect())
    }
}
