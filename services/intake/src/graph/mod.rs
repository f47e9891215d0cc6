//! intake's part of the graph: types, queries, mutations, entities, loaders. No rules here.

pub mod categories;
pub mod contacts;
pub mod enums;
pub mod inputs;
pub mod links;
pub mod loaders;
pub mod mutation;
pub mod paging;
pub mod payloads;
pub mod query;
pub mod references;
pub mod reopening;
pub mod ticket;
pub mod timeline;

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, EmptySubscription, ID, Schema, SchemaBuilder};
use ids::{TenantId, TypedId};
use subgraph::{Graph, of_tenant};

use crate::actions::{Asking, Tools};
use contacts::ContactNode;
use loaders::Loaders;
use mutation::Mutation;
use query::Query;
use ticket::TicketNode;
use timeline::TimelineEntry;

/// The schema of this subgraph.
pub type IntakeSchema = Schema<Query, Mutation, EmptySubscription>;

/// Relay's connections come without a description: here they get one.
fn schema() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    subgraph::schema(Query, Mutation, EmptySubscription)
        .override_output_type_description::<Connection<String, TicketNode>>("A page of tickets.")
        .override_output_type_description::<Connection<String, ContactNode>>("A page of contacts.")
        .override_output_type_description::<Connection<String, TimelineEntry>>(
            "A page of a ticket's timeline.",
        )
}

/// The schema, without what its resolvers work with: for the SDL.
pub(crate) fn bare() -> IntakeSchema {
    schema().finish()
}

/// The schema, ready to be asked.
pub fn graph(tools: Tools) -> Arc<dyn Graph> {
    let schema = schema().data(tools.clone()).finish();
    subgraph::graph(schema, move |request, caller| {
        request.data(Loaders::new(&tools, caller))
    })
}

/// What resolvers work with.
fn tools<'a>(ctx: &Context<'a>) -> async_graphql::Result<&'a Tools> {
    ctx.data::<Tools>()
}

/// Who asks, in which trace.
fn asking<'a>(ctx: &Context<'a>) -> async_graphql::Result<Asking<'a>> {
    Ok(Asking {
        caller: subgraph::caller(ctx)?,
        trace: subgraph::traceparent(ctx),
    })
}

/// [`of_tenant`] for what may be missing.
fn maybe_id_of<T: TypedId>(tenant: TenantId, id: Option<&ID>) -> async_graphql::Result<Option<T>> {
    id.map(|id| of_tenant(tenant, id)).transpose()
}
