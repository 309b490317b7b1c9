//! Public keys at the border.

use super::signature::SMALL;
use super::{Family, slug};
use crate::base64url;
use crate::make::case::{Book, altered, without};
use crate::make::keys::Key;
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "Keys: points that verify anything, coordinates, private and symmetric ones";
    let mut family = Family::new("jose/key", title, "FW-03");
    points(&mut family);
    coordinates(&mut family);
    members(&mut family);
    documents(&mut family);
    family.into_book()
}

/// A key of Ed25519.
pub(super) fn ed() -> Value {
    Key::named("sink-pop-1").jwk()
}

/// A key of P-256.
pub(super) fn ec() -> Value {
    Key::named("source-1").jwk()
}

/// The key of an encoded point of Ed25519.
pub(super) fn of_point(point: [u8; 32]) -> Value {
    json!({ "crv": "Ed25519", "kid": "k", "kty": "OKP", "x": base64url::encode(&point) })
}

/// Points of small order with either sign, and every y that is not below 2²⁵⁵ − 19.
fn points(family: &mut Family) {
    for sign in [0, 0x80] {
        let name = if sign == 0 { "even" } else { "odd" };
        for (at, y) in SMALL.iter().enumerate() {
            let mut point = *y;
            point[31] |= sign;
            // The last two are zero and one again, with p added.
            let (says, code) = if at < 5 {
                (
                    "A point of small order: a signature that nobody made verifies with it.",
                    "key_small_order",
                )
            } else {
                (
                    "The other spelling of a point of small order.",
                    "key_not_canonical",
                )
            };
            let id = format!("small-order-{at}-{name}");
            family.read("key", &id, "A20", says, &of_point(point).to_string(), code);
        }
        for low in 0xef..=0xff_u8 {
            let mut point = [0xff; 32];
            (point[0], point[31]) = (low, 0x7f | sign);
            let says = "A point whose y is not below the prime: it has another spelling.";
            let id = format!("y-{low:x}-{name}");
            family.read(
                "key",
                &id,
                "A20",
                says,
                &of_point(point).to_string(),
                "key_not_canonical",
            );
        }
    }
    let says =
        "A point that is on no curve is found out when it should verify something, and not before.";
    let off = altered(&ec(), &["y"], ec()["x"].clone());
    family.read("key", "off-curve", "A20", says, &off.to_string(), "");
    let mut two = [0; 32];
    two[0] = 2;
    family.read(
        "key",
        "no-point",
        "A20",
        says,
        &of_point(two).to_string(),
        "",
    );
}

fn coordinates(family: &mut Family) {
    let code = "key_coordinate";
    for (kind, jwk, names) in [("ed25519", ed(), &["x"][..]), ("p256", ec(), &["x", "y"])] {
        for name in names {
            let text = jwk[name].as_str().unwrap().to_owned();
            let octets = base64url::decode(&text).unwrap();
            let of = |octets: &[u8]| json!(base64url::encode(octets));
            #[rustfmt::skip]
            let rows = [
                ("null", "A23", Value::Null),
                ("empty", "A23", json!("")),
                ("octets-1", "A23", of(&octets[..1])),
                ("octets-31", "A23", of(&octets[1..])),
                ("octets-33", "A23", of(&[&[0], &octets[..]].concat())),
                ("octets-33-behind", "A23", of(&[&octets[..], &[0]].concat())),
                ("octets-64", "A23", of(&octets.repeat(2))),
                ("compressed", "A23", of(&[&[2], &octets[..]].concat())),
                ("uncompressed", "A23", of(&[&[4], &octets[..], &octets[..]].concat())),
                ("padded", "A8 P9", json!(format!("{text}="))),
                ("space", "A8 P9", json!(format!(" {text}"))),
                ("line-end", "A8 P9", json!(format!("{text}\n"))),
                ("plus", "A8 P9", json!(format!("+{}", &text[1..]))),
                ("slash", "A8 P9", json!(format!("/{}", &text[1..]))),
                ("percent", "A8 P9", json!(format!("{}%3D", &text[..40]))),
                ("not-ascii", "A8 P9", json!(format!("\u{e5}{}", &text[1..]))),
                ("bits-behind", "A8 P9", json!(format!("{}B", &text[..42]))),
                ("hexadecimal", "A23 P9", json!("00".repeat(32))),
            ];
            for (id, more, value) in rows {
                let says = "A coordinate is not 32 octets in their one spelling.";
                let id = format!("{kind}-{name}-{id}");
                let text = altered(&jwk, &[name], value).to_string();
                family.read("key", &id, more, says, &text, code);
            }
            for (id, value) in [
                ("number", json!(1)),
                ("array", json!([text])),
                ("object", json!({})),
                ("false", json!(false)),
            ] {
                let says = "A coordinate is of another type.";
                let id = format!("{kind}-{name}-{id}");
                let text = altered(&jwk, &[name], value).to_string();
                family.read("key", &id, "A23 P9", says, &text, "key_shape");
            }
        }
    }
    let says = "A coordinate is missing, or one too many.";
    for (id, jwk) in [
        ("ed25519-x-missing", without(&ed(), &["x"])),
        (
            "ed25519-y-too-many",
            altered(&ed(), &["y"], ec()["y"].clone()),
        ),
        ("p256-x-missing", without(&ec(), &["x"])),
    ] {
        family.read("key", id, "A23", says, &jwk.to_string(), code);
    }
}

fn members(family: &mut Family) {
    let (ed, ec) = (ed(), ec());
    let mut one = |id: String, more: &str, says: &str, jwk: &Value, code: &str| {
        family.read("key", &id, more, says, &jwk.to_string(), code);
    };
    for (kty, crv) in [
        ("OKP", "P-256"),
        ("EC", "Ed25519"),
        ("EC", "P-384"),
        ("EC", "P-521"),
        ("EC", "secp256k1"),
        ("OKP", "Ed448"),
        ("OKP", "X25519"),
        ("OKP", "X448"),
        ("okp", "Ed25519"),
        ("OKP ", "Ed25519"),
        ("OKP", "ed25519"),
        ("ec", "P-256"),
        ("EC", "p-256"),
        ("EC", "P256"),
        ("EC", "secp256r1"),
        ("AKP", "ML-DSA-44"),
        ("", ""),
        ("none", "none"),
    ] {
        let base = if kty.trim().eq_ignore_ascii_case("okp") {
            &ed
        } else {
            &ec
        };
        // The id is part of the text, or two spellings of one key would be one case.
        let jwk = altered(&altered(base, &["kty"], json!(kty)), &["crv"], json!(crv));
        let id = format!("type-{}-{}", slug(kty), slug(crv));
        one(
            id,
            "A2",
            "The type or the curve is not one of the two.",
            &jwk,
            "key_type_unsupported",
        );
    }
    let rsa = |octets: usize, e: &str| json!({ "e": e, "kid": "k", "kty": "RSA", "n": base64url::encode(&vec![0xc7; octets]) });
    for (id, jwk) in [
        ("rsa-1024", rsa(128, "AQAB")),
        ("rsa-2048", rsa(256, "AQAB")),
        ("rsa-exponent-one", rsa(256, "AQ")),
        ("rsa-exponent-even", rsa(256, "Ag")),
        ("rsa-empty", rsa(0, "")),
    ] {
        one(
            id.to_owned(),
            "A24",
            "A key of RSA, of whatever size.",
            &jwk,
            "key_type_unsupported",
        );
    }
    for (base, kind) in [(&ed, "ed25519"), (&ec, "p256")] {
        for name in ["d", "k", "p", "q"] {
            for (id, value) in [
                ("text", json!("AAAA")),
                ("empty", json!("")),
                ("null", Value::Null),
            ] {
                let jwk = altered(base, &[name], value);
                let says = "A member of a private or symmetric key is there, whatever its value.";
                one(
                    format!("private-{kind}-{name}-{id}"),
                    "A2",
                    says,
                    &jwk,
                    "key_private",
                );
            }
        }
        let jwk = altered(base, &["kty"], json!("oct"));
        one(
            format!("private-{kind}-oct"),
            "A2 P8",
            "A symmetric key with the members of another.",
            &jwk,
            "key_private",
        );
    }
    let secret = json!({ "alg": "HS256", "k": "c2VjcmV0", "kid": "k", "kty": "oct" });
    one(
        "symmetric".to_owned(),
        "A2 P8",
        "A symmetric key.",
        &secret,
        "key_private",
    );
    let empty = json!({ "kid": "k", "kty": "oct" });
    one(
        "symmetric-empty".to_owned(),
        "A2 P8",
        "A symmetric key with nothing in it.",
        &empty,
        "key_private",
    );
    #[rustfmt::skip]
    let kids = [
        "", " ", "a b", "a/b", "../k", "k\0", "k\n", "'", "k;--", "\u{e5}", "k,k", "k#1", "{}", "%6b",
    ];
    for (at, kid) in kids.iter().enumerate() {
        let jwk = altered(&ed, &["kid"], json!(kid));
        one(
            format!("kid-{at:02}-{}", slug(kid)),
            "A3",
            "The id of a key is not one.",
            &jwk,
            "key_kid_invalid",
        );
    }
    let long = |length: usize| altered(&ed, &["kid"], json!("k".repeat(length)));
    one(
        "kid-longest".to_owned(),
        "A3",
        "The id has 128 characters.",
        &long(128),
        "",
    );
    one(
        "kid-longer".to_owned(),
        "A3",
        "The id has 129 characters.",
        &long(129),
        "key_kid_invalid",
    );
    let null = altered(&ed, &["kid"], Value::Null);
    one(
        "kid-null".to_owned(),
        "A3",
        "The id is null.",
        &null,
        "key_no_kid",
    );
    for (kind, base, algs) in [
        (
            "ed25519",
            &ed,
            [
                "none", "", "HS256", "eddsa", "Ed448", "RS256", "ES256K", "ES512",
            ],
        ),
        (
            "p256",
            &ec,
            [
                "none", "", "HS256", "EdDSA", "Ed25519", "es256", "ES384", "ES256K",
            ],
        ),
    ] {
        for alg in algs {
            let jwk = altered(base, &["alg"], json!(alg));
            let says = "The algorithm that the key names is not its own.";
            one(
                format!("alg-{kind}-{}", slug(alg)),
                "A2",
                says,
                &jwk,
                "key_alg_mismatch",
            );
        }
    }
    let says = "What the key may be used for.";
    #[rustfmt::skip]
    let uses = [
        ("use-empty", altered(&ed, &["use"], json!("")), "key_not_for_signing"),
        ("use-capitals", altered(&ed, &["use"], json!("SIG")), "key_not_for_signing"),
        ("use-null", altered(&ed, &["use"], Value::Null), ""),
        ("use-list", altered(&ed, &["use"], json!(["sig"])), "key_shape"),
        ("ops-empty", altered(&ed, &["key_ops"], json!([])), "key_not_for_signing"),
        ("ops-sign", altered(&ed, &["key_ops"], json!(["sign"])), "key_not_for_signing"),
        ("ops-encrypt", altered(&ed, &["key_ops"], json!(["encrypt", "wrapKey"])), "key_not_for_signing"),
        ("ops-text", altered(&ed, &["key_ops"], json!("verify")), "key_shape"),
        ("ops-numbers", altered(&ed, &["key_ops"], json!([1])), "key_shape"),
        ("ops-verify", altered(&ed, &["key_ops"], json!(["sign", "verify"])), ""),
        ("alg-null", altered(&ec, &["alg"], Value::Null), ""),
        ("others", altered(&ec, &["x5c"], json!(["MIIB"])), ""),
    ];
    for (id, jwk, code) in uses {
        one(id.to_owned(), "A2", says, &jwk, code);
    }
}

fn documents(family: &mut Family) {
    let jwk = ed().to_string();
    let inner = jwk.get(1..).unwrap();
    let shape = "key_shape";
    let deep = format!("{{\"z\":{}{},{inner}", "[".repeat(8), "]".repeat(8));
    #[rustfmt::skip]
    let rows = [
        ("nothing", "P9", "There is nothing.", String::new()),
        ("null", "A7", "Null.", "null".to_owned()),
        ("string", "A7", "A string.", json!(jwk).to_string()),
        ("array", "A7", "The key stands in an array.", format!("[{jwk}]")),
        ("array-of-values", "A7", "The key is an array of its values.", "[\"OKP\",\"Ed25519\"]".to_owned()),
        ("object-empty", "A23", "An empty object.", "{}".to_owned()),
        ("kty-missing", "A23", "There is no `kty`.", without(&ed(), &["kty"]).to_string()),
        ("kty-null", "A23", "`kty` is null.", altered(&ed(), &["kty"], Value::Null).to_string()),
        ("kty-number", "A23", "`kty` is a number.", altered(&ed(), &["kty"], json!(1)).to_string()),
        ("kty-twice", "A6", "`kty` stands twice.", format!("{{\"kty\":\"oct\",{inner}")),
        ("x-twice", "A6", "`x` stands twice.", format!("{{\"x\":\"AAAA\",{inner}")),
        ("x-twice-escaped", "A6", "`x` stands twice, once with an escape.", format!("{{\"\\u0078\":\"AAAA\",{inner}")),
        ("kid-twice", "A6", "`kid` stands twice.", format!("{{\"kid\":\"a\",{inner}")),
        ("unknown-twice", "A6", "A member that nobody reads stands twice.", format!("{{\"z\":1,\"z\":1,{inner}")),
        ("d-twice", "A6", "A private member stands twice.", format!("{{\"d\":1,\"d\":1,{inner}")),
        ("truncated", "P9", "It breaks off.", jwk.get(..jwk.len() - 1).unwrap().to_owned()),
        ("trailing", "P9", "Something follows.", format!("{jwk}x")),
        ("mark", "P9", "A byte order mark stands before it.", format!("\u{feff}{jwk}")),
        ("pem", "P9", "A key as other programs write it.", "-----BEGIN PUBLIC KEY-----".to_owned()),
        ("deep", "A9", "It is nested deeper than any key is.", deep),
        ("large", "A9", "It has more octets than any key has.", format!("{jwk}{}", " ".repeat(8192))),
        ("set-for-key", "A24", "A set of keys stands where a key belongs.", json!({ "keys": [ed()] }).to_string()),
    ];
    for (id, more, says, text) in rows {
        family.read("key", &format!("document-{id}"), more, says, &text, shape);
    }
    let says = "`crv` is missing or null.";
    for (id, jwk) in [
        ("missing", without(&ed(), &["crv"])),
        ("null", altered(&ed(), &["crv"], Value::Null)),
    ] {
        let code = "key_type_unsupported";
        family.read(
            "key",
            &format!("crv-{id}"),
            "A23",
            says,
            &jwk.to_string(),
            code,
        );
    }
}
