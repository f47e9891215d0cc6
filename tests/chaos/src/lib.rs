//! Tenants at work while something breaks, and a record of what was promised to them.
//!
//! ```text
//! Ground          an installation of one process per service on servers of its own, three tenants in it
//!   Shift         their people: each kind of work is one task per tenant, which writes down what it asks and is answered
//!   Fault         breaks something meanwhile, and mends it
//!   Tap           a subscriber of all facts, as any service could be one
//! bite            what must have been seen of the fault, so that the run proves something
//! judge           holds the record against intake's, knowledge's and reporting's rows, the gateway's answers and the tap
//!   hearers       holds every service's inbox against what it should have heard of
//!   alarms        holds warnings and breaches against the clocks that they are of
//!   Verdict       one row: what was lost, doubled, out of order, seen by another tenant, left lying, and for how long nobody
//!                 was answered
//! ```
//!
//! An operation that nobody answered may have happened or not; it is asked for again under the same idempotency key (what
//! routing does has no key: it is asked for with the version that was seen) until somebody answers.
//!
//! # How to add a fault
//! Its name in `e2e::faults::UNDER_LOAD`; a variant and a row in [`fault`], with what it needs (which [`Sort`] of ground)
//! how it strikes, and whether anybody may go without an answer meanwhile; what must be seen of it, in `bite.rs`; a row in this
//! crate's README.

mod alarms;
mod bite;
mod desk;
mod disk;
mod door;
pub mod fault;
mod ground;
mod hearers;
mod judge;
mod knowing;
mod library;
mod network;
mod notes;
mod poison;
mod replacing;
mod run;
mod shift;
mod tap;
mod verdict;

pub use fault::Fault;
pub use ground::{Ground, Sort};
pub use network::{WITHIN, in_a_network_of_its_own, kernel_has_no_netem, netem, within};
pub use run::{Outcome, Timing, run, run_on};
pub use verdict::{HEAD, Verdict};
