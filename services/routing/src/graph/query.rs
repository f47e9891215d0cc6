//! What can be asked, and the entities.

use async_graphql::connection::{Connection, Edge};
use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, ID, Object, Result};
use ids::{GroupId, TicketId};
use messaging::Position;
use subgraph::{bad_input, caller, cursor, fault, gid, paging, plain};

use super::enums::WorklistSort;
use super::inputs::WorklistFilter;
use super::loaders::Groups;
use super::types::{ResolverGroup, RoutingRules, Ticket, WorklistItem, WorklistTotals};
use crate::actions::read_worklist::{Wish, read_worklist};
use crate::actions::{Tools, read_groups, read_rules};
use crate::domain::worklist::{Place, Sort};

/// Rows of a page, unless asked otherwise.
const PAGE: i32 = 25;
/// Rows of a page at most.
const PAGE_AT_MOST: i32 = 100;

/// The worklist as a Relay connection.
pub type Worklist = Connection<String, WorklistItem, WorklistTotals>;

/// Routing's queries.
#[derive(Debug)]
pub struct Query;

#[Object]
impl Query {
    /// The staff's list of tickets, over all tenants they work for (or the chosen one).
    #[allow(clippy::too_many_arguments)] // the arguments are the field's, and each is a type of its own
    async fn worklist(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which tickets; without it everything that is still to be done.")]
        filter: Option<WorklistFilter>,
        #[graphql(desc = "In which order; what falls due first, unless said otherwise.")]
        sort: Option<WorklistSort>,
        #[graphql(desc = "How many rows, 1 to 100; 25 unless said otherwise.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(
            desc = "A position out of a mutation's payload: the list waits up to 300 ms until it has seen it."
        )]
        after_position: Option<String>,
    ) -> Result<Worklist> {
        let caller = caller(ctx)?;
        let first = first.unwrap_or(PAGE);
        if !(1..=PAGE_AT_MOST).contains(&first) {
            return Err(bad_input(
                "first",
                format!("De 1 a {PAGE_AT_MOST} filas por página."),
            ));
        }
        let sort: Sort = sort.map(Into::into).unwrap_or_default();
        let after: Option<Place> = paging::after(after.as_deref())?;
        if after.is_some_and(|place| place.sort != sort) {
            return Err(bad_input("after", "El cursor es de otro orden."));
        }
        let position: Option<Position> = after_position
            .map(|p| p.parse())
            .transpose()
            .map_err(|_| bad_input("afterPosition", "No es una posición."))?;
        let look = ctx.look_ahead();
        let wish = Wish {
            filter: filter.unwrap_or_default().read(caller.person)?,
            sort,
            first: first as usize,
            after,
            position,
            count: look.field("totalCount").exists(),
        };
        let page = read_worklist(ctx.data::<Tools>()?, caller, wish)
            .await
            .map_err(fault)?;
        let totals = WorklistTotals::of(page.count, page.as_of);
        let mut connection = Connection::with_additional_fields(after.is_some(), page.more, totals);
        connection.edges = page
            .items
            .into_iter()
            .map(|item| Edge::new(cursor::encode(&item.place), WorklistItem::from(item)))
            .collect();
        Ok(connection)
    }

    /// The provider's resolver groups, and those taken over from the tenant's former tool.
    async fn groups(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Under which tenant they are shown; the chosen one if absent.",
            name = "tenant"
        )]
        tenant_id: Option<ID>,
        #[graphql(desc = "On this support line only.")] line: Option<i32>,
        #[graphql(desc = "Those that take no tickets, too.", default)] include_inactive: bool,
    ) -> Result<Vec<ResolverGroup>> {
        let under = tenant_id.as_ref().map(plain).transpose()?;
        let line = line.map(|l| l as i16);
        let (under, groups) =
            read_groups::read_groups(ctx.data()?, caller(ctx)?, under, line, include_inactive)
                .await
                .map_err(fault)?;
        Ok(groups
            .into_iter()
            .map(|g| ResolverGroup::of(under, g))
            .collect())
    }

    /// How a tenant's tickets find their group.
    async fn routing_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose; the chosen one if absent.", name = "tenant")] tenant_id: Option<
            ID,
        >,
    ) -> Result<RoutingRules> {
        let caller = caller(ctx)?;
        let whose = subgraph::tenant(ctx, tenant_id.as_ref())?;
        let rules = read_rules::read_rules(ctx.data()?, caller, whose)
            .await
            .map_err(fault)?;
        Ok(RoutingRules::of(whose, rules))
    }

    /// Tickets get their holder here.
    #[graphql(entity)]
    async fn ticket(&self, #[graphql(key)] id: ID, version: Option<i32>) -> Result<Ticket> {
        gid::<TicketId>(&id)?;
        Ok(Ticket {
            id,
            version: version.unwrap_or_default(),
        })
    }

    /// A resolver group by its id.
    #[graphql(entity)]
    async fn resolver_group(
        &self,
        ctx: &Context<'_>,
        #[graphql(key)] id: ID,
    ) -> Result<Option<ResolverGroup>> {
        let key = gid::<GroupId>(&id)?;
        let group = ctx.data::<DataLoader<Groups>>()?.load_one(key).await?;
        Ok(group.map(|g| ResolverGroup::of(key.tenant, g)))
    }
}
