//! `mydata sign`: what it signs verifies, and what no kind would take it does not sign.

use crate::support::{Desk, GOOD, task};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

/// The payload of a record of the vectors.
fn payload(file: &str, id: &str) -> Value {
    let task = task(file, id);
    let envelope = task["verify"]["envelope"].as_str().unwrap();
    let payload = match serde_json::from_str::<Value>(envelope) {
        Ok(json) => json["payload"].as_str().unwrap().to_owned(),
        Err(_) => envelope.split('.').nth(1).unwrap().to_owned(),
    };
    serde_json::from_slice(&BASE64.decode(payload).unwrap()).unwrap()
}

/// A desk with the keys `name.json` and `name.pub.json`.
fn desk(names: &[&str]) -> Desk {
    let desk = Desk::new();
    for name in names {
        let file = format!("{name}.json");
        let ran = desk.run(&["key", "new", "--kid", name, "--out", &file]);
        desk.put(&format!("{name}.pub.json"), ran.out);
    }
    desk
}

#[test]
fn what_is_signed_verifies_as_its_kind() {
    for (kind, file) in [
        ("token", "token"),
        ("data_request", "data-request"),
        ("consent_status", "consent-status"),
        ("link_status", "link-status"),
        ("single_consent", "single-consent"),
        ("source_consent", "source-consent"),
        ("sink_consent", "sink-consent"),
        ("subscription", "subscription"),
        ("notification", "notification"),
        ("objection", "objection"),
        ("objection_response", "objection-response"),
        ("service_description", "service-description"),
        ("operator_description", "operator-description"),
        ("link_proposal", "link-proposal"),
    ] {
        let desk = desk(&["k"]);
        desk.put_json(
            "p.json",
            &payload(&format!("records/{file}.json"), &format!("{file}/good")),
        );
        let ran = desk.run(&["sign", "--key", "k.json", "--kind", kind, "p.json"]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{kind}: {ran:?}");
        assert_eq!(
            ran.out.starts_with('{'),
            !["token", "data_request"].contains(&kind)
        );
        desk.put("signed", &ran.out);
        let verify = [
            "verify",
            "--keys",
            "k.pub.json",
            "--kind",
            kind,
            "--at",
            GOOD,
            "signed",
            "--json",
        ];
        let verified = desk.run(&verify);
        assert_eq!(verified.status, 0, "{kind}: {verified:?}");
        assert_eq!(verified.json()["signed_by"][0]["kid"], "k");
        let json = desk
            .run(&[
                "sign", "--key", "k.json", "--kind", kind, "p.json", "--json",
            ])
            .json();
        assert_eq!(json["digest"], verified.json()["digest"]);
        assert_eq!(json["left_out"], json!([]));
    }
}

#[test]
fn a_link_record_is_signed_by_two() {
    let desk = desk(&["owner-1", "sink-1", "other"]);
    let mut link = payload("records/link-record.json", "link-record/good");
    let public: Value =
        serde_json::from_slice(&std::fs::read(desk.path("owner-1.pub.json")).unwrap()).unwrap();
    link["cr_keys"] = json!({ "keys": [public] });
    desk.put_json("p.json", &link);
    let ran = desk.run(&[
        "sign",
        "--key",
        "owner-1.json",
        "--kind",
        "link_record",
        "p.json",
    ]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    let ran = desk.run(&[
        "sign",
        "--key",
        "owner-1.json",
        "--kind",
        "link_proposal",
        "p.json",
    ]);
    desk.put("proposal", ran.out);
    let add = |key: &str| {
        desk.run(&[
            "sign",
            "--key",
            key,
            "--kind",
            "link_record",
            "--add",
            "proposal",
            "--json",
        ])
    };
    let ran = add("sink-1.json");
    assert_eq!(ran.status, 0, "{ran:?}");
    desk.put("record", ran.json()["signed"].as_str().unwrap());
    let service: Value =
        serde_json::from_slice(&std::fs::read(desk.path("sink-1.pub.json")).unwrap()).unwrap();
    desk.put_json("keys.json", &json!({ "owner": public, "service": service }));
    let verified = desk
        .run(&["verify", "--keys", "keys.json", "record", "--json"])
        .json();
    assert_eq!(
        (&verified["ok"], &verified["kind"]),
        (&json!(true), &json!("link_record"))
    );
    // The owner is not the service too, and a proposal by somebody else is none.
    assert_eq!(add("owner-1.json").status, 1);
    let ran = desk.run(&[
        "sign",
        "--key",
        "other.json",
        "--kind",
        "link_proposal",
        "p.json",
    ]);
    desk.put("proposal", ran.out);
    assert_eq!(add("sink-1.json").codes(), ["jws_kid_unknown"]);
    assert_eq!(
        desk.run(&[
            "sign",
            "--key",
            "other.json",
            "--kind",
            "token",
            "--add",
            "proposal"
        ])
        .status,
        2
    );
}

#[test]
fn what_its_kind_refuses_is_not_signed() {
    let desk = desk(&["k"]);
    let good = payload("records/token.json", "token/good");
    let sign = |kind: &str, payload: &str| {
        desk.put("p.json", payload);
        desk.run(&[
            "sign", "--key", "k.json", "--kind", kind, "p.json", "--json",
        ])
    };
    let mut backwards = good.clone();
    backwards["exp"] = json!(1);
    for (kind, payload, code) in [
        ("token", backwards.to_string(), "json_shape"),
        ("token", "{}".to_owned(), "json_missing_member"),
        ("token", "nothing".to_owned(), "json_syntax"),
        (
            "token",
            good.to_string().replacen("{", "{\"jti\":\"a\",", 1),
            "json_duplicate_member",
        ),
        ("consent_status", good.to_string(), "json_missing_member"),
    ] {
        let ran = sign(kind, &payload);
        assert_eq!(
            (ran.status, ran.codes()),
            (1, vec![code.to_owned()]),
            "{payload}"
        );
        assert!(ran.json().get("signed").is_none());
    }
    let mut service = payload(
        "records/service-description.json",
        "service-description/good",
    );
    service["dataDescription"] = json!([]);
    let codes = sign("service_description", &service.to_string()).codes();
    assert!(
        codes.contains(&"description_no_data".to_owned()) && codes.len() > 1,
        "{codes:?}"
    );
    for kind in ["receipt", "link_record", "anything", "raw"] {
        assert_eq!(sign(kind, &good.to_string()).status, 2, "{kind}");
    }
    let ran = desk.run(&["sign", "--key", "k.pub.json", "--kind", "token", "p.json"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("private_key_not_private"), "{ran:?}");
}

#[test]
fn whoever_signs_is_told_what_is_not_signed() {
    let desk = desk(&["k"]);
    let mut token = payload("records/token.json", "token/good");
    token["scope"] = json!("all");
    desk.put_json("p.json", &token);
    let ran = desk.run(&["sign", "--key", "k.json", "--kind", "token", "p.json"]);
    assert_eq!(ran.status, 0);
    assert!(ran.err.contains("/scope"), "{ran:?}");
    let json = desk
        .run(&[
            "sign", "--key", "k.json", "--kind", "token", "p.json", "--json",
        ])
        .json();
    assert_eq!(json["left_out"], json!(["/scope"]));
}
