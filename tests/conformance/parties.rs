//! Who sends a request where there is no token: every way to be somebody else is refused.
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::support::new_key;
use mydata::core::crypto::Signer as _;
use mydata::core::id::{Nonce, OperatorId, ServiceId};
use mydata::core::jwk::{KeyHistory, KeySet};
use mydata::core::jws::Unsigned;
use mydata::core::resource::Origin;
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::{PrivateKey, Ring};
use mydata::token::access::DenialClass;
use mydata::token::party::{
    PartyQuestion, PartyRequest, Sender, Senders, authenticate, authorization_header,
};
use mydata::token::replay::TwoGenerations;
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;

/// One operator and one service, by their keys.
#[derive(Debug)]
struct Known {
    operator: KeyHistory,
    service: KeyHistory,
}

impl Senders for Known {
    fn keys_of(&self, sender: &Sender) -> Option<KeyHistory> {
        match (sender, sender.as_str()) {
            (Sender::Operator(_), "operator.example") => Some(self.operator.clone()),
            (Sender::Service(_), "sink") => Some(self.service.clone()),
            _ => None,
        }
    }
}

fn operator() -> Sender {
    Sender::Operator(OperatorId::parse("operator.example").unwrap())
}

fn service(name: &str) -> Sender {
    Sender::Service(ServiceId::parse(name).unwrap())
}

fn now() -> Timestamp {
    Timestamp::from_seconds(1_736_236_800).unwrap()
}

/// What a request is made of.
#[derive(Clone, Copy)]
struct Made<'a> {
    method: &'a str,
    target: &'a str,
    body: &'a [u8],
    headers: &'a [(&'a str, &'a str)],
}

const PLAIN: Made<'_> = Made {
    method: "POST",
    target: "/link?round=1&x=2",
    body: b"{}",
    headers: &[("content-type", "application/json")],
};

struct Parties {
    operator: PrivateKey,
    service: PrivateKey,
    known: Known,
    guard: TwoGenerations,
    nonce: u8,
}

impl Parties {
    fn new() -> Self {
        let (operator, service) = (new_key("operator-status-1"), new_key("sink-1"));
        let known = Known {
            operator: KeySet::from(operator.public().clone()).into(),
            service: KeySet::from(service.public().clone()).into(),
        };
        Self {
            operator,
            service,
            known,
            guard: TwoGenerations::without_past(&Window::default(), 100, now()),
            nonce: 0,
        }
    }

    /// The proof of a sender, at a time, with a key.
    fn proof(
        &mut self,
        sender: &Sender,
        made: Made<'_>,
        at: Timestamp,
        key: &PrivateKey,
    ) -> String {
        let origin = Origin::parse("https://operator.example").unwrap();
        let request = HttpRequest::received(&origin, made.target, made.method, made.body).unwrap();
        let request = request.with_headers(made.headers).unwrap();
        self.nonce += 1;
        let nonce = Nonce::from_random([self.nonce; 16]);
        let proof = PartyRequest::new(sender, &request, at, nonce, &Ring);
        authorization_header(Unsigned::new(proof).sign(key).unwrap()).unwrap()
    }

    /// What comes of a request: who has sent it, or the code for the log and the one for the wire.
    fn judge(&mut self, made: Made<'_>, proofs: &[&str]) -> Result<Sender, &'static str> {
        let origin = Origin::parse("https://operator.example").unwrap();
        let mut headers = made.headers.to_vec();
        headers.extend(proofs.iter().map(|proof| ("authorization", *proof)));
        let request = HttpRequest::received(&origin, made.target, made.method, made.body).unwrap();
        let request = request.with_headers(&headers).unwrap();
        let request = request.demanding(&["content-type", "idempotency-key"]);
        let question = PartyQuestion {
            request: &request,
            now: now(),
            window: Window::default(),
            senders: &self.known,
            crypto: &Ring,
        };
        let found = authenticate(&question, &mut self.guard);
        found.map(|found| found.sender().clone()).map_err(|denial| {
            assert_eq!(denial.class(), DenialClass::AuthenticityFailed);
            assert_eq!(denial.wire_code(), "request_not_authentic");
            assert!(denial.consent().is_none());
            denial.reasons().first().unwrap().code()
        })
    }

    fn signed_by_service(&mut self, made: Made<'_>) -> String {
        let key = crate::support::again(&self.service);
        self.proof(&service("sink"), made, now(), &key)
    }
}

#[test]
fn each_party_is_known_by_its_own_key_in_its_own_role() {
    let mut parties = Parties::new();
    let (of_operator, of_service) = (
        crate::support::again(&parties.operator),
        crate::support::again(&parties.service),
    );
    let stranger = new_key("sink-1");
    let cases = [
        (operator(), &of_operator, None),
        (service("sink"), &of_service, None),
        (operator(), &of_service, Some("proof_not_verified")),
        (service("sink"), &of_operator, Some("proof_not_verified")),
        (service("sink"), &stranger, Some("proof_not_verified")),
        (
            service("operator.example"),
            &of_operator,
            Some("access_sender_unknown"),
        ),
        (
            service("source"),
            &of_service,
            Some("access_sender_unknown"),
        ),
    ];
    for (sender, key, code) in cases {
        let proof = parties.proof(&sender, PLAIN, now(), key);
        let judged = parties.judge(PLAIN, &[&proof]);
        assert_eq!(judged.as_ref().err().copied(), code, "{sender:?}");
        assert!(judged.is_err() || judged == Ok(sender));
    }
}

#[test]
fn a_proof_is_for_this_request_and_for_once() {
    let mut parties = Parties::new();
    let proof = parties.signed_by_service(PLAIN);
    let others = [
        (
            Made {
                method: "PUT",
                ..PLAIN
            },
            "proof_method_mismatch",
        ),
        (
            Made {
                target: "/verify?round=1&x=2",
                ..PLAIN
            },
            "proof_path_mismatch",
        ),
        (
            Made {
                target: "/link",
                ..PLAIN
            },
            "proof_query_unexpected",
        ),
        (
            Made {
                target: "/link?round=1&x=3",
                ..PLAIN
            },
            "proof_query_mismatch",
        ),
        (
            Made {
                target: "/link?round=1",
                ..PLAIN
            },
            "proof_query_not_covered",
        ),
        (
            Made {
                body: b"{ }",
                ..PLAIN
            },
            "proof_body_mismatch",
        ),
        (
            Made {
                headers: &[("content-type", "text/plain")],
                ..PLAIN
            },
            "proof_headers_mismatch",
        ),
        (
            Made {
                headers: &[],
                ..PLAIN
            },
            "proof_header_unknown",
        ),
        (
            Made {
                headers: &[
                    ("content-type", "application/json"),
                    ("idempotency-key", "1"),
                ],
                ..PLAIN
            },
            "proof_header_not_covered",
        ),
    ];
    for (other, code) in others {
        assert_eq!(parties.judge(other, &[&proof]), Err(code));
    }
    for (proofs, code) in [
        (&[][..], "proof_header"),
        (&[&*proof, &*proof][..], "proof_header"),
        (&["Bearer abc"][..], "proof_scheme"),
        (&["PoP"][..], "proof_header"),
        (&["PoP  a.b.c"][..], "proof_header"),
        (&["PoP a.b.c"][..], "proof_not_verified"),
    ] {
        assert_eq!(parties.judge(PLAIN, proofs), Err(code));
    }
    // None of that has used it up; the first time does.
    assert_eq!(parties.judge(PLAIN, &[&proof]), Ok(service("sink")));
    assert_eq!(parties.judge(PLAIN, &[&proof]), Err("request_replayed"));
}

#[test]
fn a_proof_is_for_now() {
    let mut parties = Parties::new();
    let key = crate::support::again(&parties.service);
    let window = Window::default();
    for (at, code) in [
        (now().minus(window.past()), None),
        (now().plus(window.future()), None),
        (
            now().minus(window.past()).minus(Seconds::new(1)),
            Some("proof_too_old"),
        ),
        (
            now().plus(window.future()).plus(Seconds::new(1)),
            Some("proof_in_future"),
        ),
    ] {
        let proof = parties.proof(&service("sink"), PLAIN, at, &key);
        assert_eq!(parties.judge(PLAIN, &[&proof]).err(), code);
    }
}

#[test]
fn another_kind_of_proof_is_none() {
    use mydata::token::claims::TokenText;
    use mydata::token::proof;
    let mut parties = Parties::new();
    let origin = Origin::parse("https://operator.example").unwrap();
    let request = HttpRequest::received(&origin, PLAIN.target, PLAIN.method, PLAIN.body).unwrap();
    let nonce = Nonce::from_random([7; 16]);
    let data = proof::DataRequest::new(TokenText::new("a.b.c"), &request, now(), nonce, &Ring);
    let signed = Unsigned::new(data).sign(&parties.service).unwrap();
    let proof = proof::authorization_header(signed).unwrap();
    assert_eq!(parties.judge(PLAIN, &[&proof]), Err("proof_not_verified"));
}
