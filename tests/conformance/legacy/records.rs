//! Where the payloads of older systems differ from 2.0: each difference once read and once refused.

use super::{
    KEYS, common, compact, consent_status, es256, jwk, link, link_status, read, refused, request,
    sink, source, token, told, with, without,
};
use mydata::core::crypto::Signer as _;
use mydata::legacy::Gap;
use mydata::legacy::LegacyVersion;
use mydata::legacy::consent::{Consent, Part, UsageRules};
use mydata::legacy::link::Link;
use mydata::legacy::request::DataRequest;
use mydata::legacy::status::{ConsentStatus, LinkStatus};
use mydata::legacy::token::Token;
use mydata::record::chain::Previous;
use serde_json::{Value, json};

/// C01.
#[test]
fn a_version_stands_under_version_or_under_capital_version() {
    let capital = with(
        without(link_status(), &["version"]),
        &["Version"],
        "1.3".into(),
    );
    let status: LinkStatus = read(&capital).unwrap();
    assert_eq!(status.version, LegacyVersion::V1_3);
    let both = with(link_status(), &["Version"], "1.3".into());
    assert_eq!(refused::<LinkStatus>(&both), "legacy_named_twice");
    let neither = without(link_status(), &["version"]);
    assert_eq!(refused::<LinkStatus>(&neither), "legacy_member_missing");
}

/// C02.
#[test]
fn three_versions_are_read_and_no_other() {
    for version in LegacyVersion::ALL {
        let named = |record| with(record, &["version"], version.name().into());
        assert_eq!(read::<Link>(&named(link())).unwrap().version, version);
        let status = read::<ConsentStatus>(&named(consent_status())).unwrap();
        assert_eq!(status.version, version);
        let path = ["common_part", "version"];
        let consent = with(sink(), &path, version.name().into());
        assert_eq!(read::<Consent>(&consent).unwrap().version, version);
    }
    for other in ["2.0", "1.1", "1.30", "1.3 ", "v1.3", ""] {
        let other = with(link(), &["version"], other.into());
        assert_eq!(refused::<Link>(&other), "legacy_version", "{other}");
    }
    let number = with(link(), &["version"], json!(1.3));
    assert_eq!(refused::<Link>(&number), "json_shape");
}

/// C03.
#[test]
fn a_key_is_bare_or_wrapped_once() {
    let key = jwk(&KEYS.operator);
    let bound = KEYS.operator.public();
    for form in [key.clone(), json!({ "jwk": key })] {
        let record: Link = read(&with(link(), &["operator_key"], form)).unwrap();
        assert_eq!(&record.operator_key, bound);
    }
    let inside = with(key.clone(), &["zz"], "ignored".into());
    assert!(read::<Link>(&with(link(), &["operator_key"], inside)).is_ok());
    for form in [
        json!({ "jwk": { "jwk": key } }),
        json!({ "jwk": key, "kid": "Operator112" }),
        with(key.clone(), &["jwk"], key.clone()),
        json!({ "jwk": null }),
        json!({}),
        json!([key]),
        with(key.clone(), &["d"], "AQAB".into()),
        without(key.clone(), &["kid"]),
        json!({ "kty": "oct", "kid": "Operator112", "k": "AQAB" }),
        json!({ "kty": "RSA", "kid": "Operator112", "n": "AQAB", "e": "AQAB" }),
    ] {
        let code = refused::<Link>(&with(link(), &["operator_key"], form.clone()));
        assert!(
            matches!(code, "json_shape" | "json_missing_member"),
            "{form}: {code}"
        );
    }
}

/// C04.
#[test]
fn owner_keys_are_a_set_or_an_array() {
    let key = jwk(&KEYS.owner);
    for form in [
        json!([key]),
        json!({ "keys": [key] }),
        json!([{ "jwk": key }]),
        json!({ "keys": [{ "jwk": key }] }),
    ] {
        let record: Link = read(&with(link(), &["cr_keys"], form)).unwrap();
        let keys: Vec<_> = record.cr_keys.iter().collect();
        assert_eq!(keys, [KEYS.owner.public()]);
    }
    for form in [
        json!([]),
        json!({ "keys": [] }),
        json!([key, key]),
        json!({ "key": [key] }),
        json!({ "keys": key }),
        key.clone(),
        json!([[key]]),
    ] {
        let record = with(link(), &["cr_keys"], form.clone());
        let code = refused::<Link>(&record);
        assert!(
            matches!(code, "json_shape" | "json_missing_member"),
            "{form}: {code}"
        );
    }
}

/// C05.
#[test]
fn the_version_of_the_description_may_be_missing_and_that_is_said() {
    let record: Link = read(&link()).unwrap();
    assert_eq!(record.service_description_version, None);
    assert_eq!(record.gaps(), [Gap::DescriptionVersion]);
    let told = with(link(), &["service_description_version"], "7".into());
    let record: Link = read(&told).unwrap();
    assert!(record.service_description_version.is_some());
    assert_eq!(record.gaps(), []);
    for wrong in [json!(""), json!(7), json!("NULL")] {
        let record = with(link(), &["service_description_version"], wrong);
        assert_eq!(refused::<Link>(&record), "json_shape");
    }
}

/// C06.
#[test]
fn a_time_is_a_whole_number_of_seconds_perhaps_in_quotes() {
    for (time, seconds) in [
        (json!(1_510_000_000), 1_510_000_000),
        (json!("1510000000"), 1_510_000_000),
        (json!("0"), 0),
    ] {
        let record: Link = read(&with(link(), &["iat"], time)).unwrap();
        assert_eq!(record.iat.seconds(), seconds);
    }
    for time in [
        json!("Integer"),
        json!(""),
        json!(" 1510000000"),
        json!("+1510000000"),
        json!("01510000000"),
        json!("1510000000.0"),
        json!("1.51e9"),
        json!("2017-11-06T20:26:40Z"),
        json!(1_510_000_000.5),
        json!(1_510_000_000_000_u64),
        json!("1510000000000"),
        json!(-1),
        json!(true),
        Value::Null,
    ] {
        let record = with(link(), &["iat"], time.clone());
        assert_eq!(refused::<Link>(&record), "legacy_time", "{time}");
    }
    assert_eq!(
        refused::<Link>(&without(link(), &["iat"])),
        "json_missing_member"
    );
    let quoted = with(token(), &["exp"], "1512592200".into());
    assert!(read::<Token>(&quoted).is_ok());
    let backwards = with(token(), &["exp"], "1510000200".into());
    assert_eq!(refused::<Token>(&backwards), "legacy_validity");
    let backwards = with(sink(), &["common_part", "exp"], json!(1_510_000_100));
    assert_eq!(refused::<Consent>(&backwards), "legacy_validity");
    // C14: both ends may be open.
    let open = without(
        without(sink(), &["common_part", "nbf"]),
        &["common_part", "exp"],
    );
    assert_eq!(read::<Consent>(&open).unwrap().validity.exp, None);
}

/// C10.
#[test]
fn the_first_record_has_no_predecessor_in_four_spellings() {
    for none in [json!(null), json!("NULL"), json!("null"), json!("")] {
        let status = with(consent_status(), &["prev_record_id"], none.clone());
        let status: ConsentStatus = read(&status).unwrap();
        assert_eq!(status.previous, Previous::None, "{none}");
        let status: LinkStatus = read(&with(link_status(), &["prev_record_id"], none)).unwrap();
        assert_eq!(status.previous, Previous::None);
    }
    for wrong in [
        json!("Null"),
        json!("nULL"),
        json!(0),
        json!(false),
        json!("a b"),
    ] {
        let status = with(consent_status(), &["prev_record_id"], wrong.clone());
        assert_eq!(
            refused::<ConsentStatus>(&status),
            "legacy_previous",
            "{wrong}"
        );
    }
    let missing = without(consent_status(), &["prev_record_id"]);
    assert_eq!(refused::<ConsentStatus>(&missing), "json_missing_member");
    let none = with(consent_status(), &["record_id"], "null".into());
    assert_eq!(refused::<ConsentStatus>(&none), "json_shape");
}

/// C12.
#[test]
fn parts_that_2_0_has_dropped_are_left_alone() {
    let full: Consent = read(&sink()).unwrap();
    let bare = without(
        without(sink(), &["extension_part"]),
        &["consent_receipt_part"],
    );
    assert_eq!(read::<Consent>(&bare).unwrap(), full);
    let beside = without(sink(), &["common_part", "rs_id"]);
    assert_eq!(read::<Consent>(&beside).unwrap(), full);

    let other = with(sink(), &["common_part", "rs_id"], "another".into());
    assert_eq!(refused::<Consent>(&other), "legacy_resource_set_differs");
    // Left alone is not unread: a name twice is refused wherever it stands.
    let twice = super::python(&sink()).replace("\"ki_cr\": {}", "\"ki_cr\": {}, \"ki_cr\": {}");
    let fault = <Consent as mydata::legacy::Kind>::read(twice.as_bytes()).unwrap_err();
    assert_eq!(fault.code(), "json_duplicate_member");
}

/// C13.
#[test]
fn usage_rules_are_titles_or_objects_and_never_both() {
    let path = ["role_specific_part", "usage_rules"];
    let rules = |rules: Value| with(sink(), &path, rules);
    let of = |record: &Value| match read::<Consent>(record).unwrap().part {
        Part::Sink { usage_rules, .. } => usage_rules,
        Part::Source { .. } => panic!("a source"),
    };
    let titles = UsageRules::Titles(vec!["Lukuvinkkejä lapsille".to_owned()]);
    assert_eq!(of(&sink()), titles);
    let object = json!({ "purposeId": "hints", "datasets": ["loans"] });
    assert!(matches!(of(&rules(json!([object]))), UsageRules::Rules(rules) if rules.len() == 1));

    for mixed in [json!([]), json!(["a title", object])] {
        assert_eq!(refused::<Consent>(&rules(mixed)), "legacy_usage_rules");
    }
    let missing = without(sink(), &path);
    assert_eq!(refused::<Consent>(&missing), "legacy_usage_rules");
    for wrong in [json!("a title"), json!([7]), json!([["a title"]])] {
        assert_eq!(refused::<Consent>(&rules(wrong)), "json_shape");
    }
    // In a source's record they say nothing.
    let source = with(source(), &path, json!(["a title"]));
    assert!(read::<Consent>(&source).is_ok());
}

/// C16.
#[test]
fn a_token_names_the_consent_as_pi_id_and_one_audience() {
    let claims: Token = read(&token()).unwrap();
    assert_eq!(claims.source_cr_id.as_str(), "c0000000-Source");
    assert_eq!(claims.audience, "http://library.example:8081");
    assert_eq!(claims.gaps(), [Gap::LongToken]);
    let day = with(token(), &["exp"], json!(1_510_000_200 + 86_400));
    assert_eq!(read::<Token>(&day).unwrap().gaps(), []);

    let list = with(token(), &["aud"], json!(["http://library.example:8081"]));
    assert_eq!(refused::<Token>(&list), "json_shape");
    let cr_id = with(without(token(), &["pi_id"]), &["cr_id"], "c".into());
    assert_eq!(refused::<Token>(&cr_id), "json_missing_member");
    let other = with(token(), &["cnf", "kid"], "58a1c0de".into());
    assert_eq!(refused::<Token>(&other), "legacy_confirmation");
    let key = with(token(), &["cnf", "jwk"], jwk(&KEYS.service));
    assert_eq!(refused::<Token>(&key), "json_shape");
}

/// C17.
#[test]
fn a_request_carries_its_token_in_an_object() {
    let signed: DataRequest = read(&request()).unwrap();
    let inner = signed.token().unwrap();
    assert_eq!(
        super::verified(&inner).unwrap().said(),
        &read(&token()).unwrap()
    );

    let text = with(request(), &["at"], compact(&token(), &KEYS.operator).into());
    assert_eq!(refused::<DataRequest>(&text), "legacy_at");
    let empty = with(request(), &["at"], json!({}));
    assert_eq!(refused::<DataRequest>(&empty), "json_missing_member");
    let list = with(
        request(),
        &["at"],
        json!([compact(&token(), &KEYS.operator)]),
    );
    assert_eq!(refused::<DataRequest>(&list), "json_shape");
    // That the request is authentic says nothing of the token in it.
    let forged = with(
        request(),
        &["at", "auth_token"],
        compact(&token(), &KEYS.forger).into(),
    );
    let forged = told::<DataRequest>(&compact(&forged, &KEYS.service)).unwrap();
    let inner = super::verified(&forged.said().token().unwrap()).unwrap_err();
    assert_eq!(inner.code(), "legacy_signature_invalid");
}

/// C18.
#[test]
fn the_moment_of_a_request_may_have_a_fraction() {
    for (ts, seconds) in [
        (json!(1_510_000_300.25), 1_510_000_300),
        (json!(1_510_000_300.999_999), 1_510_000_300),
        (json!(1_510_000_300), 1_510_000_300),
        (json!(0.0), 0),
    ] {
        let signed: DataRequest = read(&with(request(), &["ts"], ts)).unwrap();
        assert_eq!(signed.signed_at.seconds(), seconds);
    }
    for ts in [
        json!(-0.5),
        json!(1e300),
        json!(1e11),
        json!("1.5"),
        json!(null),
    ] {
        let request = with(request(), &["ts"], ts.clone());
        assert_eq!(refused::<DataRequest>(&request), "legacy_time", "{ts}");
    }
    assert_eq!(
        refused::<DataRequest>(&without(request(), &["ts"])),
        "json_missing_member"
    );
}

/// C37.
#[test]
fn paused_is_no_state() {
    for state in ["Paused", "active", "Removed", ""] {
        let status = with(consent_status(), &["consent_status"], state.into());
        assert_eq!(refused::<ConsentStatus>(&status), "legacy_state", "{state}");
    }
    for state in ["Paused", "Disabled", "removed"] {
        let status = with(link_status(), &["sl_status"], state.into());
        assert_eq!(refused::<LinkStatus>(&status), "legacy_state", "{state}");
    }
}

/// C46 and C52: an account id is read, as a number or a string, and never printed.
#[test]
fn an_account_id_is_read_and_not_shown() {
    for id in [json!(4711), json!("4711")] {
        let status: LinkStatus = read(&with(link_status(), &["account_id"], id)).unwrap();
        assert_eq!(status.account_id.as_ref().unwrap().as_str(), "4711");
        let shown = format!("{status:?}");
        assert!(
            !shown.contains("4711") && !shown.contains("9f0c2d4b"),
            "{shown}"
        );
    }
    let none: LinkStatus = read(&without(link_status(), &["account_id"])).unwrap();
    assert_eq!(none.account_id, None);
    for id in [
        json!(47.5),
        json!(true),
        json!(""),
        json!("null"),
        json!(-1),
    ] {
        let status = with(link_status(), &["account_id"], id.clone());
        assert_eq!(refused::<LinkStatus>(&status), "legacy_account_id", "{id}");
    }
    for shown in [
        format!("{:?}", read::<Token>(&token()).unwrap()),
        format!("{:?}", read::<DataRequest>(&request()).unwrap()),
    ] {
        assert!(shown.ends_with("(redacted)"), "{shown}");
    }
}

/// C48.
#[test]
fn the_sinks_key_has_two_names() {
    let key = jwk(&KEYS.service);
    let path = ["role_specific_part", "token_key"];
    let renamed = with(
        without(source(), &["role_specific_part", "pop_key"]),
        &path,
        key.clone(),
    );
    assert_eq!(read::<Consent>(&renamed).unwrap(), read(&source()).unwrap());
    let both = with(source(), &path, key);
    assert_eq!(refused::<Consent>(&both), "legacy_named_twice");
    let neither = without(source(), &["role_specific_part", "pop_key"]);
    assert_eq!(refused::<Consent>(&neither), "legacy_member_missing");
}

/// A source's part makes no sink's record, and the other way round.
#[test]
fn a_part_is_that_of_its_role() {
    let key = jwk(&es256("another"));
    let swapped = |role: &str, of: Value| with(of, &["common_part"], common(role));
    let part = |of: Value, name: &str, value: Value| with(of, &["role_specific_part", name], value);
    for mixed in [
        swapped("Sink", source()),
        swapped("Source", sink()),
        part(sink(), "pop_key", key.clone()),
        part(sink(), "token_key", key.clone()),
        part(sink(), "token_issuer_key", key),
        part(source(), "source_cr_id", "c0000000-Source".into()),
    ] {
        assert_eq!(refused::<Consent>(&mixed), "legacy_role_part", "{mixed}");
    }
    let other = with(sink(), &["common_part", "role"], "sink".into());
    assert_eq!(refused::<Consent>(&other), "legacy_role");
    let path = ["common_part", "rs_description", "resource_set", "dataset"];
    let set = json!({ "dataset_id": "loans" });
    for wrong in [json!([]), json!([set, set])] {
        let wrong = with(sink(), &path, wrong);
        assert_eq!(refused::<Consent>(&wrong), "legacy_no_dataset");
    }
    let gaps = read::<Consent>(&sink()).unwrap().gaps();
    let all = [
        Gap::DescriptionVersion,
        Gap::Proposal,
        Gap::PurposeIds,
        Gap::DistributionUrl,
    ];
    assert_eq!(gaps, all);
}
