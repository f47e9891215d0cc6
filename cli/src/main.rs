//! `ventanilla`: everything an operator does with the platform, in one binary.
//!
//! `up` runs all of it in one process for development and small installations; `serve <service>` runs one service, as
//! on Kubernetes. `ventanilla help` lists the rest.

mod affected;
mod backfill;
mod dead_letters;
mod demo;
mod doctor;
mod documents;
mod gateway;
mod import;
mod keys;
mod migrate;
mod operator;
mod operators;
mod platform;
mod serve;
mod settings;
mod tenant;
mod tenants;
mod token;
mod up;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use settings::Settings;

/// Ventanilla: the service desk of support providers that serve many client companies.
#[derive(Debug, Parser)]
#[command(name = "ventanilla", version, about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run every service in this process and the gateway beside it, with two demo tenants.
    Up(up::Args),
    /// Run one service.
    Serve(serve::Args),
    /// Make or update databases, roles, schemas, queues.
    Migrate,
    /// Make somebody who runs the platform; the password is read from standard input.
    Operator(operators::Args),
    /// Create, suspend, resume or list tenants.
    Tenant(tenant::Args),
    /// Import another tool's history from an event log.
    Import(import::Args),
    /// Feed a service that came later with the facts that reporting keeps.
    Backfill(backfill::Args),
    /// Look at what a service could not do, and retry or drop it.
    DeadLetters(dead_letters::Args),
    /// List whose data was exposed, and what was, for the notification after a breach. Reads alone.
    Affected(affected::Args),
    /// Print an access token on a development instance.
    Token(token::Args),
    /// Say what is missing, and how to mend it.
    Doctor,
    /// Write the subgraphs' SDL documents.
    Sdl(documents::Args),
}

/// So many tasks are polled between two looks at the sockets. Polling one here takes as long as a whole GraphQL request
/// takes to be worked out, not the microseconds that tokio's 61 are meant for: an answer of the database, and with it the
/// connection, would wait for all of them.
const LOOK_AT_SOCKETS_EVERY: u32 = 8;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .event_interval(LOOK_AT_SOCKETS_EVERY)
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // One line for people; the causes are in it, a backtrace would not help them.
        Err(error) => {
            eprintln!("ventanilla: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    let quiet = !matches!(cli.command, Command::Serve(_));
    let _guard = telemetry::init("ventanilla", quiet)?;
    let settings = cli.settings;
    match cli.command {
        Command::Up(args) => up::run(&settings, args).await,
        Command::Serve(args) => serve::run(&settings, args).await,
        Command::Migrate => migrate::run(&settings).await,
        Command::Operator(args) => operators::run(&settings, args).await,
        Command::Tenant(args) => tenant::run(&settings, args).await,
        Command::Import(args) => import::run(&settings, args).await,
        Command::Backfill(args) => backfill::run(&settings, args).await,
        Command::DeadLetters(args) => dead_letters::run(&settings, args).await,
        Command::Affected(args) => affected::run(&settings, args).await,
        Command::Token(args) => token::run(&settings, args).await,
        Command::Doctor => doctor::run(&settings).await,
        Command::Sdl(args) => documents::run(&args),
    }
}
