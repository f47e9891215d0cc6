//! Reporting, told as stories, on real servers.
#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

mod agreeing_levels;
mod agreement;
mod announcing;
mod backfilling;
mod calls;
mod contract;
mod excluding;
mod exclusion_facts;
mod figures;
mod freezing;
mod grouping;
mod isolation;
mod judging_months;
mod keeping;
mod levels_apart;
mod log;
mod many_tickets;
mod measuring;
mod providers;
mod reading_after;
mod rebuilding;
mod resending;
mod schema;
mod withdrawing;
mod world;
mod zones;
