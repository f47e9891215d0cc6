//! Where intake's parts are built and joined.

use std::sync::Arc;

use subgraph::{Deps, Service};
use tenancy::{Migration, Schema};

use crate::actions::Tools;
use crate::config::Config;
use crate::error::Error;
use crate::events::{Does, Hears};
use crate::{graph, jobs};

/// intake's database.
pub static SCHEMA: Schema = Schema {
    service: "intake",
    platform: &[],
    tenant: &[
        Migration {
            name: "2026-11-23-000-contacts-and-tickets",
            sql: include_str!("../migrations/2026-11-23-000-contacts-and-tickets.sql"),
        },
        Migration {
            name: "2026-11-26-000-splits",
            sql: include_str!("../migrations/2026-11-26-000-splits.sql"),
        },
        Migration {
            name: "2026-11-26-001-service",
            sql: include_str!("../migrations/2026-11-26-001-service.sql"),
        },
        Migration {
            name: "2026-11-26-002-vendors",
            sql: include_str!("../migrations/2026-11-26-002-vendors.sql"),
        },
        Migration {
            name: "2026-11-27-000-reopening",
            sql: include_str!("../migrations/2026-11-27-000-reopening.sql"),
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

/// The SDL that is committed and composed into the supergraph.
pub fn sdl() -> String {
    subgraph::sdl(&graph::bare())
}

/// Joins the parts.
///
/// # Errors
/// None today; the signature is that of every service.
pub async fn build(deps: Deps, _: Config) -> Result<Service, Error> {
    let tools = Tools {
        db: deps.db.clone(),
        outbox: deps.outbox.clone(),
        clock: deps.clock.clone(),
        ids: deps.ids.clone(),
    };
    let purge = jobs::purge::job(&tools);
    Ok(Service {
        name: SCHEMA.service,
        deps,
        graph: graph::graph(tools.clone()),
        facts: Some(Arc::new(Hears(tools.clone()))),
        commands: Some(Arc::new(Does(tools))),
        jobs: vec![purge],
        routes: None,
    })
}
