//! `ventanilla token`: an access token on a development instance, for a person who holds a role with a tenant.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::platform::{Name, Platform};
use crate::settings::Settings;
use crate::tenants;

/// Options of `token`.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// The tenant's slug; leave out for the operator.
    #[arg(long, default_value = "")]
    tenant: String,
    /// A file with a slug per line, as `tenant create --from` takes it: a line for each, the slug and its token.
    #[arg(long, conflicts_with = "tenant")]
    tenants: Option<PathBuf>,
    /// requester, application_owner, tenant_admin, agent, inventory_manager, coordinator, quality_manager,
    /// service_manager or operator.
    #[arg(long)]
    role: access::Role,
}

/// Prints it.
pub async fn run(settings: &Settings, args: Args) -> anyhow::Result<()> {
    anyhow::ensure!(
        !settings.production,
        "this is a production instance: sign in instead"
    );
    let clock = clock::system();
    let platform = Platform::new(settings, clock.clone(), ids::system(clock))?;
    if args.role == access::Role::Operator {
        // An installation without the demo has none yet.
        crate::demo::ensure_operator(&platform).await?;
    }
    if let Some(file) = &args.tenants {
        let slugs = tenants::read(file)?.into_iter().map(|(slug, _)| slug);
        let slugs: Vec<String> = slugs.collect();
        let deps = platform.deps(Name::Directory).await?;
        let config = platform.directory_config()?;
        let tokens = directory::app::development_tokens(&deps, &config, &slugs, args.role).await?;
        for (slug, token) in slugs.iter().zip(tokens) {
            println!("{slug} {token}");
        }
        return Ok(());
    }
    let token = issue(&platform, &args.tenant, args.role).await?;
    println!("{token}");
    Ok(())
}

/// An access token for the first person who holds `role` with `tenant`.
pub async fn issue(
    platform: &Platform,
    tenant: &str,
    role: access::Role,
) -> anyhow::Result<String> {
    let deps = platform.deps(Name::Directory).await?;
    let config = platform.directory_config()?;
    Ok(directory::app::development_token(&deps, &config, tenant, role).await?)
}
