//! What can be asked.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use ids::{TenantId, TicketId};
use subgraph::{fault, tenant};
use uuid::Uuid;

use super::categories::{CategoryNode, PriorityCell, cells};
use super::contacts::{ContactFilter, ContactNode};
use super::enums::{Priority, TicketKind, TicketSort, TicketState};
use super::loaders::Loaders;
use super::reopening::ReopeningWindow;
use super::ticket::TicketNode;
use super::{asking, maybe_id_of, paging, timeline, tools};
use crate::actions::read::{self, Order, Place, SearchPlace, Wanted};

/// Which tickets; what is not said does not matter.
#[derive(Debug, Default, InputObject)]
pub struct TicketFilter {
    /// In one of these states.
    pub states: Option<Vec<TicketState>>,
    /// True: neither resolved nor closed nor cancelled. False: one of these.
    pub pending: Option<bool>,
    /// Of one of these kinds.
    pub kinds: Option<Vec<TicketKind>>,
    /// With one of these priorities.
    pub priorities: Option<Vec<Priority>>,
    /// Major incidents, or only others.
    pub major: Option<bool>,
    /// In this category.
    pub category: Option<ID>,
    /// About this application.
    pub application: Option<ID>,
    /// Asked for by this person.
    pub requester: Option<ID>,
    /// Opened at or after this instant.
    pub opened_from: Option<DateTime<Utc>>,
    /// Opened before this instant.
    pub opened_until: Option<DateTime<Utc>>,
}

fn all<A, B: From<A>>(list: Option<Vec<A>>) -> Vec<B> {
    list.into_iter().flatten().map(B::from).collect()
}

impl TicketFilter {
    fn wanted(self, tenant: TenantId) -> Result<Wanted> {
        Ok(Wanted {
            states: all(self.states),
            pending: self.pending,
            kinds: all(self.kinds),
            priorities: all(self.priorities),
            major: self.major,
            category: maybe_id_of(tenant, self.category.as_ref())?,
            application: maybe_id_of(tenant, self.application.as_ref())?,
            requester: maybe_id_of(tenant, self.requester.as_ref())?,
            from: self.opened_from,
            until: self.opened_until,
        })
    }
}

async fn load(ctx: &Context<'_>, id: &ID) -> Result<Option<TicketNode>> {
    let id = subgraph::gid::<TicketId>(id)?;
    let found = ctx.data::<Loaders>()?.ticket(id).await;
    Ok(found.map_err(fault)?.map(TicketNode))
}

/// The root of queries.
#[derive(Debug)]
pub struct Query;

/// What can be asked.
#[Object]
impl Query {
    /// The ticket with this id, if the caller may see it.
    async fn ticket(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id of the ticket.")] id: ID,
    ) -> Result<Option<TicketNode>> {
        let Some(limit) = timeline::asked_with(ctx) else {
            return load(ctx, &id).await;
        };
        let id = subgraph::gid::<TicketId>(&id)?;
        let loaders = ctx.data::<Loaders>()?;
        let found = loaders.ticket_with_timeline(id, limit).await;
        Ok(found.map_err(fault)?.map(TicketNode))
    }

    /// The ticket with this readable number, if the caller may see it.
    async fn ticket_by_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As it is said on the telephone: `INC-000123`.")] number: String,
        #[graphql(desc = "Which tenant; the chosen one if nothing is said.")] tenant: Option<ID>,
    ) -> Result<Option<TicketNode>> {
        let tenant = self::tenant(ctx, tenant.as_ref())?;
        let caller = asking(ctx)?.caller;
        let found = read::ticket_by_number(tools(ctx)?, caller, tenant, &number).await;
        Ok(found.map_err(fault)?.map(TicketNode::from))
    }

    /// Tickets of a tenant. A requester sees the own ones alone.
    #[allow(clippy::too_many_arguments)] // each is an argument of the field
    async fn tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tickets.")] filter: Option<TicketFilter>,
        #[graphql(desc = "In which order; newest first if nothing is said.")] sort: Option<
            TicketSort,
        >,
        #[graphql(desc = "Which tenant; the chosen one if nothing is said.")] tenant: Option<ID>,
        #[graphql(desc = "How many, 1 to 100; 25 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Tickets behind this cursor.")] after: Option<String>,
    ) -> Result<Connection<String, TicketNode>> {
        let tenant = self::tenant(ctx, tenant.as_ref())?;
        let limit = paging::limit(first)?;
        let after: Option<Place> = paging::after(after.as_deref())?;
        let order = sort.map_or(Order::Newest, Order::from);
        let wanted = filter.unwrap_or_default().wanted(tenant)?;
        let caller = asking(ctx)?.caller;
        let tools = tools(ctx)?;
        let page =
            read::list_tickets(tools, caller, tenant, &wanted, order, after.as_ref(), limit).await;
        Ok(paging::connection(
            page.map_err(fault)?,
            after.is_some(),
            |t| Place::of(t, order),
            TicketNode::from,
        ))
    }

    /// Tickets that fit a text, best first: by number, subject, description and conversation, in Spanish and English,
    /// with or without accents. `"two words"` together, `-word` without, `or` between.
    async fn search_tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to look for.")] text: String,
        #[graphql(desc = "Which tenant; the chosen one if nothing is said.")] tenant: Option<ID>,
        #[graphql(desc = "How many, 1 to 100; 25 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Tickets behind this cursor.")] after: Option<String>,
    ) -> Result<Connection<String, TicketNode>> {
        let tenant = self::tenant(ctx, tenant.as_ref())?;
        let limit = paging::limit(first)?;
        let after: Option<SearchPlace> = paging::after(after.as_deref())?;
        let caller = asking(ctx)?.caller;
        let page = read::search_tickets(tools(ctx)?, caller, tenant, &text, after, limit).await;
        Ok(paging::connection(
            page.map_err(fault)?,
            after.is_some(),
            |hit| hit.1,
            |hit| TicketNode::from(hit.0),
        ))
    }

    /// Contacts of a tenant, newest first.
    async fn contacts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which contacts.")] filter: Option<ContactFilter>,
        #[graphql(desc = "Which tenant; the chosen one if nothing is said.")] tenant: Option<ID>,
        #[graphql(desc = "How many, 1 to 100; 25 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Contacts behind this cursor.")] after: Option<String>,
    ) -> Result<Connection<String, ContactNode>> {
        let tenant = self::tenant(ctx, tenant.as_ref())?;
        let limit = paging::limit(first)?;
        let after: Option<(DateTime<Utc>, Uuid)> = paging::after(after.as_deref())?;
        let wanted = filter.unwrap_or_default().wanted(tenant)?;
        let caller = asking(ctx)?.caller;
        let page = read::list_contacts(tools(ctx)?, caller, tenant, &wanted, after, limit).await;
        Ok(paging::connection(
            page.map_err(fault)?,
            after.is_some(),
            |c| (c.offered_at, c.id.uuid()),
            ContactNode,
        ))
    }

    /// The tenant's categories, by name.
    async fn categories(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tenant; the chosen one if nothing is said.")] tenant: Option<ID>,
    ) -> Result<Vec<CategoryNode>> {
        let tenant = self::tenant(ctx, tenant.as_ref())?;
        let all = read::all_categories(tools(ctx)?, asking(ctx)?.caller, tenant).await;
        Ok(all
            .map_err(fault)?
            .into_iter()
            .map(CategoryNode::from)
            .collect())
    }

    /// The tenant's priority matrix: every cell.
    async fn priority_matrix(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tenant; the chosen one if nothing is said.")] tenant: Option<ID>,
    ) -> Result<Vec<PriorityCell>> {
        let tenant = self::tenant(ctx, tenant.as_ref())?;
        let matrix = read::priority_matrix(tools(ctx)?, asking(ctx)?.caller, tenant).await;
        Ok(cells(matrix.map_err(fault)?))
    }

    /// Within how long of its solution a ticket may be reopened by whoever asked for it.
    async fn reopening_window(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tenant; the chosen one if nothing is said.")] tenant: Option<ID>,
    ) -> Result<ReopeningWindow> {
        let tenant = self::tenant(ctx, tenant.as_ref())?;
        let window = read::reopening_window(tools(ctx)?, asking(ctx)?.caller, tenant).await;
        Ok(ReopeningWindow::of(window.map_err(fault)?))
    }

    /// A ticket that another service refers to.
    #[graphql(entity)]
    async fn ticket_entity(&self, ctx: &Context<'_>, id: ID) -> Result<Option<TicketNode>> {
        load(ctx, &id).await
    }
}
