#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise
//! The built gateway, as a process, between real clients and small real services.
//!
//! [`world`] starts everything a test needs; each other file is a behaviour. The supergraph in `tests/supergraph` is
//! composed by `node graphql/compose/compose.mjs --subgraphs … --supergraph …`.

mod admission;
mod attacks;
mod broker;
mod directory;
mod documents;
mod doors;
mod errors;
mod isolation;
mod life;
mod limits;
mod overload;
mod rates;
mod revoking;
mod schema;
mod stub;
mod world;
