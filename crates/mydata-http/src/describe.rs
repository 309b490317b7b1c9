//! Descriptions at their well-known places (RFC 8615): a service's and an operator's own, and how somebody
//! else's is fetched.

use crate::operator::no_such_method;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::Connect;
use hyper_util::rt::TokioExecutor;
use mydata::core::crypto::Crypto;
use mydata::core::resource::Origin;
use mydata::record::description::well_known::Lookup;
use mydata::record::description::{Description, DescriptionError, Found, Published};
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How long whoever reads a description may keep it.
const KEPT: HeaderValue = HeaderValue::from_static("max-age=300");

/// A description that is published where the framework says: with a checked one in it, and no other.
///
/// Whoever asks again with the `ETag` is told that nothing has changed. The places that older documents of the
/// framework name are served if they are wanted (C24).
pub struct WellKnown<D> {
    shown: RwLock<Shown>,
    crypto: Arc<dyn Crypto>,
    kind: std::marker::PhantomData<fn() -> D>,
}

#[derive(Clone)]
struct Shown {
    octets: Bytes,
    tag: HeaderValue,
}

impl<D: Description> WellKnown<D> {
    /// Publishes a description, as it was signed or as it was read.
    #[must_use]
    pub fn new(description: &Found<D>, crypto: Arc<dyn Crypto>) -> Self {
        Self {
            shown: RwLock::new(shown(description, &*crypto)),
            crypto,
            kind: std::marker::PhantomData,
        }
    }

    /// Publishes a new version from now on.
    pub fn publish(&self, description: &Found<D>) {
        let shown = shown(description, &*self.crypto);
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = shown;
    }

    /// The one place that the framework demands.
    pub fn routes(self: Arc<Self>) -> Router
    where
        D: 'static,
    {
        self.at(&[D::LOCATION])
    }

    /// That and the places that its documents name as well.
    pub fn routes_with_aliases(self: Arc<Self>) -> Router
    where
        D: 'static,
    {
        let all = [&[D::LOCATION][..], D::ALIASES].concat();
        self.at(&all)
    }

    fn at(self: Arc<Self>, places: &[&str]) -> Router
    where
        D: 'static,
    {
        let add = |router: Router<Arc<Self>>, place: &&str| router.route(place, get(show::<D>));
        let router = places.iter().fold(Router::new(), add);
        router
            .method_not_allowed_fallback(no_such_method)
            .with_state(self)
    }
}

impl<D> fmt::Debug for WellKnown<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WellKnown")
    }
}

fn shown<D: Description>(description: &Found<D>, crypto: &dyn Crypto) -> Shown {
    let octets = Bytes::from(description.to_json());
    let tag = ["\"", &crypto.sha256(&octets).to_base64url(), "\""].concat();
    // It is 43 characters of base64url between quotes.
    let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("\"\""));
    Shown { octets, tag }
}

async fn show<D: Description + 'static>(
    State(of): State<Arc<WellKnown<D>>>,
    headers: HeaderMap,
) -> Response {
    let shown = of.shown.read().unwrap_or_else(PoisonError::into_inner);
    let Shown { octets, tag } = shown.clone();
    drop(shown);
    let is_known = has(&headers, &tag);
    let body = if is_known { Bytes::new() } else { octets };
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, KEPT);
    headers.insert(ETAG, tag);
    if is_known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
    }
    response
}

/// Whether the sender has these octets already (RFC 9110 §13.1.2).
fn has(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let values = headers.get_all(IF_NONE_MATCH).iter();
    let values = values.filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == *tag)
}

/// Octets of a description and its envelope.
const OCTETS: usize = 1024 * 1024;

/// How long it may take to come.
const TIME: Duration = Duration::from_secs(8);

/// Fetches descriptions from the places where they are published. It follows no redirect, sends no credential,
/// and tells nobody what it has found where that is no description.
pub struct DescriptionReader<C> {
    client: Client<C, Empty<Bytes>>,
}

impl<C: Connect + Clone + Send + Sync + 'static> DescriptionReader<C> {
    /// Over this connector: one with TLS, or nobody knows whose description it is.
    #[must_use]
    pub fn new(connector: C) -> Self {
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client }
    }

    /// The description that is published at an origin; `None` where there is none, or nobody answers.
    ///
    /// # Errors
    /// [`DescriptionError`] for what is there and no description.
    //= SD-34
    pub async fn at<D: Description>(
        &self,
        origin: &Origin,
    ) -> Result<Option<Published<D>>, DescriptionError> {
        let lookup = Lookup::<D>::at(origin);
        let Some(url) = lookup.url() else {
            return Ok(None);
        };
        let octets = tokio::time::timeout(TIME, self.octets(url.as_str())).await;
        match octets.ok().flatten() {
            Some(octets) => lookup.found(&octets).map(Some),
            None => Ok(None),
        }
    }

    async fn octets(&self, url: &str) -> Option<Bytes> {
        let request = Request::get(url).header("accept", "application/json");
        let request = request.body(Empty::new()).ok()?;
        let answer = self.client.request(request).await.ok()?;
        if answer.status() != StatusCode::OK {
            return None;
        }
        let body = Limited::new(answer.into_body(), OCTETS).collect().await;
        body.ok().map(http_body_util::Collected::to_bytes)
    }
}

impl<C> fmt::Debug for DescriptionReader<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DescriptionReader")
    }
}
