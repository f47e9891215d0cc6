//! Messaging met from outside: real Postgres, real RabbitMQ, and what survives their failures.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

mod breaking;
mod commanding;
mod declaring;
mod encrypting;
mod gaps;
mod parking;
mod provisioning;
mod relaying;
mod stopping;
mod taking_in;
mod waiting_for;
mod world;
