//! `ventanilla import`: another tool's event log, recorded as it happened there.
//!
//! An unknown tool's export needs only a mapping ([`mapping`]). Rows travel as commands to intake's bulk queues and are
//! known by (tool, case, hash of the canonical row, which of equal rows): an import may be run again, or be killed half
//! way and run again, and changes nothing that is there. Bad rows are set aside in a file ([`rejects`]); the rest is imported.

mod encoding;
mod file;
mod mapping;
mod order;
mod progress;
mod rejects;
mod rows;
mod send;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use ids::{GlobalId, TenantId};
use messaging::Bus;
use tenancy::{ServiceDb, TenantRow};

use crate::settings::Settings;
use mapping::Mapping;

/// What to import, and how to read it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tenant, by slug or id.
    #[arg(long)]
    tenant: String,
    /// The mapping (TOML): which column is what.
    #[arg(long)]
    mapping: PathBuf,
    /// Wait until intake has recorded the rows and reporting's figures are final.
    #[arg(long)]
    wait: bool,
    /// With --wait: give up after so many seconds without any progress.
    #[arg(long, default_value_t = 120)]
    patience: u64,
    /// Rows per command. More makes fewer commits in intake, fewer makes smaller messages.
    #[arg(long, default_value_t = 300)]
    batch: usize,
    /// Commands on their way at once, before the broker's confirms are awaited.
    #[arg(long, default_value_t = 8)]
    window: usize,
    /// Read and judge the file, send nothing.
    #[arg(long)]
    dry_run: bool,
    /// Where rows that cannot be taken go, with their reasons. Default: <FILE>.rejects.csv beside the file, or in the current
    /// folder where that cannot be written. It is made only if there are any.
    #[arg(long, value_name = "PATH")]
    rejects: Option<PathBuf>,
    /// The event log: .csv or .csv.gz.
    file: PathBuf,
}

/// Imports a file.
///
/// # Errors
/// If the mapping or the file cannot be read, or the platform is away. What was sent until then stays; run it again.
pub async fn run(settings: &Settings, args: Args) -> anyhow::Result<()> {
    let text = std::fs::read_to_string(&args.mapping)
        .with_context(|| format!("{} cannot be opened", args.mapping.display()))?;
    let mapping = Mapping::parse(&text).with_context(|| args.mapping.display().to_string())?;
    let contents = {
        let (path, mapping) = (args.file.clone(), mapping.clone());
        tokio::task::spawn_blocking(move || file::read(&path, &mapping)).await??
    };
    let places = rejects::Places {
        file: &args.file,
        wanted: args.rejects.as_deref(),
        here: Path::new("."),
    };
    let rejects = rejects::write(&places, &contents)?;
    let rows = contents.rows.len() as u64;
    let said = rejects.map_or_else(String::new, |path| {
        let count = contents.rejects.len();
        format!(", {count} rejected (see {})", path.display())
    });
    let cases = order::cases(contents.rows);
    println!("{rows} rows of {} cases read{said}", cases.len());
    if args.dry_run {
        return Ok(());
    }

    let clock = clock::system();
    let ids = ids::system(clock.clone());
    let intake = ServiceDb::connect(settings.db(), &intake::app::SCHEMA, clock.clone())
        .await
        .context("intake's database")?;
    let tenant = find(&intake, &args.tenant).await?;
    let before = progress::in_intake(&intake, tenant.id, &mapping.tool).await?;
    let bus = Bus::connect(settings.bus(), "import")
        .await
        .context("RabbitMQ")?;

    let names: Vec<String> = cases
        .iter()
        .filter_map(|c| c.first())
        .map(|r| r.case.clone())
        .collect();
    let batches = order::batches(
        &mapping.tool,
        cases,
        args.batch.max(1),
        settings.bulk_partitions,
    );
    let trace = messaging::new_trace(&*ids);
    let to = send::Target {
        bus: &bus,
        ids: &*ids,
        tenant: tenant.id,
        tool: &mapping.tool,
        trace: &trace,
    };
    let sent = send::send(&to, batches, args.window.max(1), rows).await?;
    if sent < rows {
        bail!(
            "interrupted after {sent} of {rows} rows; run it again to go on, nothing is recorded twice"
        );
    }
    println!(
        "{rows} rows sent to {} ({}), trace {trace}",
        tenant.name, tenant.slug
    );
    if args.wait {
        let reporting = ServiceDb::connect(settings.db(), &reporting::app::SCHEMA, clock.clone())
            .await
            .context("reporting's database")?;
        let watch = progress::Watch {
            intake: &intake,
            reporting: &reporting,
            tenant: tenant.id,
            tool: &mapping.tool,
        };
        let patience = std::time::Duration::from_secs(args.patience.max(1));
        let end = progress::wait(&watch, &names, rows, patience).await?;
        let new = end.rows - before;
        println!(
            "{new} rows recorded now, {} were there before; {} rows of {} cases of `{}` in all, and reporting has them",
            rows as i64 - new,
            end.rows,
            end.cases,
            mapping.tool
        );
    }
    Ok(())
}

async fn find(db: &ServiceDb, wanted: &str) -> anyhow::Result<TenantRow> {
    let id = wanted
        .parse::<TenantId>()
        .or_else(|_| wanted.parse::<GlobalId<TenantId>>().map(|g| g.id))
        .ok();
    let tenants = db.tenants().await?;
    tenants
        .into_iter()
        .find(|t| Some(t.id) == id || t.slug == wanted)
        .with_context(|| format!("no tenant `{wanted}`; `ventanilla tenant list` shows them"))
}
