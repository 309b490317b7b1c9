//! One thing put in the place of another: a token for a proof, a record for a token, one in the other.

use super::{answer, good, session, with_es256};
use crate::exam::task::ServiceAct;
use crate::make::bench::{consent_body, first_status};
use crate::make::case::Book;
use crate::make::forge::Jws;
use crate::make::keys::Key;
use crate::make::record;
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "Tokens and proofs: neither passes as the other, and no record as either";
    let mut book = Book::new("token/confusion", title);
    proofs(&mut book);
    tokens(&mut book);
    keys(&mut book);
    book
}

fn carried(compact: &str) -> ServiceAct {
    good().with_header(format!("PoP {compact}"))
}

/// With this text in the place of the token, in a proof that is right otherwise.
fn around(token: &str) -> ServiceAct {
    carried(&good().proof_with(token).compact())
}

fn by(kid: &str, typ: &str, payload: &Value) -> Jws {
    Jws::of(payload, typ, &[&Key::named(kid)])
}

/// What stands where the proof belongs.
fn proofs(book: &mut Book) {
    let request = good();
    let proof = request.proof();
    let payload = record::payload(&proof);
    let pop = Key::named("sink-pop-1");
    let with_typ = |typ: &str| by("sink-pop-1", typ, &payload).compact();
    let (typ, other) = ("jws_typ_mismatch", "json_missing_member");
    #[rustfmt::skip]
    let rows = [
        ("token", request.token().compact(), typ),
        ("token-typ-changed", by("sink-pop-1", "pop", &record::token()).compact(), other),
        ("status", first_status("source").compact(), typ),
        ("consent", record::sealed("source_consent", &record::source_consent()).compact(), typ),
        ("jwt", with_typ("JWT"), typ),
        ("at-jwt", with_typ("at+jwt"), typ),
        ("token-typ", with_typ("mydata-at+jwt"), typ),
        ("typ-capitals", with_typ("POP"), typ),
    ];
    for (wanted, id) in [(typ, "proof-other-kind"), (other, "proof-other-claims")] {
        let rows = rows.iter().filter(|(.., code)| *code == wanted);
        let codes = format!("proof_not_verified {wanted}");
        let requests = rows.map(|(name, compact, _)| (*name, carried(compact), &*codes));
        let says = "Something else stands where the proof belongs, as it is or signed by the sink as a proof.";
        session(book, id, "DT-31 DT-39 A13", says, requests);
    }
    #[rustfmt::skip]
    let payloads = [
        ("text", &b"\"at\""[..], "proof_not_verified json_shape"),
        ("array", b"[\"a\"]", "proof_not_verified json_array_for_object"),
        ("nothing", b"", "proof_not_verified json_syntax"),
    ];
    let requests = payloads.map(|(name, payload, codes)| {
        (
            name,
            carried(&Jws::of_octets(payload, "pop", &[&pop]).compact()),
            codes,
        )
    });
    let says = "A proof over something that is no object.";
    session(book, "proof-no-object", "DT-31 A7", says, requests);
    let says = "The proof stands in JSON, with its key id unprotected.";
    let act = good().with_header(format!("PoP {}", proof.text()));
    answer(book, "proof-json", "HR-10 A10", says, act, "proof_header");
    let says = "The proof stands in a proof.";
    let codes = "token_not_verified jws_typ_mismatch";
    answer(
        book,
        "proof-in-proof",
        "DT-31 A13 A14",
        says,
        around(&proof.compact()),
        codes,
    );
}

/// What stands where the token belongs.
fn tokens(book: &mut Book) {
    let token = good().token();
    let operator = "operator-tokens-1";
    let claims = record::token();
    let with_typ = |typ: &str| by(operator, typ, &claims).compact();
    let nested = Jws::of_octets(
        token.compact().as_bytes(),
        "mydata-at+jwt",
        &[&Key::named(operator)],
    );
    let mut cty = Jws::of(&claims, "mydata-at+jwt", &[]);
    let header = |name: &str, value: Value| {
        let mut header = json!({ "alg": "EdDSA", "kid": operator, "typ": "mydata-at+jwt" });
        header[name] = value;
        header
    };
    cty.sign(&Key::named(operator), &header("cty", json!("JWT")));
    let mut jku = Jws::of(&claims, "mydata-at+jwt", &[]);
    jku.sign(
        &Key::named("stranger-1").called(operator),
        &header("jku", json!("https://stranger.example/jwks")),
    );
    let mut jwk = Jws::of(&claims, "mydata-at+jwt", &[]);
    let stranger = Key::named("stranger-1").called(operator);
    jwk.sign(&stranger, &header("jwk", stranger.jwk()));
    let consent = consent_body("source").1["cr"].to_string();
    #[rustfmt::skip]
    let rows = [
        ("A13", "consent", record::sealed("source_consent", &record::source_consent()).compact(), "jws_typ_mismatch"),
        ("A13", "consent-json", consent, "jws_malformed"),
        ("A13", "status", by("operator-status-1", "mydata-csr+json", &record::payload(&first_status("source"))).compact(), "jws_typ_mismatch"),
        ("A13", "jwt", with_typ("JWT"), "jws_typ_mismatch"),
        ("A13", "at-jwt", with_typ("at+jwt"), "jws_typ_mismatch"),
        ("A13", "pop-typ", with_typ("pop"), "jws_typ_mismatch"),
        ("A13", "no-claims", by(operator, "mydata-at+jwt", &json!({})).compact(), "json_missing_member"),
        ("A14", "nested", nested.compact(), "json_syntax"),
        ("A14", "nested-named", cty.compact(), "jws_nested"),
        ("A14", "in-json", token.text(), "jws_malformed"),
        ("A4", "jku", jku.compact(), "jws_key_in_header"),
        ("A4", "jwk", jwk.compact(), "jws_key_in_header"),
        ("A9", "nothing", String::new(), "jws_malformed"),
        ("A9", "two", format!("{0} {0}", token.compact()), "jws_malformed"),
        ("P1 A13", "self-signed", by("sink-pop-1", "mydata-at+jwt", &claims).compact(), "jws_kid_unknown"),
        ("P1 A13", "self-signed-named", Jws::of(&claims, "mydata-at+jwt", &[&Key::named("sink-pop-1").called(operator)]).compact(), "jws_signature_invalid"),
        ("P1 A13", "other-operator", by("other-tokens-1", "mydata-at+jwt", &claims).compact(), "jws_kid_unknown"),
    ];
    for (row, more, says) in [
        (
            "A13",
            "",
            "Something else stands where the token belongs: a record, another kind of token, another operator's.",
        ),
        (
            "A14",
            "",
            "The token is in something, or has something in it.",
        ),
        (
            "P1 A13",
            "",
            "The token is signed by somebody else than the operator of the consent.",
        ),
        (
            "A4",
            "P1 P2 P20",
            "The token brings a key, or says where one is.",
        ),
        ("A9", "", "The token is no token at all."),
    ] {
        let rows = rows.iter().filter(|(rows, ..)| *rows == row);
        let codes: Vec<String> = rows
            .clone()
            .map(|(.., code)| format!("token_not_verified {code}"))
            .collect();
        let requests = rows
            .zip(&codes)
            .map(|((_, name, token, _), codes)| (*name, around(token), &**codes));
        let requirements = format!("DT-37 DT-55 {row} {more}");
        let id = format!("token-{}", row.replace(' ', "-").to_lowercase());
        session(book, &id, requirements.trim(), says, requests);
    }
}

/// A key serves one role, whatever it could sign.
fn keys(book: &mut Book) {
    let request = good();
    let operator = Jws::of(
        &record::payload(&request.proof()),
        "pop",
        &[&Key::named("operator-tokens-1")],
    );
    let says = "The operator, which made the token, signs the request too.";
    let codes = "proof_not_verified jws_kid_unknown";
    answer(
        book,
        "key-operator-signs-request",
        "DT-39 D17 A13",
        says,
        carried(&operator.compact()),
        codes,
    );
    let owner = Jws::of(
        &record::payload(&request.proof()),
        "pop",
        &[&Key::named("owner-1")],
    );
    let says = "The person signs the request.";
    answer(
        book,
        "key-owner-signs-request",
        "DT-39 D17 A13",
        says,
        carried(&owner.compact()),
        codes,
    );
    // The proof is by the right id and the wrong kind of key.
    let (mut bench, _) = with_es256();
    bench = bench.at(super::LATER);
    bench.does(good().act());
    bench.into_brief_case(
        book,
        "key-other-algorithm",
        "DT-39 A2 A13",
        "The request is signed with Ed25519 under the id of a key of P-256.",
        super::stated("proof_not_verified jws_alg_mismatch"),
    );
}
