//! Real servers for tests: nothing here is a double.
//!
//! A test takes a [`Suite`]: databases of its own (by a prefix), a RabbitMQ virtual host of its own and Redis keys of its
//! own, on servers that all tests share. Tests therefore run beside each other, and a suite leaves nothing behind: not
//! when it ends, not when its test panics, and not (from the next run on) when its process was killed.
//!
//! ```no_run
//! # async fn story() {
//! let suite = testkit::Suite::start("opening").await;
//! // ... tenancy::migrate(&suite.db_settings(), ...), open tickets with suite.bus_settings() ...
//! let figure = testkit::eventually(std::time::Duration::from_secs(5), || async { Some(42) }).await;
//! suite.finish().await;
//! # }
//! ```
//!
//! Where the servers come from ([`servers`]), in this order:
//! 1. `VENTANILLA_POSTGRES_OWNER_URL`, `VENTANILLA_AMQP_URL`, `VENTANILLA_AMQP_ADMIN_URL`, `VENTANILLA_REDIS_URL` (`make test` sets them);
//! 2. containers, where a Docker engine answers and holds the images;
//! 3. `scripts/servers up --name test`, which goes on after the tests: `scripts/servers down --name test` ends it.
//!
//! A test that breaks a server takes [`PrivateServers`]; one that slows or cuts a connection puts a [`Proxy`] between.

mod admin;
mod containers;
mod describing;
mod eventually;
mod guard;
mod private;
mod proxy;
mod reaper;
mod run;
mod schemas;
mod servers;
mod suite;

pub use admin::BrokerAdmin;
pub use describing::{INTROSPECTION, undescribed};
pub use eventually::{Looked, eventually};
pub use guard::Guard;
pub use private::{PrivateServers, private_servers};
pub use proxy::Proxy;
pub use schemas::schema_holds;
pub use servers::{Servers, servers};
pub use suite::Suite;
