//! Stories of tenants at work while something breaks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

mod clocks;
mod under_load;
