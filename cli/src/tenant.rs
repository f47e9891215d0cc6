//! `ventanilla tenant create|suspend|resume|list`.

use std::time::Duration;

use anyhow::Context as _;
use clap::{Args as ClapArgs, Subcommand};
use serde_json::{Value, json};
use subgraph::Service;

use crate::demo;
use crate::operator;
use crate::platform::{Name, Platform};
use crate::settings::Settings;

/// Options of `tenant`.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a tenant and wait until every service has made its part.
    Create {
        /// Slug of the provider; it is created if it is new.
        #[arg(long)]
        provider: String,
        /// Short name in URLs: lower-case letters, digits, hyphens.
        #[arg(long)]
        slug: String,
        /// The client company's name.
        #[arg(long)]
        name: String,
        /// BCP 47.
        #[arg(long, default_value = "es-PE")]
        locale: String,
        /// IANA zone of the contract.
        #[arg(long, default_value = "America/Lima")]
        time_zone: String,
        /// Also make one person and one member of the staff for every role; never in production.
        #[arg(long)]
        demo_people: bool,
    },
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

/// Does it.
pub async fn run(settings: &Settings, args: Args) -> anyhow::Result<()> {
    let clock = clock::system();
    let platform = Platform::new(settings, clock.clone(), ids::system(clock)).await?;
    let directory = platform.service(Name::Directory).await?;
    let who = operator::caller(&platform.ids);
    match args.action {
        Action::Create {
            provider,
            slug,
            name,
            locale,
            time_zone,
            demo_people,
        } => {
            anyhow::ensure!(
                !(demo_people && settings.production),
                "--demo-people is not for production"
            );
            let provider = ensure_provider(&directory, &platform, &provider, &provider).await?;
            let wanted = NewTenant {
                slug,
                name,
                locale,
                time_zone,
            };
            let id = create(&directory, &platform, &provider, &wanted).await?;
            // The facts are in the outbox; the directory that runs publishes them.
            wait_ready(&directory, &platform, &id).await?;
            if demo_people {
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
    let q = "query($slug: String) { tenant(slug: $slug) { id } }";
    let data = operator::ask(
        directory,
        operator::caller(&platform.ids),
        q,
        json!({"slug": slug}),
    )
    .await?;
    data["tenant"]["id"]
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("no tenant `{slug}`"))
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

/// Waits until every service has made its part; needs a platform that runs.
pub async fn wait_ready(directory: &Service, platform: &Platform, id: &str) -> anyhow::Result<()> {
    let q = "query($id: ID!) { tenant(id: $id) { state } }";
    for _ in 0..1200 {
        let data = operator::ask(
            directory,
            operator::caller(&platform.ids),
            q,
            json!({"id": id}),
        )
        .await?;
        if text(&data["tenant"]["state"]) == "READY" {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!(
        "the tenant is not ready after a minute: do all services run? `ventanilla doctor` tells"
    )
}
