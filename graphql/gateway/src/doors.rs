//! The other public doors: requests handed on, unchanged, to the service that owns them.

use std::time::Duration;

use futures_util::stream;
use hive_router::http::{Method, StatusCode};
use hive_router::ntex::http::Response;
use hive_router::ntex::util::{Bytes, BytesMut};
use hive_router::ntex::web::types::{Payload, State};
use hive_router::ntex::web::{HttpRequest, HttpResponse};
use hive_router::tracing::warn;
use std::sync::Arc;

use crate::config::{DoorUrls, Settings};
use crate::headers;
use crate::refusal::Refusal;
use crate::routes::{self, Door, Route};

/// Until a service begins to answer; how long it then goes on (an event tap: for hours) is its own affair.
const PATIENCE: Duration = Duration::from_mins(1);

/// The doors and what is behind them.
pub struct Doors {
    urls: DoorUrls,
    http: reqwest::Client,
    body_bytes: usize,
    trust_forwarded: bool,
}

impl Doors {
    /// Doors as configured.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|e| e.to_string())?;
        Ok(Self {
            urls: settings.doors.clone(),
            http,
            body_bytes: settings.limits.body_bytes,
            trust_forwarded: settings.trust_forwarded,
        })
    }

    fn behind(&self, door: Door) -> Option<&str> {
        let url = match door {
            Door::Auth => &self.urls.auth,
            Door::In => &self.urls.inbound,
            Door::Files => &self.urls.files,
            Door::Events => &self.urls.events,
        };
        url.as_deref().map(|url| url.trim_end_matches('/'))
    }

    async fn pass(&self, request: &HttpRequest, body: Payload) -> Result<Response, Refusal> {
        let path = request.uri().path();
        let Route::Door(door) = routes::of(path) else {
            return Err(Refusal::nowhere());
        };
        let base = self.behind(door).ok_or_else(Refusal::nowhere)?;
        if request.method() == Method::CONNECT || request.method() == Method::TRACE {
            return Err(Refusal::bad_method());
        }
        let url = match request.query_string() {
            "" => format!("{base}{path}"),
            query => format!("{base}{path}?{query}"),
        };
        let body = self.read(body).await?;
        let mut onward = self.http.request(request.method().clone(), url);
        let incoming = request.headers();
        let text = |name: &str| incoming.get(name).and_then(|value| value.to_str().ok());
        let connection = text("connection").unwrap_or_default();
        for (name, value) in incoming {
            if headers::passes_door(name.as_str(), connection) {
                onward = onward.header(name.clone(), value.as_bytes());
            }
        }
        for (name, own) in [
            (
                "x-forwarded-for",
                request.peer_addr().map(|peer| peer.ip().to_string()),
            ),
            ("x-forwarded-host", text("host").map(str::to_owned)),
            ("x-forwarded-proto", Some("http".to_owned())),
        ] {
            let believed = text(name).filter(|_| self.trust_forwarded);
            if let Some(value) = believed.map(str::to_owned).or(own) {
                onward = onward.header(name, value);
            }
        }
        if !body.is_empty() {
            onward = onward.body(body.to_vec());
        }
        let answer = tokio::time::timeout(PATIENCE, onward.send()).await;
        let answer = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                warn!(?door, error = %error.without_url(), "a door's service does not answer");
                return Err(Refusal::unavailable());
            }
            Err(_) => {
                warn!(?door, "a door's service took too long");
                return Err(Refusal::unavailable());
            }
        };
        Ok(hand_back(answer))
    }

    async fn read(&self, mut body: Payload) -> Result<BytesMut, Refusal> {
        let mut bytes = BytesMut::new();
        while let Some(chunk) = body.recv().await {
            let chunk = chunk.map_err(|_| Refusal::broken_body())?;
            if bytes.len() + chunk.len() > self.body_bytes {
                return Err(Refusal::too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// The service's answer as ours, its body as a stream.
fn hand_back(answer: reqwest::Response) -> Response {
    let mut response = Response::build(answer.status());
    let connection = answer.headers().get("connection");
    let connection = connection
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    for (name, value) in answer.headers() {
        if headers::passes_door(name.as_str(), &connection) {
            response.header(name.clone(), value.as_bytes());
        }
    }
    let bodiless = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED];
    if bodiless.contains(&answer.status()) || answer.content_length() == Some(0) {
        return response.finish();
    }
    let chunks = stream::unfold(Some(answer), |answer| async {
        let mut answer = answer?;
        match answer.chunk().await {
            Ok(Some(chunk)) => Some((Ok(Bytes::copy_from_slice(&chunk)), Some(answer))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    response.streaming(Box::pin(chunks))
}

/// The handler behind every path that is not the router's.
pub async fn handle(request: HttpRequest, body: Payload, doors: State<Arc<Doors>>) -> HttpResponse {
    match doors.pass(&request, body).await {
        Ok(response) => response,
        Err(refusal) => refusal.plain(),
    }
}
