//! Working time, told by its behaviours.

// Clippy takes only the functions marked `#[test]` for tests; their helpers may stop at the first surprise as well.
#![allow(clippy::expect_used)]

mod allowances;
mod asking;
mod business_days;
mod editions;
mod feeds;
mod feeds_refused;
mod holidays;
mod kit;
mod naive;
mod nights;
mod properties;
mod random;
mod regions;
mod schedules;
mod seconds;
mod timeline;
mod traps;
mod vectors;
mod written;
