//! `mydata verify`: by keys that were given, and by nothing else.

use crate::support::{Desk, GOOD, cases, folder, record, task, vector_files};
use serde_json::{Value, json};

#[test]
fn a_record_verifies_with_the_keys_that_are_given() {
    let desk = record("records/token.json", "token/good");
    let ran = desk.run(&["verify", "--keys", "keys.json", "record", "--at", GOOD]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.out.contains("VERIFIED\nnot established\n"),
        "{}",
        ran.out
    );
    let json = desk
        .run(&[
            "verify",
            "--keys",
            "keys.json",
            "record",
            "--at",
            "1736236830",
            "--json",
        ])
        .json();
    assert_eq!(json["command"], "verify");
    assert_eq!(json["ok"], true);
    assert_eq!(json["kind"], "token");
    assert_eq!(json["at"], 1_736_236_830);
    assert_eq!(json["signed_by"][0]["party"], "operator");
    assert_eq!(json["signed_by"][0]["kid"], "operator-tokens-1");
    assert!(json["digest"].is_string() && json["not_established"].is_array());
}

#[test]
fn times_are_held_against_the_time_given_or_now() {
    let desk = record("records/token.json", "token/good");
    let codes = |at: &[&str]| {
        let ran = desk.run(&[&["verify", "--keys", "keys.json", "record", "--json"], at].concat());
        (ran.status, ran.codes())
    };
    let refused = |code: &str| (1, vec![code.to_owned()]);
    assert_eq!(codes(&[]), refused("token_expired"));
    assert_eq!(codes(&["--at", "2025-01-07T10:59:59+02:00"]), (0, vec![]));
    assert_eq!(
        codes(&["--at", "2025-01-07T09:00:00Z"]),
        refused("token_expired")
    );
    assert_eq!(codes(&["--at", "1736236795"]), (0, vec![]));
    assert_eq!(
        codes(&["--at", "1736236794"]),
        refused("token_not_yet_valid")
    );
    let ran = desk.run(&[
        "verify",
        "--keys",
        "keys.json",
        "record",
        "--at",
        "tomorrow",
    ]);
    assert_eq!(ran.status, 2);
}

#[test]
fn each_record_of_the_vectors_is_judged_as_the_suite_judges_it() {
    let mut judged = 0;
    for file in vector_files() {
        if !file.starts_with(folder().join("records")) {
            continue;
        }
        for case in cases(&file) {
            let verify = &case["task"]["verify"];
            let kind = verify["record"].as_str().unwrap();
            let mut keys = verify["keys"].clone();
            // Of a request the token is verified too, when there are keys for it: here there are none.
            if let (true, Some(keys)) = (kind == "data_request", keys.as_object_mut()) {
                keys.remove("operator");
            }
            let desk = Desk::new();
            desk.put("record", verify["envelope"].as_str().unwrap());
            desk.put_json("keys.json", &keys);
            let ran = desk.run(&[
                "verify",
                "--keys",
                "keys.json",
                "--kind",
                kind,
                "record",
                "--at",
                GOOD,
                "--json",
            ]);
            let expected: Vec<String> = case["expect"]["refused"]
                .as_str()
                .map(str::to_owned)
                .into_iter()
                .collect();
            assert_eq!(
                (ran.status, ran.codes()),
                (i32::from(!expected.is_empty()), expected),
                "{}",
                case["id"]
            );
            if ran.status == 0 {
                assert_eq!(ran.json()["digest"], case["expect"]["accepted"]["digest"]);
            }
            judged += 1;
        }
    }
    assert!(judged > 200, "{judged}");
}

#[test]
fn a_kind_is_guessed_and_never_weakened() {
    // A link record from which the service's signature was taken is no proposal unless one is asked for.
    let desk = record("records/link-record.json", "link-record/good");
    let verify = ["verify", "--keys", "keys.json", "record", "--json"];
    assert_eq!(desk.run(&verify).json()["kind"], "link_record");
    let mut link: Value =
        serde_json::from_str(&std::fs::read_to_string(desk.path("record")).unwrap()).unwrap();
    let owner = link["signatures"][0].take();
    let stripped = json!({ "payload": link["payload"], "protected": owner["protected"], "signature": owner["signature"] });
    desk.put_json("record", &stripped);
    let ran = desk.run(&verify);
    assert_eq!(
        (ran.status, ran.codes()),
        (1, vec!["jws_signer_set".to_owned()])
    );
    let ran = desk.run(&[&verify[..], &["--kind", "link_proposal"]].concat());
    assert_eq!(ran.json()["kind"], "link_proposal");
    assert_eq!(
        desk.run(&[&verify[..], &["--kind", "consent_status"]].concat())
            .codes(),
        ["jws_typ_mismatch"]
    );
    assert_eq!(
        desk.run(&[&verify[..], &["--kind", "anything"]].concat())
            .status,
        2
    );
}

#[test]
fn a_set_by_itself_is_of_whoever_may_sign() {
    let task = task("records/link-record.json", "link-record/good");
    let keys = &task["verify"]["keys"];
    let both = [&keys["owner"]["keys"], &keys["service"]["keys"]];
    let both: Vec<Value> = both
        .iter()
        .flat_map(|set| set.as_array().unwrap().clone())
        .collect();
    let desk = Desk::new();
    desk.put("record", task["verify"]["envelope"].as_str().unwrap());
    desk.put_json("set.json", &json!({ "keys": both }));
    desk.put_json("owner.json", &keys["owner"]);
    let ran = desk.run(&["verify", "--keys", "set.json", "record", "--json"]);
    let json = ran.json();
    assert_eq!(ran.status, 0, "{ran:?}");
    // Who of them is who, the set does not say, and so neither does the tool.
    assert_eq!(json["signed_by"][0]["party"], Value::Null);
    let open = json["not_established"].to_string();
    assert!(open.contains("which of the parties"), "{open}");
    for arguments in [&["--party", "owner"][..], &["--party", "service"], &[]] {
        let ran = desk.run(
            &[
                &["verify", "--keys", "owner.json", "record", "--json"],
                arguments,
            ]
            .concat(),
        );
        assert_eq!(
            (ran.status, ran.codes()),
            (1, vec!["jws_kid_unknown".to_owned()]),
            "{arguments:?}"
        );
    }
}

#[test]
fn the_token_in_a_request_is_verified_with_it() {
    let task = task("records/data-request.json", "data-request/good");
    let request = task["verify"]["envelope"].as_str().unwrap();
    let token_keys =
        crate::support::task("records/token.json", "token/good")["verify"]["keys"]["operator"]
            .take();
    let desk = Desk::new();
    desk.put("record", format!("Authorization: PoP {request}\n"));
    let sink = &task["verify"]["keys"]["sink"];
    let verify = |keys: &Value, at: &str| {
        desk.put_json("keys.json", keys);
        desk.run(&[
            "verify",
            "--keys",
            "keys.json",
            "record",
            "--at",
            at,
            "--json",
        ])
    };
    let ran = verify(&json!({ "sink": sink, "operator": token_keys }), GOOD);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!ran.out.contains("the token in it"));
    let ran = verify(&json!({ "sink": sink }), GOOD);
    assert_eq!(ran.status, 0);
    assert!(
        ran.out
            .contains("the token in it: no keys were given as an operator's")
    );
    let ran = verify(&json!({ "sink": sink, "operator": sink }), GOOD);
    assert_eq!(ran.codes(), ["jws_kid_unknown"]);
    assert_eq!(ran.json()["refused"][0]["at"], "token");
    let later = verify(
        &json!({ "sink": sink, "operator": token_keys }),
        "2025-01-07T08:01:01Z",
    );
    assert_eq!(later.codes(), ["proof_too_old"]);
    let earlier = verify(&json!({ "sink": sink }), "2025-01-07T07:59:54Z");
    assert_eq!(earlier.codes(), ["proof_in_future"]);
}

#[test]
fn a_receipt_verifies_with_public_keys_alone_and_says_what_is_not_established() {
    let task = task("receipt/signed.json", "signed/paused");
    let verify = &task["receipt"]["verify"];
    let desk = Desk::new();
    desk.put("receipt", verify["envelope"].as_str().unwrap());
    desk.put_json(
        "keys.json",
        &json!({ "operators": verify["operators"], "services": verify["services"] }),
    );
    let json = desk
        .run(&["verify", "--keys", "keys.json", "receipt", "--json"])
        .json();
    assert_eq!(
        (&json["ok"], &json["kind"], &json["state"]),
        (&json!(true), &json!("receipt"), &json!("paused"))
    );
    let names: Vec<&str> = json["not_established"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["afterwards", "texts", "ceremony", "times", "keys"]);
    for (language, state) in [("fi", "keskeytetty"), ("sv", "pausat"), ("en", "paused")] {
        let ran = desk.run(&[
            "verify",
            "--keys",
            "keys.json",
            "receipt",
            "--language",
            language,
        ]);
        assert_eq!(ran.status, 0);
        assert!(
            ran.out.contains(state) && ran.out.contains("not established"),
            "{}",
            ran.out
        );
    }
    desk.put_json("keys.json", &json!({ "operators": verify["operators"] }));
    let ran = desk.run(&["verify", "--keys", "keys.json", "receipt", "--json"]);
    assert_eq!(
        (ran.status, ran.codes()),
        (1, vec!["receipt_service_unknown".to_owned()])
    );
}

#[test]
fn keys_that_are_none_are_a_mistake_of_the_caller() {
    let desk = record("records/token.json", "token/good");
    let private = json!({ "kty": "OKP", "kid": "k", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" });
    for (keys, says) in [
        (private, "key_private"),
        (json!({ "wallet": {} }), "neither a JWK"),
        (json!([]), "not an object"),
        (json!({ "keys": [] }), "key_set_empty"),
        (json!({ "operators": { "a b": {} } }), "an id that is none"),
    ] {
        desk.put_json("other.json", &keys);
        let ran = desk.run(&["verify", "--keys", "other.json", "record"]);
        assert_eq!(ran.status, 2, "{ran:?}");
        assert!(ran.err.contains(says), "{ran:?}");
        assert!(!ran.err.contains("nWGxne"));
    }
    assert_eq!(desk.run(&["verify", "record"]).status, 2);
    assert_eq!(
        desk.run(&["verify", "--keys", "keys.json", "nothing"])
            .status,
        2
    );
    assert_eq!(desk.run(&["verify", "--keys", "-", "-"]).status, 2);
    let party = [
        "verify",
        "--keys",
        "keys.json",
        "--party",
        "owner",
        "record",
    ];
    assert_eq!(desk.run(&party).status, 2);
    let plain = desk.feed(
        &["verify", "--keys", "keys.json", "-", "--json"],
        b"{\"a\":1}",
    );
    assert_eq!(
        (plain.status, plain.codes()),
        (1, vec!["jws_malformed".to_owned()])
    );
}

#[test]
fn no_more_than_four_mebibytes_are_read() {
    let desk = record("records/token.json", "token/good");
    let large = vec![b' '; (4 << 20) + 1];
    let ran = desk.feed(&["verify", "--keys", "keys.json", "-"], &large);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("more than 4 MiB"), "{ran:?}");
    desk.put("large", &large);
    let ran = desk.run(&["inspect", "large", "--json"]);
    assert_eq!((ran.status, &ran.json()["ok"]), (2, &json!(false)));
    assert!(
        ran.json()["usage"]
            .as_str()
            .unwrap()
            .contains("more than 4 MiB")
    );
}
