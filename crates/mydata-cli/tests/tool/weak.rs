//! What could look verified and is not: tokens that a request may not carry, keys that stand for too much,
//! and an answer that never arrived.

use crate::support::{Desk, task};
use serde_json::{Value, json};
use std::process::{Command, Stdio};

/// 2025-01-07T08:00:00Z.
const NOW: u64 = 1_736_236_800;

/// A key of its own, written to `name`; its public half.
fn key(desk: &Desk, name: &str) -> Value {
    let ran = desk.run(&["key", "new", "--kid", name, "--out", name, "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.json()["public"].take()
}

fn signed(desk: &Desk, kind: &str, key: &str, payload: &Value) -> String {
    desk.put_json("payload", payload);
    let ran = desk.run(&["sign", "--kind", kind, "--key", key, "payload", "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.json()["signed"].as_str().unwrap().to_owned()
}

fn token(cnf: &Value, iat: u64) -> Value {
    json!({
        "iss": "operator.example", "cnf": cnf, "aud": ["https://source.example/data/a"],
        "exp": NOW + 4000, "nbf": NOW - 10, "iat": iat, "jti": "t", "cr_id": "c"
    })
}

/// What `verify` says of a request around this token, with these keys.
fn request(desk: &Desk, token: &str, keys: &Value) -> crate::support::Ran {
    let payload = json!({
        "at": token, "ts": NOW, "m": "GET", "u": "source.example", "p": "/data/a", "nonce": "n"
    });
    let request = signed(desk, "data_request", "sink", &payload);
    desk.put("record", request).put_json("keys.json", keys);
    let at = NOW.to_string();
    desk.run(&[
        "verify",
        "--keys",
        "keys.json",
        "record",
        "--at",
        &at,
        "--json",
    ])
}

/// Guide 8.4, step 11: a token with a thumbprint is for DPoP.
#[test]
fn a_request_with_a_token_for_dpop_is_refused() {
    let desk = Desk::new();
    let (operator, sink) = (key(&desk, "operator"), key(&desk, "sink"));
    let keys = json!({ "operator": operator, "sink": sink });
    let bare = json!({ "kid": "sink" });
    let plain = signed(&desk, "token", "operator", &token(&bare, NOW));
    let ran = request(&desk, &plain, &keys);
    assert_eq!(ran.status, 0, "{ran:?}");
    let jkt = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
    let bound = json!({ "kid": "sink", "jkt": jkt });
    let dpop = signed(&desk, "token", "operator", &token(&bound, NOW));
    let ran = request(&desk, &dpop, &keys);
    assert_eq!(
        (ran.status, ran.codes()),
        (1, vec!["token_key_mismatch".to_owned()])
    );
}

/// A set that does not say whose keys they are: the sink's key must not vouch for the sink's token.
#[test]
fn a_sink_does_not_vouch_for_its_own_token() {
    let desk = Desk::new();
    let sink = key(&desk, "sink");
    let own = signed(
        &desk,
        "token",
        "sink",
        &token(&json!({ "kid": "sink" }), NOW),
    );
    let ran = request(&desk, &own, &json!({ "keys": [sink] }));
    assert_eq!(ran.status, 0, "{ran:?}");
    let open = ran.json()["not_established"].to_string();
    assert!(open.contains("the token in it"), "{open}");
    assert!(!ran.out.contains("verified\""), "{ran:?}");
    let ran = request(
        &desk,
        &own,
        &json!({ "sink": sink, "operator": { "keys": [sink] } }),
    );
    assert_eq!(
        ran.status, 0,
        "named as the operator's, it is the operator's: {ran:?}"
    );
}

/// A source asks `iat` as it asks `nbf`; so does the tool.
#[test]
fn a_token_from_the_future_is_refused() {
    let desk = Desk::new();
    let operator = key(&desk, "operator");
    desk.put_json("keys.json", &operator);
    let at = NOW.to_string();
    for (ahead, status) in [(5, 0), (6, 1)] {
        let late = token(&json!({ "kid": "sink" }), NOW + ahead);
        desk.put("record", signed(&desk, "token", "operator", &late));
        let ran = desk.run(&["verify", "--keys", "keys.json", "record", "--at", &at]);
        assert_eq!(ran.status, status, "{ahead}: {ran:?}");
    }
}

#[test]
fn keys_that_say_two_things_are_no_keys() {
    let desk = Desk::new();
    let sink = key(&desk, "sink");
    desk.put("record", "a.b.c");
    for keys in [
        json!({}),
        json!({ "keys": [sink], "operator": { "nonsense": 1 } }),
        json!({ "keys": [sink], "sink": sink }),
    ] {
        desk.put_json("keys.json", &keys);
        let ran = desk.run(&["verify", "--keys", "keys.json", "--kind", "token", "record"]);
        assert_eq!(ran.status, 2, "{keys}: {ran:?}");
    }
}

/// One party must not vouch for another; and a receipt permits nothing at any time.
#[test]
fn a_receipt_needs_keys_by_party_and_no_time() {
    let task = task("receipt/signed.json", "signed/paused");
    let verify = &task["receipt"]["verify"];
    let desk = Desk::new();
    desk.put("receipt", verify["envelope"].as_str().unwrap());
    let by_id = json!({ "operators": verify["operators"], "services": verify["services"] });
    desk.put_json("keys.json", &by_id);
    let mut all = Vec::new();
    for sets in [&verify["operators"], &verify["services"]] {
        for set in sets.as_object().unwrap().values() {
            all.extend(set["keys"].as_array().unwrap().clone());
        }
    }
    desk.put_json("plain.json", &json!({ "keys": all }));
    for (keys, more, status) in [
        ("keys.json", &[][..], 0),
        ("plain.json", &[], 2),
        ("keys.json", &["--at", "0"], 2),
    ] {
        let ran = desk.run(&[&["verify", "--keys", keys, "receipt"], more].concat());
        assert_eq!(ran.status, status, "{keys} {more:?}: {ran:?}");
    }
}

/// A key that was printed nowhere is lost, and must not look made.
#[test]
#[cfg(target_os = "linux")]
fn an_output_that_fails_is_a_failure() {
    for arguments in [
        &["key", "new", "--print-private"][..],
        &["key", "new", "--print-private", "--json"],
        &["help"],
    ] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let ran = Command::new(env!("CARGO_BIN_EXE_mydata"))
            .args(arguments)
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(ran.status.code(), Some(2), "{arguments:?}");
        let err = String::from_utf8(ran.stderr).unwrap();
        assert!(err.contains("the output"), "{err}");
        assert!(!err.contains("\"d\""), "{err}");
    }
}

/// What `--force` cannot do leaves nothing behind.
#[test]
fn a_key_that_is_not_written_leaves_no_file() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("folder")).unwrap();
    let ran = desk.run(&["key", "new", "--out", "folder", "--force"]);
    assert_eq!(ran.status, 2, "{ran:?}");
    desk.put("k.new", "something else").put("k", "an old key");
    let ran = desk.run(&["key", "new", "--out", "k", "--force"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let mut left: Vec<_> = std::fs::read_dir(desk.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    left.sort();
    assert_eq!(left, ["folder", "k", "k.new"]);
}

/// A link to a folder is not followed, so that there is an end.
#[test]
#[cfg(unix)]
fn a_folder_of_vectors_that_holds_itself_has_an_end() {
    let desk = Desk::new();
    let file = crate::support::folder().join("records/token.json");
    std::fs::copy(file, desk.path("token.json")).unwrap();
    for name in ["a", "b"] {
        std::os::unix::fs::symlink(".", desk.path(name)).unwrap();
    }
    let ran = desk.run(&["verify", "."]);
    assert_eq!((ran.status, ran.out.as_str()), (0, "43 passed, 0 failed\n"));
}
