//! A source's protection before any route: a tower layer.
//!
//! ```text
//! request ─▶ read within bounds ─▶ proof, token, standing, replay ─▶ written down ─▶ the route, with a Grant
//!                   └── 4xx             └── 401, 403, 503              └── 503
//! ```
//!
//! A route behind [`Protect`] is reached by a request that was granted, and by no other. What it may give
//! stands in the [`Granted`] that it takes: whose data, and which. Nothing of that comes from the request.

mod rows;

pub(crate) use rows::{Row, Rows};

use crate::access_log::AccessLog;
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
use rows::counted;
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
    rows: Option<Arc<dyn Rows>>,
}

impl<P, C> Protect<P, C> {
    /// By what this desk holds.
    pub const fn new(desk: Arc<Desk<P, C>>) -> Self {
        Self { desk, rows: None }
    }

    /// And writes two rows of each request into an access log: what was granted before the route is reached,
    /// or the answer is 503; and how much has left when it has. What is refused has one row, if it is proven
    /// who has asked: of anybody else's nothing could be told but that somebody was there.
    #[must_use]
    pub fn logged<L: AccessLog>(self, log: Arc<L>) -> Self {
        let rows: Option<Arc<dyn Rows>> = Some(log);
        Self { rows, ..self }
    }
}

impl<P, C> Clone for Protect<P, C> {
    fn clone(&self) -> Self {
        Self {
            desk: Arc::clone(&self.desk),
            rows: self.rows.clone(),
        }
    }
}

impl<P: fmt::Debug, C> fmt::Debug for Protect<P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Protect");
        shown.field("desk", &self.desk).finish_non_exhaustive()
    }
}

impl<S, P, C> Layer<S> for Protect<P, C> {
    type Service = Protected<S, P, C>;

    fn layer(&self, inner: S) -> Self::Service {
        Protected {
            inner,
            protect: self.clone(),
        }
    }
}

/// What [`Protect`] makes of a service.
pub struct Protected<S, P, C> {
    inner: S,
    protect: Protect<P, C>,
}

impl<S: Clone, P, C> Clone for Protected<S, P, C> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            protect: self.protect.clone(),
        }
    }
}

impl<S, P: fmt::Debug, C> fmt::Debug for Protected<S, P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Protected").field(&self.protect).finish()
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
        let Protect { desk, rows } = self.protect.clone();
        Box::pin(async move {
            let (grant, row, mut request) = match desk.admit_with(request, rows).await {
                Ok(admitted) => admitted,
                Err(problem) => return Ok(problem.into_response()),
            };
            let slot = Slot(Arc::new(Mutex::new(Some(grant))));
            request.extensions_mut().insert(slot);
            let answer = inner.call(request).await?.into_response();
            Ok(match row {
                Some(row) => counted(answer, row),
                None => answer,
            })
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
        grant
            .map(Self)
            .ok_or_else(|| HttpRefusal::Unprotected.into())
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
