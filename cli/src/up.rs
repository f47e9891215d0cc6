//! `ventanilla up`: every service in this process, the gateway as its child, and two demo tenants.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Instant;

use anyhow::Context as _;
use clap::Args as ClapArgs;

use crate::demo;
use crate::gateway::Gateway;
use crate::platform::{Name, Platform};
use crate::serve::StopAsked;
use crate::settings::Settings;

/// Options of `up`.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// Make no demo tenants.
    #[arg(long)]
    no_demo: bool,
    /// Threads that serve the subgraphs.
    #[arg(long, env = "VENTANILLA_HTTP_WORKERS", default_value_t = 2)]
    workers: usize,
    /// Address of the subgraphs; only the gateway should reach it. Default: a free port on loopback.
    #[arg(long)]
    services_listen: Option<SocketAddr>,
}

/// Runs until it is asked to stop.
pub async fn run(settings: &Settings, args: Args) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut stop = StopAsked::listen()?;
    let clock = settings.clock()?;
    let platform = Platform::new(settings, clock.clone(), ids::system(clock))?;
    let mut services = Vec::new();
    for name in Name::ALL {
        services.push(platform.service(name).await?);
    }
    let address = args
        .services_listen
        .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let listener =
        TcpListener::bind(address).with_context(|| format!("cannot listen on {address}"))?;
    let internal = listener.local_addr()?;
    let running = subgraph::serve(services, listener, args.workers)
        .with_context(|| format!("cannot listen on {internal}"))?;
    let mut gateway = Gateway::start(settings, &platform.keys, internal).await?;
    println!(
        "Ventanilla responde en http://{}/graphql ({:.1} s)",
        settings.listen,
        began.elapsed().as_secs_f64()
    );
    let ended = tokio::select! {
        () = stop.asked() => None,
        status = gateway.ended() => Some(status?),
        // Who does not want to wait for the demo need not.
        never = show(&platform, settings, args.no_demo) => match never {},
    };
    gateway.stop().await;
    running.stop().await;
    match ended {
        Some(status) => anyhow::bail!("the gateway ended by itself: {status}"),
        None => Ok(()),
    }
}

/// Makes the demo where there is to be one, and says that everything stands. Never comes back.
async fn show(platform: &Platform, settings: &Settings, no_demo: bool) -> Infallible {
    if !settings.production && !no_demo {
        match demo::ensure(platform).await {
            Ok(demo) => demo.print(settings),
            Err(error) => eprintln!("No se pudo preparar la demostración: {error:#}"),
        }
    }
    println!("Ctrl-C lo detiene.");
    std::future::pending().await
}
