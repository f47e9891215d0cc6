//! Where reporting is put together.

use std::sync::Arc;
use std::time::Duration;

use subgraph::{Deps, Service};
use tenancy::{Migration, Schema};

use crate::actions::Tools;
use crate::config::Config;
use crate::error::Error;
use crate::events::{Keeper, Resender};
use crate::graph::{self, Wiring};
use crate::jobs;

/// The service's name.
pub const NAME: &str = "reporting";

/// Its database.
pub static SCHEMA: Schema = Schema {
    service: NAME,
    platform: &[
        Migration {
            name: "2026-11-23-000-keeping",
            sql: include_str!("../migrations/platform/2026-11-23-000-keeping.sql"),
        },
        Migration {
            name: "2026-11-27-000-years",
            sql: include_str!("../migrations/platform/2026-11-27-000-years.sql"),
        },
        Migration {
            name: "2026-11-27-001-sums",
            sql: include_str!("../migrations/platform/2026-11-27-001-sums.sql"),
        },
    ],
    tenant: &[
        Migration {
            name: "2026-11-23-000-facts",
            sql: include_str!("../migrations/tenant/2026-11-23-000-facts.sql"),
        },
        Migration {
            name: "2026-11-23-001-read-models",
            sql: include_str!("../migrations/tenant/2026-11-23-001-read-models.sql"),
        },
        Migration {
            name: "2026-11-25-001-kinds-of-clocks",
            sql: include_str!("../migrations/tenant/2026-11-25-001-kinds-of-clocks.sql"),
        },
        Migration {
            name: "2026-11-25-002-service-levels",
            sql: include_str!("../migrations/tenant/2026-11-25-002-service-levels.sql"),
        },
        Migration {
            name: "2026-11-26-000-levels-told",
            sql: include_str!("../migrations/tenant/2026-11-26-000-levels-told.sql"),
        },
        Migration {
            name: "2026-11-26-001-calls",
            sql: include_str!("../migrations/tenant/2026-11-26-001-calls.sql"),
        },
        Migration {
            name: "2026-11-27-000-agreed-windows",
            sql: include_str!("../migrations/tenant/2026-11-27-000-agreed-windows.sql"),
        },
    ],
    tenant_squashed: Some(include_str!("../migrations/tenant/squashed.sql")),
    provider: &[Migration {
        name: "2026-11-25-000-facts",
        sql: include_str!("../migrations/provider/2026-11-25-000-facts.sql"),
    }],
};

/// What these tables hold of people; a migration that adds a column adds its line.
pub const PERSONAL_DATA: &str = include_str!("../personal-data.toml");

/// The SDL of its part of the graph.
pub fn sdl() -> String {
    subgraph::sdl(&graph::schema(None))
}

/// Builds the service.
///
/// # Errors
/// None at present; the signature is that of every service.
pub async fn build(deps: Deps, config: Config) -> Result<Service, Error> {
    let tools = Tools {
        db: deps.db.clone(),
        outbox: deps.outbox.clone(),
        clock: deps.clock.clone(),
        ids: deps.ids.clone(),
    };
    let purge = jobs::purge::job(&tools);
    let schema = graph::schema(Some(Wiring {
        db: deps.db.clone(),
        clock: deps.clock.clone(),
        patience: Duration::from_millis(config.wait_ms),
        tools,
    }));
    Ok(Service {
        name: NAME,
        graph: subgraph::graph(schema, |request, _| request),
        facts: Some(Arc::new(Keeper {
            db: deps.db.clone(),
        })),
        commands: Some(Arc::new(Resender {
            bus: deps.bus.clone(),
        })),
        jobs: vec![purge],
        routes: None,
        deps,
    })
}
