//! A sink signs data requests.

use super::answer::Request;
use crate::exam::task::ServiceAct;
use crate::make::bench::Bench;
use crate::make::case::{Book, Stated, altered};
use crate::make::forge::Jws;
use crate::make::keys::Key;
use crate::make::record::{self, START};
use serde_json::{Value, json};

pub(super) fn book() -> Book {
    let title = "A sink signs a data request only when it is sure of everything";
    let mut book = Book::new("service/prepare", title);
    accepted(&mut book);
    consents(&mut book);
    tokens(&mut book);
    book
}

fn signed(token: &Value, key: &Key) -> String {
    Jws::of(token, "mydata-at+jwt", &[key]).compact()
}

fn good_token() -> String {
    signed(&record::token(), &Request::good(START).token_key)
}

fn want(purpose: &str, dataset: &str, token: &str) -> ServiceAct {
    ServiceAct::PrepareRequest {
        cr_id: record::id("sink", "consent"),
        purpose: purpose.to_owned(),
        dataset: dataset.to_owned(),
        method: None,
        query: None,
        body: None,
        token: token.to_owned(),
        nonce: None,
    }
}

fn accepted(book: &mut Book) {
    let mut bench = Bench::consented("sink").at(60);
    bench.does(want("care", "src/a", &good_token()));
    bench.into_case(book, "good", "DT-02 DT-03 DT-04 DT-05 DT-21 DT-22 DT-23 DT-26 DT-27 DT-29 DT-30 DT-31 DT-32 DT-33 DT-59 HR-02 HR-03 HR-04 HR-05 HR-06 HR-10", "Everything is sure: the request is signed for the address in the consent.", Stated::Accepted);
    let mut bench = Bench::consented("sink").at(60);
    let mut act = want("care", "src/a", &good_token());
    if let ServiceAct::PrepareRequest {
        method,
        query,
        body,
        ..
    } = &mut act
    {
        *method = Some("POST".to_owned());
        *query = Some("since=2024&page=2".to_owned());
        *body = Some(crate::base64url::encode(b"{\"since\":1}"));
    }
    bench.does(act);
    bench.into_case(
        book,
        "query-and-body",
        "DT-34 HR-07 HR-09",
        "A query and a body are signed too.",
        Stated::Accepted,
    );
    for (id, at, says) in [
        ("token-begins", 0, "The first second of the token."),
        ("token-ends-after", 3599, "The last second of the token."),
    ] {
        let mut bench = Bench::consented("sink").at(at);
        bench.does(want("care", "src/a", &good_token()));
        bench.into_case(book, id, "DT-22", says, Stated::Accepted);
    }
}

fn consents(book: &mut Book) {
    for (id, requirements, says, purpose, dataset, code) in [
        (
            "purpose-other",
            "DT-03 DT-21 DT-29",
            "The consent does not cover this purpose.",
            "study",
            "src/a",
            "purpose_not_consented",
        ),
        (
            "dataset-other-purpose",
            "DT-04 DT-30",
            "The consent covers the dataset for another purpose only.",
            "care",
            "src/b",
            "dataset_not_consented",
        ),
        (
            "dataset-unknown",
            "DT-04 DT-30",
            "The dataset is not in the consent.",
            "care",
            "src/c",
            "dataset_not_consented",
        ),
    ] {
        let mut bench = Bench::consented("sink").at(60);
        bench.does(want(purpose, dataset, &good_token()));
        bench.into_case(book, id, requirements, says, Stated::Refused(code));
    }
    for (id, requirements, state, kid, code) in [
        (
            "disabled",
            "DT-02 DT-21 DT-27",
            "Disabled",
            "owner-1",
            "consent_disabled",
        ),
        (
            "withdrawn",
            "DT-02 DT-21 DT-27",
            "Withdrawn",
            "owner-1",
            "consent_withdrawn",
        ),
        (
            "in-doubt",
            "CN-29 DT-02",
            "Disabled",
            "stranger-1",
            "consent_status_unknown",
        ),
    ] {
        let mut bench = Bench::consented("sink").at(60);
        let first = bench.first_status();
        bench.status("status-2", state, &first, kid);
        bench.does(want("care", "src/a", &good_token()));
        bench.into_case(
            book,
            id,
            requirements,
            "The consent does not stand: nothing is signed.",
            Stated::Refused(code),
        );
    }
    for (id, member, value, code) in [
        ("expired", "exp", START + 60, "consent_expired"),
        ("not-begun", "nbf", START + 61, "consent_not_yet_valid"),
    ] {
        let mut bench = Bench::linked("sink");
        let payload = altered(
            &record::sink_consent(),
            &["common_part", member],
            json!(value),
        );
        let cr = record::sealed("sink_consent", &payload).value();
        bench.good(
            "sink_consent",
            &json!({ "cr": cr, "csr": bench.first_status().value() }),
        );
        bench = bench.at(60);
        bench.does(want("care", "src/a", &good_token()));
        bench.into_case(
            book,
            id,
            "DT-26 CN-38",
            "The consent is not for this moment.",
            Stated::Refused(code),
        );
    }
    let mut bench = Bench::linked("sink").at(60);
    bench.does(want("care", "src/a", &good_token()));
    bench.into_case(
        book,
        "consent-unknown",
        "DT-02",
        "There is no such consent.",
        Stated::Refused("held_consent_unknown"),
    );
    let mut bench = Bench::linked("sink");
    let cr = record::sealed("single_consent", &record::single_consent()).value();
    bench.good(
        "single_consent",
        &json!({ "cr": cr, "csr": bench.first_status().value() }),
    );
    bench.does(want("own", "own", &good_token()));
    bench.into_case(
        book,
        "not-a-pair",
        "DT-04",
        "The consent is for the sink's own data.",
        Stated::Refused("not_a_sink"),
    );
}

fn tokens(book: &mut Book) {
    let issuer = Key::named("operator-tokens-1");
    let with =
        |member: &str, value: Value| signed(&altered(&record::token(), &[member], value), &issuer);
    for (id, requirements, says, at, token, code) in [
        (
            "token-expired",
            "DT-13 DT-22",
            "The token has ended, at `exp`.",
            3600,
            good_token(),
            "token_not_now",
        ),
        (
            "token-early",
            "DT-22",
            "The token has not begun.",
            60,
            with("nbf", json!(START + 61)),
            "token_not_now",
        ),
        (
            "token-other-consent",
            "DT-32",
            "The token is for another consent.",
            60,
            with("cr_id", json!("another")),
            "token_other_consent",
        ),
        (
            "token-other-issuer",
            "DT-47",
            "The token is that of another operator.",
            60,
            with("iss", json!("other.example")),
            "token_other_consent",
        ),
        (
            "token-other-key",
            "DT-05 DT-23 DT-31 DT-48",
            "The token is bound to another key: a signature with ours would prove nothing.",
            60,
            with("cnf", json!({ "kid": "sink-pop-2" })),
            "token_not_yours",
        ),
        (
            "token-elsewhere",
            "DT-04 DT-30",
            "The token does not reach the address.",
            60,
            with("aud", json!([record::address("b")])),
            "token_elsewhere",
        ),
        (
            "token-forged",
            "DT-32 DT-55",
            "The token is not the operator's.",
            60,
            signed(
                &record::token(),
                &Key::ed25519_of("impostor", "operator-tokens-1"),
            ),
            "jws_signature_invalid",
        ),
        (
            "token-status-key",
            "DT-55 D17",
            "The token is signed with the operator's other key.",
            60,
            signed(&record::token(), &Key::named("operator-status-1")),
            "jws_kid_unknown",
        ),
        (
            "token-none",
            "DT-13 DT-32 DT-33",
            "There is no token.",
            60,
            String::new(),
            "jws_malformed",
        ),
    ] {
        let mut bench = Bench::consented("sink").at(at);
        bench.does(want("care", "src/a", &token));
        bench.into_case(book, id, requirements, says, Stated::Refused(code));
    }
    let mut bench = Bench::consented("sink").at(60);
    let mut act = want("care", "src/a", &good_token());
    if let ServiceAct::PrepareRequest { query, .. } = &mut act {
        *query = Some("a=1&&b=2".to_owned());
    }
    bench.does(act);
    bench.into_case(
        book,
        "query-invalid",
        "HR-07",
        "The query has an empty parameter.",
        Stated::Refused("query_invalid"),
    );
}
