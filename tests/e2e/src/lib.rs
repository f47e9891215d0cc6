//! A whole installation, as a user meets it: the `ventanilla` and `gateway` binaries, over HTTP, on real servers.
//!
//! [`Installation::together`] runs `ventanilla up`; [`Installation::apart`] runs one process per service, so that each
//! can be killed alone. Both end with the value, and leave nothing behind.

mod installation;
mod ports;
mod process;
mod usage;

pub use installation::{GATEWAY_COST, Installation, Mode, data_dir, ventanilla};
pub use ports::free_port;
pub use process::Process;
