//! The router's own configuration, made from ours. Each value that differs from the router's default says why.

use std::path::Path;

use hive_router::config::HiveRouterConfig;
use serde_json::{Value, json};

use crate::config::Settings;
use crate::front;

/// The issuer and audience of signed callers; the subgraphs ask for the same.
pub const ISSUER: &str = "ventanilla";
/// See [`ISSUER`].
pub const AUDIENCE: &str = "graph";

/// Builds the configuration. It is not read through the router's loader, which would let environment variables
/// (`PORT`, `WEBSOCKET_ENABLED`, …) change what was decided here.
pub fn build(settings: &Settings) -> Result<HiveRouterConfig, String> {
    serde_json::from_value(value(settings)?).map_err(|e| format!("router configuration: {e}"))
}

fn value(settings: &Settings) -> Result<Value, String> {
    let limits = &settings.limits;
    let subgraphs: serde_json::Map<String, Value> = settings
        .subgraphs
        .iter()
        .map(|(name, url)| (name.clone(), json!({ "url": url })))
        .collect();
    let mut config = json!({
        "http": {
            "host": settings.listen.ip().to_string(),
            "port": settings.listen.port(),
            "workers": settings.workers,
            "shutdown_timeout": format!("{}s", settings.drain_seconds),
        },
        "supergraph": { "source": "file", "path": text(&settings.supergraph)? },
        // The laboratory is the GraphiQL page here (feature `graphiql`).
        "laboratory": { "enabled": !settings.production },
        "introspection": !settings.production,
        "log": {
            "level": settings.log.level,
            "format": if settings.log.json { "json" } else { "text" },
            // It writes down the whole of an input that has not the right form: passwords, names, addresses. Whoever sent
            // it is told; the rest is nobody's.
            "filter": "router::coerce_variables=off",
        },
        "jwt": {
            "enabled": true,
            "require_authentication": true,
            "issuers": [ISSUER],
            "audiences": [AUDIENCE],
            "allowed_algorithms": ["EdDSA"],
            "jwks_providers": [{ "source": "file", "path": text(&settings.signing.jwks)? }],
        },
        // The signed caller and the trace; no other header of a caller reaches a subgraph.
        "headers": { "all": { "request": [
            { "propagate": { "named": ["authorization", "traceparent", "tracestate"] } },
        ] } },
        "override_subgraph_urls": { "subgraphs": subgraphs },
        "traffic_shaping": {
            // A subgraph request stays on its worker: less CPU per request than a shared pool.
            "http_client_mode": "per_worker",
            // The subgraphs are next door: compressing for them costs more than it saves.
            "all": { "compression": { "response": { "accept_encoding": { "publish": false } } } },
            "router": {
                "max_long_lived_clients": limits.streams,
                // Longer than proxies keep an idle connection to us (60 s, as a rule): who closes first while the other one
                // takes it up again fails a request. And the time of an answer that makes somebody wait counts as idle.
                "keep_alive": "75s",
                // gzip alone: brotli and zstd buffer whole bodies.
                "compression": { "response": { "algorithms": [{ "kind": "gzip" }] } },
            },
        },
        "limits": {
            "max_depth": { "n": limits.depth },
            "max_aliases": { "n": limits.aliases },
            "max_directives": { "n": limits.directives },
            "max_tokens": { "n": limits.tokens },
            "max_request_body_size": format!("{}B", limits.body_bytes),
        },
        "demand_control": {
            "enabled": true,
            "operation_cost": { "max": limits.cost, "mode": "enforce" },
            "default_list_size": { "all": limits.page, "subgraphs": limits.page_of },
            "subgraphs_budget": { "mode": "measure" },
        },
        "subscriptions": { "enabled": true },
        // A WebSocket passes by `on_http_request`: headers from its first message would reach the subgraphs as
        // if we had signed them.
        "websocket": { "enabled": false, "headers": { "source": "none" } },
        // Messages are masked by our plugin, which knows which of them were written for callers. Of the
        // extensions only the code, the input field it is about and when to ask again get out.
        "error_masking": {
            "enabled": true,
            "all": { "enabled": false, "extensions": { "mode": "allow", "keys": ["code", "field", "retryAfterSeconds"] } },
        },
        // Half of the defaults: the portal has some dozens of operations, and each cached plan is memory.
        "cache": {
            "router": { "parsing": { "max_entries": 500 } },
            "supergraph": {
                "validation": { "max_entries": 500 },
                "normalization": { "max_entries": 500 },
                "query_plans": { "max_entries": 500 },
            },
        },
        "plugins": { front::NAME: { "config": settings } },
    });
    if let Some(documents) = &settings.trusted_documents {
        config["persisted_documents"] = json!({
            "enabled": true,
            "require_id": settings.trusted_documents_only,
            "storage": { "type": "file", "path": text(documents)?, "watch": false },
        });
    }
    let mut telemetry = json!({});
    if let Some(endpoint) = &settings.otlp {
        telemetry["tracing"] = json!({
            "propagation": { "trace_context": true },
            "exporters": [{ "kind": "otlp", "protocol": "http", "endpoint": endpoint }],
        });
    }
    if let Some(port) = settings.metrics_port {
        telemetry["metrics"] =
            json!({ "exporters": [{ "kind": "prometheus", "port": port, "path": "/metrics" }] });
    }
    config["telemetry"] = telemetry;
    Ok(config)
}

fn text(path: &Path) -> Result<&str, String> {
    path.to_str()
        .ok_or_else(|| format!("{} is not UTF-8", path.display()))
}
