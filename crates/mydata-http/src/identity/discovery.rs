//! Where a provider's keys are (OpenID Connect Discovery 1.0 §4).

use super::fetch::{Fetch, FetchRefusal, OCTETS};
use axum::http::Uri;
use bytes::Bytes;
use mydata::core::json::{self, Limits};
use mydata_identity::Issuer;
use serde::Deserialize;
use std::time::Duration;

/// How long one document may take.
const TIME: Duration = Duration::from_secs(5);

/// What is looked at in a provider's document about itself.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: String,
}

/// An address that may be asked: https, or plain text on this machine.
pub(super) fn address(text: &str) -> Result<Uri, FetchRefusal> {
    let uri: Uri = text.parse().map_err(|_| FetchRefusal::Address)?;
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let is_loopback = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let is_fit = match uri.scheme_str() {
        Some("https") => true,
        Some("http") => is_loopback,
        Some(_) | None => false,
    };
    match is_fit && !authority.is_empty() && !authority.contains('@') {
        true => Ok(uri),
        false => Err(FetchRefusal::Address),
    }
}

/// Fetches in time.
pub(super) async fn get<F: Fetch>(fetch: &F, address: &Uri) -> Result<Bytes, FetchRefusal> {
    let fetched = tokio::time::timeout(TIME, fetch.get(address)).await;
    fetched.unwrap_or(Err(FetchRefusal::Unreachable))
}

/// Asks the provider where its keys are. They are at its own origin, and it says that it is itself: else
/// whoever can write one document there could put the city's residents into the hands of another issuer.
pub(super) async fn keys_address<F: Fetch>(
    fetch: &F,
    issuer: &Issuer,
) -> Result<Uri, FetchRefusal> {
    let base = issuer.as_str().trim_end_matches('/');
    let own = address(&[base, "/.well-known/openid-configuration"].concat())?;
    let octets = get(fetch, &own).await?;
    let limits = Limits::new(OCTETS, 8, 256, 8 * 1024);
    let document: Document =
        json::from_slice(&octets, limits).map_err(|_| FetchRefusal::Document)?;
    if document.issuer != issuer.as_str() {
        return Err(FetchRefusal::OtherIssuer);
    }
    let keys = address(&document.jwks_uri)?;
    let origin = |uri: &Uri| (uri.scheme().cloned(), uri.authority().cloned());
    match origin(&keys) == origin(&own) {
        true => Ok(keys),
        false => Err(FetchRefusal::Address),
    }
}
