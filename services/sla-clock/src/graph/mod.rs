//! Sla-clock's part of the graph.

mod allowance;
mod conditions;
mod corrections;
mod enums;
mod explanation;
mod feeds;
mod hours;
mod inputs;
pub mod loaders;
mod mutation;
mod notification;
mod previews;
mod query;
mod standby;
mod terms;
mod ticket;
mod trouble;
mod types;
mod what_if;

pub use mutation::Mutation;
pub use query::Query;
