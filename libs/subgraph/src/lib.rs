//! What every service's door has in common: the signed caller, the graph over HTTP, errors with codes, ids and
//! cursors as the API shows them, health and metrics, and the loop that runs a service's parts until it is told to stop.
//!
//! A service builds a [`Service`] in its `src/app.rs` from the [`Deps`] it is handed; `ventanilla up` serves several of
//! them from one [`serve`], `ventanilla serve <service>` one. Inside resolvers:
//!
//! - [`caller`] gives who calls (verified; the tenant comes from there alone), [`by`] the same with the trace, for actions,
//! - [`gid`] reads a global id (a malformed one is "not found", as another tenant's is), [`of_tenant`] one of a tenant,
//!   [`plain`] one that is not global; [`global`] shows one,
//! - [`tenant`] gives the tenant that a request means,
//! - [`cursor`] makes opaque Relay cursors, [`paging`] the pages that they lead through,
//! - [`enums`] are those that several subgraphs show,
//! - [`loader`] reads together what is asked for in many places, [`loaders!`] writes those that have an action each,
//! - [`fault`] turns a service's error into a GraphQL error with a code and logs its inside voice once,
//! - [`Problem`] is for what a user can act on: data in the payload, not an error.
//!
//! To add a code: a variant of [`Code`].

mod background;
pub mod cursor;
mod deps;
mod door;
pub mod enums;
mod fault;
mod gid;
mod graph;
mod loading;
pub mod paging;
mod problem;
mod serve;

pub use deps::{Deps, Job, RoutesFn, Service};
pub use fault::{Code, Fault, bad_input, fault, refused};
pub use gid::{gid, global, of_tenant, plain, tenant};
pub use graph::{Graph, TraceParent, by, caller, graph, schema, sdl, traceparent};
pub use loading::loader;
pub use problem::Problem;
pub use serve::{Running, serve};
