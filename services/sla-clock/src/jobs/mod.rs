//! What happens because time passes.

pub mod feeds;
pub mod purge;
pub mod timers;
