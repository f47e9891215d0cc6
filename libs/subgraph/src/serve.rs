//! Runs services: their doors on one listener, their consumers, relays and jobs, until told to stop.
//!
//! Stopping is in order: the doors take no new request and finish those under way, the consumers finish and
//! acknowledge their batches, the jobs end. All of it within [`DRAIN`].

use std::net::TcpListener;
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tenancy::ServiceDb;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::Service;
use crate::background::Background;
use crate::door::{BODY_LIMIT, Door, graphql};

/// Within this the process is gone after SIGTERM.
pub const DRAIN: Duration = Duration::from_secs(20);

/// Services that run.
pub struct Running {
    server: actix_web::dev::ServerHandle,
    tasks: Vec<(&'static str, JoinHandle<()>)>,
    stop: CancellationToken,
    /// Ends with the value: by then its tasks have ended, or were cut off.
    _background: Background,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running")
            .field("tasks", &self.tasks.len())
            .finish_non_exhaustive()
    }
}

impl Running {
    /// Stops everything in order; what has not ended within [`DRAIN`] is cut off and named in the log.
    pub async fn stop(self) {
        let end = Instant::now() + DRAIN;
        self.server.stop(true).await;
        self.stop.cancel();
        for (name, mut task) in self.tasks {
            if timeout_at(end, &mut task).await.is_err() {
                tracing::error!(task = name, "did not end in time and was cut off");
                task.abort();
            }
        }
    }
}

/// One recorder per process; later calls in the same process (tests) share none and show nothing.
fn recorder() -> Option<PrometheusHandle> {
    static HANDLE: std::sync::OnceLock<Option<PrometheusHandle>> = std::sync::OnceLock::new();
    HANDLE
        .get_or_init(|| PrometheusBuilder::new().install_recorder().ok())
        .clone()
}

/// Starts `services` behind `listener`: each answers under `/<name>/graphql` and its own routes under `/<name>`.
/// `/livez`, `/readyz` (databases answer) and `/metrics` stand beside them. `workers` threads serve HTTP;
/// the requests themselves are worked on by the runtime that this is called on.
///
/// # Errors
/// If the listener cannot be used.
pub fn serve(
    services: Vec<Service>,
    listener: TcpListener,
    workers: usize,
) -> std::io::Result<Running> {
    let stop = CancellationToken::new();
    let background = Background::start()?;
    let metrics = recorder();
    let mut tasks = Vec::new();
    let mut doors = Vec::new();
    let mut databases: Vec<ServiceDb> = Vec::new();
    for service in services {
        let Service {
            name,
            deps,
            graph,
            facts,
            commands,
            jobs,
            routes,
        } = service;
        databases.push(deps.db.clone());
        let door = web::Data::new(Door {
            name,
            graph,
            verifier: deps.verifier.clone(),
            ids: deps.ids.clone(),
            clock: deps.clock.clone(),
            home: Handle::current(),
        });
        doors.push((name, door, routes));
        let runner = messaging::Runner {
            db: deps.db,
            bus: deps.bus,
            outbox: deps.outbox,
            clock: deps.clock,
            ids: deps.ids,
            facts,
            commands,
        };
        let _there = background.enter();
        tasks.push((name, runner.run(stop.clone())));
        for job in jobs {
            tasks.push((job.name, tokio::spawn((job.run)(stop.clone()))));
        }
    }
    let doors = std::sync::Arc::new(doors);
    let databases = web::Data::new(databases);
    let server = HttpServer::new(move || {
        let mut app = App::new()
            .app_data(web::PayloadConfig::new(BODY_LIMIT))
            .app_data(databases.clone())
            .app_data(web::Data::new(metrics.clone()))
            .route("/livez", web::get().to(|| async { "ok" }))
            .route("/readyz", web::get().to(readyz))
            .route("/metrics", web::get().to(show_metrics));
        for (name, door, routes) in doors.iter() {
            let mut scope = web::scope(&format!("/{name}"))
                .app_data(door.clone())
                .route("/graphql", web::post().to(graphql));
            if let Some(routes) = routes {
                scope = scope.configure(|config| routes(config));
            }
            app = app.service(scope);
        }
        app
    })
    .workers(workers)
    .disable_signals()
    .shutdown_timeout(10)
    .listen(listener)?
    .run();
    let handle = server.handle();
    tasks.push((
        "http",
        tokio::spawn(async move {
            if let Err(error) = server.await {
                tracing::error!(%error, "http server ended");
            }
        }),
    ));
    Ok(Running {
        server: handle,
        tasks,
        stop,
        _background: background,
    })
}

async fn readyz(databases: web::Data<Vec<ServiceDb>>) -> HttpResponse {
    for db in databases.iter() {
        if let Err(error) = db.ping().await {
            return HttpResponse::ServiceUnavailable()
                .json(serde_json::json!({"ready": false, "why": error.to_string()}));
        }
    }
    HttpResponse::Ok().json(serde_json::json!({"ready": true}))
}

async fn show_metrics(handle: web::Data<Option<PrometheusHandle>>) -> HttpResponse {
    match handle.as_ref() {
        Some(handle) => HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4")
            .body(handle.render()),
        None => HttpResponse::NotFound().finish(),
    }
}
