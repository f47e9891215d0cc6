#![recursion_limit = "256"] // async-graphql's nested futures
//! Sla-clock: what was agreed, and whether it is kept.
//!
//! Rooms: [`app`] joins everything, [`domain`] holds the rules, [`actions`] one file per verb, [`store`] the rows, `graph`
//! the subgraph, [`events`] what is heard and announced, [`jobs`] what happens because time passes, [`outside`] what
//! is asked of others over the network. `README.md` tells what is owned, published and consumed.

pub mod actions;
pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod events;
mod graph;
pub mod jobs;
pub mod outside;
pub mod store;
