//! Knowledge's part of the graph.

pub mod loaders;
mod mutation;
mod query;
mod types;

pub use mutation::Mutation;
pub use query::Query;

use async_graphql::{EmptySubscription, SchemaBuilder};

use self::query::ArticleList;

/// The schema, without what its resolvers work with. Relay's connections come without a description: here they get one.
pub fn schema() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    subgraph::schema(Query, Mutation, EmptySubscription)
        .override_output_type_description::<ArticleList>("A page of articles.")
}
