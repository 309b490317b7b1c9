//! Residents' tokens: their form, header, key and signature. What they claim is in [`claims`](super::claims).

use super::stated;
use crate::base64url;
use crate::exam::task::{KnownProvider, ResidentTask};
use crate::exam::{Role, Task};
use crate::make::case::{About, Book};
use crate::make::forge::flipped;
use crate::make::keys::Key;
use crate::make::record::START;
use crate::make::rsa;
use serde_json::{Value, json};

pub(super) const ISSUER: &str = "https://id.town.example/realms/town";
pub(super) const AUDIENCE: &str = "youth-card";

/// What a token is signed with.
#[derive(Debug, Clone, Copy)]
pub(super) enum By {
    Rsa,
    P256,
    Ed25519,
}

impl By {
    fn kid(self) -> &'static str {
        match self {
            Self::Rsa => "rsa-1",
            Self::P256 => "p256-1",
            Self::Ed25519 => "ed25519-1",
        }
    }

    fn alg(self) -> &'static str {
        match self {
            Self::Rsa => "RS256",
            Self::P256 => "ES256",
            Self::Ed25519 => "EdDSA",
        }
    }

    fn sign(self, message: &[u8]) -> Vec<u8> {
        let kid = self.kid();
        match self {
            Self::Rsa => rsa::sign(message),
            Self::P256 => Key::es256_of(kid, kid).signature(message).to_vec(),
            Self::Ed25519 => Key::ed25519_of(kid, kid).signature(message).to_vec(),
        }
    }

    fn jwk(self) -> Value {
        let kid = self.kid();
        match self {
            Self::Rsa => rsa::jwk(kid),
            Self::P256 => Key::es256_of(kid, kid).jwk(),
            Self::Ed25519 => Key::ed25519_of(kid, kid).jwk(),
        }
    }

    pub(super) fn header(self) -> Value {
        json!({ "alg": self.alg(), "typ": "JWT", "kid": self.kid() })
    }
}

/// A key that the provider uses for something else.
pub(super) fn for_encryption() -> Value {
    let mut jwk = rsa::jwk("enc-1");
    jwk["alg"] = json!("RSA-OAEP");
    jwk["use"] = json!("enc");
    jwk
}

/// What the provider publishes.
pub(super) fn published() -> Value {
    let signing = [By::Rsa, By::P256, By::Ed25519].map(By::jwk).into_iter();
    let keys: Vec<Value> = signing.chain([for_encryption()]).collect();
    json!({ "keys": keys })
}

pub(super) fn provider() -> KnownProvider {
    KnownProvider {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        leeway: None,
        longest: None,
        clients: Vec::new(),
        scope_claims: Vec::new(),
        levels: None,
    }
}

/// What a good token claims.
pub(super) fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "3f6c1c5e-8d4b", "typ": "Bearer", "azp": "profile-ui",
        "iat": START, "exp": START + 300, "auth_time": START - 60, "sid": "session-1", "loa": "substantial",
        "authorization": { "permissions": [{ "scopes": ["gdprquery"] }, { "scopes": ["gdprdelete"] }] },
    })
}

/// `object` with the members of `other` beside its own or in their place; a text `-` takes one away.
pub(super) fn with(mut object: Value, other: &Value) -> Value {
    let members = object.as_object_mut().unwrap();
    for (name, value) in other.as_object().unwrap() {
        match value == "-" {
            true => drop(members.remove(name)),
            false => drop(members.insert(name.clone(), value.clone())),
        }
    }
    object
}

/// A token of these very octets.
fn token_of(by: By, header: &[u8], claims: &[u8]) -> String {
    let signed = [header, claims].map(base64url::encode).join(".");
    let signature = base64url::encode(&by.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

/// A good token but for these members of header and claims.
pub(super) fn token(by: By, header: &Value, other: &Value) -> String {
    let header = with(by.header(), header).to_string();
    let claims = with(claims(), other).to_string();
    token_of(by, header.as_bytes(), claims.as_bytes())
}

pub(super) fn task(token: String) -> ResidentTask {
    ResidentTask {
        provider: provider(),
        keys: published().to_string(),
        token,
        at: START,
        least: None,
        freshest: None,
    }
}

pub(super) fn judged(book: &mut Book, id: &str, says: &str, task: ResidentTask, codes: &str) {
    let about = About {
        id,
        requirements: "AC-16 AC-23 D80",
        binds: &[Role::Operator],
        says,
    };
    book.task(about, &Task::Resident(task), stated(codes));
}

pub(super) fn book() -> Book {
    let title = "Residents' tokens: form, header, key and signature";
    let mut book = Book::new("http/resident", title);
    accepted(&mut book);
    forms(&mut book);
    headers(&mut book);
    keys(&mut book);
    signatures(&mut book);
    order(&mut book);
    book
}

const ED: By = By::Ed25519;

fn accepted(book: &mut Book) {
    let none = json!({});
    let roles = |length: usize| json!({ "roles": "r".repeat(length) });
    let large = |length: usize| token(ED, &none, &roles(length));
    #[rustfmt::skip]
    let rows = [
        ("rs256", "RS256.", token(By::Rsa, &none, &none), ""),
        ("es256", "ES256.", token(By::P256, &none, &none), ""),
        ("eddsa", "Ed25519, by its older name.", token(ED, &none, &none), ""),
        ("ed25519", "Ed25519, by its own name.", token(ED, &json!({ "alg": "Ed25519" }), &none), ""),
        ("typ-access", "The type of access tokens (RFC 9068).", token(ED, &json!({ "typ": "at+jwt" }), &none), ""),
        ("typ-access-long", "The same, written out.", token(ED, &json!({ "typ": "application/at+jwt" }), &none), ""),
        ("header-more", "Members of the header that are not known mean nothing.", token(ED, &json!({ "x5t": "abc", "more": [1] }), &none), ""),
        ("claims-large", "Claims of nearly 12288 octets.", large(11_700), ""),
        ("claims-too-large", "Claims of more than 12288 octets.", large(12_000), "identity_malformed"),
    ];
    for (id, says, token, codes) in rows {
        judged(book, id, says, task(token), codes);
    }
}

/// What is no token at all.
fn forms(book: &mut Book) {
    let header = ED.header().to_string();
    let good = token(ED, &json!({}), &json!({}));
    let parts: Vec<&str> = good.split('.').collect();
    let [first, second, third] = parts.as_slice() else {
        panic!("not three parts");
    };
    let raw = |header: &[u8], claims: &[u8]| token_of(ED, header, claims);
    let claims = claims().to_string();
    let said = |claims: &str| raw(header.as_bytes(), claims.as_bytes());
    let headed = |header: &str| raw(header.as_bytes(), claims.as_bytes());
    let deep = |depth: usize| format!(r#"{{"a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    // Of this length the last character has bits that nothing uses.
    assert_eq!(third.len() % 4, 2);
    let spare = format!(
        "{first}.{second}.{}{}",
        &third[..third.len() - 1],
        spare(third)
    );
    #[rustfmt::skip]
    let rows = [
        ("empty", "Nothing.", String::new()),
        ("two-parts", "Two parts.", format!("{first}.{second}")),
        ("four-parts", "Four parts.", format!("{good}.{third}")),
        ("no-signature", "The signature is empty.", format!("{first}.{second}.")),
        ("no-header", "The header is empty.", format!(".{second}.{third}")),
        ("padding", "Padding.", format!("{good}==")),
        ("spare-bits", "Bits of the last character that nothing uses.", spare),
        ("space", "White space before it.", format!(" {good}")),
        ("line", "A line end after it.", format!("{good}\n")),
        ("header-no-json", "The header is no JSON.", headed("{")),
        ("header-array", "The header is an array.", headed("[]")),
        ("header-twice", "A member of the header twice.", headed(r#"{"alg":"EdDSA","alg":"EdDSA","typ":"JWT","kid":"ed25519-1"}"#)),
        ("header-number", "An algorithm that is a number.", headed(r#"{"alg":1,"typ":"JWT","kid":"ed25519-1"}"#)),
        ("claims-no-json", "The claims are no JSON.", said("claims")),
        ("claims-array", "The claims are an array.", said("[{}]")),
        ("claims-twice", "A claim twice.", said(&claims.replacen('{', r#"{"sub":"other","#, 1))),
        ("claims-twice-deep", "A member of a claim twice.", said(&claims.replacen('{', r#"{"x":{"a":1,"\u0061":2},"#, 1))),
        ("claims-deep", "Claims of seventeen levels.", said(&deep(16))),
    ];
    for (id, says, token) in rows {
        judged(
            book,
            &format!("form-{id}"),
            says,
            task(token),
            "identity_malformed",
        );
    }
}

/// The last character of the text with one spare bit set.
fn spare(text: &str) -> char {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = text.chars().last().unwrap();
    let at = ALPHABET.find(last).unwrap();
    assert_eq!(at % 16, 0);
    ALPHABET.chars().nth(at + 1).unwrap()
}

fn headers(book: &mut Book) {
    let (alg, typ, header, kid) = (
        "identity_alg",
        "identity_typ",
        "identity_header",
        "identity_kid",
    );
    let brought = || By::Ed25519.jwk();
    #[rustfmt::skip]
    let rows = [
        ("alg-missing", "No algorithm.", json!({ "alg": "-" }), alg),
        ("alg-null", "An algorithm that is null.", json!({ "alg": null }), alg),
        ("alg-none", "The algorithm is none.", json!({ "alg": "none" }), alg),
        ("alg-none-capitals", "The algorithm is none, in capitals.", json!({ "alg": "NONE" }), alg),
        ("alg-hs256", "A symmetric algorithm.", json!({ "alg": "HS256" }), alg),
        ("alg-rs512", "RSA with a hash that is not used.", json!({ "alg": "RS512" }), alg),
        ("alg-ps256", "RSA with another padding.", json!({ "alg": "PS256" }), alg),
        ("alg-lower", "In small letters.", json!({ "alg": "rs256" }), alg),
        ("typ-missing", "No type.", json!({ "typ": "-" }), typ),
        ("typ-lower", "The type in small letters.", json!({ "typ": "jwt" }), typ),
        ("typ-logout", "The type of a logout token.", json!({ "typ": "logout+jwt" }), typ),
        ("typ-of-ours", "The type of one of our own tokens.", json!({ "typ": "mydata-at+jwt" }), typ),
        ("crit", "Extensions that must be understood.", json!({ "crit": ["exp"] }), header),
        ("crit-null", "The member is there, and null.", json!({ "crit": null }), header),
        ("b64", "A payload that is not base64url.", json!({ "b64": false }), header),
        ("cty", "A token in a token.", json!({ "cty": "JWT" }), header),
        ("jwk", "A key is brought.", json!({ "jwk": brought() }), header),
        ("jku", "An address of keys.", json!({ "jku": "https://id.town.example/keys" }), header),
        ("x5u", "An address of certificates.", json!({ "x5u": "https://id.town.example/x" }), header),
        ("x5c", "A certificate.", json!({ "x5c": ["AA"] }), header),
        ("kid-missing", "No key is named.", json!({ "kid": "-" }), kid),
        ("kid-unknown", "A key that the provider does not publish.", json!({ "kid": "ed25519-2" }), kid),
        ("kid-path", "The name of a key is a path.", json!({ "kid": "../../ed25519-1" }), kid),
        ("kid-of-encryption", "The name of a key for encryption.", json!({ "kid": "enc-1" }), kid),
    ];
    for (id, says, other, codes) in rows {
        judged(book, id, says, task(token(ED, &other, &json!({}))), codes);
    }
}

/// Keys of the set that are not used: nothing is verified with them.
fn keys(book: &mut Book) {
    let of_rsa = |other: Value| with(By::Rsa.jwk(), &other);
    let of_ed = |other: Value| with(By::Ed25519.jwk(), &other);
    #[rustfmt::skip]
    let rows = [
        ("rsa-short", "A modulus of 1024 bits.", By::Rsa, of_rsa(json!({ "n": rsa::number("short") }))),
        ("rsa-roca", "A modulus in the form of those that can be factored.", By::Rsa, of_rsa(json!({ "n": rsa::number("roca") }))),
        ("rsa-exponent", "The exponent 3.", By::Rsa, of_rsa(json!({ "e": "Aw" }))),
        ("rsa-exponent-long", "The exponent 65537 with a zero before it.", By::Rsa, of_rsa(json!({ "e": "AAEAAQ" }))),
        ("rsa-zero", "A modulus with a zero before it.", By::Rsa, of_rsa(json!({ "n": leading_zero() }))),
        ("rsa-alg", "A key for RS512.", By::Rsa, of_rsa(json!({ "alg": "RS512" }))),
        ("rsa-use", "A key for encryption.", By::Rsa, of_rsa(json!({ "use": "enc" }))),
        ("rsa-operations", "A key that does not verify.", By::Rsa, of_rsa(json!({ "key_ops": ["sign"] }))),
        ("rsa-private", "A private key.", By::Rsa, of_rsa(json!({ "d": "AQAB" }))),
        ("rsa-no-kid", "A key without a name.", By::Rsa, of_rsa(json!({ "kid": "-" }))),
        ("ed25519-use", "An Ed25519 key for encryption.", ED, of_ed(json!({ "use": "enc" }))),
        ("ed25519-private", "A private Ed25519 key.", ED, of_ed(json!({ "d": "AA" }))),
        ("ed25519-alg", "An Ed25519 key that says ES256.", ED, of_ed(json!({ "alg": "ES256" }))),
        ("rsa-null", "A use that is null.", By::Rsa, of_rsa(json!({ "use": null }))),
        ("rsa-operations-text", "The operations are a text.", By::Rsa, of_rsa(json!({ "key_ops": "verify" }))),
        ("ed25519-null", "An algorithm that is null.", ED, of_ed(json!({ "alg": null }))),
        ("ed25519-operations-text", "The operations are a text.", ED, of_ed(json!({ "key_ops": "verify" }))),
        ("symmetric", "A symmetric key.", ED, json!({ "kty": "oct", "kid": "ed25519-1", "k": "AAAA" })),
        ("number", "A number where a key belongs.", ED, json!(1)),
    ];
    for (id, says, by, jwk) in rows {
        let set = json!({ "keys": [jwk, By::P256.jwk()] });
        let mut task = task(token(by, &json!({}), &json!({})));
        task.keys = set.to_string();
        judged(book, &format!("key-{id}"), says, task, "identity_kid");
    }
    let mut task = task(token(ED, &json!({}), &json!({})));
    let plain = with(
        By::Ed25519.jwk(),
        &json!({ "alg": "-", "use": "-", "key_ops": ["verify"], "x5c": ["AA"] }),
    );
    let set = json!({ "more": 1, "keys": [1, "a", null, { "kty": "RSA" }, plain] });
    task.keys = set.to_string();
    let says =
        "One good key among others, with no more said than must be; a certificate says nothing.";
    judged(book, "key-good-among-others", says, task, "");
}

/// The modulus, with a zero before it.
fn leading_zero() -> String {
    let octets = base64url::decode(rsa::number("n")).unwrap();
    base64url::encode(&[&[0], &octets[..]].concat())
}

fn signatures(book: &mut Book) {
    let none = json!({});
    let good = |by: By| token(by, &none, &none);
    let split = |by: By| {
        let text = good(by);
        let (signed, signature) = text.rsplit_once('.').unwrap();
        (signed.to_owned(), signature.to_owned())
    };
    let turned = |by: By| {
        let (signed, signature) = split(by);
        format!("{signed}.{}", flipped(&signature))
    };
    // A signature of that many octets, cut or lengthened at its end, or with a zero before it.
    let resized = |by: By, length: usize| {
        let (signed, signature) = split(by);
        let mut octets = base64url::decode(&signature).unwrap();
        octets.resize(length, 0);
        format!("{signed}.{}", base64url::encode(&octets))
    };
    let (signed, signature) = split(By::Rsa);
    let zero = [&[0], &base64url::decode(&signature).unwrap()[..]].concat();
    let zero = format!("{signed}.{}", base64url::encode(&zero));
    // The hash where the padding must be, and the rest of it behind: what has fooled readers of the exponent 3.
    let hash = crate::make::service::answer::hash(&signed);
    let hash = base64url::decode(&hash).unwrap();
    let mut odd = vec![0_u8; 256];
    odd[..4].copy_from_slice(&[0, 1, 0xff, 0]);
    odd[4..36].copy_from_slice(&hash);
    let short_padding = format!("{signed}.{}", base64url::encode(&rsa::power(&odd)));
    let other = |by: By| {
        let (_, signature) = split(by);
        let (signed, _) = {
            let text = token(by, &none, &json!({ "sub": "somebody-else" }));
            let (signed, signature) = text.rsplit_once('.').unwrap();
            (signed.to_owned(), signature.to_owned())
        };
        format!("{signed}.{signature}")
    };
    let stranger = |by: By, key: &Key| {
        let (signed, _) = split(by);
        format!(
            "{signed}.{}",
            base64url::encode(&key.signature(signed.as_bytes()))
        )
    };
    let signature = "identity_signature";
    #[rustfmt::skip]
    let rows = [
        ("rs256-bit", "One bit of an RS256 signature is another.", turned(By::Rsa), signature),
        ("es256-bit", "One bit of an ES256 signature is another.", turned(By::P256), signature),
        ("eddsa-bit", "One bit of an Ed25519 signature is another.", turned(ED), signature),
        ("rs256-claims", "Other claims under an RS256 signature.", other(By::Rsa), signature),
        ("es256-claims", "Other claims under an ES256 signature.", other(By::P256), signature),
        ("eddsa-claims", "Other claims under an Ed25519 signature.", other(ED), signature),
        ("rs256-short", "An RS256 signature of 255 octets.", resized(By::Rsa, 255), signature),
        ("rs256-long", "An RS256 signature of 257 octets.", resized(By::Rsa, 257), signature),
        ("rs256-zero", "An RS256 signature with a zero before it.", zero, signature),
        ("rs256-padding", "An RS256 signature with a short padding, and no algorithm in it.", short_padding, signature),
        ("es256-short", "An ES256 signature of 63 octets.", resized(By::P256, 63), signature),
        ("eddsa-long", "An Ed25519 signature of 65 octets.", resized(ED, 65), signature),
        ("eddsa-stranger", "A stranger's key under the name of the provider's.", stranger(ED, &Key::ed25519_of("impostor", "ed25519-1")), signature),
        ("es256-stranger", "The same with ES256.", stranger(By::P256, &Key::es256_of("impostor", "p256-1")), signature),
    ];
    for (id, says, token, codes) in rows {
        judged(book, &format!("signature-{id}"), says, task(token), codes);
    }
    #[rustfmt::skip]
    let rows = [
        ("es256-of-rsa", "ES256 with the name of the RSA key.", By::P256, json!({ "kid": "rsa-1" })),
        ("rs256-of-p256", "RS256 with the name of the P-256 key.", By::Rsa, json!({ "kid": "p256-1" })),
        ("eddsa-of-p256", "Ed25519 with the name of the P-256 key.", ED, json!({ "kid": "p256-1" })),
        ("es256-said", "The Ed25519 key, and the header says ES256.", ED, json!({ "alg": "ES256" })),
        ("rs256-said", "The Ed25519 key, and the header says RS256.", ED, json!({ "alg": "RS256" })),
    ];
    for (id, says, by, header) in rows {
        let token = token(by, &header, &none);
        judged(
            book,
            &format!("mismatch-{id}"),
            says,
            task(token),
            "identity_alg_mismatch",
        );
    }
}

/// Of two faults the one that is asked first is told.
fn order(book: &mut Book) {
    let none = json!({});
    let header = |other: Value| token(ED, &other, &none);
    let claims = [&b"{\"iss\":1"[..], b",\"iss\":1}"].concat();
    let crossed = token_of(ED, json!({ "alg": "none" }).to_string().as_bytes(), &claims);
    let turned = |text: String| {
        let (signed, signature) = text.rsplit_once('.').unwrap();
        format!("{signed}.{}", flipped(signature))
    };
    #[rustfmt::skip]
    let rows = [
        ("form-and-alg", "No algorithm, and a claim twice.", crossed, "identity_malformed"),
        ("alg-and-typ", "An algorithm that is not known, and no type.", header(json!({ "alg": "none", "typ": "-" })), "identity_alg"),
        ("typ-and-header", "No type, and extensions.", header(json!({ "typ": "-", "crit": ["exp"] })), "identity_typ"),
        ("header-and-kid", "A key is brought, and none is named.", header(json!({ "jwk": By::Ed25519.jwk(), "kid": "-" })), "identity_header"),
        ("kid-and-alg", "A key that is not known, and an algorithm that is none of the set's.", header(json!({ "kid": "other", "alg": "RS256" })), "identity_kid"),
        ("alg-and-signature", "The algorithm of another key, and no signature of any.", turned(header(json!({ "alg": "RS256" }))), "identity_alg_mismatch"),
        ("signature-and-issuer", "A signature that does not verify, over claims of another provider.", turned(token(ED, &none, &json!({ "iss": "https://a.example" }))), "identity_signature"),
    ];
    for (id, says, token, codes) in rows {
        judged(book, &format!("first-{id}"), says, task(token), codes);
    }
}
