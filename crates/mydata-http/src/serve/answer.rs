//! One request: whether it fits, whether there is room for it, and how long its answer may take.

use super::known::observed;
use super::limits::Limits;
use super::patience::Phase;
use super::seats::network;
use crate::door::origin_form;
use crate::ops::{Limiter, Metrics, Operating, Side, Under, span};
use crate::problem::{Cause, HttpRefusal, Problem};
use crate::tls::PeerCertificate;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::header::{CONNECTION, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use mydata::core::resource::Origin;
use mydata::token::request::HttpRequest;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, sleep, timeout};
use tower_service::Service as _;
use tracing::Instrument as _;

/// Who is at the other end of a connection.
pub(super) type Peer = (SocketAddr, Option<PeerCertificate>);

/// Where requests are answered.
pub(super) struct Hall {
    router: Router,
    limits: Limits,
    room: Arc<Semaphore>,
    side: Side,
    metrics: Arc<Metrics>,
    strangers: Option<Limiter<IpAddr>>,
    begun: Instant,
    count: AtomicU64,
}

impl Hall {
    pub(super) fn new(
        router: Router,
        limits: Limits,
        (side, metrics): (Side, Arc<Metrics>),
    ) -> Self {
        let most = limits.requests.min(Semaphore::MAX_PERMITS);
        Self {
            router,
            limits,
            room: Arc::new(Semaphore::new(most)),
            side,
            metrics,
            strangers: limits.refusals.map(Limiter::new),
            begun: Instant::now(),
            count: AtomicU64::new(0),
        }
    }

    /// A connection has come to nothing.
    pub(super) fn refuse(&self, why: &'static str) {
        self.metrics.refuses(why);
        span::refused(why);
    }

    /// Answers a request, whatever happens to it.
    pub(super) async fn answer(
        &self,
        request: hyper::Request<Incoming>,
        peer: Peer,
        phase: Phase,
    ) -> Result<Response<Going>, Infallible> {
        phase.turn();
        let begun = Instant::now();
        let under = self.metrics.begins(self.side);
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let span = span::request(self.side, number);
        // Where two lengths of a body could be meant, nothing behind it is read as a request
        // (RFC 9112 §6.1): hyper goes by the chunks, and something in front of it may not.
        let is_last = request.headers().contains_key(TRANSFER_ENCODING);
        let room = Arc::clone(&self.room).try_acquire_owned().ok();
        let answered = match &room {
            None => Err(HttpRefusal::Busy.into()),
            Some(_) => self.admit(request, peer).instrument(span.clone()).await,
        };
        let mut answered = answered.unwrap_or_else(|problem| self.told(problem));
        if is_last {
            let close = HeaderValue::from_static("close");
            answered.headers_mut().insert(CONNECTION, close);
        }
        span.in_scope(|| self.count(&answered, begun.elapsed()));
        Ok(answered.map(|body| Going {
            body,
            _held: (room, under),
            phase,
        }))
    }

    /// What is refused here: a resident is told in words.
    fn told(&self, problem: Problem) -> Response {
        match self.side {
            Side::Residents => problem.in_words(),
            Side::Operator
            | Side::Source
            | Side::Sink
            | Side::Gateway
            | Side::Rights
            | Side::Usage
            | Side::Ops => problem.into_response(),
        }
    }

    fn count(&self, answered: &Response, time: Duration) {
        let (named, route) = (answered.extensions().get(), answered.extensions().get());
        let route = route.map(MatchedPath::as_str);
        let named = named.map(|Operating(name)| *name);
        let operation = named.or(route).unwrap_or("other");
        let cause: Option<Cause> = answered.extensions().get().copied();
        let status = answered.status().as_u16();
        let code = cause.map_or("none", |cause| cause.code);
        let asked = (self.side, operation);
        self.metrics.answered(asked, (status, code), time);
        if let Some((signed, cause)) = cause.and_then(|cause| Some((cause.signed?, cause))) {
            self.metrics.signature_failed(signed, cause.code);
        }
        if let Some(behind) = answered.extensions().get() {
            self.metrics.asked(behind);
        }
        span::answered(operation, status, cause, time);
    }

    /// An address that was refused often enough is not looked at.
    async fn admit(
        &self,
        request: hyper::Request<Incoming>,
        peer: Peer,
    ) -> Result<Response, Problem> {
        let (strangers, address) = (self.strangers.as_ref(), network(peer.0.ip()));
        if let Some(strangers) = strangers
            && let Err(wait) = strangers.peek(&address, self.begun.elapsed())
        {
            self.metrics.rate_limited("address");
            return Err(Problem::too_often(wait));
        }
        let (answered, noted) = observed(self.handle(request, peer)).await;
        self.metrics.noted(&noted);
        let answered = answered.unwrap_or_else(|problem| self.told(problem));
        if let Some(strangers) = strangers
            && !noted.is_known
            && refuses_a_stranger(&answered)
        {
            // Others may have been refused meanwhile.
            let _ = strangers.take(&address, self.begun.elapsed());
        }
        if answered.status() == StatusCode::TOO_MANY_REQUESTS {
            self.metrics.rate_limited("party");
        }
        Ok(answered)
    }

    async fn handle(
        &self,
        request: hyper::Request<Incoming>,
        peer: Peer,
    ) -> Result<Response, Problem> {
        fit(&request, &self.limits)?;
        let (open, whole) = oneshot::channel();
        let mut request: Request = request.map(|body| Body::new(Coming { body, _open: open }));
        let (address, certificate) = peer;
        request.extensions_mut().insert(ConnectInfo(address));
        if let Some(certificate) = certificate {
            request.extensions_mut().insert(certificate);
        }
        let limits = &self.limits;
        let late = async {
            // It is over when the body has come, or nobody wants it any more.
            let _ = timeout(limits.bounds.time, whole).await;
            sleep(limits.handler).await;
        };
        let mut router = self.router.clone();
        let mut handled = pin!(router.call(request));
        let handled = poll_fn(|cx| {
            let poll = AssertUnwindSafe(|| handled.as_mut().poll(cx));
            match catch_unwind(poll) {
                Ok(polled) => polled.map(Ok),
                Err(_) => Poll::Ready(Err(HttpRefusal::Internal)),
            }
        });
        tokio::select! {
            biased;
            handled = handled => Ok(handled?.unwrap_or_else(|never| match never {})),
            () = late => Err(HttpRefusal::Late.into()),
        }
    }
}

/// Whether an answer refuses somebody of whom nothing is proven: their proof, or what cannot be a request. One
/// that tells no code of ours is the program's own business.
fn refuses_a_stranger(answer: &Response) -> bool {
    let Some(cause) = answer.extensions().get::<Cause>() else {
        return false;
    };
    let is_of_the_wall = ["http_", "request_", "url_"]
        .iter()
        .any(|kind| cause.told.starts_with(kind));
    match answer.status() {
        StatusCode::UNAUTHORIZED => true,
        StatusCode::TOO_MANY_REQUESTS => false,
        status => status.is_client_error() && is_of_the_wall,
    }
}

/// A request whose address has one spelling, which is not too long, and whose host is named once. Routing
/// knows none but these.
fn fit<B>(request: &hyper::Request<B>, limits: &Limits) -> Result<(), Problem> {
    let target = origin_form(request.uri());
    if target.len() > limits.target {
        return Err(HttpRefusal::TargetTooLong.into());
    }
    if request.headers().get_all(HOST).iter().count() > 1 {
        return Err(HttpRefusal::HeaderTwice.into());
    }
    // Which host it is plays no part: every canonical path can be asked of it.
    let here = Origin::parse("https://here.example").map_err(|_| HttpRefusal::Internal)?;
    HttpRequest::received(&here, target, request.method().as_str(), b"")?;
    Ok(())
}

/// A body that is coming; dropped when it is whole, or not wanted.
struct Coming {
    body: Incoming,
    _open: oneshot::Sender<Infallible>,
}

impl HttpBody for Coming {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that is going out, and the room of its request.
pub(super) struct Going {
    body: Body,
    _held: (Option<OwnedSemaphorePermit>, Under),
    phase: Phase,
}

impl HttpBody for Going {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.phase.turn();
    }
}
