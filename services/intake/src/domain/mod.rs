//! The rules of intake: pure, no await, no database, no clock of their own. One file per thing.

pub mod contact;
pub mod entry;
pub mod history;
pub mod link;
pub mod moves;
pub mod number;
pub mod priority;
pub mod problem;
pub mod reopening;
pub mod service;
pub mod sight;
pub mod ticket;
pub mod words;

pub use problem::Problem;
