//! Reporting, told as stories, on real servers.
#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

mod agreement;
mod backfilling;
mod figures;
mod isolation;
mod keeping;
mod log;
mod providers;
mod reading_after;
mod rebuilding;
mod resending;
mod world;
