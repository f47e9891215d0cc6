//! Refusing politely: what a client still sends is read and thrown away before it gets its answer.
//!
//! A refusal (too large, no credential, too often) leaves the rest of the body unread, and a connection that is closed
//! over unread bytes is reset: the client, still sending, gets "connection reset" where the reason should stand
//! (RFC 9112, 9.6). So the rest is read here, as far as patience and [`LONGEST`] go.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::time::Duration;

use futures_util::stream;
use hive_router::ntex::http::Payload;
use hive_router::ntex::service::{Service, ServiceCtx};
use hive_router::ntex::web::{self, DefaultError, WebRequest, WebResponse};
use hive_router::ntex::{Middleware, SharedCfg, forward_poll, forward_ready, forward_shutdown};

/// How long a refused client may go on sending.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many bytes more of a refused client are read: several times the largest body, a second's worth of a line.
const LONGEST: usize = 16 * 1024 * 1024;

/// The middleware that reads leftovers.
#[derive(Clone, Copy)]
pub struct Leftovers;

impl<S> Middleware<S, SharedCfg> for Leftovers {
    type Service = Reading<S>;

    fn create(&self, service: S, _: SharedCfg) -> Self::Service {
        Reading { service }
    }
}

/// What [`Leftovers`] makes of a service.
pub struct Reading<S> {
    service: S,
}

impl<S> Service<WebRequest<DefaultError>> for Reading<S>
where
    S: Service<WebRequest<DefaultError>, Response = WebResponse, Error = web::Error>,
{
    type Response = WebResponse;
    type Error = S::Error;

    forward_ready!(service);
    forward_poll!(service);
    forward_shutdown!(service);

    async fn call(
        &self,
        mut request: WebRequest<DefaultError>,
        ctx: ServiceCtx<'_, Self>,
    ) -> Result<Self::Response, Self::Error> {
        let body = Body::of(&mut request);
        let answer = ctx.call(&self.service, request).await;
        if let Some(body) = body {
            // Whoever sends on for ever is cut off, as if nobody had waited.
            let _ = tokio::time::timeout(PATIENCE, body.rest()).await;
        }
        answer
    }
}

/// A request's body, which stays ours when the services inside let go of it.
#[derive(Clone)]
struct Body(Rc<RefCell<Payload>>);

impl Body {
    fn of(request: &mut WebRequest<DefaultError>) -> Option<Self> {
        let payload = request.take_payload();
        if matches!(payload, Payload::None) {
            return None;
        }
        let body = Self(Rc::new(RefCell::new(payload)));
        let lent = body.clone();
        let chunks = stream::poll_fn(move |cx| lent.0.borrow_mut().poll_recv(cx));
        request.set_payload(Payload::from_stream(chunks));
        Some(body)
    }

    async fn rest(&self) {
        let mut read = 0;
        while read <= LONGEST {
            match poll_fn(|cx| self.0.borrow_mut().poll_recv(cx)).await {
                Some(Ok(chunk)) => read += chunk.len(),
                Some(Err(_)) | None => return,
            }
        }
    }
}
