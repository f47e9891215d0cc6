//! Two demo clients of one provider, with people, an agreement, articles and some weeks of tickets. The same every time:
//! all of it comes from a seed, but for the instants, which are counted back from now. Made through the services' own graphs, as their
//! callers would, with a clock that is set to the instants of the story.
//!
//! A telling may be interrupted at any instant. Until its end the client's name says so; the next `up` then tells the
//! story again, from the instant at which the client was created, and leaves out what is there already.

mod cast;
mod people;
mod script;
mod stand;
mod story;

use std::sync::Arc;

use access::{Caller, CallerKind, Role, TenantGrant};
use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clock::{ManualClock, SharedClock};
use ids::{GlobalId, PersonId, ProviderId, TenantId};
use serde_json::{Value, json};
use subgraph::Service;

use crate::operator;
use crate::platform::{Name, Platform};
use crate::settings::Settings;
use crate::tenant;

pub use people::{ensure_operator, staff_a_tenant, two_of_a_tenant};

/// Everybody's password in the demo.
pub const PASSWORD: &str = "ventana-abierta-al-sur";

/// What was made, for the summary on the terminal.
#[derive(Debug)]
pub struct Demo {
    /// Slugs of the tenants.
    tenants: Vec<String>,
    /// An access token of the first requester.
    token: Option<String>,
}

/// The services by which the demo is made, on a clock of its own.
pub struct Stage {
    clock: Arc<ManualClock>,
    directory: Service,
    intake: Service,
    routing: Service,
    sla: Service,
    knowledge: Service,
}

impl Stage {
    /// Builds them; they answer only to us and take no facts in: the running services do that.
    pub async fn new(platform: &Platform, now: DateTime<Utc>) -> anyhow::Result<Self> {
        let clock = Arc::new(ManualClock::at(now));
        let shared: SharedClock = clock.clone();
        let on_stage = |name: Name| {
            let shared = shared.clone();
            async move {
                let mut deps = platform.deps(name).await?;
                deps.clock = shared;
                platform.service_with(name, deps).await
            }
        };
        Ok(Self {
            directory: on_stage(Name::Directory).await?,
            intake: on_stage(Name::Intake).await?,
            routing: on_stage(Name::Routing).await?,
            sla: on_stage(Name::SlaClock).await?,
            knowledge: on_stage(Name::Knowledge).await?,
            clock,
        })
    }
}

/// One caller of the story.
#[derive(Debug, Clone)]
pub struct Actor {
    caller: Arc<Caller>,
    /// As the API shows the person.
    id: String,
}

impl Actor {
    /// Somebody of a tenant.
    fn person(
        provider: ProviderId,
        tenant: TenantId,
        global: &str,
        role: Role,
    ) -> anyhow::Result<Self> {
        Self::new(CallerKind::Person, provider, &[tenant], global, role)
    }

    /// One of the provider's staff with one tenant.
    fn staff(
        provider: ProviderId,
        tenant: TenantId,
        global: &str,
        role: Role,
    ) -> anyhow::Result<Self> {
        Self::new(CallerKind::Staff, provider, &[tenant], global, role)
    }

    fn new(
        kind: CallerKind,
        provider: ProviderId,
        tenants: &[TenantId],
        global: &str,
        role: Role,
    ) -> anyhow::Result<Self> {
        let person = global
            .parse::<GlobalId<PersonId>>()
            .map(|g| g.id)
            .or_else(|_| global.parse::<PersonId>())
            .with_context(|| format!("{global} is no person"))?;
        let tenants: Vec<TenantGrant> = tenants
            .iter()
            .map(|id| TenantGrant {
                id: *id,
                roles: vec![role],
            })
            .collect();
        let chosen = tenants.first().map(|t| t.id);
        let caller = Caller {
            kind,
            person,
            provider: Some(provider),
            tenants,
            chosen,
        };
        Ok(Self {
            caller: Arc::new(caller),
            id: global.to_owned(),
        })
    }

    async fn ask(&self, service: &Service, query: &str, variables: Value) -> anyhow::Result<Value> {
        operator::ask(service, self.caller.clone(), query, variables).await
    }
}

/// Makes the demo if it is not there yet.
pub async fn ensure(platform: &Platform) -> anyhow::Result<Demo> {
    let stage = Stage::new(platform, platform.clock.now()).await?;
    let provider =
        tenant::ensure_provider(&stage.directory, platform, "soporte-sur", "Soporte Sur").await?;
    people::ensure_operator(platform).await?;
    let mut tenants = Vec::new();
    for client in &cast::CLIENTS {
        tenants.push(client.slug.to_owned());
        if let Some(scene) = begin(&stage, platform, client, &provider).await? {
            story::tell(&stage, platform, client, &scene)
                .await
                .with_context(|| client.slug.to_owned())?;
            rename(&stage, platform, &scene.tenant, client.name).await?;
        }
    }
    let token = crate::token::issue(platform, cast::CLIENTS[0].slug, Role::Requester).await;
    if let Err(error) = &token {
        tracing::warn!(%error, "no token for the demo");
    }
    Ok(Demo {
        tenants,
        token: token.ok(),
    })
}

/// Where and from when on a client's story is told.
#[derive(Debug)]
pub struct Scene {
    /// `prv_…`
    provider: String,
    /// `ten_…`
    tenant: String,
    /// The story's present: everything in it lies before. When it is taken up again, it is still the same instant.
    now: DateTime<Utc>,
}

/// The client, created if it is new; none if its story is told.
async fn begin(
    stage: &Stage,
    platform: &Platform,
    client: &cast::Client,
    provider: &str,
) -> anyhow::Result<Option<Scene>> {
    let name = client.name_until_told();
    let mut found = find(stage, platform, client.slug).await?;
    if found.is_null() {
        let new = tenant::NewTenant {
            slug: client.slug.to_owned(),
            name: name.clone(),
            locale: client.locale.to_owned(),
            time_zone: client.time_zone.to_owned(),
        };
        tenant::create(&stage.directory, platform, provider, &new).await?;
        found = find(stage, platform, client.slug).await?;
    }
    if found["name"] != name.as_str() {
        return Ok(None);
    }
    let text = |field: &str| found[field].as_str().context("a tenant without its fields");
    let scene = Scene {
        provider: provider.to_owned(),
        tenant: text("id")?.to_owned(),
        now: text("createdAt")?.parse()?,
    };
    tenant::wait_ready(&stage.directory, platform, &scene.tenant).await?;
    Ok(Some(scene))
}

async fn find(stage: &Stage, platform: &Platform, slug: &str) -> anyhow::Result<Value> {
    let q = "query($slug: String) { tenant(slug: $slug) { id name createdAt } }";
    let who = operator::caller(&platform.ids);
    let data = operator::ask(&stage.directory, who, q, json!({"slug": slug})).await?;
    Ok(data["tenant"].clone())
}

async fn rename(stage: &Stage, platform: &Platform, id: &str, name: &str) -> anyhow::Result<()> {
    let q = "mutation($id: ID!, $name: String!) { renameTenant(input: {tenant: $id, name: $name}) { problems { code message } } }";
    let who = operator::caller(&platform.ids);
    stage.clock.set(platform.clock.now());
    let data = operator::ask(&stage.directory, who, q, json!({"id": id, "name": name})).await?;
    tenant::check(&data["renameTenant"]).map(drop)
}

impl Demo {
    /// Says how to go on.
    pub fn print(&self, settings: &Settings) {
        println!(
            "\nClientes de demostración: {}  (cabecera x-ventanilla-tenant)",
            self.tenants.join(", ")
        );
        println!("Personas (contraseña «{PASSWORD}»):");
        for (email, who) in cast::LOGINS {
            println!("  {email:<34} {who}");
        }
        println!("\nGraphiQL: http://{}/graphql", settings.listen);
        if let Some(token) = &self.token {
            println!(
                "\nPara empezar, como solicitante de {}:\n\ncurl -s http://{}/graphql -H 'content-type: application/json' \\\n  -H 'authorization: Bearer {token}' \\\n  -d '{{\"query\":\"{{ tickets(first: 3) {{ nodes {{ number subject state clocks {{ target state dueAt }} }} }} }}\"}}'\n",
                self.tenants.first().map(String::as_str).unwrap_or_default(),
                settings.listen
            );
        }
    }
}
