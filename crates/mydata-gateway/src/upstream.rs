//! The way to a system behind: one address, one credential, bounded in time and number.

use crate::answer::GatewayRefusal;
use crate::config::{Times, UpstreamConfig};
use crate::template::{Base, UpstreamRequest};
use bytes::Bytes;
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, HeaderName, HeaderValue,
};
use hyper::{Method, Request, Response};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a connection may wait for another request.
const WAITING: Duration = Duration::from_secs(30);

/// Over TLS where the address says so, and then over nothing else.
enum Way {
    Plain(Client<HttpConnector, Empty<Bytes>>),
    Tls(Client<HttpsConnector<HttpConnector>, Empty<Bytes>>),
}

impl Way {
    fn new(config: &UpstreamConfig) -> Self {
        let mut client = Client::builder(TokioExecutor::new());
        client
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(WAITING);
        client.pool_max_idle_per_host(config.connections);
        client.http1_max_buf_size(64 * 1024);
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_connect_timeout(Some(config.times.connect));
        match &config.tls {
            None => Self::Plain(client.build(http)),
            Some(tls) => Self::Tls(client.build(tls.over(http))),
        }
    }

    fn send(&self, request: Request<Empty<Bytes>>) -> ResponseFuture {
        match self {
            Self::Plain(client) => client.request(request),
            Self::Tls(client) => client.request(request),
        }
    }
}

/// A system behind.
pub(crate) struct Upstream {
    way: Way,
    base: Base,
    credential: Option<HeaderValue>,
    pub(crate) times: Times,
    room: Arc<Semaphore>,
}

/// An answer whose body is still to be read, and its place among those under way for as long as this is held.
pub(crate) struct Answered {
    pub(crate) response: Response<Incoming>,
    _place: OwnedSemaphorePermit,
}

/// What goes along that is no template's.
pub(crate) struct Along<'a> {
    pub(crate) types: &'a [String],
    pub(crate) language: Option<HeaderValue>,
    pub(crate) request_id: &'a str,
}

impl Upstream {
    pub(crate) fn new(config: &UpstreamConfig) -> Self {
        let credential = config.credential.as_ref();
        let credential = credential.and_then(|secret| HeaderValue::from_str(secret.expose()).ok());
        let credential = credential.map(|mut value| {
            value.set_sensitive(true);
            value
        });
        Self {
            way: Way::new(config),
            base: config.base.clone(),
            credential,
            times: config.times,
            room: Arc::new(Semaphore::new(
                config.connections.min(Semaphore::MAX_PERMITS),
            )),
        }
    }

    /// Sends the one request that a grant makes, and waits for the head of its answer. It is sent once: again
    /// only where the connection was closed before anything had been written to it.
    pub(crate) async fn send(
        &self,
        request: UpstreamRequest,
        along: Along<'_>,
    ) -> Result<Answered, GatewayRefusal> {
        let place = Arc::clone(&self.room).try_acquire_owned();
        let place = place.map_err(|_| GatewayRefusal::UpstreamBusy)?;
        let mut built = Request::new(Empty::new());
        *built.method_mut() = Method::GET;
        *built.uri_mut() = request.uri(&self.base)?;
        let headers = built.headers_mut();
        *headers = request.headers;
        let text = |text: &str| HeaderValue::from_str(text).map_err(|_| GatewayRefusal::Member);
        headers.insert(ACCEPT, text(&along.types.join(", "))?);
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        headers.insert(
            HeaderName::from_static("x-request-id"),
            text(along.request_id)?,
        );
        if let Some(language) = along.language {
            headers.insert(ACCEPT_LANGUAGE, language);
        }
        if let Some(credential) = &self.credential {
            headers.insert(AUTHORIZATION, credential.clone());
        }
        let answered = timeout(self.times.headers, self.way.send(built)).await;
        let answered = answered.map_err(|_| GatewayRefusal::UpstreamLate)?;
        let response = answered.map_err(|error| match error.is_connect() {
            true => GatewayRefusal::UpstreamLate,
            false => GatewayRefusal::UpstreamBroken,
        })?;
        Ok(Answered {
            response,
            _place: place,
        })
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}
