//! Stories about a whole installation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test stops at the first surprise

mod affected;
mod attacks;
mod attempts;
mod calls;
mod case_clocks;
mod clock_attempts;
mod completeness;
mod demo;
mod doctor;
mod explained;
mod faults;
mod figures;
mod history;
mod importing;
mod isolation;
mod make_up;
mod migrating;
mod neighbours;
mod operating;
mod out_of_hours;
mod partitions;
mod provisioning;
mod reading_writes;
mod readme;
mod revoking;
mod scopes;
mod service_level_attempts;
mod site_attempts;
mod statements;
mod story;
mod traces;
mod vendor_attempts;
mod world;
