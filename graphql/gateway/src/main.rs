//! The public door of Ventanilla: `hive-router` as a library, with the plugins that know callers and tenants.
//!
//! A request to `/graphql` is admitted by [`front`]: the credential it shows and the tenant it wishes are resolved by
//! directory ([`callers`], until [`facts`] say otherwise), rates are counted ([`rates`]), and a signed caller takes the
//! credential's place; the router then verifies that signature, plans, and calls the subgraphs with nothing else of the
//! caller's. How many are under way at once, and who is refused when that is not enough, is for [`turnstile`] to see to.
//! The other public paths are handed on by [`doors`], after the exact table in [`routes`].
//!
//! To add a door: a variant in [`routes::Door`], its URL in [`config::DoorUrls`], a line in `tests/it/doors.rs`.

// The router's middlewares nest deeply.
#![recursion_limit = "256"]

mod callers;
mod capacity;
mod config;
mod doors;
mod drain;
mod drops;
mod facts;
mod front;
mod headers;
mod leftover;
mod line;
mod masking;
mod rates;
mod refusal;
mod router_config;
mod routes;
mod server;
mod shared_rates;
mod turnstile;

use std::path::PathBuf;
use std::process::ExitCode;

use hive_router::{
    RouterGlobalAllocator, configure_global_allocator, init_rustls_crypto_provider, ntex,
};

configure_global_allocator!();

const USAGE: &str = "usage: gateway --config FILE.json [--exit-on-stdin-close] [--check]
  --config FILE.json     settings (or the environment variable VENTANILLA_GATEWAY_CONFIG)
  --exit-on-stdin-close  stop when standard input ends: for a gateway that is another process's child
  --check                read and check the settings, then end";

struct Arguments {
    config: PathBuf,
    exit_on_stdin_close: bool,
    check: bool,
}

fn arguments() -> Result<Arguments, String> {
    let mut config = std::env::var_os("VENTANILLA_GATEWAY_CONFIG").map(PathBuf::from);
    let (mut exit_on_stdin_close, mut check) = (false, false);
    let mut rest = std::env::args_os().skip(1);
    while let Some(argument) = rest.next() {
        match argument.to_str() {
            Some("--config") => config = Some(rest.next().ok_or(USAGE)?.into()),
            Some("--exit-on-stdin-close") => exit_on_stdin_close = true,
            Some("--check") => check = true,
            _ => return Err(USAGE.into()),
        }
    }
    Ok(Arguments {
        config: config.ok_or(USAGE)?,
        exit_on_stdin_close,
        check,
    })
}

#[hive_router::main]
async fn main() -> ExitCode {
    let outcome = match arguments().and_then(|a| Ok((config::Settings::load(&a.config)?, a))) {
        Ok((settings, arguments)) if arguments.check => router_config::build(&settings)
            .map(|_| ())
            .map_err(Into::into),
        Ok((settings, arguments)) => {
            init_rustls_crypto_provider();
            server::run(settings, arguments.exit_on_stdin_close).await
        }
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gateway: {error}");
            ExitCode::FAILURE
        }
    }
}
