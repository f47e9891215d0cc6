//! A whole installation, as a user meets it: the `ventanilla` and `gateway` binaries, over HTTP, on real servers.
//!
//! [`Installation::together`] runs `ventanilla up`; [`Installation::apart`] runs one process per service, so that each
//! can be killed alone; in [`Mode::Proxied`] each line between them can be slowed, cut or turned as well. All end with the
//! value, and leave nothing behind.

mod agreement;
mod apart;
mod asking;
pub mod audit;
pub mod faults;
mod installation;
mod lines;
mod people;
mod ports;
mod process;
mod quiet;
mod usage;

pub use agreement::{agree_on_240_hours, agree_on_alarms};
pub use installation::{GATEWAY_COST, Installation, Mode, SERVICES, data_dir, gateway, ventanilla};
pub use lines::Lines;
pub use people::{PASSWORD, STAFF, email};
pub use ports::free_port;
pub use process::{Process, command};
pub use quiet::settled;
