//! Where directory is built and joined.

use std::sync::Arc;

use access::Role;
use ids::PersonId;
use subgraph::{Deps, Service};
use tenancy::{Migration, Schema};

use crate::actions::colleagues::Colleagues;
use crate::actions::{self, Directory};
use crate::config::Config;
use crate::credentials::{Passwords, Pepper, Tokens};
use crate::error::Error;
use crate::events::OnTenantProvisioned;
use crate::graph::{loader, schema};
use crate::store::installation;
use crate::{http, jobs};

/// Directory's tables.
pub static SCHEMA: Schema = Schema {
    service: "directory",
    platform: &[
        Migration {
            name: "2026-11-23-000-registry",
            sql: include_str!("../migrations/platform/2026-11-23-000-registry.sql"),
        },
        Migration {
            name: "2026-11-23-001-sign-in",
            sql: include_str!("../migrations/platform/2026-11-23-001-sign-in.sql"),
        },
    ],
    tenant: &[
        Migration {
            name: "2026-11-23-000-people",
            sql: include_str!("../migrations/tenant/2026-11-23-000-people.sql"),
        },
        Migration {
            name: "2026-11-26-000-sites",
            sql: include_str!("../migrations/tenant/2026-11-26-000-sites.sql"),
        },
        Migration {
            name: "2026-11-26-001-vendors",
            sql: include_str!("../migrations/tenant/2026-11-26-001-vendors.sql"),
        },
    ],
    tenant_squashed: Some(include_str!("../migrations/tenant/squashed.sql")),
    provider: &[Migration {
        name: "2026-11-23-000-staff",
        sql: include_str!("../migrations/provider/2026-11-23-000-staff.sql"),
    }],
};

/// What these tables hold of people; a migration that adds a column adds its line.
pub const PERSONAL_DATA: &str = include_str!("../personal-data.toml");

/// The SDL that is composed into the supergraph.
pub fn sdl() -> String {
    subgraph::sdl(&schema().finish())
}

async fn pepper(deps: &Deps) -> Result<Pepper, Error> {
    let mut fresh = [0u8; 32];
    deps.ids.fill(&mut fresh);
    let mut tx = deps.db.begin_platform().await?;
    let pepper = installation::pepper(&mut tx, fresh).await?;
    tx.commit().await?;
    Ok(pepper)
}

/// Directory's parts, for whoever calls its actions without its doors.
///
/// # Errors
/// If the keys cannot be used or the database does not answer.
pub async fn join(deps: &Deps, config: Config) -> Result<Directory, Error> {
    Ok(Directory {
        clock: deps.clock.clone(),
        ids: deps.ids.clone(),
        db: deps.db.clone(),
        outbox: deps.outbox.clone(),
        passwords: Passwords::new(&*deps.ids)?,
        tokens: Tokens::new(&config.sessions)?,
        pepper: pepper(deps).await?,
        colleagues: Colleagues::default(),
        config,
    })
}

/// The service, from what it is handed.
///
/// # Errors
/// If the keys cannot be used or the database does not answer.
pub async fn build(deps: Deps, config: Config) -> Result<Service, Error> {
    let directory = Arc::new(join(&deps, config).await?);
    let schema = schema().data(directory.clone()).finish();
    let of_graph = directory.clone();
    let graph = subgraph::graph(schema, move |request, caller| {
        request.data(loader(&of_graph, caller))
    });
    Ok(Service {
        name: SCHEMA.service,
        graph,
        facts: Some(Arc::new(OnTenantProvisioned(directory.clone()))),
        commands: None,
        jobs: jobs::jobs(&directory),
        routes: Some(http::routes(directory)),
        deps,
    })
}

/// An access token for the first active person or member of the staff who holds `role` with the tenant, or for the
/// first operator. It lasts a working day.
///
/// # Errors
/// [`Error::Production`] in production; [`Error::NotFound`] if nobody holds the role.
pub async fn development_token(
    deps: &Deps,
    config: &Config,
    tenant_slug: &str,
    role: Role,
) -> Result<String, Error> {
    let directory = join(deps, config.clone()).await?;
    actions::development_token::development_token(&directory, tenant_slug, role).await
}

/// The same for each of these tenants, in their order; the parts are joined once, which takes longer than a token.
///
/// # Errors
/// As [`development_token`]; the first ends it.
pub async fn development_tokens(
    deps: &Deps,
    config: &Config,
    tenant_slugs: &[String],
    role: Role,
) -> Result<Vec<String>, Error> {
    let directory = join(deps, config.clone()).await?;
    let mut tokens = Vec::with_capacity(tenant_slugs.len());
    for slug in tenant_slugs {
        let token = actions::development_token::development_token(&directory, slug, role).await?;
        tokens.push(token);
    }
    Ok(tokens)
}

/// The operator with this address, made with this password if there is none yet.
///
/// # Errors
/// [`Error::Invalid`] for an address or password that is not taken.
pub async fn ensure_operator(deps: &Deps, email: &str, password: &str) -> Result<PersonId, Error> {
    // Setting up needs none of the keys.
    let keys = access::KeyPair::generate(&*deps.ids);
    let config = Config {
        sessions: keys,
        internal_key: String::new(),
        production: true,
    };
    let directory = join(deps, config).await?;
    actions::ensure_operator::ensure_operator(&directory, email, password).await
}
