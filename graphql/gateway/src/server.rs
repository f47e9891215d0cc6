//! Builds the server and runs it until it is told to stop.
//!
//! This follows the router's own `router_entrypoint` (0.3.10, which is pinned), minus what must not be on a public
//! port (its landing page, WebSockets, metrics, settings from the environment) and plus our doors.

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use hive_router::background_tasks::{BackgroundTasksManager, CancellationToken};
use hive_router::ntex::{self, SharedCfg, web};
use hive_router::pipeline::long_lived_client_limit::LongLivedClientLimitService;
use hive_router::pipeline::request_identifiers::RequestIdentifiersService;
use hive_router::pipeline::request_summary::RequestSummaryService;
use hive_router::pipeline::response_compression::ResponseCompressionService;
use hive_router::plugins::plugins_service::PluginService;
use hive_router::telemetry::Telemetry;
use hive_router::{
    PluginRegistry, RouterPaths, build_http_service_config, configure_app_from_config,
    configure_ntex_app, invoke_shutdown_hooks,
};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Settings;
use crate::doors::{self, Doors};
use crate::drain::Drain;
use crate::front::Front;
use crate::leftover::Leftovers;
use crate::{router_config, routes};

/// What a child whose parent is gone may still finish: the services went with the parent.
const ORPHAN_PATIENCE: Duration = Duration::from_secs(2);

/// Runs the gateway. With `exit_on_stdin_close` it also stops when its standard input ends.
pub async fn run(settings: Settings, exit_on_stdin_close: bool) -> Result<(), Box<dyn Error>> {
    let config = router_config::build(&settings)?.into_static();
    let telemetry = Telemetry::init_global(config)?;
    let mut tasks = BackgroundTasksManager::new();
    let plugins = PluginRegistry::new().register::<Front>();
    let (shared, schema) =
        configure_app_from_config(config, telemetry.context.clone(), &mut tasks, plugins).await?;
    let doors = Arc::new(Doors::new(&settings)?);

    let mut paths = RouterPaths::new(routes::GRAPH.to_owned(), None, None);
    routes::LIVE.clone_into(&mut paths.health);
    routes::READY.clone_into(&mut paths.readiness);
    let streams = LongLivedClientLimitService::new(config);
    let compression = ResponseCompressionService::new(config);

    let listener = TcpListener::bind(settings.listen)
        .map_err(|e| format!("cannot listen on {}: {e}", settings.listen))?;
    let address = listener.local_addr()?;

    let at_end = Arc::clone(&shared);
    let drain = Drain::default();
    let counting = drain.clone();
    let server = web::HttpServer::new(async move || {
        web::App::new()
            .middleware(streams.clone())
            .middleware(PluginService::new(paths.clone(), None))
            .middleware(RequestSummaryService::new(routes::GRAPH))
            .middleware(RequestIdentifiersService)
            // Outside of these: they see the real body.
            .middleware(compression.clone())
            .middleware(Leftovers)
            .middleware(counting.clone())
            .state(Arc::clone(&shared))
            .state(Arc::clone(&schema))
            .state(Arc::clone(&shared.telemetry_context))
            .state(Arc::clone(&schema.callback_subscriptions))
            .state(Arc::clone(&doors))
            .configure(|app| configure_ntex_app(app, &paths, None))
            .default_service(web::to(doors::handle))
    })
    .workers(settings.workers)
    .disable_signals()
    .config(SharedCfg::new("GATEWAY").add(build_http_service_config(config)))
    .shutdown_timeout(config.shutdown_timeout())
    .listen(listener)?
    .run();

    if settings.listen.port() == 0 {
        // Whoever left the port to us reads it here.
        let mut out = std::io::stdout().lock();
        writeln!(out, "gateway listening on http://{address}")?;
        out.flush()?;
    }

    let stopper = server.clone();
    let told = told_to_stop()?;
    let orphaned = if exit_on_stdin_close {
        stdin_closed()
    } else {
        CancellationToken::new()
    };
    let patience = Duration::from_secs(settings.drain_seconds);
    ntex::rt::spawn(async move {
        tokio::select! {
            () = told => {}
            () = orphaned.cancelled() => {}
        }
        // No new connections; those that are open are answered once more.
        stopper.pause().await;
        let impatient = async {
            orphaned.cancelled().await;
            tokio::time::sleep(ORPHAN_PATIENCE).await;
        };
        tokio::select! {
            () = drain.idle() => {}
            () = tokio::time::sleep(patience) => {}
            () = impatient => {}
        }
        stopper.stop(false).await;
    });
    let ended = server.await;
    tasks.graceful_shutdown().await;
    telemetry.graceful_shutdown().await;
    invoke_shutdown_hooks(&at_end).await;
    Ok(ended?)
}

/// Resolves on SIGTERM or SIGINT. Ours rather than the server's, which takes SIGINT for "at once".
fn told_to_stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Cancelled when standard input ends: the kernel closes it however the parent dies. A thread, because reading it
/// cannot be cancelled.
fn stdin_closed() -> CancellationToken {
    let closed = CancellationToken::new();
    let told = closed.clone();
    std::thread::spawn(move || {
        let mut ignored = [0; 256];
        let mut stdin = std::io::stdin().lock();
        while stdin.read(&mut ignored).is_ok_and(|count| count > 0) {}
        told.cancel();
    });
    closed
}
