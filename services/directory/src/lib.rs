//! Directory: who there is. Providers and their tenants, the tenants' people, applications and machines, the
//! provider's staff and whom they work for, and how each of them signs in.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`app`] | what is built and joined: schema, graph, doors, jobs |
//! | [`config`], [`error`] | settings as types; errors with two voices |
//! | [`credentials`] | passwords, tokens, secrets and the pepper of the installation |
//! | `domain` | rules: names, slugs, zones, roles, passwords, delays |
//! | `actions` | one file per verb |
//! | `store` | one file per aggregate |
//! | `graph` | the subgraph |
//! | `http` | `/auth` and `/internal` |
//! | `events` | facts out, and acknowledgements in |
//! | `jobs` | what time does |

#![recursion_limit = "256"]

pub mod actions;
pub mod app;
pub mod config;
pub mod credentials;
pub mod domain;
pub mod error;
mod events;
mod graph;
mod http;
mod jobs;
mod store;

pub use actions::{Act, Directory};
