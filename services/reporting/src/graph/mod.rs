//! Reporting's part of the graph.

mod ask;
mod mutation;
mod query;
mod types;

use std::time::Duration;

use async_graphql::{EmptySubscription, Schema};
use clock::SharedClock;
use tenancy::ServiceDb;

/// What resolvers are handed.
pub struct Wiring {
    /// The database.
    pub db: ServiceDb,
    /// Time.
    pub clock: SharedClock,
    /// How long a named position is waited for.
    pub patience: Duration,
}

/// The schema.
pub type Reporting = Schema<query::Query, mutation::Mutation, EmptySubscription>;

/// The schema; without wiring it can only be printed.
pub fn schema(wiring: Option<Wiring>) -> Reporting {
    let builder = subgraph::schema(query::Query, mutation::Mutation, EmptySubscription);
    match wiring {
        Some(wiring) => builder.data(wiring).finish(),
        None => builder.finish(),
    }
}
