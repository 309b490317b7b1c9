//! The runner finds nothing wrong with our adapter, and what is wrong with each of its broken variants.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod clinic;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use clinic::{AINO, AUDIENCE, Clinic, ELLA, NOEL, Oidc, PROFILE};
use http_body_util::BodyExt as _;
use mydata::core::time::Timestamp;
use mydata_conformance::base64url;
use mydata_conformance::rights::{Report, Task, examine, parse, run};
use mydata_http::identity::{NotVerified, Residents};
use mydata_http::rights::{IdMode, Rights, RightsOptions};
use mydata_identity::vouched::{self, Vouched};
use mydata_identity::{Assurance, IdentityRefusal, Issuer, Subject, VerifiedResident};
use mydata_store::SystemClock;
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// An issuer at a port that was free just now, and is no other test's.
fn issuer() -> String {
    static LAST: AtomicU16 = AtomicU16::new(0);
    let start = 20_000 + u16::try_from(std::process::id() % 20_000).unwrap();
    loop {
        let port = start + LAST.fetch_add(1, Ordering::SeqCst);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return format!("http://127.0.0.1:{port}/");
        }
    }
}

fn words(url: &str, issuer: &str, more: &[&str]) -> Vec<String> {
    let users = ["--user", AINO, "--other-user", NOEL, "--refused-user", ELLA];
    let words = [url, "--audience", AUDIENCE, "--issuer", issuer];
    let words = words.iter().chain(&users).chain(more);
    words.map(|word| (*word).to_owned()).collect()
}

async fn report(words: Vec<String>) -> Report {
    let Task::Examine(arguments) = parse(words).unwrap() else {
        unreachable!("it was to be examined")
    };
    let report = tokio::task::spawn_blocking(move || examine(&arguments, |_| {}));
    report.await.unwrap().unwrap()
}

/// What the runner writes, and its exit status.
async fn written(words: Vec<String>) -> (u8, String) {
    let done = tokio::task::spawn_blocking(move || {
        let mut out = Vec::new();
        let status = match run(words, &mut out) {
            Ok(true) => 0,
            Ok(false) => 1,
            Err(why) => {
                out.extend(why.as_bytes());
                2
            }
        };
        (status, String::from_utf8(out).unwrap())
    });
    done.await.unwrap()
}

fn by_user(address: SocketAddr) -> String {
    format!("http://{address}/gdpr/$user_uuid")
}

#[tokio::test(flavor = "multi_thread")]
async fn our_adapter_passes_every_check() {
    let issuer = issuer();
    let rights = clinic::rights(Clinic::new(), &issuer, RightsOptions::default());
    let address = clinic::serve(rights.router()).await;
    let json = std::env::temp_dir().join(format!("rights-{}.json", std::process::id()));
    let more = ["--erase", "--json", json.to_str().unwrap()];
    let (status, told) = written(words(&by_user(address), &issuer, &more)).await;
    assert_eq!(status, 0, "{told}");
    assert!(
        told.ends_with("75 passed, 0 failed, 0 not examined\n"),
        "{told}"
    );
    assert!(!rights.data().has(AINO) && rights.data().has(ELLA));
    for person in [AINO, NOEL, ELLA, clinic::CANARY] {
        assert!(!told.contains(person));
    }
    let report: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    std::fs::remove_file(&json).unwrap();
    let rows = report.pointer("/checks").unwrap().as_array().unwrap();
    assert!(
        rows.iter()
            .all(|row| row.get("outcome") == Some(&json!("ok")))
    );
    assert_eq!(rows.len(), 75);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_leave_nothing_is_erased_and_that_is_said() {
    let issuer = issuer();
    let options = RightsOptions {
        id: IdMode::Profile,
        ..RightsOptions::default()
    };
    let rights = clinic::rights(Clinic::new(), &issuer, options);
    let address = clinic::serve(rights.router()).await;
    // Without a name in it, the profile puts its id at the end.
    let url = format!("http://{address}/gdpr/x");
    let words = [
        &url,
        "--audience",
        AUDIENCE,
        "--issuer",
        &issuer,
        "--user",
        AINO,
        "--profile",
        PROFILE,
        "--alg",
        "EdDSA",
    ];
    let (status, told) = written(words.iter().map(|word| (*word).to_owned()).collect()).await;
    assert_eq!(status, 0, "{told}");
    assert!(
        told.contains("- erase_valid: not examined (--erase)"),
        "{told}"
    );
    assert!(
        told.contains("- refused_dry_run: not examined (--refused-user)"),
        "{told}"
    );
    assert!(
        told.ends_with("68 passed, 0 failed, 7 not examined\n"),
        "{told}"
    );
    assert!(rights.data().has(AINO));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_trust_the_issuer_is_not_examined() {
    let (one, other) = (issuer(), issuer());
    let rights = clinic::rights(Clinic::new(), &one, RightsOptions::default());
    let address = clinic::serve(rights.router()).await;
    let (status, told) = written(words(&by_user(address), &other, &[])).await;
    assert_eq!(status, 2);
    assert!(told.contains("does not trust the issuer"), "{told}");
    let nobody = "http://127.0.0.1:1/$user_uuid";
    let (status, told) = written(words(nobody, &other, &[])).await;
    assert_eq!(
        (status, told.contains("no connection")),
        (2, true),
        "{told}"
    );
}

#[tokio::test]
async fn arguments_are_in_order_or_refused() {
    let refused = |words: &[&str]| parse(words.iter().map(|word| (*word).to_owned())).unwrap_err();
    let url = "http://127.0.0.1:1/$user_uuid";
    for (words, why) in [
        (&[][..], "URL is missing"),
        (&[url], "--audience is missing"),
        (&[url, "--audience", "a"], "--user is missing"),
        (&[url, "--audience", "a", "--user", "x"], "a UUID"),
        (&[url, "--audience"], "takes a value"),
        (&[url, url], "two URLs"),
        (&[url, "--nonsense"], "there is no --nonsense"),
        (&[url, "--audience", "a", "--audience", "b"], "stands twice"),
        (
            &["https://x/$user_uuid", "--audience", "a", "--user", AINO],
            "https is not spoken",
        ),
        (
            &["http://x/$user_uuid", "--audience", "a", "--user", AINO],
            "--plain-http",
        ),
        (
            &[
                "http://127.0.0.1.x/$user_uuid",
                "--audience",
                "a",
                "--user",
                AINO,
            ],
            "--plain-http",
        ),
        (
            &[url, "--audience", "a", "--user", AINO, "--only", "x"],
            "there is no check x",
        ),
        (
            &[url, "--audience", "a", "--user", AINO, "--alg", "HS256"],
            "--alg takes",
        ),
        (
            &[
                "http://127.0.0.1/$profile_id",
                "--audience",
                "a",
                "--user",
                AINO,
            ],
            "--profile is missing",
        ),
    ] {
        let told = refused(words);
        assert!(told.contains(why), "{words:?}: {told}");
    }
    let (status, told) = written(vec!["--list".to_owned()]).await;
    assert_eq!((status, told.lines().count()), (0, 43), "{told}");
    let (status, told) = written(vec!["--help".to_owned()]).await;
    assert!(status == 0 && told.starts_with("usage:"));
}

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
enum Broken {
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
const BROKEN: &[(Broken, &str)] = &[
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

async fn service(broken: Broken, issuer: &str) -> SocketAddr {
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
    let rights = Arc::new(Rights::new(
        clinic,
        residents,
        Arc::new(SystemClock),
        options,
    ));
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

#[tokio::test(flavor = "multi_thread")]
async fn each_broken_service_is_found_by_its_check() {
    let mut missed = Vec::new();
    for (broken, check) in BROKEN {
        let issuer = issuer();
        let address = service(*broken, &issuer).await;
        let mut more = vec![
            "--only",
            check,
            "--erase",
            "--alg",
            "ES256",
            "--budget",
            "1",
            "--patience",
            "1",
        ];
        // What these look at is found by others.
        match *check {
            "unauthorised_is_401_not_403" => more.extend(["--only", "scope_missing"]),
            "no_personal_data_in_errors" => more.extend(["--only", "token_none"]),
            "erased_is_gone" | "erase_twice" => more.extend(["--only", "erase_valid"]),
            _ => {}
        }
        let report = report(words(&by_user(address), &issuer, &more)).await;
        if !report.failures().contains(check) {
            missed.push((broken, check, report));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_citys_library_does_otherwise_is_a_deviation_if_that_is_asked() {
    for (broken, only, deviates) in [
        (Broken::ScopeIs403, "scope_missing", true),
        (Broken::IgnoresUnknown, "dry_run_misspelt", true),
        (
            Broken::Believes(&[IdentityRefusal::Expired]),
            "token_expired",
            false,
        ),
        (Broken::NullValue, "get_node_shape", false),
    ] {
        let issuer = issuer();
        let address = service(broken, &issuer).await;
        let more = ["--only", only, "--as-library", "--alg", "ES256"];
        let (status, told) = written(words(&by_user(address), &issuer, &more)).await;
        assert_eq!(status == 0, deviates, "{only}: {told}");
        assert_eq!(
            told.contains("as the city's library does"),
            deviates,
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_service_ends_with_1() {
    let issuer = issuer();
    let address = service(Broken::NullValue, &issuer).await;
    let more = [
        "--only",
        "get_node_shape",
        "--only",
        "token_none",
        "--alg",
        "EdDSA",
    ];
    let (status, told) = written(words(&by_user(address), &issuer, &more)).await;
    let lines = "FAIL get_node_shape: the value of LANGUAGE is no text\n\
                 ok token_none GET 401\nok token_none DELETE?dry_run=true 401\n\
                 ok token_none DELETE 401\n3 passed, 1 failed, 0 not examined\n";
    assert_eq!((status, told.as_str()), (1, lines));
}
