//! What a service is handed, and what it hands back.

use std::sync::Arc;

use access::Verifier;
use actix_web::web::ServiceConfig;
use clock::SharedClock;
use futures::future::BoxFuture;
use ids::SharedIds;
use messaging::{Bus, CommandHandler, FactHandler, Outbox};
use tenancy::ServiceDb;
use tokio_util::sync::CancellationToken;

use crate::Graph;

/// Everything a service needs of the outside, made once at the start and handed in.
#[derive(Clone)]
pub struct Deps {
    /// Time.
    pub clock: SharedClock,
    /// Ids and randomness.
    pub ids: SharedIds,
    /// The service's own database.
    pub db: ServiceDb,
    /// The broker.
    pub bus: Bus,
    /// Where facts are announced.
    pub outbox: Outbox,
    /// Judges signed callers.
    pub verifier: Arc<Verifier>,
}

/// Work that happens because time passes. It ends soon after the token is cancelled.
pub struct Job {
    /// For logs and metrics.
    pub name: &'static str,
    /// The loop.
    pub run: Box<dyn FnOnce(CancellationToken) -> BoxFuture<'static, ()> + Send>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Job({})", self.name)
    }
}

/// Adds routes beside `/graphql` (directory's `/auth`, `/internal`).
pub type RoutesFn = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// A service, ready to run.
pub struct Service {
    /// Its name: `sla-clock`.
    pub name: &'static str,
    /// What it was built from.
    pub deps: Deps,
    /// Its part of the graph.
    pub graph: Arc<dyn Graph>,
    /// What it does with facts.
    pub facts: Option<Arc<dyn FactHandler>>,
    /// What it does with commands.
    pub commands: Option<Arc<dyn CommandHandler>>,
    /// What it does as time passes.
    pub jobs: Vec<Job>,
    /// Routes beside `/graphql`.
    pub routes: Option<RoutesFn>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Service({})", self.name)
    }
}
