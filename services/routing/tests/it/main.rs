#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise
//! Routing against a real Postgres and RabbitMQ.

mod clocks;
mod describing;
mod grouping;
mod handing;
mod history;
mod listing;
mod reading_writes;
mod repeating;
mod routing_first;
mod ruling;
mod schema;
mod speed;
mod world;
