#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise
//! Tenancy against a real Postgres.

mod by_keys;
mod cost;
mod isolation;
mod looking;
mod migrating;
mod orm;
mod platform_rows;
mod provider_rows;
mod registry;
mod slots;
mod stale_plans;
mod world;
