//! Logs and traces, switched on once per process.
//!
//! Logs go to standard error: readable on a terminal, JSON lines when `VENTANILLA_LOG=json`; `RUST_LOG` filters
//! (default `info`). A line stands alone and holds no personal data. Traces go out by OTLP over HTTP when
//! `OTEL_EXPORTER_OTLP_ENDPOINT` is set; nothing is sent anywhere otherwise.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt};

/// Flushes the traces when it is dropped.
#[derive(Debug, Default)]
pub struct Guard(Option<SdkTracerProvider>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(provider) = self.0.take() {
            // Nothing can be done about a collector that is gone when we are going ourselves.
            let _ignored = provider.shutdown();
        }
    }
}

/// Switches logs and traces on for a process called `service`; `quiet` shows warnings and worse only.
///
/// # Errors
/// If a subscriber is in place already or the exporter cannot be made.
pub fn init(service: &str, quiet: bool) -> anyhow::Result<Guard> {
    // lapin logs every connection that ends as an error, also one that we close; what matters is logged by messaging.
    let default = if quiet {
        "warn,lapin=off"
    } else {
        "info,sqlx=warn,lapin=off,actix_server=warn"
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let json = std::env::var("VENTANILLA_LOG").is_ok_and(|v| v == "json");
    let lines = if json {
        fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(std::io::stderr)
            .boxed()
    } else {
        fmt::layer()
            .with_target(false)
            .with_writer(std::io::stderr)
            .boxed()
    };
    let registry = tracing_subscriber::registry().with(filter).with(lines);
    if std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT").is_ok_and(|v| !v.is_empty()) {
        let exporter = opentelemetry_otlp::SpanExporter::builder()
            .with_http()
            .build()?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(
                opentelemetry_sdk::Resource::builder()
                    .with_service_name(service.to_owned())
                    .build(),
            )
            .build();
        let tracer = provider.tracer("ventanilla");
        registry
            .with(tracing_opentelemetry::layer().with_tracer(tracer))
            .try_init()?;
        return Ok(Guard(Some(provider)));
    }
    registry.try_init()?;
    Ok(Guard(None))
}
