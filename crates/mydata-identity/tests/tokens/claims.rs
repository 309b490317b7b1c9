//! What a token claims, one thing wrong at a time.

use super::{
    AUDIENCE, ISSUER, NOW, SUBJECT, but, claiming, code, code_but, key, now, provider, read,
};
use mydata::core::time::Seconds;
use mydata_conformance::provider::{Kind, SigningKey, with};
use mydata_identity::{Assurance, IdentityRefusal, Levels};
use serde_json::{Value, json};

#[test]
fn a_token_is_the_providers_for_us_and_from_a_client_that_may() {
    let other = "https://id.town.example/realms/Town";
    let slash = format!("{ISSUER}/");
    for issuer in [
        json!(other),
        json!(slash),
        json!([ISSUER]),
        json!(7),
        json!(null),
    ] {
        assert_eq!(
            claiming(&json!({ "iss": issuer })),
            "identity_issuer",
            "{issuer}"
        );
    }
    let many: Vec<String> = (0..16).map(|n| format!("service-{n}")).collect();
    let many_and_ours = [&many[..], &[AUDIENCE.to_owned()]].concat();
    for audience in [
        json!(null),
        json!("other"),
        json!("youth-card-2"),
        json!("Youth-card"),
        json!([]),
        json!(["other"]),
        json!([AUDIENCE, 7]),
        json!([[AUDIENCE]]),
        json!({ AUDIENCE: true }),
        json!(format!("other {AUDIENCE}")),
        json!(many_and_ours),
    ] {
        assert_eq!(
            claiming(&json!({ "aud": audience })),
            "identity_audience",
            "{audience}"
        );
    }
    assert_eq!(claiming(&json!({ "aud": [AUDIENCE] })), "good");
    assert_eq!(claiming(&json!({ "aud": many_and_ours[1..] })), "good");

    let of_clients = provider().with_clients(["profile-ui", "app"]);
    let by = |client: &Value| {
        let text = but(Kind::Es256, &json!({}), &json!({ "azp": client }));
        read(&text, &of_clients).map_or_else(|code| code, |_| "good")
    };
    assert_eq!(
        (by(&json!("profile-ui")), by(&json!("app"))),
        ("good", "good")
    );
    for client in [json!(null), json!("other"), json!(["app"]), json!("")] {
        assert_eq!(by(&client), "identity_client", "{client}");
    }
}

#[test]
fn a_token_is_in_force() {
    // Half a minute of leeway: the first second at which it is over, and the last before.
    for (exp, told) in [
        (NOW - 30, "identity_expired"),
        (NOW - 29, "good"),
        (NOW, "good"),
    ] {
        assert_eq!(
            claiming(&json!({ "iat": NOW - 300, "exp": exp })),
            told,
            "{exp}"
        );
    }
    let later = NOW + 300;
    for exp in [
        json!(null),
        json!(later.to_string()),
        json!(later as f64 + 0.5),
        json!(-1),
        json!(u64::MAX),
        json!([later]),
        json!(0),
    ] {
        assert_eq!(
            claiming(&json!({ "exp": exp })),
            "identity_expired",
            "{exp}"
        );
    }
    for name in ["nbf", "iat"] {
        assert_eq!(claiming(&json!({ name: NOW + 30 })), "good");
        for time in [
            json!(NOW + 31),
            json!("0"),
            json!(NOW as f64 - 0.5),
            json!(-1),
            json!(true),
        ] {
            assert_eq!(
                claiming(&json!({ name: time })),
                "identity_not_yet",
                "{name} {time}"
            );
        }
    }
    assert_eq!(claiming(&json!({ "iat": NOW, "exp": NOW + 3600 })), "good");
    assert_eq!(
        claiming(&json!({ "iat": NOW, "exp": NOW + 3601 })),
        "identity_too_long"
    );
    assert_eq!(
        claiming(&json!({ "iat": NOW - 3600, "exp": NOW + 1 })),
        "identity_too_long"
    );
    assert_eq!(claiming(&json!({ "iat": null })), "identity_too_long");

    let strict = provider().with_leeway(Seconds::ZERO).unwrap();
    let strict = strict.with_longest(Seconds::minutes(5)).unwrap();
    let told = |claims: &Value| {
        let text = but(Kind::EdDsa, &json!({}), claims);
        read(&text, &strict).map_or_else(|code| code, |_| "good")
    };
    assert_eq!(told(&json!({})), "good");
    assert_eq!(told(&json!({ "exp": NOW })), "identity_expired");
    assert_eq!(told(&json!({ "nbf": NOW + 1 })), "identity_not_yet");
    assert_eq!(told(&json!({ "exp": NOW + 301 })), "identity_too_long");
}

#[test]
fn no_other_token_of_the_providers_passes() {
    // Keycloak's own names, and one that is no text.
    for kind in [
        json!("ID"),
        json!("Refresh"),
        json!("Offline"),
        json!("Logout"),
        json!("bearer"),
        json!(7),
    ] {
        assert_eq!(
            claiming(&json!({ "typ": kind })),
            "identity_not_access",
            "{kind}"
        );
    }
    assert_eq!(claiming(&json!({ "typ": null })), "good");
    // What tells ID and logout tokens apart where the claim is missing.
    let event = json!({ "http://schemas.openid.net/event/backchannel-logout": {} });
    for (name, value) in [
        ("nonce", json!("n")),
        ("at_hash", json!("h")),
        ("c_hash", json!("h")),
        ("events", event),
    ] {
        let claims = json!({ "typ": null, name: value });
        assert_eq!(claiming(&claims), "identity_not_access", "{name}");
        // A header that says it is an access token.
        assert_eq!(
            code_but(&json!({ "typ": "at+jwt" }), &claims),
            "good",
            "{name}"
        );
    }
    for bound in [
        json!({ "jkt": "abc" }),
        json!({ "x5t#S256": "abc" }),
        json!({}),
        json!(7),
    ] {
        assert_eq!(
            claiming(&json!({ "cnf": bound })),
            "identity_bound",
            "{bound}"
        );
    }
}

#[test]
fn a_subject_is_a_name_and_no_more() {
    for subject in [
        json!(null),
        json!(""),
        json!("a b"),
        json!("ä"),
        json!("a\n"),
        json!(7),
        json!("x".repeat(256)),
    ] {
        assert_eq!(
            claiming(&json!({ "sub": subject })),
            "identity_subject",
            "{subject}"
        );
    }
    assert_eq!(claiming(&json!({ "sub": "x".repeat(255) })), "good");
    // What says nothing is left out, and the token is good.
    for claims in [
        json!({ "sid": 7, "auth_time": "yesterday", "loa": 7, "authorization": [] }),
        json!({ "sid": "a b", "auth_time": NOW + 31, "loa": {}, "authorization": { "permissions": {} } }),
        json!({ "sid": null, "auth_time": null, "loa": null, "authorization": null }),
        json!({ "sid": "", "auth_time": -1, "loa": "HIGH",
            "authorization": { "permissions": [7, { "scopes": "gdprquery" }, { "scopes": [7, "", "a b"] }] } }),
    ] {
        let text = but(Kind::Es256, &json!({}), &claims);
        let resident = read(&text, &provider()).unwrap();
        assert!(
            resident.session().is_none() && resident.authenticated().is_none(),
            "{claims}"
        );
        assert_eq!(resident.assurance(), Assurance::Unknown, "{claims}");
        assert_eq!(resident.scopes().iter().count(), 0, "{claims}");
    }
}

#[test]
fn an_operation_says_how_well_and_how_lately() {
    let resident = |claims: &Value| {
        let text = but(Kind::Es256, &json!({}), claims);
        read(&text, &provider()).unwrap()
    };
    let words = [
        (json!("unknown"), Assurance::Unknown),
        (json!("low"), Assurance::Low),
        (json!("substantial"), Assurance::Substantial),
        (json!("high"), Assurance::High),
        (json!("Substantial"), Assurance::Unknown),
        (json!(null), Assurance::Unknown),
    ];
    for (word, level) in words {
        let resident = resident(&json!({ "loa": word }));
        assert_eq!(resident.assurance(), level, "{word}");
        for least in Assurance::ALL {
            let answer = resident
                .at_least(least, None, now())
                .map_err(IdentityRefusal::code);
            let expected = if level < least {
                Err("identity_assurance")
            } else {
                Ok(())
            };
            assert_eq!(answer, expected, "{word} for {least}");
        }
    }
    let at = |time: Value, freshest: u32| {
        let resident = resident(&json!({ "auth_time": time }));
        let asked = resident.at_least(Assurance::Low, Some(Seconds::new(freshest)), now());
        asked.map_err(IdentityRefusal::code)
    };
    assert_eq!(at(json!(NOW - 60), 60), Ok(()));
    assert_eq!(at(json!(NOW - 61), 60), Err("identity_too_old"));
    assert_eq!(at(json!(null), u32::MAX), Err("identity_too_old"));
    // Somebody who will be identified is not.
    assert_eq!(at(json!(NOW + 31), u32::MAX), Err("identity_too_old"));
    let low = resident(&json!({ "loa": "low", "auth_time": null }));
    let asked = low.at_least(Assurance::High, Some(Seconds::ZERO), now());
    assert_eq!(asked, Err(IdentityRefusal::Assurance));
}

#[test]
fn levels_and_scopes_stand_where_the_configuration_says() {
    let methods = Levels::new(
        "amr",
        [
            ("pwd", Assurance::Low),
            ("suomi_fi", Assurance::Substantial),
            ("pwd", Assurance::High),
        ],
    );
    let provider = provider()
        .with_levels(methods)
        .with_scope_claims(["scope", "https://api.hel.fi/auth"]);
    let resident = |claims: &Value| {
        let text = but(Kind::Es256, &json!({}), claims);
        read(&text, &provider).unwrap()
    };
    for (methods, level) in [
        (json!(["pwd", "suomi_fi"]), Assurance::Substantial),
        // A word that stands twice means the lower.
        (json!(["pwd"]), Assurance::Low),
        (json!("suomi_fi"), Assurance::Substantial),
        (json!(["otp", 7]), Assurance::Unknown),
        (json!([]), Assurance::Unknown),
        (json!([["suomi_fi"]]), Assurance::Unknown),
    ] {
        // `loa` says nothing here.
        let claims = json!({ "amr": methods, "loa": "high" });
        assert_eq!(resident(&claims).assurance(), level, "{methods}");
    }
    let claims = json!({
        "scope": "openid youth.gdprquery  openid",
        "https://api.hel.fi/auth": ["youth.gdprdelete", 7],
        "scopes": ["not-asked-for"],
    });
    let resident = resident(&claims);
    let scopes: Vec<&str> = resident.scopes().iter().collect();
    let expected = [
        "gdprdelete",
        "gdprquery",
        "openid",
        "youth.gdprdelete",
        "youth.gdprquery",
    ];
    assert_eq!(scopes, expected);
}

#[test]
fn the_first_that_applies_is_told() {
    // Everything is wrong from the second on, and mended one after the other.
    let wrong = json!({
        "iss": "https://other.example", "aud": "other", "exp": 1, "nbf": NOW + 999, "iat": 0,
        "typ": "ID", "cnf": {}, "sub": "",
    });
    let stranger = SigningKey::generate("EdDSA-1", Kind::EdDsa);
    let kid = |kid: &str| json!({ "kid": kid });
    assert_eq!(code(&stranger.token(&kid("other"), &wrong)), "identity_kid");
    assert_eq!(
        code(&stranger.token(&kid("ES256-1"), &wrong)),
        "identity_alg_mismatch"
    );
    assert_eq!(
        code(&stranger.token(&json!({}), &wrong)),
        "identity_signature"
    );
    let mut claims = wrong;
    for (told, mended) in [
        ("identity_issuer", json!({ "iss": ISSUER })),
        ("identity_audience", json!({ "aud": AUDIENCE })),
        ("identity_expired", json!({ "exp": NOW + 300 })),
        ("identity_not_yet", json!({ "nbf": null })),
        ("identity_too_long", json!({ "iat": NOW })),
        ("identity_not_access", json!({ "typ": "Bearer" })),
        ("identity_bound", json!({ "cnf": null })),
        ("identity_subject", json!({ "sub": SUBJECT })),
    ] {
        assert_eq!(code(&key(Kind::EdDsa).token(&json!({}), &claims)), told);
        claims = with(claims, &mended);
    }
    assert_eq!(code(&key(Kind::EdDsa).token(&json!({}), &claims)), "good");
}
