//! `ventanilla sdl`: the subgraphs' SDL, from the code. `make generate` compares it with what is committed.

use std::fs;
use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::platform::Name;

/// Options of `sdl`.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Folder to write `<service>.graphql` into.
    #[arg(long, default_value = "graphql/subgraphs")]
    dir: PathBuf,
}

/// Writes them.
pub fn run(args: &Args) -> anyhow::Result<()> {
    fs::create_dir_all(&args.dir)?;
    for name in Name::ALL {
        let mut sdl = name.sdl();
        if !sdl.ends_with('\n') {
            sdl.push('\n');
        }
        fs::write(args.dir.join(format!("{}.graphql", name.as_str())), sdl)?;
    }
    Ok(())
}
