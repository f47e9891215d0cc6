#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise
#![allow(clippy::large_futures)] // a story is one future, and made once
//! Clocks: the rules by themselves, and the service against a real Postgres and RabbitMQ.

mod agreeing;
mod allowing;
mod allowing_in_the_graph;
mod choosing_hours;
mod conditions;
mod correcting;
mod describing;
mod duty;
mod duty_terms;
mod explaining;
mod feeding;
mod following;
mod inner_use;
mod kin;
mod kit;
mod late_batches;
mod linking;
mod nesting;
mod noticing;
mod notifying;
mod previewing;
mod reading_writes;
mod reclassifying;
mod refusing;
mod relating;
mod remembering;
mod repeating;
mod requesters;
mod restoring;
mod restoring_in_the_graph;
mod rewriting;
mod rules;
mod saying_later;
mod speed;
mod standing_by;
mod supposing;
mod taking_turns;
mod targets;
mod timing;
mod uncomputable;
mod world;
