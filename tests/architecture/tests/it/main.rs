//! The house rules. See the crate's own page for how to add one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

mod arrows;
mod crates;
mod graph;
mod kubernetes;
mod personal_data;
mod reading;
mod rooms;
mod sql;
mod text;
mod time;
