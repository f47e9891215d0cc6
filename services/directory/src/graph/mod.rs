//! Directory's part of the graph.

mod inputs;
mod loaders;
mod mutation;
mod payloads;
mod query;
mod sites;
mod types;
mod vendors;

pub use loaders::{Loaders, loader};

use std::sync::Arc;

use async_graphql::connection::Connection;
use async_graphql::{Context, EmptySubscription, ID, Result, SchemaBuilder};
use ids::ProviderId;
use subgraph::plain;

use self::mutation::Mutation;
use self::query::Query;
use self::types::{Person, StaffMember, Tenant};
use self::vendors::Vendor;
use crate::actions::{Act, Directory};

/// The schema, without what its resolvers work with. Relay's connections come without a description: here they get one.
pub fn schema() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    subgraph::schema(Query, Mutation, EmptySubscription)
        .override_output_type_description::<Connection<String, Tenant>>("A page of tenants.")
        .override_output_type_description::<Connection<String, Person>>("A page of people.")
        .override_output_type_description::<Connection<String, StaffMember>>(
            "A page of the provider's staff.",
        )
        .override_output_type_description::<Connection<String, Vendor>>("A page of vendors.")
}

fn directory<'a>(ctx: &Context<'a>) -> Result<&'a Arc<Directory>> {
    ctx.data::<Arc<Directory>>()
}

fn act(ctx: &Context<'_>) -> Result<Act> {
    Ok(Act {
        caller: subgraph::caller(ctx)?.clone(),
        trace: subgraph::traceparent(ctx),
    })
}

fn provider(named: Option<&ID>) -> Result<Option<ProviderId>> {
    named.map(plain::<ProviderId>).transpose()
}
