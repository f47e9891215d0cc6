//! Reporting: every fact, kept; read models from facts alone.
//!
//! - [`app`] builds the service, [`config`] and [`error`] are its settings and its errors
//! - [`domain`] says what the figures mean
//! - [`actions`] does: takes facts in, asks for indicators, judges and freezes service levels, rebuilds, backfills, resends
//! - `store` holds the SQL, `graph` the subgraph, `events` what is heard, `jobs` what time brings
#![recursion_limit = "256"]

pub mod actions;
pub mod app;
pub mod config;
pub mod domain;
pub mod error;
mod events;
mod graph;
mod jobs;
mod store;

pub use actions::backfill::backfill;
pub use actions::rebuild_reports::{Rebuilt, rebuild};
pub use actions::recorded::{Recorded, recorded};
