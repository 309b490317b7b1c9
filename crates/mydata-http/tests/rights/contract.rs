//! Each line of the contract, for each act.

use crate::clinic::{self, AINO, AUDIENCE, CANARY, Clinic, EINO, ELLA, NOEL, PROFILE};
use crate::house::{Answer, House, now};
use axum::http::Method;
use mydata_conformance::provider::{Kind, SigningKey};
use mydata_http::ops::Rate;
use mydata_http::rights::{IdMode, RightsOptions};
use mydata_http::{Limits, RightsAct, RightsOutcome};
use mydata_identity::Assurance;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

#[tokio::test(flavor = "multi_thread")]
async fn a_person_downloads_asks_and_erases() {
    let house = House::new().await;
    let token = house.token(AINO);
    // Row 10.
    let answer = house.get(AINO, &token).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tree = json!({"key": "CLINIC", "children": [
        {"key": "CARE", "children": [
            {"key": "LANGUAGE", "value": "sv"},
            {"key": "VISITS", "children": [
                {"key": "VISIT", "children": [
                    {"key": "DATE", "value": "2025-01-07"}, {"key": "NURSE", "value": CANARY},
                ]},
                {"key": "VISIT", "children": [{"key": "DATE", "value": "2025-02-01"}]},
            ]},
        ]},
        {"key": "HEALTH", "value": CANARY},
    ]});
    assert_eq!(answer.json(), tree);
    // Row 13: nothing is changed, however often it is asked.
    for query in ["dry_run=true", "dry_run=True", "dry_run=1"] {
        let rest = format!("{AINO}?{query}");
        house.send(&Method::DELETE, &rest, &token).await.is(204, "");
    }
    assert_eq!(house.get(AINO, &token).await.json(), tree);
    // Row 15, and twice.
    house.erase(AINO, &token).await.is(204, "");
    house.erase(AINO, &token).await.is(204, "");
    // Rows 11 and 13.
    house.get(AINO, &token).await.is(204, "");
    house.dry(AINO, &token).await.is(204, "");
    assert_eq!(house.clinic().erased.load(Ordering::SeqCst), 1);
    assert!(house.clinic().has(NOEL) && house.clinic().has(ELLA));
    let log = [
        (RightsAct::Export, RightsOutcome::Done),
        (RightsAct::Check, RightsOutcome::Done),
        (RightsAct::Check, RightsOutcome::Done),
        (RightsAct::Check, RightsOutcome::Done),
        (RightsAct::Export, RightsOutcome::Done),
        (RightsAct::Erase, RightsOutcome::Begun),
        (RightsAct::Erase, RightsOutcome::Done),
        (RightsAct::Erase, RightsOutcome::Nothing),
        (RightsAct::Export, RightsOutcome::Nothing),
        (RightsAct::Check, RightsOutcome::Nothing),
    ];
    assert_eq!(house.clinic().log.outcomes(), log);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_stranger_there_is_nothing() {
    let house = House::new().await;
    house.each(EINO, &house.token(EINO), 204, "").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_1_only_two_methods_mean_something() {
    let house = House::new().await;
    let token = house.token(AINO);
    for method in ["PUT", "POST", "PATCH", "OPTIONS", "HEAD", "TRACE"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = house.send(&method, AINO, &token).await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), Some("GET, DELETE"), "{method}");
        if method != Method::HEAD {
            answer.is(405, "rights_method");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_2_an_address_has_one_spelling() {
    let mut house = House::new().await;
    let token = house.token(AINO);
    let upper = AINO.to_uppercase();
    let dots = format!("x/../{AINO}");
    house.each(&dots, &token, 400, "url_not_canonical").await;
    // Where another listener lets it through.
    house.address = clinic::serve_bare(house.rights.router()).await;
    for id in [
        "not-a-uuid",
        &upper,
        "65d4015d%2d1736-4848-9466-25d43a1fe8c7",
        &dots,
    ] {
        house.each(id, &token, 400, "rights_id_invalid").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_3_and_4_what_is_not_understood_erases_nothing() {
    let house = House::new().await;
    let token = house.token(AINO);
    for (query, code) in [
        ("dry_run=maybe", "rights_dry_run_invalid"),
        ("dry_run=yes", "rights_dry_run_invalid"),
        ("dry_run=", "rights_dry_run_invalid"),
        ("dry_run=true&dry_run=true", "rights_dry_run_invalid"),
        ("dryrun=true", "rights_query_unknown"),
        ("dry_run=true&x", "rights_query_unknown"),
    ] {
        let rest = format!("{AINO}?{query}");
        house
            .send(&Method::DELETE, &rest, &token)
            .await
            .is(400, code);
    }
    let rest = format!("{AINO}?dry_run=true");
    house
        .send(&Method::GET, &rest, &token)
        .await
        .is(400, "rights_dry_run_invalid");
    let with_body = async |query: &str, body: &str| {
        let head = format!(
            "DELETE /gdpr/{AINO}{query} HTTP/1.1\r\nauthorization: Bearer {token}\r\n\
             content-length: {}",
            body.len()
        );
        house.raw(&head, body).await
    };
    let long = format!(r#"{{"dry_run":true{}}}"#, " ".repeat(2000));
    for (query, body) in [
        ("", "dry_run=true"),
        ("", "{}"),
        ("", r#"{"dry_run":"maybe"}"#),
        ("?dry_run=false", r#"{"dry_run":true}"#),
        ("?dry_run=true", r#"{"dry_run":false}"#),
        ("", &long),
    ] {
        with_body(query, body).await.is(400, "rights_body_invalid");
    }
    with_body("", r#"{"dry_run":true}"#).await.is(204, "");
    with_body("?dry_run=true", r#"{"dry_run":1}"#)
        .await
        .is(204, "");
    assert_eq!(house.clinic().erased.load(Ordering::SeqCst), 0);
    with_body("?dry_run=false", "").await.is(204, "");
    assert_eq!(house.clinic().erased.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_5_a_token_stands_in_one_header() {
    let house = House::new().await;
    let token = house.token(AINO);
    let header = format!("authorization: Bearer {token}");
    for headers in [
        "x: y".to_owned(),
        format!("authorization: Basic {token}"),
        format!("authorization: {token}"),
        "authorization: Bearer ".to_owned(),
        format!("{header}\r\n{header}"),
    ] {
        for line in ["GET", "DELETE"] {
            let head = format!("{line} /gdpr/{AINO} HTTP/1.1\r\n{headers}");
            let answer = house.raw(&head, "").await;
            answer.is(401, "resident_token_missing");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
    assert!(house.clinic().has(AINO));
}

#[tokio::test(flavor = "multi_thread")]
async fn row_6_a_token_that_is_not_good_is_401() {
    let house = House::new().await;
    let now = now();
    let stranger = SigningKey::generate("ES256-1", Kind::Es256);
    let claims = house.provider.claims(AINO, AUDIENCE, now);
    let good = house.token(AINO);
    let part = good.split('.').nth(1).unwrap();
    let none = mydata_conformance::base64url::encode(br#"{"alg":"none","typ":"JWT"}"#);
    for (what, token) in [
        ("garbage", "garbage".to_owned()),
        ("none", format!("{none}.{part}.")),
        ("cut", good[..good.len() - 4].to_owned()),
        (
            "expired",
            house.token_but(AINO, &json!({ "iat": now - 1200, "exp": now - 900 })),
        ),
        (
            "a minute over",
            house.token_but(AINO, &json!({ "exp": now - 61 })),
        ),
        ("no exp", house.token_but(AINO, &json!({ "exp": null }))),
        (
            "iat ahead",
            house.token_but(AINO, &json!({ "iat": now + 90 })),
        ),
        ("aud", house.token_but(AINO, &json!({ "aud": "another" }))),
        ("no aud", house.token_but(AINO, &json!({ "aud": null }))),
        (
            "iss",
            house.token_but(AINO, &json!({ "iss": "https://another.example" })),
        ),
        ("no sub", house.token_but(AINO, &json!({ "sub": null }))),
        ("kid", stranger.token(&json!({ "kid": "unknown" }), &claims)),
        ("stranger", stranger.token(&json!({}), &claims)),
    ] {
        for answer in [
            house.get(AINO, &token).await,
            house.dry(AINO, &token).await,
            house.erase(AINO, &token).await,
        ] {
            assert_eq!(answer.status, 401, "{what}");
            answer.is(401, "resident_token_invalid");
            let challenge = answer.header("www-authenticate");
            assert_eq!(challenge, Some(r#"Bearer error="invalid_token""#), "{what}");
        }
    }
    assert!(house.clinic().has(AINO));
    for (what, token) in [
        (
            "aud in a list",
            house.token_but(AINO, &json!({ "aud": ["another", AUDIENCE] })),
        ),
        (
            "within the leeway",
            house.token_but(AINO, &json!({ "iat": now + 20 })),
        ),
        (
            "just over",
            house.token_but(AINO, &json!({ "exp": now - 5, "iat": now - 300 })),
        ),
    ] {
        assert_eq!(house.get(AINO, &token).await.status, 200, "{what}");
    }
    for kind in Kind::ALL {
        let token = house.provider.sign_as(kind, &json!({}), &claims);
        assert_eq!(house.get(AINO, &token).await.status, 200, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_7_without_keys_it_is_our_fault() {
    let house = House::new().await;
    house.provider.go_down();
    let token = house.token(AINO);
    house.each(AINO, &token, 500, "technical_error").await;
    house.provider.come_up();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_7_a_new_key_that_cannot_be_fetched_is_our_fault() {
    let house = House::new().await;
    let token = house.token(AINO);
    assert_eq!(house.get(AINO, &token).await.status, 200);
    house.provider.rotate();
    house.provider.go_down();
    let new = house.token(AINO);
    house.get(AINO, &new).await.is(500, "technical_error");
    // What was fetched is still good.
    assert_eq!(house.get(AINO, &token).await.status, 200);
    house.provider.come_up();
    assert_eq!(house.get(AINO, &new).await.status, 200, "rotated");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_8_another_persons_token_is_401() {
    let house = House::new().await;
    let token = house.token(NOEL);
    house
        .each(AINO, &token, 401, "resident_token_invalid")
        .await;
    house
        .each(EINO, &token, 401, "resident_token_invalid")
        .await;
    let upper = house.token(&AINO.to_uppercase());
    house
        .each(AINO, &upper, 401, "resident_token_invalid")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_9_a_token_for_something_else_is_401_and_never_403() {
    let house = House::new().await;
    let scopes = |permissions: Value| {
        house.token_but(
            AINO,
            &json!({ "authorization": { "permissions": permissions } }),
        )
    };
    let told = |answer: Answer, scope: &str| {
        answer.is(401, "rights_scope");
        let challenge = format!(r#"Bearer error="insufficient_scope", scope="{scope}""#);
        assert_eq!(answer.header("www-authenticate"), Some(&*challenge));
    };
    for token in [
        scopes(json!([])),
        scopes(json!([{}])),
        scopes(json!([{ "scopes": ["read"] }])),
        scopes(json!([{ "scopes": "gdprquery gdprdelete" }])),
        scopes(json!({ "scopes": ["gdprquery", "gdprdelete"] })),
        scopes(json!("gdprquery")),
        house.token_but(AINO, &json!({ "authorization": null })),
        house.token_but(
            AINO,
            &json!({ "authorization": ["gdprquery", "gdprdelete"] }),
        ),
    ] {
        told(house.get(AINO, &token).await, "gdprquery");
        told(house.dry(AINO, &token).await, "gdprdelete");
        told(house.erase(AINO, &token).await, "gdprdelete");
    }
    let query = scopes(json!([{ "scopes": ["read"] }, { "scopes": ["x", "gdprquery"] }]));
    assert_eq!(house.get(AINO, &query).await.status, 200);
    told(house.dry(AINO, &query).await, "gdprdelete");
    told(house.erase(AINO, &query).await, "gdprdelete");
    let delete = scopes(json!([{ "scopes": ["gdprdelete"] }]));
    told(house.get(AINO, &delete).await, "gdprquery");
    house.dry(AINO, &delete).await.is(204, "");
    assert!(house.clinic().has(AINO));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_12_and_17_a_weak_sign_in_sees_less_and_erases_nothing() {
    let house = House::new().await;
    for level in ["low", "unknown", "no-such-word"] {
        let token = house.token_but(AINO, &json!({ "loa": level }));
        let answer = house.get(AINO, &token).await;
        assert_eq!(answer.status, 200, "{level}");
        let health = json!({
            "key": "HEALTH",
            "error": "Tunnistaudu vahvasti. / Identifiera dig starkt. / Sign in strongly.",
        });
        assert_eq!(answer.json()["children"][1], health, "{level}");
    }
    for level in [json!("unknown"), json!(null), json!(3)] {
        let token = house.token_but(AINO, &json!({ "loa": level }));
        house
            .dry(AINO, &token)
            .await
            .is(403, "insufficient_assurance");
        house
            .erase(AINO, &token)
            .await
            .is(403, "insufficient_assurance");
    }
    house
        .dry(AINO, &house.token_but(AINO, &json!({ "loa": "low" })))
        .await
        .is(204, "");
    let options = RightsOptions {
        erase_level: Assurance::High,
        ..RightsOptions::default()
    };
    let strict = House::with(Clinic::new(), options).await;
    strict
        .erase(AINO, &strict.token(AINO))
        .await
        .is(403, "insufficient_assurance");
    let high = strict.token_but(AINO, &json!({ "loa": "high" }));
    strict.erase(AINO, &high).await.is(204, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_14_and_16_what_must_be_kept_is_kept_for_a_reason() {
    let house = House::new().await;
    let token = house.token(ELLA);
    let reasons = json!({"errors": [{
        "code": "UPCOMING_APPOINTMENT",
        "message": {
            "fi": "Sinulla on varattu aika.", "sv": "Du har en bokad tid.",
            "en": "You have an appointment.",
        },
    }]});
    for answer in [
        house.dry(ELLA, &token).await,
        house.erase(ELLA, &token).await,
    ] {
        answer.is(403, "UPCOMING_APPOINTMENT");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.json(), reasons);
    }
    assert!(house.clinic().has(ELLA));
    assert_eq!(house.get(ELLA, &token).await.status, 200);
    let rows = house.clinic().log.rows();
    let codes: Vec<_> = rows.iter().map(|row| row.codes.join(" ")).collect();
    assert_eq!(codes, ["UPCOMING_APPOINTMENT", "UPCOMING_APPOINTMENT", ""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_profile_ids_the_service_says_whose_a_profile_is() {
    let options = RightsOptions {
        id: IdMode::Profile,
        ..RightsOptions::default()
    };
    let house = House::with(Clinic::new(), options).await;
    let (aino, noel) = (house.token(AINO), house.token(NOEL));
    assert_eq!(house.get(PROFILE, &aino).await.status, 200);
    house
        .each(PROFILE, &noel, 401, "resident_token_invalid")
        .await;
    // Of a profile that is not known, anybody hears that there is nothing, once the token is for the act.
    house.each(EINO, &noel, 204, "").await;
    let other = json!({ "authorization": { "permissions": [{ "scopes": ["read"] }] } });
    let other = house.token_but(NOEL, &other);
    house.each(EINO, &other, 401, "rights_scope").await;
    house.dry(PROFILE, &aino).await.is(204, "");
    house.erase(PROFILE, &aino).await.is(204, "");
    assert!(!house.clinic().has(AINO));
    house.get(PROFILE, &aino).await.is(204, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_words_of_the_scopes_are_configured() {
    let options = RightsOptions {
        query_scope: "read-it".into(),
        delete_scope: "drop-it".into(),
        ..RightsOptions::default()
    };
    let house = House::with(Clinic::new(), options).await;
    house
        .each(AINO, &house.token(AINO), 401, "rights_scope")
        .await;
    let own = json!({ "authorization": { "permissions": [{ "scopes": ["read-it", "drop-it"] }] } });
    let own = house.token_but(AINO, &own);
    assert_eq!(house.get(AINO, &own).await.status, 200);
    house.erase(AINO, &own).await.is(204, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_and_an_erasure_answer_alike() {
    for person in [AINO, ELLA, NOEL, EINO] {
        for claims in [
            json!({}),
            json!({ "loa": "low" }),
            json!({ "loa": "unknown" }),
            json!({ "exp": 1 }),
            json!({ "sub": NOEL }),
            json!({ "authorization": null }),
        ] {
            let house = House::new().await;
            let token = house.token_but(person, &claims);
            let had = house.clinic().has(person);
            let dry = house.dry(person, &token).await;
            assert_eq!(house.clinic().has(person), had, "{claims}");
            let real = house.erase(person, &token).await;
            assert_eq!((dry.status, dry.body), (real.status, real.body), "{claims}");
            let is_gone = had && real.status == 204;
            assert_eq!(house.clinic().has(person), had && !is_gone, "{claims}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_megabytes_come_whole() {
    let clinic = Clinic {
        photo: 10 * 1024 * 1024,
        ..Clinic::new()
    };
    let house = House::with(clinic, RightsOptions::default()).await;
    let answer = house.get(AINO, &house.token(AINO)).await;
    assert_eq!(answer.status, 200);
    let photo = answer.json()["children"][2]["value"]
        .as_str()
        .unwrap()
        .len();
    assert_eq!(photo, 10 * 1024 * 1024);
    // And what would be too much is a fault of the service, not half a tree.
    let clinic = Clinic {
        photo: 17 * 1024 * 1024,
        ..Clinic::new()
    };
    let house = House::with(clinic, RightsOptions::default()).await;
    house
        .get(AINO, &house.token(AINO))
        .await
        .is(500, "technical_error");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_19_who_is_refused_too_often_is_told_when_to_come_again() {
    let limits = Limits {
        refusals: Some(Rate::new(1, 2)),
        ..Limits::default()
    };
    let house = House::within(limits).await;
    let token = house.token(AINO);
    assert_eq!(house.get(AINO, &token).await.status, 200);
    // Of whoever has proven who they are, no refusal counts.
    let none = json!({ "authorization": { "permissions": [] } });
    let none = house.token_but(AINO, &none);
    for _ in 0..10 {
        house.get(AINO, &none).await.is(401, "rights_scope");
    }
    let mut answer = house.get(AINO, "garbage").await;
    for _ in 0..100 {
        if answer.status != 401 {
            break;
        }
        answer = house.get(AINO, "garbage").await;
    }
    answer.is(429, "http_rate");
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait), "{wait}");
}
