//! What reporting does, one verb a file.

pub mod backfill;
pub mod indicators;
pub mod rebuild_reports;
pub mod recorded;
pub mod resend;
pub mod take_in;
