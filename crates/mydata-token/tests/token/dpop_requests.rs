//! A request by DPoP as a whole: its headers, what they cover, and that it is good once.

use crate::dpop::{ask, headers, headers_of, proof, refused, world};
use crate::fixture::{Desk, NOW, at, codes, denial, get, granted};
use mydata_chosen::Chosen;
use mydata_core::id::Nonce;
use mydata_core::jwk::Algorithm;
use mydata_core::jws::Unsigned;
use mydata_core::time::Timestamp;
use mydata_token::access::{Denial, Gate, Question, access};
use mydata_token::dpop::{self, DpopProof};
use mydata_token::nonces::Nonces;
use mydata_token::replay::{ReplayGuard, ReplayKey, Witness};
use mydata_token::window::Window;

/// RFC 9449 §4.3, items 1 and 2: exactly one header, with exactly one JWT in it.
#[test]
fn one_header_with_one_proof() {
    let world = world(Algorithm::Ed25519);
    let (authorization, proof) = headers(&world, &get());
    let answer = |sent: &[(&str, &str)]| -> Denial {
        let request = get().with_headers(sent).unwrap();
        denial(world.ask(&authorization, &request, &mut Desk::new()))
    };
    assert_eq!(codes(&answer(&[])), ["proof_dpop_missing"]);
    assert_eq!(codes(&answer(&[("DPoP", "")])), ["proof_header"]);
    let twice = [("DPoP", proof.as_str()), ("dpop", proof.as_str())];
    assert_eq!(codes(&answer(&twice)), ["proof_dpop_twice"]);
    let two = format!("{proof},{proof}");
    assert_eq!(codes(&answer(&[("DPoP", &two)])), ["proof_header"]);
    let long = "a".repeat(8180);
    assert_eq!(
        codes(&answer(&[("DPoP", &long)])),
        ["proof_not_verified:jws_malformed"]
    );
    let no_token = world.ask("DPoP ", &get(), &mut Desk::new());
    assert_eq!(refused(no_token), ["proof_header"]);
    let bearer = format!("Bearer {}", world.token().as_str());
    assert_eq!(
        refused(world.ask(&bearer, &get(), &mut Desk::new())),
        ["proof_scheme"]
    );
}

/// RFC 9449 §11.1: a `jti` is good once, whatever else is in the proof; another key may have it too.
#[test]
fn a_jti_is_good_once() {
    let world = world(Algorithm::Es256);
    let mut desk = Desk::new();
    let token = world.token();
    let mut answer = |proof: DpopProof| {
        let signed = Unsigned::new(proof).sign(&world.sink).unwrap();
        let (authorization, proof) = dpop::headers(&token, signed).unwrap();
        let sent = [("DPoP", proof.as_str())];
        let request = get().with_headers(&sent).unwrap();
        world.ask(&authorization, &request, &mut desk)
    };
    granted(answer(proof(&token, &get())));
    assert_eq!(refused(answer(proof(&token, &get()))), ["request_replayed"]);
    let later = |jti: &str| {
        let jti = Nonce::parse(jti).unwrap();
        DpopProof::new(&token, &get(), at(NOW + 1), jti, &Chosen)
    };
    assert_eq!(refused(answer(later("jti-1"))), ["request_replayed"]);
    granted(answer(later("jti-2")));
}

/// HR-14: what a source demands to be signed is signed, by this scheme too, or the request is refused.
//= HR-14 test
#[test]
fn headers_are_covered_as_in_a_signed_request() {
    let world = world(Algorithm::Ed25519);
    let token = world.token();
    let ask = |signed: &[(&str, &str)], sent: (&str, &str)| {
        let request = get().with_headers(signed).unwrap();
        let (authorization, proof) = headers_of(&world, &token, &request);
        let all = [("dpop", proof.as_str()), sent];
        let request = get().with_headers(&all).unwrap();
        let request = request.demanding(&["x-purpose"]);
        let access = world.ask(&authorization, &request, &mut Desk::new());
        access.granted().map(drop).map_err(|denial| codes(&denial))
    };
    let (own, other) = (("X-Purpose", "care"), ("x-purpose", "another"));
    let no = |code: &str| Err(vec![code.to_owned()]);
    assert_eq!(ask(&[own], own), Ok(()));
    assert_eq!(ask(&[own], other), no("proof_headers_mismatch"));
    assert_eq!(ask(&[], other), no("proof_header_not_covered"));
    assert_eq!(ask(&[own], ("x-more", "1")), no("proof_header_unknown"));
    assert_eq!(ask(&[], ("x-more", "1")), Ok(()));
}

/// What is judged is the header that came: not one of two, and not another.
#[test]
fn the_authorization_is_the_one_that_came() {
    let world = world(Algorithm::Ed25519);
    let (authorization, proof) = headers(&world, &get());
    let ask = |more: &[(&str, &str)]| {
        let sent = [&[("dpop", proof.as_str())], more].concat();
        let request = get().with_headers(&sent).unwrap();
        let access = world.ask(&authorization, &request, &mut Desk::new());
        access.granted().map(drop).map_err(|denial| codes(&denial))
    };
    let own = ("authorization", authorization.as_str());
    let refused = Err(vec!["proof_header".to_owned()]);
    assert_eq!(ask(&[]), Ok(()));
    assert_eq!(ask(&[own]), Ok(()));
    assert_eq!(ask(&[own, own]), refused);
    assert_eq!(ask(&[("Authorization", "Bearer x")]), refused);
    assert_eq!(ask(&[own, ("Authorization", "Bearer x")]), refused);
}

/// D69: a `jti` is one key's. Another sink may have drawn the same.
#[test]
fn two_keys_may_have_one_jti_and_one_key_may_not_use_it_twice() {
    let (one, other) = (world(Algorithm::Ed25519), world(Algorithm::Ed25519));
    let mut seen = std::collections::HashSet::new();
    let mut new = |world: &crate::fixture::World, now: u64| {
        let token = world.token();
        let jti = Nonce::parse("jti-1").unwrap();
        let proof = DpopProof::new(&token, &get(), at(now), jti, &Chosen);
        let signed = Unsigned::new(proof).sign(&world.sink).unwrap();
        let (authorization, proof) = dpop::headers(&token, signed).unwrap();
        let sent = [("dpop", proof.as_str())];
        let request = get().with_headers(&sent).unwrap();
        let question = Question {
            authorization: &authorization,
            request: &request,
            now: at(NOW),
            window: Window::default(),
            consents: world,
            crypto: &Chosen,
        };
        let mut guard = Hosts(&mut seen);
        let mut gate = Gate {
            replay: &mut guard,
            tokens: None,
        };
        access(&question, &mut gate).granted().is_ok()
    };
    assert!(new(&one, NOW));
    assert!(new(&other, NOW));
    // Signed a second later it is the same one, also for a guard that a host has made of a set.
    assert!(!new(&one, NOW - 1));
    assert!(!new(&other, NOW));
}

/// A guard as a host might write it.
#[derive(Debug)]
struct Hosts<'s>(&'s mut std::collections::HashSet<ReplayKey>);

impl ReplayGuard for Hosts<'_> {
    fn witness(&mut self, key: ReplayKey, _: Timestamp) -> Witness {
        match self.0.insert(key) {
            true => Witness::First,
            false => Witness::Again,
        }
    }
}

/// RFC 9449 §7.1 and §9: what a client of OAuth understands.
#[test]
fn a_denial_has_a_challenge_where_it_is_a_401() {
    let world = world(Algorithm::Ed25519);
    let (authorization, proof) = headers(&world, &get());
    let nonces = Nonces::new(Nonce::parse("n-1").unwrap());
    let sent = [("dpop", proof.as_str())];
    let request = get().with_headers(&sent).unwrap().with_nonces(&nonces);
    let asked = denial(world.ask(&authorization, &request, &mut Desk::new()));
    assert!(
        asked
            .challenge()
            .unwrap()
            .contains(r#"DPoP error="use_dpop_nonce""#)
    );
    let bare = denial(world.ask(&authorization, &get(), &mut Desk::new()));
    assert!(
        bare.challenge()
            .unwrap()
            .contains(r#"DPoP error="invalid_token""#)
    );
    let mut paused = crate::dpop::world(Algorithm::Ed25519);
    paused.turn(mydata_record::consent::ConsentState::Disabled);
    let no = denial(ask(&paused, &headers(&paused, &get()), "/data/tax"));
    assert_eq!(no.challenge(), None);
}
