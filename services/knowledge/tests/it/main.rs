#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise
//! Knowledge against a real Postgres and RabbitMQ.

mod describing;
mod finding;
mod linking;
mod relevance;
mod repeating;
mod schema;
mod seeing;
mod world;
mod writing;
