//! `ventanilla tenant create|suspend|resume|list`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};
use subgraph::Service;

use crate::demo;
use crate::operator;
use crate::platform::{Name, Platform};
use crate::settings::Settings;
use crate::tenants::{self, Many};

/// Options of `tenant`.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a tenant, or many, and wait until every service has made its part.
    Create(Create),
    /// Refuse the tenant's callers from now on.
    Suspend {
        /// Its slug.
        slug: String,
    },
    /// End a suspension.
    Resume {
        /// Its slug.
        slug: String,
    },
    /// Every tenant and its state.
    List,
}

/// Options of `tenant create`.
#[derive(Debug, ClapArgs)]
struct Create {
    /// Slug of the provider; it is created if it is new.
    #[arg(long)]
    provider: String,
    /// Short name in URLs: lower-case letters, digits, hyphens.
    #[arg(long, required_unless_present = "from")]
    slug: Option<String>,
    /// The client company's name.
    #[arg(long, required_unless_present = "from")]
    name: Option<String>,
    /// Many: a file with a slug per line, and behind a comma the name where it is another. What is there already is left as it
    /// is, so that it can be run again after it was interrupted.
    #[arg(long, conflicts_with_all = ["slug", "name"])]
    from: Option<PathBuf>,
    /// With --from: so many are under way at once. A service makes three side by side; more than that only wait.
    #[arg(long, default_value_t = 8)]
    at_once: usize,
    /// BCP 47.
    #[arg(long, default_value = "es-PE")]
    locale: String,
    /// IANA zone of the contract.
    #[arg(long, default_value = "America/Lima")]
    time_zone: String,
    /// Also make one person and one member of the staff for every role (with --from a requester and an agent, who cannot
    /// sign in); never in production.
    #[arg(long)]
    demo_people: bool,
}

impl Create {
    fn tenant(&self, slug: String, name: String) -> NewTenant {
        NewTenant {
            slug,
            name,
            locale: self.locale.clone(),
            time_zone: self.time_zone.clone(),
        }
    }
}

/// Does it.
pub async fn run(settings: &Settings, args: Args) -> anyhow::Result<()> {
    let clock = clock::system();
    let platform = Platform::new(settings, clock.clone(), ids::system(clock))?;
    let directory = platform.service(Name::Directory).await?;
    let who = operator::caller(&platform.ids);
    match args.action {
        Action::Create(new) => {
            anyhow::ensure!(
                !(new.demo_people && settings.production),
                "--demo-people is not for production"
            );
            let provider =
                ensure_provider(&directory, &platform, &new.provider, &new.provider).await?;
            if let Some(file) = &new.from {
                let wanted = tenants::read(file)?.into_iter();
                let many = Many {
                    directory: &directory,
                    platform: &platform,
                    provider: &provider,
                    at_once: new.at_once,
                    demo_people: new.demo_people,
                };
                let wanted = wanted.map(|(slug, name)| new.tenant(slug, name));
                return many.create(wanted.collect()).await;
            }
            let (slug, name) = new.slug.clone().zip(new.name.clone()).context("no slug")?;
            let wanted = new.tenant(slug, name);
            let id = create(&directory, &platform, &provider, &wanted).await?;
            // The facts are in the outbox; the directory that runs publishes them.
            wait_ready(&directory, &platform, &id).await?;
            if new.demo_people {
                demo::staff_a_tenant(&platform, &directory, &provider, &id, &wanted.slug).await?;
            }
            println!("{id}");
        }
        Action::Suspend { slug } => {
            let id = find(&directory, &platform, &slug).await?;
            let q = "mutation($id: ID!) { suspendTenant(input: {tenant: $id}) { problems { code message } } }";
            check(&operator::ask(&directory, who, q, json!({"id": id})).await?["suspendTenant"])?;
        }
        Action::Resume { slug } => {
            let id = find(&directory, &platform, &slug).await?;
            let q = "mutation($id: ID!) { resumeTenant(input: {tenant: $id}) { problems { code message } } }";
            check(&operator::ask(&directory, who, q, json!({"id": id})).await?["resumeTenant"])?;
        }
        Action::List => {
            for t in list(&directory, &platform).await? {
                println!(
                    "{:<20} {:<12} {:<16} {}",
                    text(&t["slug"]),
                    text(&t["state"]),
                    text(&t["timeZone"]),
                    text(&t["name"])
                );
            }
        }
    }
    Ok(())
}

/// What a new tenant is.
#[derive(Debug, Clone)]
pub struct NewTenant {
    /// Short name in URLs.
    pub slug: String,
    /// The client company's name.
    pub name: String,
    /// BCP 47.
    pub locale: String,
    /// IANA zone.
    pub time_zone: String,
}

fn text(v: &Value) -> &str {
    v.as_str().unwrap_or_default()
}

/// Turns problems in a payload into an error.
pub fn check(payload: &Value) -> anyhow::Result<&Value> {
    match payload["problems"].as_array().and_then(|p| p.first()) {
        None => Ok(payload),
        Some(p) => anyhow::bail!("{} ({})", text(&p["message"]), text(&p["code"])),
    }
}

async fn list(directory: &Service, platform: &Platform) -> anyhow::Result<Vec<Value>> {
    let mut all = Vec::new();
    let mut after = Value::Null;
    loop {
        let q = "query($after: String) { tenants(first: 100, after: $after) { pageInfo { hasNextPage endCursor } \
                 nodes { id slug name state timeZone } } }";
        let who = operator::caller(&platform.ids);
        let data = operator::ask(directory, who, q, json!({"after": after})).await?;
        let page = &data["tenants"];
        all.extend(page["nodes"].as_array().cloned().unwrap_or_default());
        if page["pageInfo"]["hasNextPage"] != json!(true) {
            return Ok(all);
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// The id of the tenant with this slug.
pub async fn find(directory: &Service, platform: &Platform, slug: &str) -> anyhow::Result<String> {
    look_up(directory, platform, slug)
        .await?
        .with_context(|| format!("no tenant `{slug}`"))
}

/// The id of the tenant with this slug, if there is one.
pub async fn look_up(
    directory: &Service,
    platform: &Platform,
    slug: &str,
) -> anyhow::Result<Option<String>> {
    let q = "query($slug: String) { tenant(slug: $slug) { id } }";
    let data = operator::ask(
        directory,
        operator::caller(&platform.ids),
        q,
        json!({"slug": slug}),
    )
    .await?;
    Ok(data["tenant"]["id"].as_str().map(str::to_owned))
}

/// The id of the provider with this slug, which is created if it is new.
pub async fn ensure_provider(
    directory: &Service,
    platform: &Platform,
    slug: &str,
    name: &str,
) -> anyhow::Result<String> {
    let q = "query($slug: String!) { provider(slug: $slug) { id } }";
    let data = operator::ask(
        directory,
        operator::caller(&platform.ids),
        q,
        json!({"slug": slug}),
    )
    .await?;
    if let Some(id) = data["provider"]["id"].as_str() {
        return Ok(id.to_owned());
    }
    let q = "mutation($slug: String!, $name: String!) { createProvider(input: {slug: $slug, name: $name}) { \
             provider { id } problems { code message } } }";
    let who = operator::caller(&platform.ids);
    let data = operator::ask(directory, who, q, json!({"slug": slug, "name": name})).await?;
    let payload = check(&data["createProvider"])?;
    payload["provider"]["id"]
        .as_str()
        .map(str::to_owned)
        .context("no provider came back")
}

/// Creates a tenant and returns its id; it may not be ready yet.
pub async fn create(
    directory: &Service,
    platform: &Platform,
    provider: &str,
    new: &NewTenant,
) -> anyhow::Result<String> {
    let q = "mutation($provider: ID!, $slug: String!, $name: String!, $locale: String!, $zone: String!) { \
             createTenant(input: {provider: $provider, slug: $slug, name: $name, locale: $locale, timeZone: $zone}) { \
             tenant { id } problems { code message } } }";
    let variables = json!({"provider": provider, "slug": new.slug, "name": new.name, "locale": new.locale, "zone": new.time_zone});
    let data = operator::ask(directory, operator::caller(&platform.ids), q, variables).await?;
    let payload = check(&data["createTenant"])?;
    payload["tenant"]["id"]
        .as_str()
        .map(str::to_owned)
        .context("no tenant came back")
}

/// Whether every service has made its part, and nobody has suspended it.
pub async fn is_ready(directory: &Service, platform: &Platform, id: &str) -> anyhow::Result<bool> {
    let q = "query($id: ID!) { tenant(id: $id) { state } }";
    let who = operator::caller(&platform.ids);
    let data = operator::ask(directory, who, q, json!({"id": id})).await?;
    Ok(text(&data["tenant"]["state"]) == "READY")
}

/// Waits until every service has made its part; needs a platform that runs.
pub async fn wait_ready(directory: &Service, platform: &Platform, id: &str) -> anyhow::Result<()> {
    for _ in 0..1200 {
        if is_ready(directory, platform, id).await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!(
        "the tenant is not ready after a minute: do all services run? `ventanilla doctor` tells"
    )
}
