//! The algorithm is the key's: no other can be asked for, by whatever name.

use super::{Family, Subject, slug};
use crate::base64url;
use crate::make::case::Book;
use crate::make::forge::Jws;
use mydata::core::crypto::Crypto as _;
use mydata_chosen::Chosen;
use serde_json::{Value, json};

/// Names that no implementation here knows, with the row of the catalogue.
#[rustfmt::skip]
const NAMES: &[(&str, &str)] = &[
    ("none", "A1"), ("None", "A1"), ("NONE", "A1"), ("nOnE", "A1"), ("none ", "A1"), (" none", "A1"),
    ("n\u{f6}ne", "A1"), ("none\0", "A1"), ("null", "A1"), ("", "A1"), ("unsecured", "A1"),
    ("HS256", "A2 P8"), ("HS384", "A2 P8"), ("HS512", "A2 P8"), ("hs256", "A2 P8"), ("HS256/64", "A2 P8"),
    ("RS256", "A2"), ("RS384", "A2"), ("RS512", "A2"), ("PS256", "A2"), ("PS384", "A2"), ("PS512", "A2"),
    ("ES384", "A2"), ("ES512", "A2"), ("ES256K", "A2"), ("Ed448", "A2"), ("ES521", "A2"), ("RS1", "A2"),
    ("es256", "A2"), ("Es256", "A2"), ("eddsa", "A2"), ("EDDSA", "A2"), ("ed25519", "A2"), ("ED25519", "A2"),
    ("ES256 ", "A2"), (" ES256", "A2"), ("EdDSA ", "A2"), ("EdDSA\n", "A2"), ("ES\u{ff12}56", "A2"),
    ("ECDSA", "A2"), ("SHA256withECDSA", "A2"), ("ESP256", "A2"), ("ECDH-ES", "A2"), ("dir", "A2"),
    ("A128KW", "A2"), ("RSA-OAEP", "A2"), ("ML-DSA-44", "A2"), ("EdDSA,ES256", "A2"),
];

pub(super) fn book() -> Book {
    let title = "The algorithm of a signature: that of the key, and no other";
    let mut family = Family::new("jose/algorithm", title, "FW-02");
    for subject in Subject::three() {
        names(&mut family, &subject);
        of_the_key(&mut family, &subject);
        confusions(&mut family, &subject);
    }
    family.into_book()
}

fn with_alg(subject: &Subject, alg: &Value) -> Value {
    let mut header = subject.header();
    header["alg"] = alg.clone();
    header
}

fn names(family: &mut Family, subject: &Subject) {
    let code = "jws_alg_unsupported";
    for (at, (name, row)) in NAMES.iter().enumerate() {
        // Names are read alike wherever they stand: the compact kinds take all, the other a third.
        if subject.name == "consent_status" && at % 3 != 1 {
            continue;
        }
        let id = format!("{at:02}-{}", slug(name));
        let jws = subject.with_header(&with_alg(subject, &json!(name)));
        let says =
            "`alg` names no algorithm that is known here; the signature is right all the same.";
        family.jws(subject, &id, row, says, &jws, code);
    }
    let mut header = subject.header();
    header.as_object_mut().unwrap().remove("alg");
    let jws = subject.with_header(&header);
    family.jws(subject, "missing", "A1", "There is no `alg`.", &jws, code);
    let jws = subject.with_header(&with_alg(subject, &Value::Null));
    family.jws(
        subject,
        "null",
        "A1",
        "`alg` is null, which is as good as none.",
        &jws,
        code,
    );
    let mut jws = subject.with_header(&with_alg(subject, &json!("none")));
    jws.signatures.first_mut().unwrap().signature.clear();
    let says = "`alg` is `none`, and there is no signature: as it is made by those who try.";
    family.jws(subject, "none-unsigned", "A1 A11", says, &jws, code);
}

/// The two names of Ed25519 are one (RFC 9864), and the other algorithm is another.
fn of_the_key(family: &mut Family, subject: &Subject) {
    for name in ["EdDSA", "Ed25519", "ES256"] {
        let is_right = (name == "ES256") == (subject.key.alg() == "ES256");
        let (says, code) = if is_right {
            (
                "`alg` is the name, or the other name, of the key's algorithm.",
                "",
            )
        } else {
            (
                "`alg` is known, and not that of the key.",
                "jws_alg_mismatch",
            )
        };
        let jws = subject.with_header(&with_alg(subject, &json!(name)));
        family.jws(subject, &format!("name-{name}"), "A2 D21", says, &jws, code);
    }
}

/// A public key used as the secret of a symmetric algorithm, in the ways in which it was once done.
fn confusions(family: &mut Family, subject: &Subject) {
    let jwk = subject.key.jwk();
    let coordinate = base64url::decode(jwk["x"].as_str().unwrap()).unwrap();
    let secrets: [(&str, Vec<u8>); 4] = [
        ("jwk", jwk.to_string().into_bytes()),
        ("coordinate", coordinate),
        ("kid", subject.key.kid().as_bytes().to_vec()),
        ("empty", Vec::new()),
    ];
    for (name, secret) in secrets {
        for (alg, code) in [
            ("HS256", "jws_alg_unsupported"),
            (subject.key.alg(), "jws_signature_invalid"),
        ] {
            let mut jws = subject.with_header(&with_alg(subject, &json!(alg)));
            authenticate(&mut jws, &secret);
            let says = "A code of HMAC-SHA-256 stands for the signature; its secret is what everybody knows.";
            let id = format!("hmac-{name}-as-{alg}");
            family.jws(subject, &id, "A2 P8", says, &jws, code);
        }
    }
}

/// Puts HMAC-SHA-256 (RFC 2104) in the place of the signature.
fn authenticate(jws: &mut Jws, secret: &[u8]) {
    let mut key = [0_u8; 64];
    let short = if secret.len() > 64 {
        Chosen.sha256(secret).as_octets().to_vec()
    } else {
        secret.to_vec()
    };
    for (to, from) in key.iter_mut().zip(short) {
        *to = from;
    }
    let part = jws.signatures.first_mut().unwrap();
    let message = format!("{}.{}", part.protected, jws.payload);
    let inner = [&key.map(|octet| octet ^ 0x36)[..], message.as_bytes()].concat();
    let outer = [
        &key.map(|octet| octet ^ 0x5c)[..],
        Chosen.sha256(&inner).as_octets(),
    ]
    .concat();
    part.signature = base64url::encode(Chosen.sha256(&outer).as_octets());
}
