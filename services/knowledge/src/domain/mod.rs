//! The rules of knowledge: pure, without a clock or a database of their own.

pub mod article;
pub mod problem;
