//! Reporting's part of the graph.

mod ask;
mod mutation;
mod query;
mod service_levels;
mod types;

use std::time::Duration;

use async_graphql::connection::Connection;
use async_graphql::{Context, EmptySubscription, ID, MergedObject, Result, Schema};
use clock::SharedClock;
use ids::TenantId;
use tenancy::ServiceDb;

use crate::actions::Tools;
use mutation::ReportMutation;
use query::IndicatorQuery;
use service_levels::exclusions::ServiceLevelExclusion;
use service_levels::frozen::FrozenServiceLevels;
use service_levels::levels::ServiceLevelSetVersion;
use service_levels::measures::ServiceLevelMeasure;
use service_levels::month::{CountedCall, CountedTicket};
use service_levels::mutation::ServiceLevelMutation;
use service_levels::query::ServiceLevelQuery;

/// What resolvers are handed.
pub struct Wiring {
    /// The database.
    pub db: ServiceDb,
    /// Time.
    pub clock: SharedClock,
    /// How long a named position is waited for.
    pub patience: Duration,
    /// What actions on service levels work with.
    pub tools: Tools,
}

/// Everything that can be asked.
#[derive(MergedObject)]
pub struct Query(IndicatorQuery, ServiceLevelQuery);

/// Everything that can be changed.
#[derive(MergedObject)]
pub struct Mutation(ReportMutation, ServiceLevelMutation);

/// The schema.
pub type Reporting = Schema<Query, Mutation, EmptySubscription>;

/// The schema; without wiring it can only be printed.
pub fn schema(wiring: Option<Wiring>) -> Reporting {
    let query = Query(IndicatorQuery, ServiceLevelQuery);
    let mutation = Mutation(ReportMutation, ServiceLevelMutation);
    // Relay's connections come without a description: here they get one.
    let builder = subgraph::schema(query, mutation, EmptySubscription)
        .override_output_type_description::<Connection<String, ServiceLevelSetVersion>>(
            "A page of versions of what is agreed.",
        )
        .override_output_type_description::<Connection<String, ServiceLevelMeasure>>(
            "A page of entered values.",
        )
        .override_output_type_description::<Connection<String, ServiceLevelExclusion>>(
            "A page of exclusions.",
        )
        .override_output_type_description::<Connection<String, FrozenServiceLevels>>(
            "A page of frozen months.",
        )
        .override_output_type_description::<Connection<String, CountedTicket>>(
            "A page of the tickets behind a figure.",
        )
        .override_output_type_description::<Connection<String, CountedCall>>(
            "A page of the calls behind a figure.",
        );
    match wiring {
        Some(wiring) => builder.data(wiring).finish(),
        None => builder.finish(),
    }
}

/// What actions on service levels work with.
fn tools<'a>(ctx: &Context<'a>) -> Result<&'a Tools> {
    Ok(&ctx.data::<Wiring>()?.tools)
}

/// The tenant that a request means: named, chosen, or the only one.
fn whose(ctx: &Context<'_>, named: Option<&ID>) -> Result<TenantId> {
    let named = named.map(query::tenant_id).transpose()?;
    subgraph::caller(ctx)?
        .tenant(named)
        .map_err(subgraph::refused)
}
