//! Stories of directory, on real servers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise
#![allow(clippy::large_futures)] // a story is long, and runs once
#![recursion_limit = "256"]

mod api_keys;
mod applications;
mod callers;
mod descriptions;
mod ending;
mod failing;
mod isolation;
mod passing_time;
mod people;
mod refreshing;
mod schema;
mod set_up;
mod signing_in;
mod sites;
mod staff;
mod tenants;
mod vendors;
mod visibility;
mod world;
