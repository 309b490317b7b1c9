//! Services with one fault each, and the check that must find it.

use crate::clinic::{self, AINO, Clinic, Oidc};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use mydata::core::time::Timestamp;
use mydata_conformance::base64url;
use mydata_http::identity::{NotVerified, Residents};
use mydata_http::rights::{Rights, RightsOptions};
use mydata_identity::vouched::{self, Vouched};
use mydata_identity::{Assurance, IdentityRefusal, Issuer, Subject, VerifiedResident};
use mydata_store::SystemClock;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Believes tokens over some objections.
struct Gullible {
    oidc: Oidc,
    over: &'static [IdentityRefusal],
    /// Keys that cannot be had make a token bad.
    blames_token: bool,
    /// Keys are never fetched again.
    kid: Option<Mutex<Option<String>>>,
}

fn part(token: &str, at: usize) -> Option<Value> {
    let part = base64url::decode(token.split('.').nth(at)?)?;
    serde_json::from_slice(&part).ok()
}

/// Whatever the token says, believed.
fn believed(token: &str, now: Timestamp) -> Option<VerifiedResident> {
    let claims = part(token, 1)?;
    let scopes = claims.pointer("/authorization/permissions/0/scopes")?;
    let scopes = scopes.as_array()?.iter().filter_map(Value::as_str);
    Some(vouched::resident(Vouched {
        issuer: Issuer::parse("https://anybody.example").ok()?,
        subject: Subject::parse(claims.get("sub")?.as_str()?).ok()?,
        assurance: Assurance::High,
        authenticated: None,
        until: now,
        scopes: scopes.collect(),
    }))
}

impl Residents for Gullible {
    async fn verify(&self, bearer: &str, now: Timestamp) -> Result<VerifiedResident, NotVerified> {
        if let Some(kid) = &self.kid {
            let named = part(bearer, 0).and_then(|header| Some(header.get("kid")?.to_string()));
            let mut kid = kid.lock().unwrap();
            if *kid.get_or_insert(named.clone().unwrap_or_default()) != named.unwrap_or_default() {
                return Err(NotVerified::Refused(IdentityRefusal::Kid));
            }
        }
        match self.oidc.verify(bearer, now).await {
            Err(NotVerified::Refused(refusal)) if self.over.contains(&refusal) => {
                believed(bearer, now).ok_or(NotVerified::Refused(refusal))
            }
            Err(NotVerified::Unavailable) if self.blames_token => {
                Err(NotVerified::Refused(IdentityRefusal::Kid))
            }
            other => other,
        }
    }
}

/// A service with one fault.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Broken {
    /// With none.
    Nothing,
    /// A token is believed over these objections.
    Believes(&'static [IdentityRefusal]),
    BlamesToken,
    NeverRefetches,
    ScopeIs403,
    IgnoresPath,
    DryRunErases,
    GuessesMaybe,
    GuessesEmpty,
    TakesTheFirst,
    IgnoresUnknown,
    UnknownIs404,
    NullValue,
    LowerCaseKey,
    NumberInLowAssurance,
    NoSwedish,
    MoreThanCode,
    RefusesWithoutBody,
    RepeatsPath,
    HeadIsGet,
    PutIsGet,
    IdBreaks,
    IsSlow,
    IsHtml,
    Lies,
    IsHasty,
    GoneIs404,
}

/// Each fault, and a check that must find it.
pub(crate) const BROKEN: &[(Broken, &str)] = &[
    (
        Broken::Believes(&[IdentityRefusal::Expired]),
        "token_expired",
    ),
    (
        Broken::Believes(&[IdentityRefusal::Expired]),
        "token_no_exp",
    ),
    (
        Broken::Believes(&[IdentityRefusal::Audience]),
        "token_aud_wrong",
    ),
    (
        Broken::Believes(&[IdentityRefusal::Audience]),
        "token_aud_missing",
    ),
    (
        Broken::Believes(&[IdentityRefusal::Issuer]),
        "token_iss_wrong",
    ),
    (
        Broken::Believes(&[IdentityRefusal::Signature]),
        "token_stranger_key_same_kid",
    ),
    (
        Broken::Believes(&[IdentityRefusal::Kid]),
        "token_kid_unknown",
    ),
    (
        Broken::Believes(&[IdentityRefusal::Alg, IdentityRefusal::Malformed]),
        "token_alg_none",
    ),
    (
        Broken::Believes(&[IdentityRefusal::Alg]),
        "token_hs256_public_key",
    ),
    (Broken::BlamesToken, "keys_unreachable"),
    (Broken::NeverRefetches, "keys_rotated"),
    (Broken::ScopeIs403, "scope_missing"),
    (Broken::ScopeIs403, "unauthorised_is_401_not_403"),
    (Broken::IgnoresPath, "token_sub_other"),
    (Broken::DryRunErases, "dry_run_true"),
    (Broken::GuessesMaybe, "dry_run_maybe"),
    (Broken::GuessesEmpty, "dry_run_empty"),
    (Broken::TakesTheFirst, "dry_run_twice"),
    (Broken::IgnoresUnknown, "dry_run_misspelt"),
    (Broken::UnknownIs404, "get_204_unknown"),
    (Broken::NullValue, "get_node_shape"),
    (Broken::LowerCaseKey, "get_node_shape"),
    (Broken::NumberInLowAssurance, "get_loa_low"),
    (Broken::NoSwedish, "refused_shape"),
    (Broken::MoreThanCode, "refused_shape"),
    (Broken::RefusesWithoutBody, "refused_shape"),
    (Broken::RepeatsPath, "no_personal_data_in_errors"),
    (Broken::HeadIsGet, "method_head"),
    (Broken::PutIsGet, "method_put"),
    (Broken::IdBreaks, "id_not_uuid"),
    (Broken::IsSlow, "get_within_budget"),
    (Broken::IsHtml, "get_valid"),
    (Broken::Lies, "erased_is_gone"),
    (Broken::IsHasty, "refused_same_as_dry_run"),
    (Broken::GoneIs404, "erase_twice"),
];

/// The request as the broken service reads it.
fn read(broken: Broken, request: &mut Request) {
    let target = request.uri().to_string();
    let change = |from: &str, to: &str| target.replace(from, to);
    let (method, target) = match broken {
        Broken::DryRunErases => (None, change("?dry_run=true", "")),
        Broken::GuessesMaybe => (None, change("=maybe", "=true")),
        Broken::TakesTheFirst => (None, change("&dry_run=false", "")),
        Broken::IgnoresUnknown => (None, change("?dryrun=true", "?dry_run=true")),
        Broken::GuessesEmpty if target.ends_with('=') => (None, change("dry_run=", "dry_run=0")),
        Broken::HeadIsGet if request.method() == Method::HEAD => (Some(Method::GET), target),
        Broken::PutIsGet if request.method() == Method::PUT => (Some(Method::GET), target),
        Broken::IgnoresPath => {
            let header = request.headers().get("authorization");
            let token = header.and_then(|value| value.to_str().ok());
            let claims = token.and_then(|token| part(token, 1));
            let sub = claims.and_then(|claims| Some(claims.get("sub")?.as_str()?.to_owned()));
            let query = request
                .uri()
                .query()
                .map_or(String::new(), |query| format!("?{query}"));
            match sub {
                Some(sub) => (None, format!("/{sub}{query}")),
                None => (None, target),
            }
        }
        _ => (None, target),
    };
    *request.uri_mut() = target.parse().unwrap();
    if let Some(method) = method {
        *request.method_mut() = method;
    }
}

/// The answer as the broken service writes it.
async fn write(broken: Broken, asked: (&Method, &str), answer: Response) -> Response {
    let (mut head, body) = answer.into_parts();
    let octets = body.collect().await.unwrap().to_bytes();
    let mut text = String::from_utf8(octets.to_vec()).unwrap();
    let is_get = asked.0 == Method::GET;
    match broken {
        Broken::ScopeIs403 if text.contains("rights_scope") => head.status = StatusCode::FORBIDDEN,
        Broken::UnknownIs404 if is_get && head.status == 204 => head.status = StatusCode::NOT_FOUND,
        Broken::GoneIs404 if !is_get && head.status == 204 && !asked.1.contains('?') => {
            // The first time the data was there.
            head.extensions.insert(());
        }
        Broken::NullValue => text = text.replace(r#""value":"sv""#, r#""value":null"#),
        Broken::LowerCaseKey => text = text.replace("LANGUAGE", "language"),
        Broken::NumberInLowAssurance => {
            let tree = serde_json::from_str::<Value>(&text);
            if let Some(error) = tree
                .ok()
                .and_then(|tree| Some(tree.pointer("/children/1/error")?.to_string()))
            {
                text = text.replace(&error, "7");
            }
        }
        Broken::NoSwedish if head.status == 403 => text = text.replace(r#""sv""#, r#""se""#),
        Broken::MoreThanCode => text = text.replace(r#"{"code""#, r#"{"detail":"x","code""#),
        Broken::RefusesWithoutBody if head.status == 403 => text.clear(),
        Broken::RepeatsPath if head.status == 401 => text = format!("not for {}", asked.1),
        Broken::IdBreaks if asked.1.contains("not-a-uuid") => {
            head.status = StatusCode::INTERNAL_SERVER_ERROR;
        }
        Broken::IsHtml if is_get => {
            let html = HeaderValue::from_static("text/html");
            head.headers.insert("content-type", html);
        }
        _ => {}
    }
    head.headers.remove("content-length");
    Response::from_parts(head, Body::from(text))
}

pub(crate) async fn service(broken: Broken, issuer: &str) -> SocketAddr {
    let residents = Gullible {
        oidc: clinic::residents(issuer),
        over: match broken {
            Broken::Believes(over) => over,
            _ => &[],
        },
        blames_token: matches!(broken, Broken::BlamesToken),
        kid: matches!(broken, Broken::NeverRefetches).then(Mutex::default),
    };
    let clinic = Clinic {
        lies: matches!(broken, Broken::Lies),
        is_hasty: matches!(broken, Broken::IsHasty),
        ..Clinic::new()
    };
    let options = RightsOptions::default();
    let (log, clock) = (Arc::clone(&clinic.log), Arc::new(SystemClock));
    let rights = Arc::new(Rights::new(clinic, residents, log, clock, options));
    let erased = Arc::clone(&rights);
    let layer = from_fn(move |mut request: Request, next: Next| {
        let erased = Arc::clone(&erased);
        async move {
            let asked = (request.method().clone(), request.uri().to_string());
            read(broken, &mut request);
            if matches!(broken, Broken::IsSlow) {
                tokio::time::sleep(Duration::from_millis(1500)).await;
            }
            let was_there = erased.data().has(AINO);
            let answer = next.run(request).await;
            let answer = write(broken, (&asked.0, &asked.1), answer).await;
            match answer.extensions().get::<()>() {
                Some(()) if !was_there => StatusCode::NOT_FOUND.into_response(),
                _ => answer,
            }
        }
    });
    clinic::serve(Router::new().fallback_service(rights.router()).layer(layer)).await
}
