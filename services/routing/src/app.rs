//! Where routing is built and joined.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::EmptySubscription;
use subgraph::{Deps, Service, loader};
use tenancy::{Migration, Schema};

use crate::actions::Tools;
use crate::config::Config;
use crate::error::Error;
use crate::events::Facts;
use crate::graph::loaders::{Assignments, Groups, Members};
use crate::graph::{Mutation, Query, schema};
use crate::jobs;

/// Routing's tables: one set per provider.
pub static SCHEMA: Schema = Schema {
    service: "routing",
    platform: &[],
    tenant: &[],
    tenant_squashed: None,
    provider: &[
        Migration {
            name: "2026-11-23-000-groups",
            sql: include_str!("../migrations/2026-11-23-000-groups.sql"),
        },
        Migration {
            name: "2026-11-23-001-worklist",
            sql: include_str!("../migrations/2026-11-23-001-worklist.sql"),
        },
    ],
};

/// What these tables hold of people; a migration that adds a column adds its line.
pub const PERSONAL_DATA: &str = include_str!("../personal-data.toml");

type Graph = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// The SDL that is composed into the supergraph.
pub fn sdl() -> String {
    subgraph::sdl(&schema().finish())
}

/// The service, from what it is handed.
///
/// # Errors
/// None so far; other services read their settings here.
pub async fn build(deps: Deps, config: Config) -> Result<Service, Error> {
    let tools = Tools {
        db: deps.db.clone(),
        outbox: deps.outbox.clone(),
        clock: deps.clock.clone(),
        ids: deps.ids.clone(),
        patience: Duration::from_millis(config.patience_ms),
        tallies: Arc::default(),
    };
    let facts = Facts {
        ids: deps.ids.clone(),
        clock: deps.clock.clone(),
        outbox: deps.outbox.clone(),
    };
    let purge = jobs::purge::job(&tools);
    let schema: Graph = schema().data(tools.clone()).finish();
    let graph = subgraph::graph(schema, move |request, caller| {
        request
            .data(loader(Assignments::new(&tools, caller)))
            .data(loader(Groups::new(&tools, caller)))
            .data(loader(Members::new(&tools, caller)))
    });
    Ok(Service {
        name: SCHEMA.service,
        deps,
        graph,
        facts: Some(Arc::new(facts)),
        commands: None,
        jobs: vec![purge],
        routes: None,
    })
}
