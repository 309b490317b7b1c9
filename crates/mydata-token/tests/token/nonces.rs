//! Nonces that a source demands, with either scheme (RFC 9449 §9).

use crate::fixture::*;
use mydata_chosen::Chosen;
use mydata_core::id::Nonce;
use mydata_core::jwk::Algorithm;
use mydata_core::jws::Unsigned;
use mydata_record::possession::ProofScheme;
use mydata_token::access::{Access, DenialClass};
use mydata_token::dpop::{self, DpopProof};
use mydata_token::nonces::Nonces;
use mydata_token::proof::DataRequest;

fn named(text: &str) -> Nonce {
    Nonce::parse(text).unwrap()
}

fn world(proof: ProofScheme) -> World {
    World::of(&Plan {
        algorithm: Algorithm::Ed25519,
        proof,
        ..Plan::default()
    })
}

/// The answer to a request with the nonce `given`, of a source that demands one of `nonces`.
fn answer(
    world: &World,
    (fresh, given): (&str, Option<&str>),
    nonces: Option<&Nonces>,
    desk: &mut Desk,
) -> Access {
    let token = world.token();
    let given = given.map(named);
    let (authorization, proof) = match world.consent.proof_scheme() {
        ProofScheme::Pop => {
            let proof = DataRequest::new(token, &get(), at(NOW), named(fresh), &Chosen);
            let proof = match given {
                None => proof,
                Some(given) => proof.with_nonce(given),
            };
            (world.sign_proof(proof), String::new())
        }
        ProofScheme::Dpop => {
            let proof = DpopProof::new(&token, &get(), at(NOW), named(fresh), &Chosen);
            let proof = match given {
                None => proof,
                Some(given) => proof.with_nonce(given),
            };
            dpop::headers(&token, Unsigned::new(proof).sign(&world.sink).unwrap()).unwrap()
        }
    };
    let sent = [("DPoP", proof.as_str())];
    let request = get().with_headers(&sent).unwrap();
    let request = match nonces {
        None => request,
        Some(nonces) => request.with_nonces(nonces),
    };
    world.ask(&authorization, &request, desk)
}

#[test]
fn a_proof_without_the_sources_nonce_is_asked_for_another() {
    for scheme in ProofScheme::ALL {
        let world = world(scheme);
        let nonces = Nonces::new(named("n-1"));
        let desk = &mut Desk::new();
        for given in [None, Some("n-0")] {
            let denial = denial(answer(&world, ("fresh", given), Some(&nonces), desk));
            assert_eq!(codes(&denial), ["proof_nonce_needed"]);
            assert_eq!(denial.class(), DenialClass::NonceNeeded);
            assert_eq!(denial.wire_code(), "proof_nonce_needed");
            assert_eq!(denial.consent(), None);
        }
        // Nothing was used up: the same request with the nonce is the first.
        let good = Some(nonces.current().as_str());
        granted(answer(&world, ("fresh", good), Some(&nonces), desk));
        let again = denial(answer(&world, ("fresh", good), Some(&nonces), desk));
        assert_eq!(codes(&again), ["request_replayed"]);
        // Two honest requests in one second, with the one nonce that everybody has.
        granted(answer(&world, ("fresh-2", good), Some(&nonces), desk));
    }
}

#[test]
fn the_nonce_before_is_still_taken_and_no_other() {
    for scheme in ProofScheme::ALL {
        let world = world(scheme);
        let mut nonces = Nonces::new(named("n-1"));
        let desk = &mut Desk::new();
        nonces.turn(named("n-2"));
        granted(answer(&world, ("a", Some("n-1")), Some(&nonces), desk));
        granted(answer(&world, ("b", Some("n-2")), Some(&nonces), desk));
        nonces.turn(named("n-3"));
        let late = denial(answer(&world, ("c", Some("n-1")), Some(&nonces), desk));
        assert_eq!(late.class(), DenialClass::NonceNeeded);
        granted(answer(&world, ("d", Some("n-2")), Some(&nonces), desk));
    }
}

#[test]
fn who_has_not_signed_the_request_learns_no_more_than_before() {
    for scheme in ProofScheme::ALL {
        let mut world = world(scheme);
        let nonces = Nonces::new(named("n-1"));
        world.sink = key("sink-1", Algorithm::Ed25519);
        let denial = denial(answer(&world, ("a", None), Some(&nonces), &mut Desk::new()));
        assert_eq!(denial.class(), DenialClass::AuthenticityFailed);
    }
}

/// A client that is told twice to use another nonce has still signed two different requests.
#[test]
fn the_fresh_value_stays_whatever_nonces_are_given() {
    let token = world(ProofScheme::Pop).token();
    let twice = |fresh: &str| {
        let proof = DataRequest::new(token.clone(), &get(), at(NOW), named(fresh), &Chosen);
        proof.with_nonce(named("n-1")).with_nonce(named("n-2"))
    };
    assert_ne!(twice("a"), twice("b"));
    let said = serde_json::to_value(twice("a")).unwrap();
    let members = (said["nonce"].as_str(), said["jti"].as_str());
    assert_eq!(members, (Some("n-2"), Some("a")));
}

#[test]
fn a_source_that_demands_none_takes_any() {
    for scheme in ProofScheme::ALL {
        let world = world(scheme);
        for given in [None, Some("whatever")] {
            granted(answer(&world, ("a", given), None, &mut Desk::new()));
        }
    }
}
