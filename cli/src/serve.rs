//! `ventanilla serve <service>`: one service, as on Kubernetes. Listens where only the gateway reaches it.

use std::net::{SocketAddr, TcpListener};
use tokio::signal::unix::{Signal, SignalKind, signal};

use anyhow::Context as _;
use clap::Args as ClapArgs;

use crate::platform::{Name, Platform};
use crate::settings::Settings;

/// Options of `serve`.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Which service.
    #[arg(value_enum)]
    service: Name,
    /// Its internal address: `/<service>/graphql`, `/livez`, `/readyz`, `/metrics`.
    #[arg(
        long,
        env = "VENTANILLA_SERVICE_LISTEN",
        default_value = "127.0.0.1:4100"
    )]
    service_listen: SocketAddr,
    /// Threads that serve HTTP.
    #[arg(long, env = "VENTANILLA_HTTP_WORKERS", default_value_t = 1)]
    workers: usize,
}

/// Runs it until SIGTERM or SIGINT.
pub async fn run(settings: &Settings, args: Args) -> anyhow::Result<()> {
    let mut stop = StopAsked::listen()?;
    let clock = settings.clock()?;
    let platform = Platform::new(settings, clock.clone(), ids::system(clock))?;
    let service = platform.service(args.service).await?;
    let listener = TcpListener::bind(args.service_listen)
        .with_context(|| format!("cannot listen on {}", args.service_listen))?;
    let running = subgraph::serve(vec![service], listener, args.workers)
        .with_context(|| format!("cannot listen on {}", args.service_listen))?;
    tracing::info!(service = args.service.as_str(), listen = %args.service_listen, "ready");
    stop.asked().await;
    running.stop().await;
    Ok(())
}

/// SIGTERM and SIGINT, listened for from the moment this is made: what comes before somebody waits for it is not lost.
#[derive(Debug)]
pub struct StopAsked {
    term: Signal,
    int: Signal,
}

impl StopAsked {
    /// Listens.
    ///
    /// # Errors
    /// If the signals cannot be listened for.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
        })
    }

    /// Comes back when one of them has come.
    pub async fn asked(&mut self) {
        tokio::select! {
            _ = self.term.recv() => {}
            _ = self.int.recv() => {}
        }
    }
}
