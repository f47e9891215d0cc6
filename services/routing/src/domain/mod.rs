//! The rules of routing: pure, without a clock or a database of their own.

pub mod assignment;
pub mod follow;
pub mod group;
pub mod problem;
pub mod rule;
pub mod words;
pub mod worklist;
