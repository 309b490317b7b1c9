//! Sets of public keys at the border, and keys that are bound and should not be.

use super::key::{ec, ed, of_point};
use super::signature::SMALL;
use super::{Family, Subject};
use crate::base64url;
use crate::exam::task::Bound;
use crate::make::case::{Book, altered};
use crate::make::keys::Key;
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "Sets of keys, and keys that are bound in spite of what they are";
    let mut family = Family::new("jose/key-set", title, "FW-03");
    sets(&mut family);
    bound(&mut family);
    family.into_book()
}

fn sets(family: &mut Family) {
    let (ed, ec) = (ed(), ec());
    let called = |jwk: &Value, kid: &str| altered(jwk, &["kid"], json!(kid));
    let set = |keys: &[Value]| json!({ "keys": keys }).to_string();
    let many = |count: usize| {
        let keys: Vec<Value> = (0..count)
            .map(|n| Key::ed25519_of(&format!("many {n}"), &format!("k{n}")).jwk())
            .collect();
        set(&keys)
    };
    let oct = json!({ "k": "AAAA", "kid": "o", "kty": "oct" });
    let rsa = json!({ "e": "AQAB", "kid": "r", "kty": "RSA", "n": "AQAB" });
    let one = set(std::slice::from_ref(&ed));
    #[rustfmt::skip]
    let rows = [
        ("largest", "A24", "64 keys.", many(64), ""),
        ("larger", "A24", "65 keys.", many(65), "key_set_too_large"),
        ("kid-twice", "A24", "Keys of two kinds have one id.", set(&[called(&ed, "a"), called(&ec, "a")]), "key_duplicate_kid"),
        ("kid-twice-apart", "A24", "Two keys that are not neighbours have one id.", set(&[called(&ed, "a"), called(&ec, "b"), called(&Key::named("sink-1").jwk(), "a")]), "key_duplicate_kid"),
        ("key-twice", "A24", "One key stands twice under one id.", set(&[ed.clone(), ed.clone()]), "key_duplicate_kid"),
        ("key-two-names", "A24", "One key of P-256 stands under two ids.", set(&[called(&ec, "a"), called(&ec, "b")]), "key_duplicate_key"),
        ("key-two-names-alg", "A24", "One key stands under two ids, with the two names of its algorithm.", set(&[called(&ed, "a"), altered(&called(&ed, "b"), &["alg"], json!("Ed25519"))]), "key_duplicate_key"),
        ("mixed-symmetric", "A2 A24", "A symmetric key stands beside a public one.", set(&[ed.clone(), oct.clone()]), "key_private"),
        ("mixed-symmetric-first", "A2 A24", "A symmetric key stands before a public one.", set(&[oct, ed.clone()]), "key_private"),
        ("mixed-rsa", "A24", "A key of RSA stands beside a public one.", set(&[ed.clone(), rsa]), "key_type_unsupported"),
        ("mixed-private", "A24", "A private key stands beside a public one.", set(&[ec.clone(), Key::named("sink-1").private().clone()]), "key_private"),
        ("mixed-small-order", "A20 A24", "A point of small order stands beside a good one.", set(&[ec.clone(), of_point(SMALL[1])]), "key_small_order"),
        ("mixed-null", "A24", "Null stands beside a key.", set(&[ed.clone(), Value::Null]), "key_shape"),
        ("mixed-text", "A24", "A string stands beside a key.", set(&[ed.clone(), json!("k")]), "key_shape"),
        ("mixed-array", "A7 A24", "An array stands for a key.", set(&[json!([ed])]), "key_shape"),
        ("keys-missing", "A24", "There are no `keys`.", "{}".to_owned(), "key_shape"),
        ("keys-null", "A24", "`keys` is null.", json!({ "keys": null }).to_string(), "key_shape"),
        ("keys-object", "A24", "`keys` is an object.", json!({ "keys": { "k": ed } }).to_string(), "key_shape"),
        ("keys-text", "A24", "`keys` is a string.", json!({ "keys": one }).to_string(), "key_shape"),
        ("keys-twice", "A6 A24", "`keys` stands twice.", format!("{{\"keys\":[],{}", one.get(1..).unwrap()), "key_shape"),
        ("keys-capital", "A24", "`Keys` in capitals.", one.replace("\"keys\"", "\"Keys\""), "key_shape"),
        ("key-alone", "A24", "A key stands where a set belongs.", ed.to_string(), "key_shape"),
        ("set-in-set", "A24", "A set stands in a set.", json!({ "keys": [{ "keys": [ed] }] }).to_string(), "key_shape"),
        ("truncated", "P9", "It breaks off.", one.get(..one.len() - 2).unwrap().to_owned(), "key_shape"),
    ];
    for (id, more, says, text, code) in rows {
        let id = format!("set-{id}");
        family.read("key_set", &id, more, says, &text, code);
    }
}

/// Keys that were bound in spite of what they are: nothing verifies with them.
fn bound(family: &mut Family) {
    let owner = |jwk: Value| Bound {
        owner: Some(json!({ "keys": [jwk] })),
        ..Bound::default()
    };
    let status = || Subject::status();
    let right = status().key.jwk();
    let (x, y) = (right["x"].clone(), right["y"].clone());
    let zero = json!(base64url::encode(&[0; 32]));
    let ones = json!(base64url::encode(&[0xff; 32]));
    let point =
        |x: &Value, y: &Value| altered(&altered(&right, &["x"], x.clone()), &["y"], y.clone());
    let says = "The key is no point of its curve: nothing verifies with it.";
    for (id, jwk) in [
        ("x-for-y", point(&x, &x)),
        ("changed-places", point(&y, &x)),
        ("zero", point(&zero, &zero)),
        ("ones", point(&ones, &ones)),
        ("x-zero", point(&zero, &y)),
        ("y-ones", point(&x, &ones)),
    ] {
        let subject = status().bound(owner(jwk));
        let jws = subject.sealed();
        let id = format!("off-curve-{id}");
        family.jws(
            &subject,
            &id,
            "FW-02 A20 A23",
            says,
            &jws,
            "jws_signature_invalid",
        );
    }
    // R the identity and S zero: with a key of small order this verifies for every message.
    let mut nobody = [0; 64];
    nobody[0] = 1;
    for (at, y) in SMALL.iter().take(5).enumerate() {
        let mut jwk = of_point(*y);
        jwk["kid"] = json!("operator-tokens-1");
        let subject = Subject::token().bound(Bound {
            operator: Some(json!({ "keys": [jwk] })),
            ..Bound::default()
        });
        let mut jws = subject.sealed();
        jws.signatures.first_mut().unwrap().signature = base64url::encode(&nobody);
        let says = "The bound key is a point of small order, and the signature one that nobody had to make.";
        let id = format!("small-order-{at}");
        family.jws(&subject, &id, "FW-02 A20", says, &jws, "key_small_order");
    }
    for (id, point) in [("y-two", 2_u8), ("y-seven", 7)] {
        let mut octets = [0; 32];
        octets[0] = point;
        let mut jwk = of_point(octets);
        jwk["kid"] = json!("operator-tokens-1");
        let subject = Subject::token().bound(Bound {
            operator: Some(json!({ "keys": [jwk] })),
            ..Bound::default()
        });
        let mut jws = subject.sealed();
        jws.signatures.first_mut().unwrap().signature = base64url::encode(&nobody);
        let says = "The bound key is another point, or none: that signature does not verify.";
        family.jws(
            &subject,
            &format!("other-point-{id}"),
            "FW-02 A20",
            says,
            &jws,
            "jws_signature_invalid",
        );
    }
}
