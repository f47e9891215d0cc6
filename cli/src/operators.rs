//! `ventanilla operator create`: somebody who runs the platform and can sign in. The password comes from standard input,
//! so that it stands in no history and no process list.

use std::io::Read as _;

use clap::{Args as ClapArgs, Subcommand};

use crate::platform::{Name, Platform};
use crate::settings::Settings;

/// Options of `operator`.
#[derive(Debug, ClapArgs)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make an operator; one who is there already stays as it is.
    Create {
        /// Address to sign in with.
        #[arg(long)]
        email: String,
    },
}

/// Does it.
pub async fn run(settings: &Settings, args: Args) -> anyhow::Result<()> {
    let Action::Create { email } = args.action;
    let mut password = String::new();
    std::io::stdin().read_to_string(&mut password)?;
    let clock = clock::system();
    let platform = Platform::new(settings, clock.clone(), ids::system(clock))?;
    let deps = platform.deps(Name::Directory).await?;
    let person =
        directory::app::ensure_operator(&deps, &email, password.trim_end_matches('\n')).await?;
    println!("{person}");
    Ok(())
}
