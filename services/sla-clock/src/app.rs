//! Where sla-clock is built and joined.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::EmptySubscription;
use subgraph::{Deps, Service, loader};
use tenancy::{Migration, Schema};

use crate::actions::Tools;
use crate::actions::preview_turns::PreviewTurns;
use crate::config::Config;
use crate::error::Error;
use crate::events::Facts;
use crate::graph::loaders::{Clocks, Corrections, Feeds};
use crate::graph::{Mutation, Query};
use crate::jobs;
use crate::outside::feed::Fetcher;
use crate::store::books::Books;

/// Sla-clock's tables: one set per tenant. Timers stand in the platform's.
pub static SCHEMA: Schema = Schema {
    service: "sla-clock",
    platform: &[],
    tenant: &[
        Migration {
            name: "2026-11-23-000-agreements",
            sql: include_str!("../migrations/2026-11-23-000-agreements.sql"),
        },
        Migration {
            name: "2026-11-23-001-clocks",
            sql: include_str!("../migrations/2026-11-23-001-clocks.sql"),
        },
        Migration {
            name: "2026-11-25-000-book",
            sql: include_str!("../migrations/2026-11-25-000-book.sql"),
        },
        Migration {
            name: "2026-11-25-001-openings",
            sql: include_str!("../migrations/2026-11-25-001-openings.sql"),
        },
        Migration {
            name: "2026-11-25-002-targets",
            sql: include_str!("../migrations/2026-11-25-002-targets.sql"),
        },
        Migration {
            name: "2026-11-25-003-desks",
            sql: include_str!("../migrations/2026-11-25-003-desks.sql"),
        },
        Migration {
            name: "2026-11-25-004-kinds",
            sql: include_str!("../migrations/2026-11-25-004-kinds.sql"),
        },
        Migration {
            name: "2026-11-25-005-kind-of-clocks",
            sql: include_str!("../migrations/2026-11-25-005-kind-of-clocks.sql"),
        },
        Migration {
            name: "2026-11-25-006-feeds",
            sql: include_str!("../migrations/2026-11-25-006-feeds.sql"),
        },
        Migration {
            name: "2026-11-25-007-corrections",
            sql: include_str!("../migrations/2026-11-25-007-corrections.sql"),
        },
        Migration {
            name: "2026-11-26-000-sites",
            sql: include_str!("../migrations/2026-11-26-000-sites.sql"),
        },
        Migration {
            name: "2026-11-26-001-relations",
            sql: include_str!("../migrations/2026-11-26-001-relations.sql"),
        },
        Migration {
            name: "2026-11-26-002-notices",
            sql: include_str!("../migrations/2026-11-26-002-notices.sql"),
        },
        Migration {
            name: "2026-11-26-003-duty",
            sql: include_str!("../migrations/2026-11-26-003-duty.sql"),
        },
        Migration {
            name: "2026-11-26-004-untold",
            sql: include_str!("../migrations/2026-11-26-004-untold.sql"),
        },
        Migration {
            name: "2026-11-26-005-service",
            sql: include_str!("../migrations/2026-11-26-005-service.sql"),
        },
        Migration {
            name: "2026-11-26-006-vendors",
            sql: include_str!("../migrations/2026-11-26-006-vendors.sql"),
        },
        Migration {
            name: "2026-11-26-007-requesters",
            sql: include_str!("../migrations/2026-11-26-007-requesters.sql"),
        },
        Migration {
            name: "2026-11-27-000-conversions",
            sql: include_str!("../migrations/2026-11-27-000-conversions.sql"),
        },
        Migration {
            name: "2026-11-27-001-vendor-answers",
            sql: include_str!("../migrations/2026-11-27-001-vendor-answers.sql"),
        },
    ],
    tenant_squashed: Some(include_str!("../migrations/squashed.sql")),
    provider: &[],
};

/// What these tables hold of people; a migration that adds a column adds its line.
pub const PERSONAL_DATA: &str = include_str!("../personal-data.toml");

type Graph = async_graphql::Schema<Query, Mutation, EmptySubscription>;

fn schema() -> async_graphql::SchemaBuilder<Query, Mutation, EmptySubscription> {
    subgraph::schema(Query, Mutation, EmptySubscription)
}

/// The SDL that is composed into the supergraph.
pub fn sdl() -> String {
    subgraph::sdl(&schema().finish())
}

/// What actions work with, from what the service is handed.
///
/// # Errors
/// [`Error::Http`] where TLS cannot be had.
pub fn tools(deps: &Deps, config: &Config) -> Result<Tools, Error> {
    Ok(Tools {
        db: deps.db.clone(),
        outbox: deps.outbox.clone(),
        bus: deps.bus.clone(),
        clock: deps.clock.clone(),
        ids: deps.ids.clone(),
        books: Books::default(),
        patience: Duration::from_millis(config.patience_ms),
        feeds: Fetcher::new(&config.feeds)?,
        previews: PreviewTurns::of_computing(&config.previews),
        fetches: PreviewTurns::of_fetching(&config.previews),
    })
}

/// The service, from what it is handed.
///
/// # Errors
/// [`Error::Http`] where TLS cannot be had.
pub async fn build(deps: Deps, config: Config) -> Result<Service, Error> {
    let tools = tools(&deps, &config)?;
    let facts = Facts {
        tools: tools.clone(),
    };
    let timers = jobs::timers::job(tools.clone(), config.timers);
    let purge = jobs::purge::job(&tools);
    let feeds = jobs::feeds::job(tools.clone(), config.feeds);
    let schema: Graph = schema().data(tools.clone()).finish();
    let graph = subgraph::graph(schema, move |request, caller| {
        request
            .data(loader(Clocks::new(&tools, caller)))
            .data(loader(Feeds::new(&tools)))
            .data(loader(Corrections::new(&tools, caller)))
    });
    Ok(Service {
        name: SCHEMA.service,
        deps,
        graph,
        facts: Some(Arc::new(facts)),
        commands: None,
        jobs: vec![timers, purge, feeds],
        routes: None,
    })
}
