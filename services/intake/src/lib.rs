//! intake: the single window. Contacts, tickets of every kind and their conversation, and the history of other tools.
//!
//! `README.md` beside `src/` says what it owns, publishes and consumes.
#![recursion_limit = "256"]

pub mod actions;
pub mod app;
pub mod config;
pub mod domain;
pub mod error;
pub mod events;
pub mod graph;
pub mod jobs;
mod store;

pub use app::{SCHEMA, build, sdl};
