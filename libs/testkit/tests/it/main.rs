//! The stories of `testkit`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

mod breaking;
mod sharing;
mod waiting;
