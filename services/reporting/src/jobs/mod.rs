//! What happens because time passes.

pub mod purge;
