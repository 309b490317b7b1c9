//! A resident whom the operator cannot serve: what is wrong with the token, the query, the keys or what is kept.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot go on fails"
)]

mod town;

use mydata::account::{IdentitySubject, LinkedIdentity};
use mydata::core::crypto::{Crypto as _, Signer as _};
use mydata::core::id::AccountId;
use mydata::core::jwk::{KeySet, PublicKey};
use mydata::keys::{PrivateKey, Ring};
use mydata::operator::Account;
use mydata_http::OwnerKeys;
use mydata_store::{OperatorFault, Request, RequestKey};
use serde_json::json;
use town::residents::{CANARY, X, consent, form, resident};
use town::{Town, key};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_token_is_counted_and_not_told() {
    let town = Town::new().await;
    let mut counter = town.counter().await;
    counter.at = counter.behind;
    let told = counter
        .ask(("GET", X), Some("no-token-of-anybody"), (None, None))
        .await;
    told.refused(401, "resident_token_invalid");
    assert!(!told.text.contains("identity_signature"));
    let counted = "signature_failures_total{what=\"resident\",code=\"identity_signature\"} 1\n";
    let text = town.metrics.text();
    assert!(text.contains(counted), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_understood_whole_or_not_at_all() {
    let town = Town::new().await;
    let counter = town.counter().await;
    let ann = resident(&town, &counter, "ann").await;
    for query in [
        "?formats=json",
        "?format=json&format=json",
        "?format=text",
        "?format=json&language=fi",
        "?format",
    ] {
        let told = ann.get(&["/export/", query].concat()).await;
        told.refused(400, "resident_query");
    }
    let link = ann.link(&town.source).await;
    ann.link(&town.sink).await;
    consent(&ann).await;
    let last = |query: &str| format!("/servicelinks/{link}/consents/last/{query}");
    for query in ["?get_consent_pairs=true", "?get_consent_pair=yes"] {
        ann.get(&last(query)).await.refused(400, "resident_query");
    }
    let pair = ann.get(&last("?get_consent_pair=true")).await.is(200);
    assert_eq!(pair["data"].as_array().unwrap().len(), 2);
}

/// Nobody's key is kept here.
struct Wallets;

impl OwnerKeys for Wallets {
    async fn key(&self, _: &AccountId, _: &PublicKey) -> Result<Option<PrivateKey>, OperatorFault> {
        Ok(None)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_key_is_kept_a_wallet_brings_its_own() {
    let town = Town::new().await;
    let counter = town.counter_with(Wallets).await;
    let token = Some("cai/substantial/10");
    let mut body = form("cai");
    let told = counter.ask(("POST", X), token, (Some(&body), None)).await;
    told.refused(422, "resident_key_missing");
    let keys = KeySet::from(key("cai-1").public().clone());
    body["data"]["attributes"]["x_mydata"]["owner_keys"] = json!(keys);
    let told = counter.ask(("POST", X), token, (Some(&body), None)).await;
    told.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_whom_nothing_is_kept_nothing_is_told() {
    let town = Town::new().await;
    let counter = town.counter().await;
    let text = |text: &str| IdentitySubject::parse(text).unwrap();
    let identity = LinkedIdentity {
        provider: text("https://login.example/realm"),
        subject: text(&[CANARY, "dan"].concat()),
    };
    // The identity has its account, and whoever opened it has broken off before the person was entered.
    let id = town.people().await.reserve(&identity).await.unwrap();
    let account = Account::open(id.clone(), KeySet::from(key("dan-1").public().clone()));
    let request = Request {
        key: RequestKey::parse("dan").unwrap(),
        digest: Ring.sha256(b"dan"),
    };
    town.core().open_account(account, request).await.unwrap();
    let token = Some("dan/substantial/10");
    for (method, path) in [("GET", "/info/"), ("GET", "/info/1/"), ("GET", "/export/")] {
        let target = [X, id.as_str(), path].concat();
        let told = counter.ask((method, &target), token, (None, None)).await;
        told.refused(404, "resident_person_unknown");
    }
}
