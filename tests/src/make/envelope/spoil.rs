//! What no kind of record survives.

use super::{Kind, case};
use crate::make::case::{Book, Stated};
use crate::make::forge::{Jws, Part, flipped};
use crate::make::keys::Key;
use crate::make::record;
use serde_json::{Value, json};

struct Spoiler<'b> {
    book: &'b mut Book,
    kind: Kind,
    key: Key,
    good: Jws,
}

impl Spoiler<'_> {
    fn text(&mut self, id: &str, requirements: &str, says: &str, text: String, code: &str) {
        let stated = Stated::Refused(code);
        case(self.book, self.kind, id, requirements, says, text, stated);
    }

    fn jws(&mut self, id: &str, requirements: &str, says: &str, jws: &Jws, code: &str) {
        let text = self.kind.write(jws);
        self.text(id, requirements, says, text, code);
    }

    fn header(&mut self, id: &str, requirements: &str, says: &str, header: Value, code: &str) {
        let jws = self.good.clone().with_header(&self.key, |old| {
            for (name, value) in header.as_object().unwrap() {
                old[name] = value.clone();
            }
        });
        self.jws(id, requirements, says, &jws, code);
    }
}

pub(super) fn cases(book: &mut Book, kind: Kind) {
    let good = record::sealed(kind.name, &record::good(kind.name));
    let first = record::signers(kind.name).first().copied().unwrap();
    let mut spoiler = Spoiler {
        book,
        kind,
        key: Key::named(first),
        good,
    };
    signatures(&mut spoiler);
    keys(&mut spoiler);
    headers(&mut spoiler);
    forms(&mut spoiler);
    octets(&mut spoiler);
}

fn signatures(s: &mut Spoiler<'_>) {
    let signed = s.kind.signed;
    let mut jws = s.good.clone();
    let payload = record::good(s.kind.name);
    let other = crate::make::case::altered(&payload, &["x_slipped_in"], json!(1));
    jws.payload = crate::base64url::encode(other.to_string().as_bytes());
    s.jws(
        "payload-exchanged",
        signed,
        "The payload is another than the one that was signed.",
        &jws,
        "jws_signature_invalid",
    );
    let mut jws = s.good.clone();
    let part = jws.signatures.first_mut().unwrap();
    part.signature = flipped(&part.signature);
    s.jws(
        "signature-flipped",
        signed,
        "One bit of the signature is turned.",
        &jws,
        "jws_signature_invalid",
    );
    let mut jws = s.good.clone();
    let part = jws.signatures.first_mut().unwrap();
    let header = crate::base64url::decode(&part.protected).unwrap();
    let header = String::from_utf8(header).unwrap().replace("\":", "\": ");
    part.protected = crate::base64url::encode(header.as_bytes());
    s.jws(
        "header-rewritten",
        signed,
        "The protected header says the same with other octets: the signature is over octets.",
        &jws,
        "jws_signature_invalid",
    );
    let mut jws = s.good.clone();
    let part = jws.signatures.first_mut().unwrap();
    part.signature = part.signature.get(..40).unwrap().to_owned();
    s.jws(
        "signature-truncated",
        signed,
        "The signature is too short.",
        &jws,
        "jws_signature_invalid",
    );
}

fn keys(s: &mut Spoiler<'_>) {
    let (signed, kid) = (s.kind.signed, s.kind.kid);
    let impostor = match s.key.alg() {
        "ES256" => Key::es256_of("impostor", s.key.kid()),
        _ => Key::ed25519_of("impostor", s.key.kid()),
    };
    let jws = s.good.clone().with_header(&impostor, |_| {});
    s.jws(
        "foreign-key",
        signed,
        "Signed by a foreign key under the id of the right one.",
        &jws,
        "jws_signature_invalid",
    );
    let stranger = Key::named("stranger-1");
    let jws = s.good.clone().with_header(&stranger, |header| {
        header["kid"] = json!(stranger.kid());
        header["alg"] = json!(stranger.alg());
    });
    s.jws(
        "kid-unknown",
        &format!("{signed} {kid}"),
        "The key id is none of those that are bound to a party that may sign.",
        &jws,
        "jws_kid_unknown",
    );
    let jws = s.good.clone().with_header(&s.key, |header| {
        header.as_object_mut().unwrap().remove("kid");
    });
    s.jws(
        "kid-missing",
        kid,
        "No header has a key id.",
        &jws,
        "jws_kid_missing",
    );
    // A key of a party whose signature means nothing here.
    let wrong = match s.kind.name {
        "token" | "data_request" | "operator_description" => "owner-1",
        _ => "sink-pop-1",
    };
    let wrong = Key::named(wrong);
    let jws = s.good.clone().with_header(&wrong, |header| {
        header["kid"] = json!(wrong.kid());
        header["alg"] = json!(wrong.alg());
    });
    s.jws(
        "wrong-party",
        signed,
        "Signed by a known party that may not sign this.",
        &jws,
        "jws_kid_unknown",
    );
    if !s.kind.is_compact() {
        let mut jws = s.good.clone();
        let kid_value = json!({ "kid": s.key.kid() });
        jws.signatures.first_mut().unwrap().header = Some(kid_value);
        s.jws(
            "kid-twice",
            &format!("{kid} C31"),
            "The key id stands in both headers.",
            &jws,
            "jws_kid_twice",
        );
    }
}

fn headers(s: &mut Spoiler<'_>) {
    let signed = s.kind.signed;
    s.header(
        "alg-none",
        &format!("{signed} HR-01"),
        "The algorithm is `none`.",
        json!({ "alg": "none" }),
        "jws_alg_unsupported",
    );
    s.header(
        "alg-symmetric",
        signed,
        "The algorithm is a symmetric one: a public key is no secret.",
        json!({ "alg": "HS256" }),
        "jws_alg_unsupported",
    );
    let other = if s.key.alg() == "ES256" {
        "EdDSA"
    } else {
        "ES256"
    };
    s.header(
        "alg-of-another-key",
        signed,
        "The algorithm is not that of the key.",
        json!({ "alg": other }),
        "jws_alg_mismatch",
    );
    let jwk = s.key.jwk();
    s.header(
        "key-in-header",
        &format!("{} C30 D22", s.kind.kid),
        "The header brings a key: also where it is the right one.",
        json!({ "jwk": jwk }),
        "jws_key_in_header",
    );
    s.header(
        "key-named-in-header",
        &format!("{} D22", s.kind.kid),
        "The header names the address of a key.",
        json!({ "jku": "https://keys.example/set" }),
        "jws_key_in_header",
    );
    s.header(
        "crit",
        "FW-02 D9",
        "The header demands an extension that nobody understands.",
        json!({ "crit": ["b64"], "b64": false }),
        "jws_crit",
    );
    s.header(
        "header-member-unknown",
        "FW-02 D9",
        "The header has a member that is not known.",
        json!({ "zip": "DEF" }),
        "jws_header_unknown_member",
    );
    s.header(
        "nested",
        "FW-02 D9",
        "The header says that the payload is an envelope.",
        json!({ "cty": "JWT" }),
        "jws_nested",
    );
    let other = if s.kind.name == "link_status" {
        "mydata-csr+json"
    } else {
        "mydata-ssr+json"
    };
    s.header(
        "typ-of-another-record",
        "FW-02 D14",
        "The `typ` is that of another kind of record.",
        json!({ "typ": other }),
        "jws_typ_mismatch",
    );
    let jws = s.good.clone().with_header(&s.key, |header| {
        header.as_object_mut().unwrap().remove("typ");
    });
    s.jws(
        "typ-missing",
        "FW-02 D12",
        "The header has no `typ`.",
        &jws,
        "jws_typ_missing",
    );
    let long = "k".repeat(1100);
    s.header(
        "header-oversized",
        "FW-01 D9",
        "A header is larger than any that is needed.",
        json!({ "cty": long }),
        "jws_header_too_large",
    );
}

fn forms(s: &mut Spoiler<'_>) {
    let signed = s.kind.signed;
    if s.kind.is_compact() {
        let text = s.good.compact();
        let (two, _) = text.rsplit_once('.').unwrap();
        s.text(
            "unsigned",
            signed,
            "Two parts are no compact JWS.",
            two.to_owned(),
            "jws_malformed",
        );
        s.text(
            "four-parts",
            signed,
            "Four parts are no compact JWS.",
            format!("{text}.AAAA"),
            "jws_malformed",
        );
        return;
    }
    let payload = json!({ "payload": s.good.payload });
    s.text(
        "unsigned",
        signed,
        "There is no signature.",
        payload.to_string(),
        "jws_malformed",
    );
    let mut mixed = s.good.flat_value();
    mixed["signatures"] = json!([]);
    s.text(
        "mixed-forms",
        "FW-02 C49",
        "Members of the flattened and of the general form stand together.",
        mixed.to_string(),
        "jws_mixed_forms",
    );
    let mut twice = s.good.clone();
    let again: Part = twice.signatures.first().unwrap().clone();
    twice.signatures.push(again);
    s.jws(
        "signature-twice",
        signed,
        "One signature stands twice.",
        &twice,
        "jws_signer_set",
    );
    if s.kind.name == "link_record" {
        let mut one = s.good.clone();
        one.signatures.truncate(1);
        s.jws(
            "service-signature-missing",
            "SL-20 SL-48",
            "The service has not signed.",
            &one,
            "jws_signer_set",
        );
        let mut one = s.good.clone();
        one.signatures.remove(0);
        s.jws(
            "owner-signature-missing",
            "SL-19 SL-48",
            "The owner has not signed.",
            &one,
            "jws_signer_set",
        );
        let mut wrong = s.good.clone();
        let service = Key::ed25519_of("impostor", "sink-1");
        wrong.signatures.pop();
        wrong.sign(
            &service,
            &json!({ "alg": "EdDSA", "kid": "sink-1", "typ": "mydata-slr+json" }),
        );
        s.jws(
            "service-signature-foreign",
            "SL-20 SL-48",
            "The service's signature is not by its registered key.",
            &wrong,
            "jws_signature_invalid",
        );
    }
}

fn octets(s: &mut Spoiler<'_>) {
    let text = s.kind.write(&s.good);
    let mut padded = s.good.clone();
    padded.payload.push('=');
    s.jws(
        "base64-padded",
        "FW-02",
        "base64url has no padding here.",
        &padded,
        "jws_not_base64url",
    );
    let array = Jws::of_octets(b"[1,2]", record::typ(s.kind.name), &[&s.key]);
    s.jws(
        "payload-array",
        "FW-01",
        "The payload is an array.",
        &array,
        "json_array_for_object",
    );
    let octets = record::good(s.kind.name).to_string();
    let doubled = format!("{{\"twice\":1,\"twice\":2,{}", octets.get(1..).unwrap());
    let doubled = Jws::of_octets(doubled.as_bytes(), record::typ(s.kind.name), &[&s.key]);
    s.jws(
        "member-twice",
        "FW-01 D9",
        "The payload has a member name twice.",
        &doubled,
        "json_duplicate_member",
    );
    let cut = Jws::of_octets(
        octets.get(..octets.len() - 2).unwrap().as_bytes(),
        record::typ(s.kind.name),
        &[&s.key],
    );
    s.jws(
        "payload-truncated",
        "FW-01",
        "The payload breaks off.",
        &cut,
        "json_syntax",
    );
    if !s.kind.is_compact() {
        s.text(
            "truncated",
            "FW-01",
            "The envelope breaks off.",
            text.get(..text.len() - 1).unwrap().to_owned(),
            "json_syntax",
        );
        s.text(
            "trailing",
            "FW-01",
            "Something follows the envelope.",
            format!("{text} {{}}"),
            "json_syntax",
        );
    }
    if matches!(s.kind.name, "link_status" | "token") {
        let large = crate::make::case::altered(
            &record::good(s.kind.name),
            &["x_filler"],
            json!("x".repeat(if s.kind.is_compact() { 8_300 } else { 65_600 })),
        );
        let large = record::sealed(s.kind.name, &large);
        s.jws(
            "oversized",
            "FW-01 D9",
            "The payload has more octets than any record needs.",
            &large,
            "json_too_large",
        );
    }
    let deep = format!("{}1{}", "[".repeat(40), "]".repeat(40));
    let deep: Value = serde_json::from_str(&deep).unwrap();
    let deep = crate::make::case::altered(&record::good(s.kind.name), &["x_deep"], deep);
    let deep = record::sealed(s.kind.name, &deep);
    s.jws(
        "nested-deep",
        "FW-01 D9",
        "The payload is nested deeper than any record is.",
        &deep,
        "json_too_deep",
    );
}
