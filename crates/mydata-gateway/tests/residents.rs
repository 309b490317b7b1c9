//! Linking by a resident's own token.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that cannot go on fails"
)]

mod town;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use mydata::core::id::LinkCode;
use mydata_conformance::provider::Provider;
use mydata_gateway::config::Config;
use mydata_http::ops::{Shutdown, ops_api};
use mydata_store::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tower_service::Service as _;
use town::behind::Behind;
use town::{JSON, Town, raw, routes, status_of, told};

/// The provider's table; its tokens for the page of this service, and for no other.
fn table(provider: &Provider) -> String {
    format!(
        "[residents]\nissuer = \"{}\"\naudience = \"source\"\nclients = [\"profile-ui\"]\n",
        provider.issuer()
    )
}

async fn confirm(town: &Town, token: &str, code: &LinkCode) -> (u16, String) {
    let body = json!({ "code": code.as_str() }).to_string();
    let text = format!(
        "POST /linking HTTP/1.1\r\nHost: source.example\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    told(&raw(town.public, &text).await)
}

fn token(provider: &Provider, subject: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut claims = provider.claims(subject, "source", SystemClock.now().seconds());
    change(&mut claims);
    provider.sign(&claims)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_the_token_is_of_is_asked_about_behind() {
    let (behind, provider) = (Behind::new().await, Provider::start());
    let town = Town::new(&[routes(&behind, ""), table(&provider)].concat()).await;
    let mut ops = ops_api(town.gateway().health(Shutdown::new()));
    let ann = town.sign_up("ann").await;
    let code = ann.begin(&town.source).await;
    let of = |change: &dyn Fn(&mut Value)| token(&provider, "ann-7", change);
    let invalid = (401, "resident_token_invalid".to_owned());
    for refused in [
        of(&|claims| claims["aud"] = "other".into()),
        of(&|claims| claims["azp"] = "other-page".into()),
        of(&|claims| claims["exp"] = (SystemClock.now().seconds() - 100).into()),
        of(&|claims| claims["iss"] = "https://other.example".into()),
        of(&|claims| claims["typ"] = "ID".into()),
        "a.b.c".to_owned(),
        town::SECRET.to_owned(),
    ] {
        assert_eq!(confirm(&town, &refused, &code).await, invalid, "{refused}");
    }
    let weak = of(&|claims| claims["loa"] = "low".into());
    let found = confirm(&town, &weak, &code).await;
    assert_eq!(found, (401, "resident_assurance".into()));
    assert_eq!(
        confirm(&town, "", &code).await,
        (401, "resident_token_missing".into())
    );
    let good = of(&|_| {});
    let unknown = LinkCode::from_random([7; 16]);
    assert_eq!(
        confirm(&town, &good, &unknown).await,
        (404, "code_unknown".into())
    );
    // Nobody says in the body who they are.
    let body = json!({ "code": code.as_str(), "user_id": "ben-8" }).to_string();
    let text = format!(
        "POST /linking HTTP/1.1\r\nHost: source.example\r\nConnection: close\r\nAuthorization: Bearer {good}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(status_of(&raw(town.public, &text).await), 400);
    // Said twice it is one linking, and nobody else's any more.
    for _ in 0..2 {
        assert_eq!(confirm(&town, &good, &code).await, (201, String::new()));
    }
    let other = token(&provider, "ben-8", |_| {});
    let found = confirm(&town, &other, &code).await;
    assert_eq!(found, (409, "keep_member_other".into()));
    town.deliver().await;
    town.deliver().await;
    ann.link_sink().await;
    let pair = ann.consent("care", &["src/a"]).await;
    town.deliver().await;
    behind.answers("200 OK", JSON, "{}");
    assert_eq!(status_of(&town.ask(&pair.sink, None, "").await), 200);
    let asked = behind.asked();
    assert!(asked[0].starts_with("GET /api/of/ann-7/all?"), "{asked:?}");
    let numbers = Request::get("/metrics").body(Body::empty()).unwrap();
    let numbers = ops.call(numbers).await.unwrap().into_body();
    let numbers = numbers.collect().await.unwrap().to_bytes();
    let numbers = String::from_utf8(numbers.to_vec()).unwrap();
    let fetched = "mydata_identity_key_fetches_total{issuer=";
    assert!(numbers.contains(fetched), "{numbers}");
    // Each time the operator is asked: not as often as somebody likes, and of nobody else the less.
    let mut heard = Vec::new();
    while heard.len() < 40 && !heard.contains(&(429, "http_rate".to_owned())) {
        heard.push(confirm(&town, &good, &code).await);
    }
    assert!(heard.len() < 40, "{heard:?}");
    let found = confirm(&town, &other, &code).await;
    assert_eq!(found, (404, "code_unknown".into()));
    // By another method there is nothing, and where no provider is named nothing at all.
    let get = "GET /linking HTTP/1.1\r\nHost: source.example\r\nConnection: close\r\n\r\n";
    assert_eq!(
        told(&raw(town.public, get).await),
        (405, "http_method_unknown".into())
    );
    let without = town::town(&behind).await;
    assert_eq!(
        confirm(&without, &good, &code).await,
        (404, "http_path_unknown".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_no_fault_of_a_token() {
    let (behind, provider) = (Behind::new().await, Provider::start());
    let demanding = "least = \"high\"\nfreshest = \"5m\"\n\
                     levels = { claim = \"acr\", low = [\"1\"], high = [\"3\"] }\n";
    let town = [routes(&behind, ""), table(&provider), demanding.to_owned()].concat();
    let town = Town::new(&town).await;
    let ann = town.sign_up("ann").await;
    let code = ann.begin(&town.source).await;
    provider.go_down();
    let good = token(&provider, "ann-7", |claims| claims["acr"] = "3".into());
    let found = confirm(&town, &good, &code).await;
    assert_eq!(found, (503, "resident_provider_unavailable".into()));
    provider.come_up();
    let now = SystemClock.now().seconds();
    for change in [
        json!({ "acr": "1" }),
        json!({ "acr": "3", "auth_time": now - 400 }),
    ] {
        let weak = token(&provider, "ann-7", |claims| {
            let claims = claims.as_object_mut().unwrap();
            claims.extend(change.as_object().unwrap().clone());
        });
        let found = confirm(&town, &weak, &code).await;
        assert_eq!(found, (401, "resident_assurance".into()), "{change}");
    }
    assert_eq!(confirm(&town, &good, &code).await.0, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_wrong_is_refused() {
    let (behind, provider) = (Behind::new().await, Provider::start());
    let table = [&table(&provider), "least = \"high\"\nfreshest = \"5m\"\n"].concat();
    let town = Town::new(&[&routes(&behind, ""), &*table].concat()).await;
    let file = town.directory.join("gateway.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    for (from, to, code) in [
        (
            provider.issuer().as_str(),
            "http://provider.example",
            "gateway_config_address",
        ),
        (
            "audience = \"source\"",
            "audience = \"\"",
            "gateway_config_value",
        ),
        ("[\"profile-ui\"]", "[]", "gateway_config_missing"),
        ("\"high\"", "\"unknown\"", "gateway_config_value"),
        ("\"5m\"", "\"5\"", "gateway_config_value"),
        // Not a fraction of a second, and not so long that nothing would be demanded.
        ("\"5m\"", "\"500ms\"", "gateway_config_value"),
        ("\"5m\"", "\"49711d\"", "gateway_config_value"),
        ("least", "leest", "gateway_config_unknown"),
    ] {
        assert!(text.contains(from), "{from}");
        let faults = Config::parse(&file, &text.replacen(from, to, 1)).unwrap_err();
        let codes: Vec<_> = faults.iter().map(|fault| fault.refusal.code()).collect();
        assert_eq!(codes, [code], "{to}: {faults:?}");
    }
    // At its path nothing else is served.
    let other = text.replacen("path = \"/data/a\"", "path = \"/linking\"", 1);
    let faults = Config::parse(&file, &other).unwrap_err();
    let mut codes = faults.iter().map(|fault| fault.refusal.code());
    assert!(
        codes.any(|code| code == "gateway_config_twice"),
        "{faults:?}"
    );
    // Whose word is taken stays while it runs.
    std::fs::write(&file, text.replacen("\"high\"", "\"low\"", 1)).unwrap();
    let faults = town.gateway().reload(&file).unwrap_err();
    assert_eq!(faults[0].refusal.code(), "gateway_reload_fixed");
}
