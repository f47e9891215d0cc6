//! What can be asked of service levels.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use subgraph::{caller, fault, paging};

use super::enums::ExclusionState;
use super::exclusions::ServiceLevelExclusion;
use super::facts::asks_facts;
use super::frozen::{FrozenServiceLevels, asks_contents};
use super::levels::ServiceLevelSetVersion;
use super::measures::ServiceLevelMeasure;
use super::month::{CountedCall, CountedTicket, MonthlyServiceLevels};
use super::{Ticket, global, int, month};
use crate::actions::read_service_levels::{
    self as read, CallPlace, CasePlace, ExclusionPlace, FrozenPlace, MeasurePlace,
};
use crate::graph::{tools, whose};

/// Queries of service levels.
#[derive(Debug)]
pub struct ServiceLevelQuery;

#[Object]
impl ServiceLevelQuery {
    /// What the contract pays by in a month: the figures as they are now, and as they were frozen. Null where nothing is
    /// agreed for the month. Needs the permission to read indicators, as everything about service levels does.
    async fn service_levels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant; the chosen one if left out.")] tenant: Option<ID>,
        #[graphql(desc = "The month, `2026-11`.", name = "month")] text: String,
    ) -> Result<Option<MonthlyServiceLevels>> {
        let tenant = whose(ctx, tenant.as_ref())?;
        let month = month("month", &text)?;
        let view = read::month(tools(ctx)?, caller(ctx)?, tenant, month)
            .await
            .map_err(fault)?;
        view.map(|v| MonthlyServiceLevels::of(tenant, v))
            .transpose()
    }

    /// Every version of what is agreed, the latest first.
    async fn service_level_sets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant; the chosen one if left out.")] tenant: Option<ID>,
        #[graphql(desc = "How many, 1 to 100; 25 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Versions behind this cursor.")] after: Option<String>,
    ) -> Result<Connection<String, ServiceLevelSetVersion>> {
        let tenant = whose(ctx, tenant.as_ref())?;
        let limit = paging::limit(first)?;
        let after: Option<i32> = paging::after(after.as_deref())?;
        let found = read::sets(tools(ctx)?, caller(ctx)?, tenant, after)
            .await
            .map_err(fault)?;
        Ok(paging::connection(
            found,
            limit,
            after.is_some(),
            |kept| kept.set.version,
            |kept| ServiceLevelSetVersion::of(tenant, &kept),
        ))
    }

    /// Every value that was entered for a month, also those that others have replaced, the latest first.
    async fn service_level_measures(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant; the chosen one if left out.")] tenant: Option<ID>,
        #[graphql(desc = "The month, `2026-11`.", name = "month")] text: String,
        #[graphql(desc = "Code of a level; all if left out.")] level: Option<String>,
        #[graphql(desc = "How many, 1 to 100; 25 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Entries behind this cursor.")] after: Option<String>,
    ) -> Result<Connection<String, ServiceLevelMeasure>> {
        let tenant = whose(ctx, tenant.as_ref())?;
        let month = month("month", &text)?;
        let limit = paging::limit(first)?;
        let after: Option<MeasurePlace> = paging::after(after.as_deref())?;
        let which = (month, level.as_deref());
        let page = (after.as_ref(), limit + 1);
        let found = read::entered(tools(ctx)?, caller(ctx)?, tenant, which, page)
            .await
            .map_err(fault)?;
        Ok(paging::connection(
            found,
            limit,
            after.is_some(),
            |m| (m.at, m.level.clone(), m.revision),
            |m| ServiceLevelMeasure::of(tenant, &m),
        ))
    }

    /// Exclusions that were proposed, whatever became of them, the latest first.
    async fn service_level_exclusions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant; the chosen one if left out.")] tenant: Option<ID>,
        #[graphql(desc = "The month, `2026-11`; all if left out.", name = "month")] text: Option<
            String,
        >,
        #[graphql(desc = "Where they stand; any if left out.")] state: Option<ExclusionState>,
        #[graphql(desc = "How many, 1 to 100; 25 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Exclusions behind this cursor.")] after: Option<String>,
    ) -> Result<Connection<String, ServiceLevelExclusion>> {
        let tenant = whose(ctx, tenant.as_ref())?;
        let month = text.as_deref().map(|t| month("month", t)).transpose()?;
        let limit = paging::limit(first)?;
        let after: Option<ExclusionPlace> = paging::after(after.as_deref())?;
        let look = ctx.look_ahead();
        let nodes = [look.field("nodes"), look.field("edges").field("node")];
        let which = (month, state.map(Into::into), nodes.iter().any(asks_facts));
        let page = (after.as_ref(), limit + 1);
        let found = read::proposed(tools(ctx)?, caller(ctx)?, tenant, which, page)
            .await
            .map_err(fault)?;
        Ok(paging::connection(
            found,
            limit,
            after.is_some(),
            |e| (e.proposed_at, e.id.uuid()),
            |e| ServiceLevelExclusion::of(tenant, &e),
        ))
    }

    /// Months that were frozen, every revision, the latest month and revision first.
    async fn frozen_service_levels(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant; the chosen one if left out.")] tenant: Option<ID>,
        #[graphql(desc = "The month, `2026-11`; all if left out.", name = "month")] text: Option<
            String,
        >,
        #[graphql(desc = "How many, 1 to 100; 25 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Revisions behind this cursor.")] after: Option<String>,
    ) -> Result<Connection<String, FrozenServiceLevels>> {
        let tenant = whose(ctx, tenant.as_ref())?;
        let month = text.as_deref().map(|t| month("month", t)).transpose()?;
        let limit = paging::limit(first)?;
        let after: Option<FrozenPlace> = paging::after(after.as_deref())?;
        let page = (after.as_ref(), limit + 1);
        let look = ctx.look_ahead();
        let nodes = [look.field("nodes"), look.field("edges").field("node")];
        let which = (month, nodes.iter().any(asks_contents));
        let found = read::frozen(tools(ctx)?, caller(ctx)?, tenant, which, page)
            .await
            .map_err(fault)?;
        Ok(paging::connection(
            found,
            limit,
            after.is_some(),
            |(revision, _)| (revision.month.first(), revision.number),
            |(revision, contents)| FrozenServiceLevels::of(tenant, revision, contents),
        ))
    }

    /// The tickets behind a level's figure, with how each came out, by the instant at which they count: today, or as a
    /// frozen revision holds them.
    #[allow(clippy::too_many_arguments)] // the arguments of a GraphQL field
    async fn service_level_tickets(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant; the chosen one if left out.")] tenant: Option<ID>,
        #[graphql(desc = "The month, `2026-11`.", name = "month")] text: String,
        #[graphql(desc = "Code of the level.")] level: String,
        #[graphql(desc = "The revision that it was frozen with; as it is today if left out.")]
        revision: Option<i32>,
        #[graphql(desc = "How many, 1 to 100; 25 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Tickets behind this cursor.")] after: Option<String>,
    ) -> Result<Connection<String, CountedTicket>> {
        let tenant = whose(ctx, tenant.as_ref())?;
        let month = month("month", &text)?;
        let limit = paging::limit(first)?;
        let after: Option<CasePlace> = paging::after(after.as_deref())?;
        let which = (month, level.as_str(), revision);
        let page = (after, limit + 1);
        let found = read::counted(tools(ctx)?, caller(ctx)?, tenant, which, page)
            .await
            .map_err(fault)?;
        Ok(paging::connection(
            found,
            limit,
            after.is_some(),
            |(case, _)| (case.at, case.ticket),
            |(case, outcome)| CountedTicket {
                ticket: Ticket {
                    id: global(tenant, case.ticket),
                },
                at: case.at,
                outcome: outcome.into(),
                waited_for_client_seconds: case.waited_for_client_s.map(int),
            },
        ))
    }

    /// The calls behind the figure of a level that counts them, with how each came out, by the instant at which they were
    /// offered: today, or as a frozen revision holds them.
    #[allow(clippy::too_many_arguments)] // the arguments of a GraphQL field
    async fn service_level_calls(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The tenant; the chosen one if left out.")] tenant: Option<ID>,
        #[graphql(desc = "The month, `2026-11`.", name = "month")] text: String,
        #[graphql(desc = "Code of the level.")] level: String,
        #[graphql(desc = "The revision that it was frozen with; as it is today if left out.")]
        revision: Option<i32>,
        #[graphql(desc = "How many, 1 to 100; 25 if nothing is said.")] first: Option<i32>,
        #[graphql(desc = "Calls behind this cursor.")] after: Option<String>,
    ) -> Result<Connection<String, CountedCall>> {
        let tenant = whose(ctx, tenant.as_ref())?;
        let month = month("month", &text)?;
        let limit = paging::limit(first)?;
        let after: Option<CallPlace> = paging::after(after.as_deref())?;
        let which = (month, level.as_str(), revision);
        let page = (after, limit + 1);
        let found = read::counted_calls(tools(ctx)?, caller(ctx)?, tenant, which, page)
            .await
            .map_err(fault)?;
        Ok(paging::connection(
            found,
            limit,
            after.is_some(),
            |(call, _)| (call.at, call.contact),
            |(call, outcome)| CountedCall::of(tenant, &call, outcome),
        ))
    }
}
