//! The HTTP door of one service: `POST /<service>/graphql` with a signed caller. Only the gateway reaches it.

use std::sync::Arc;

use access::Verifier;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use clock::SharedClock;
use ids::SharedIds;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use crate::{Code, Graph, TraceParent};

/// A request larger than this is refused before it is read.
pub(crate) const BODY_LIMIT: usize = 1 << 20;

/// What the handler of one service needs.
pub(crate) struct Door {
    pub name: &'static str,
    pub graph: Arc<dyn Graph>,
    pub verifier: Arc<Verifier>,
    pub ids: SharedIds,
    pub clock: SharedClock,
    /// Where requests are worked on: the runtime that the database's connections belong to. A worker of HTTP would
    /// have to be woken by it after each statement.
    pub home: Handle,
}

pub(crate) async fn graphql(
    door: web::Data<Door>,
    req: HttpRequest,
    body: web::Bytes,
) -> HttpResponse {
    let began = door.clock.now();
    let token = req
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
        .and_then(|v| v.strip_prefix("Bearer "));
    let Some(token) = token else {
        return refuse(actix_web::http::StatusCode::UNAUTHORIZED, "sin credencial");
    };
    let caller = match door.verifier.verify(token) {
        Ok(caller) => caller,
        Err(error) => {
            tracing::warn!(service = door.name, %error, "signed caller refused");
            return refuse(
                actix_web::http::StatusCode::UNAUTHORIZED,
                "credencial no aceptada",
            );
        }
    };
    let request: async_graphql::Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            let body = serde_json::json!({"errors": [{"message": format!("no es una petición GraphQL: {error}"),
                "extensions": {"code": Code::BadInput.as_str()}}]});
            return HttpResponse::BadRequest().json(body);
        }
    };
    let trace = TraceParent(Some(trace_of(&req, &door.ids)));
    let span = tracing::info_span!(
        "graphql",
        service = door.name,
        operation = request.operation_name.as_deref(),
        traceparent = trace.0.as_deref()
    );
    let graph = Arc::clone(&door.graph);
    let work = async move { graph.execute(request, caller, trace).await };
    // Whoever hangs up takes the work with them: its transaction is rolled back.
    let work = AbortOnDropHandle::new(door.home.spawn(work.instrument(span)));
    let response = match work.await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(service = door.name, %error, "a request was not finished");
            return HttpResponse::InternalServerError().finish();
        }
    };
    let took = door.clock.now() - began;
    metrics::histogram!("ventanilla_graphql_seconds", "service" => door.name)
        .record(took.num_microseconds().unwrap_or(0) as f64 / 1e6);
    match serde_json::to_vec(&response) {
        Ok(bytes) => HttpResponse::Ok()
            .content_type("application/json")
            .body(bytes),
        Err(error) => {
            tracing::error!(service = door.name, %error, "response cannot be written");
            HttpResponse::InternalServerError().finish()
        }
    }
}

/// The caller's trace context, or a new one, so that every fact can be followed back to a request.
fn trace_of(req: &HttpRequest, ids: &SharedIds) -> String {
    let given = req
        .headers()
        .get("traceparent")
        .and_then(|v| v.to_str().ok());
    if let Some(given) = given.filter(|t| t.len() == 55 && t.starts_with("00-")) {
        return given.to_owned();
    }
    messaging::new_trace(&**ids)
}

fn refuse(status: actix_web::http::StatusCode, message: &str) -> HttpResponse {
    HttpResponse::build(status).json(serde_json::json!({
        "errors": [{"message": message, "extensions": {"code": Code::Unauthenticated.as_str()}}]
    }))
}
