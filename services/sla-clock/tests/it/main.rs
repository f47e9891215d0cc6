#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise
#![allow(clippy::large_futures)] // a story is one future, and made once
//! Clocks: the rules by themselves, and the service against a real Postgres and RabbitMQ.

mod agreeing;
mod choosing_hours;
mod conditions;
mod correcting;
mod describing;
mod explaining;
mod feeding;
mod following;
mod kit;
mod nesting;
mod previewing;
mod reading_writes;
mod reclassifying;
mod refusing;
mod repeating;
mod rewriting;
mod rules;
mod speed;
mod supposing;
mod targets;
mod timing;
mod uncomputable;
mod world;
