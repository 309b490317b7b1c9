//! A source's protection before any route: a tower layer.
//!
//! ```text
//! request ─▶ read within bounds ─▶ proof, token, standing, replay ─▶ written down ─▶ the route, with a Grant
//!                   └── 4xx             └── 401, 403, 503              └── 503
//! ```
//!
//! A route behind [`Protect`] is reached by a request that was granted, and by no other. What it may give
//! stands in the [`Granted`] that it takes: whose data, and which. Nothing of that comes from the request.

use crate::problem::{HttpRefusal, Problem};
use crate::service::{Desk, Program};
use axum::BoxError;
use axum::body::{Body, HttpBody};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, Request};
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::connect::Connect;
use mydata::token::access::Grant;
use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

/// Protects what it is laid over: `Router::route_layer(Protect::new(desk))`, or any service of tower.
///
/// Lay it over the routes of the distribution addresses and over nothing else. It must see addresses as they
/// came: a router that cuts them (`nest`) is laid over, not in.
pub struct Protect<P, C> {
    desk: Arc<Desk<P, C>>,
}

impl<P, C> Protect<P, C> {
    /// By what this desk holds.
    pub const fn new(desk: Arc<Desk<P, C>>) -> Self {
        Self { desk }
    }
}

impl<P, C> Clone for Protect<P, C> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.desk))
    }
}

impl<P: fmt::Debug, C> fmt::Debug for Protect<P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Protect").field(&self.desk).finish()
    }
}

impl<S, P, C> Layer<S> for Protect<P, C> {
    type Service = Protected<S, P, C>;

    fn layer(&self, inner: S) -> Self::Service {
        Protected {
            inner,
            desk: Arc::clone(&self.desk),
        }
    }
}

/// What [`Protect`] makes of a service.
pub struct Protected<S, P, C> {
    inner: S,
    desk: Arc<Desk<P, C>>,
}

impl<S: Clone, P, C> Clone for Protected<S, P, C> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            desk: Arc::clone(&self.desk),
        }
    }
}

impl<S, P: fmt::Debug, C> fmt::Debug for Protected<S, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Protected");
        shown.field("desk", &self.desk).finish_non_exhaustive()
    }
}

/// What comes of a request, later.
type Answering<E> = Pin<Box<dyn Future<Output = Result<Response, E>> + Send>>;

impl<S, B, P, C> Service<Request<B>> for Protected<S, P, C>
where
    S: Service<Request<Body>> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
    B: HttpBody + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
    P: Program,
    C: Connect + Clone + Send + Sync + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Answering<S::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that is ready is used up, and a fresh one left in its place.
        let fresh = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, fresh);
        let desk = Arc::clone(&self.desk);
        Box::pin(async move {
            let (grant, mut request) = match desk.admit(request).await {
                Ok(admitted) => admitted,
                Err(problem) => return Ok(problem.into_response()),
            };
            let slot = Slot(Arc::new(Mutex::new(Some(grant))));
            request.extensions_mut().insert(slot);
            inner.call(request).await.map(IntoResponse::into_response)
        })
    }
}

/// Where the grant lies until its handler takes it. Nobody else can make one.
#[derive(Clone)]
struct Slot(Arc<Mutex<Option<Grant>>>);

/// The grant of the request that a handler carries out; taken once. Only [`Protect`] lays one down.
///
/// ```
/// # use mydata_http::Granted;
/// async fn wishes(granted: Granted) -> String {
///     format!("of {:?}", granted.surrogate_id())
/// }
/// ```
#[derive(Debug)]
#[must_use = "what may be given stands in it"]
pub struct Granted(Grant);

impl Granted {
    /// The grant of a request, for services that have no extractors.
    ///
    /// # Errors
    /// A problem of status 500: nothing protects this route, or the grant was taken before. No data is given
    /// then, whatever the handler would do.
    pub fn take(extensions: &mut Extensions) -> Result<Self, Problem> {
        let slot: Option<Slot> = extensions.remove();
        let grant = slot.and_then(|Slot(slot)| {
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            slot.take()
        });
        grant.map(Self).ok_or(HttpRefusal::Unprotected.into())
    }

    /// The grant itself: whoever takes it by value gives data once (DT-35).
    pub fn into_grant(self) -> Grant {
        self.0
    }
}

impl Deref for Granted {
    type Target = Grant;

    fn deref(&self) -> &Grant {
        &self.0
    }
}

impl<S: Sync> FromRequestParts<S> for Granted {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::take(&mut parts.extensions)
    }
}
