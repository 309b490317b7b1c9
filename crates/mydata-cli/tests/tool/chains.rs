//! `mydata chain verify`.

use crate::support::{Desk, cases, folder};
use serde_json::{Value, json};

/// A chain of the vectors on a desk, and the names of its files.
fn chain(case: &Value) -> (Desk, Vec<String>) {
    let desk = Desk::new();
    let chain = &case["task"]["chain"];
    desk.put_json("keys.json", &chain["keys"]);
    let envelopes = chain["envelopes"].as_array().unwrap().iter().enumerate();
    let names = envelopes.map(|(at, envelope)| {
        let name = format!("{at}.json");
        desk.put(&name, envelope.as_str().unwrap());
        name
    });
    let names = names.collect();
    (desk, names)
}

#[test]
fn every_chain_of_the_vectors_is_judged_as_the_suite_judges_it() {
    let mut judged = 0;
    for file in ["plain/consent-chain.json", "plain/link-chain.json"] {
        for case in cases(&folder().join(file)) {
            let (desk, names) = chain(&case);
            if names.is_empty() {
                continue;
            }
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let kind = case["task"]["chain"]["record"].as_str().unwrap();
            let subject = case["task"]["chain"]["subject"].as_str().unwrap();
            let head = [
                "chain",
                "verify",
                "--keys",
                "keys.json",
                "--kind",
                kind,
                "--subject",
                subject,
                "--json",
            ];
            let ran = desk.run(&[&head[..], &names].concat());
            let (json, expect) = (ran.json(), &case["expect"]);
            match expect["refused"].as_str() {
                None => {
                    assert_eq!(ran.status, 0, "{}: {ran:?}", case["id"]);
                    for member in ["state", "latest", "length"] {
                        assert_eq!(json[member], expect["accepted"][member], "{}", case["id"]);
                    }
                }
                // Whose the chain is, only its own first record says here.
                Some("chain_other_surrogate") if expect["at"] == 0 => {}
                Some(code) => {
                    assert_eq!(
                        (ran.status, ran.codes()),
                        (1, vec![code.to_owned()]),
                        "{}",
                        case["id"]
                    );
                    assert_eq!(json["record"], expect["at"], "{}", case["id"]);
                }
            }
            judged += 1;
        }
    }
    assert!(judged > 40, "{judged}");
}

#[test]
fn a_chain_is_shown_record_by_record() {
    let id = "consent-chain/pause-of-owner-to-active-by-owner";
    let case = cases(&folder().join("plain/consent-chain.json"))
        .into_iter()
        .find(|case| case["id"] == id);
    let (desk, _) = chain(&case.unwrap());
    let verify = ["chain", "verify", "--keys", "keys.json"];
    let ran = desk.run(&[&verify[..], &["0.json", "1.json", "2.json"]].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(
        ran.out
            .contains("record 1     Disabled at 2025-01-07T08:01:00Z, signed by owner, owner-1\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("VERIFIED"));
    let ran = desk.run(&[&verify[..], &["--language", "sv", "0.json", "1.json"]].concat());
    assert!(ran.out.contains("pausat"), "{}", ran.out);
    // One is missing, or they stand in another order.
    let ran = desk.run(&[&verify[..], &["0.json", "2.json"]].concat());
    assert_eq!(ran.status, 1);
    assert!(
        ran.out.contains("record 1     2.json\n") && ran.out.contains("chain_gap"),
        "{}",
        ran.out
    );
    let ran = desk.run(&[&verify[..], &["--json", "1.json", "0.json"]].concat());
    assert_eq!(ran.codes(), ["chain_first_has_previous"]);
    let ran = desk.run(&[&verify[..], &["--json", "--subject", "another", "0.json"]].concat());
    assert_eq!(ran.codes(), ["chain_other_subject"]);
    // Who signed decides what a record may change: a set that does not say whose it is, is no answer.
    let keys: Value =
        serde_json::from_slice(&std::fs::read(desk.path("keys.json")).unwrap()).unwrap();
    desk.put_json("set.json", &keys["owner"]);
    let ran = desk.run(&["chain", "verify", "--keys", "set.json", "0.json"]);
    assert_eq!(ran.status, 2);
    let ran = desk.run(&[
        "chain", "verify", "--keys", "set.json", "--party", "owner", "0.json", "--json",
    ]);
    assert_eq!((ran.status, &ran.json()["state"]), (0, &json!("Active")));
    assert_eq!(
        desk.run(&["chain", "verify", "--keys", "keys.json"]).status,
        2
    );
    let ran = desk.run(&[
        "chain",
        "verify",
        "--keys",
        "keys.json",
        "--kind",
        "token",
        "0.json",
    ]);
    assert_eq!(ran.status, 2);
}
