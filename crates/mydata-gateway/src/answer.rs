//! What the system behind has answered, and what the sink is told of it.

use crate::config::RouteConfig;
use crate::select::{SelectRefusal, Selector};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, LAST_MODIFIED,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use mydata::core::refusals;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

refusals! {
    /// Why a request comes to nothing here, beside what the protocol has against it.
    pub enum GatewayRefusal {
        Query = "gateway_query": "the query has a parameter that is not passed on here, twice, or with a value of another kind",
        Body = "gateway_body": "a request for data has no body",
        Dataset = "gateway_dataset_other": "what the consent is about is not what is served at this address",
        NoMember = "gateway_no_member": "nobody here is known under this link: it must be made anew",
        NoData = "gateway_no_data": "there is no such data about this person",
        Member = "gateway_member": "the person's name in the system behind cannot stand where the request has a place for it",
        Person = "gateway_person": "nobody who is known by this name has a link here",
        PersonCode = "gateway_person_code": "this is no code of a person: two capitals of a country, and 1 to 64 of `A-Z`, `0-9`, `+` and `-`",
        UpstreamRefused = "gateway_upstream_refused": "the system behind has refused, or sends elsewhere",
        UpstreamBusy = "gateway_upstream_busy": "the system behind is busy: ask again later",
        UpstreamBroken = "gateway_upstream_broken": "the answer of the system behind is broken, or too large",
        UpstreamType = "gateway_upstream_type": "the answer of the system behind is not of a type that is passed on here",
        UpstreamLate = "gateway_upstream_late": "the system behind cannot be reached, or not in time",
    }
}

impl From<GatewayRefusal> for mydata_http::Problem {
    fn from(refusal: GatewayRefusal) -> Self {
        Self::new(refusal.code(), refusal)
    }
}

/// Headers of an answer that are passed on; with a selection only the first two, since the others tell of
/// what is left out.
const PASSED: [axum::http::HeaderName; 4] = [CONTENT_TYPE, CONTENT_LANGUAGE, ETAG, LAST_MODIFIED];

/// The head that the sink gets.
pub(crate) struct Head {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
}

/// What is made of the head of an answer.
pub(crate) fn judge(
    status: StatusCode,
    headers: &HeaderMap,
    route: &RouteConfig,
) -> Result<Head, GatewayRefusal> {
    match status.as_u16() {
        200 | 204 => {}
        404 | 410 => return Err(GatewayRefusal::NoData),
        429 | 503 => return Err(GatewayRefusal::UpstreamBusy),
        500..=599 => return Err(GatewayRefusal::UpstreamBroken),
        _ => return Err(GatewayRefusal::UpstreamRefused),
    }
    let mut told = HeaderMap::new();
    told.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    told.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if status == StatusCode::OK {
        // It was asked for as it is: what comes encoded cannot be read here.
        let encodings = headers.get_all(CONTENT_ENCODING).iter();
        if encodings.into_iter().any(|encoding| encoding != "identity") {
            return Err(GatewayRefusal::UpstreamBroken);
        }
        if !is_of_type(headers, route) {
            return Err(GatewayRefusal::UpstreamType);
        }
        let count = if route.fields.is_some() {
            2
        } else {
            PASSED.len()
        };
        for name in PASSED.into_iter().take(count) {
            if let Some(value) = headers.get(&name) {
                told.insert(name, value.clone());
            }
        }
    }
    Ok(Head {
        status,
        headers: told,
    })
}

/// One type, one of the route's, and UTF-8 where something is selected from it.
fn is_of_type(headers: &HeaderMap, route: &RouteConfig) -> bool {
    let mut all = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return false;
    };
    let Ok(text) = value.to_str() else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_utf8 = |part: &str| {
        let part = part.to_ascii_lowercase();
        part.strip_prefix("charset=")
            .is_none_or(|set| matches!(set, "utf-8" | "\"utf-8\""))
    };
    route.types.contains(&essence) && (route.fields.is_none() || parts.all(is_utf8))
}

/// The body of an answer, as much of it as is passed on; read only as it is asked for.
pub(crate) struct Behind {
    body: Incoming,
    selector: Option<Selector>,
    /// Octets that may still come.
    left: u64,
    idle: Duration,
    until: Instant,
}

impl Behind {
    pub(crate) fn new(
        body: Incoming,
        route: &RouteConfig,
        idle: Duration,
        until: Instant,
    ) -> Result<Self, GatewayRefusal> {
        // What is announced as too large need not be read.
        if body.size_hint().lower() > route.body_limit {
            return Err(GatewayRefusal::UpstreamBroken);
        }
        Ok(Self {
            body,
            selector: route.fields.clone().map(Selector::new),
            left: route.body_limit,
            idle,
            until,
        })
    }

    /// The next octets that are passed on; `None` at a good end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, GatewayRefusal> {
        loop {
            let until = self.until.min(Instant::now() + self.idle);
            let frame = timeout_at(until, self.body.frame()).await;
            let Some(frame) = frame.map_err(|_| GatewayRefusal::UpstreamLate)? else {
                if let Some(selector) = &self.selector {
                    selector.finish().map_err(broken)?;
                }
                return Ok(None);
            };
            let frame = frame.map_err(|_| GatewayRefusal::UpstreamBroken)?;
            // What is no data are trailers, which nobody has asked for.
            let Ok(octets) = frame.into_data() else {
                continue;
            };
            let length = u64::try_from(octets.len()).unwrap_or(u64::MAX);
            let left = self.left.checked_sub(length);
            self.left = left.ok_or(GatewayRefusal::UpstreamBroken)?;
            let kept = match &mut self.selector {
                None => octets,
                Some(selector) => {
                    let mut kept = Vec::new();
                    selector.feed(&octets, &mut kept).map_err(broken)?;
                    kept.into()
                }
            };
            if !kept.is_empty() {
                return Ok(Some(kept));
            }
        }
    }
}

/// The staff see why; the sink need not.
fn broken(refusal: SelectRefusal) -> GatewayRefusal {
    tracing::warn!(
        code = refusal.code(),
        "the upstream's answer cannot be selected from"
    );
    GatewayRefusal::UpstreamBroken
}
