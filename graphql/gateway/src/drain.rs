//! Ending well: what is in flight is finished before the server stops.
//!
//! The server's own graceful stop does not wait: each of its workers signals "no connection left" the first time that
//! is so in its life, and takes that for the answer at the end (ntex 3.12). So requests are counted here.

use std::error::Error;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hive_router::ntex::http::ConnectionType;
use hive_router::ntex::http::body::{Body, BodySize, MessageBody, ResponseBody};
use hive_router::ntex::service::{Service, ServiceCtx};
use hive_router::ntex::util::Bytes;
use hive_router::ntex::web::{self, DefaultError, WebRequest, WebResponse};
use hive_router::ntex::{Middleware, SharedCfg, forward_poll, forward_ready, forward_shutdown};

/// How often an ending process looks whether it is idle.
const LOOK: Duration = Duration::from_millis(20);
/// What the last answers get to leave their buffers.
const FLUSH: Duration = Duration::from_millis(100);

#[derive(Default)]
struct State {
    in_flight: AtomicUsize,
    ending: AtomicBool,
}

/// A request in flight.
struct InFlight(Arc<State>);

impl InFlight {
    fn new(state: &Arc<State>) -> Self {
        state.in_flight.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(state))
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The outermost middleware: counts requests, streamed answers until their end. Clones count together.
#[derive(Clone, Default)]
pub struct Drain(Arc<State>);

impl Drain {
    /// From now on connections are closed after their next answer. Returns when nothing is in flight.
    pub async fn idle(&self) {
        self.0.ending.store(true, Ordering::Release);
        while self.0.in_flight.load(Ordering::Acquire) > 0 {
            tokio::time::sleep(LOOK).await;
        }
        tokio::time::sleep(FLUSH).await;
    }
}

impl<S> Middleware<S, SharedCfg> for Drain {
    type Service = Counting<S>;

    fn create(&self, service: S, _: SharedCfg) -> Self::Service {
        Counting {
            service,
            state: Arc::clone(&self.0),
        }
    }
}

/// What [`Drain`] makes of a service.
pub struct Counting<S> {
    service: S,
    state: Arc<State>,
}

impl<S> Service<WebRequest<DefaultError>> for Counting<S>
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
        request: WebRequest<DefaultError>,
        ctx: ServiceCtx<'_, Self>,
    ) -> Result<Self::Response, Self::Error> {
        let in_flight = InFlight::new(&self.state);
        let mut response = ctx.call(&self.service, request).await?;
        if self.state.ending.load(Ordering::Acquire) {
            let head = response.response_mut().head_mut();
            head.set_connection_type(ConnectionType::Close);
        }
        if response.response().body().size() != BodySize::Stream {
            return Ok(response);
        }
        Ok(response.map_body(|_, body| {
            ResponseBody::Other(Body::from_message(Counted {
                body,
                _in_flight: in_flight,
            }))
        }))
    }
}

/// A streamed body that is in flight until it is dropped.
struct Counted {
    body: ResponseBody<Body>,
    _in_flight: InFlight,
}

impl MessageBody for Counted {
    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Rc<dyn Error>>>> {
        self.body.poll_next_chunk(cx)
    }
}
