//! `ventanilla backfill --service x`: reporting keeps every fact; a service that came later, or lost its own, is fed from
//! there in the order of each subject. What it has already, its inbox drops.

use clap::Args as ClapArgs;
use indicatif::{ProgressBar, ProgressStyle};

use crate::platform::{Name, Platform};
use crate::settings::Settings;

/// Options of `backfill`.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Which service to feed.
    #[arg(long, value_enum)]
    service: Name,
}

/// Feeds it.
pub async fn run(settings: &Settings, args: Args) -> anyhow::Result<()> {
    let clock = clock::system();
    let platform = Platform::new(settings, clock.clone(), ids::system(clock))?;
    let deps = platform.deps(Name::Reporting).await?;
    let bar = ProgressBar::new_spinner().with_style(ProgressStyle::with_template(
        "{spinner} {pos} facts sent ({per_sec})",
    )?);
    let sent =
        reporting::actions::backfill::backfill(&deps.db, &deps.bus, args.service.as_str(), |n| {
            bar.set_position(n);
        })
        .await?;
    bar.finish_and_clear();
    println!("{sent}");
    Ok(())
}
