#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise
//! Keys against a real Postgres.

mod forgetting;
mod repeating;
mod world;
