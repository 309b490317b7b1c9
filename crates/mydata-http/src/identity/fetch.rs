//! Fetching what a provider publishes.

use axum::http::{Request, Uri};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::TokioExecutor;
use mydata::core::refusals;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;

/// Octets of a document.
pub(super) const OCTETS: usize = 256 * 1024;

refusals! {
    /// Why a provider's keys were not fetched: for logs and whoever runs the city's services.
    pub enum FetchRefusal {
        Unreachable = "provider_unreachable": "the provider cannot be reached, is too slow, or does not answer 200",
        Untrusted = "provider_untrusted": "the provider does not show who it is by a certificate that is trusted here",
        Document = "provider_document": "what the provider publishes about itself cannot be read",
        OtherIssuer = "provider_other_issuer": "what is published at the issuer's address is about another issuer",
        Address = "provider_address": "an address is not https, is not on the loopback, or is at another origin than the issuer",
    }
}

/// Fetches documents: over the network, or in whatever way a city has for that.
pub trait Fetch: Send + Sync + 'static {
    /// The body of a 200 at this address, which is https or on the loopback; no redirect is followed.
    ///
    /// How long it may take is the caller's affair: the future is dropped after five seconds.
    fn get(&self, address: &Uri) -> impl Future<Output = Result<Bytes, FetchRefusal>> + Send;
}

/// Fetches with a client of hyper's: no redirect, no proxy, nothing from the environment, 256 KiB.
pub struct HttpFetch<C>(Client<C, Empty<Bytes>>);

impl<C: Connect + Clone + Send + Sync + 'static> HttpFetch<C> {
    /// Over these connections.
    pub fn new(connector: C) -> Self {
        Self(Client::builder(TokioExecutor::new()).build(connector))
    }
}

impl HttpFetch<HttpsConnector<HttpConnector>> {
    /// Over TLS, with the certificate authorities that the machine trusts; in plain text on the loopback.
    ///
    /// # Errors
    /// When the machine has none.
    pub fn with_native_roots() -> io::Result<Self> {
        let provider = rustls::crypto::ring::default_provider();
        let builder = HttpsConnectorBuilder::new().with_provider_and_native_roots(provider)?;
        Ok(Self::new(builder.https_or_http().enable_http1().build()))
    }
}

/// Why nothing has come: the certificate, or anything else.
fn of_connection(error: &(dyn Error + 'static)) -> FetchRefusal {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
            return FetchRefusal::Untrusted;
        }
        // An error of the system passes over what is in it when it is asked for its source.
        let inner: Option<&io::Error> = error.downcast_ref();
        let inner = inner.and_then(io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner),
            None => error.source(),
        };
    }
    FetchRefusal::Unreachable
}

impl<C: Connect + Clone + Send + Sync + 'static> Fetch for HttpFetch<C> {
    async fn get(&self, address: &Uri) -> Result<Bytes, FetchRefusal> {
        let request = Request::get(address.clone()).header("accept", "application/json");
        let request = request.body(Empty::new());
        let request = request.map_err(|_| FetchRefusal::Address)?;
        let answer = self.0.request(request).await;
        let answer = answer.map_err(|error| of_connection(&error))?;
        if answer.status().as_u16() != 200 {
            return Err(FetchRefusal::Unreachable);
        }
        let body = Limited::new(answer.into_body(), OCTETS).collect().await;
        Ok(body.map_err(|_| FetchRefusal::Document)?.to_bytes())
    }
}

impl<C> fmt::Debug for HttpFetch<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpFetch")
    }
}
