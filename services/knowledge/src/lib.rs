#![recursion_limit = "256"] // async-graphql's nested futures
//! Knowledge: what was found out, kept so that it is found again.
//!
//! Rooms: [`app`] joins everything, [`domain`] holds the rules, [`actions`] one file per verb, [`store`] the rows, `graph`
//! the subgraph, [`events`] what is heard and announced, [`jobs`] what happens because time passes. `README.md` tells
//! what is owned, published and consumed.

pub mod actions;
pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod events;
mod graph;
pub mod jobs;
pub mod store;
