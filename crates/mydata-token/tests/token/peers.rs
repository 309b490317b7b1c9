//! What went wrong in other implementations, by the rows of the catalogue (P12 to P21).

use crate::fixture::*;
use mydata_core::crypto::Signer;
use mydata_core::jwk::Algorithm;
use mydata_record::consent::ConsentState;
use mydata_token::access::{DenialClass, Gate, Question, access};
use mydata_token::proof::DataRequest;
use mydata_token::replay::TwoGenerations;
use mydata_token::window::Window;
use serde_json::json;
use std::sync::Mutex;

#[test]
fn p12_a_token_for_another_address_is_denied() {
    let world = World::new();
    for aud in [
        json!(["https://vero.example/data"]),
        json!(["https://vero.example/data/tax/*"]),
        json!(["https://vero.example/data/ta/*"]),
        json!(["https://vero.example/data/tax/"]),
        json!(["https://evil.example/*"]),
        json!(["https://vero.example.evil.example/data/tax"]),
        json!(["https://vero.example:8443/data/tax"]),
    ] {
        let mut claims = world.claims();
        claims["aud"] = aud.clone();
        let answer = world.ask(&world.header_of_claims(&claims), &get(), &mut Desk::new());
        assert_eq!(codes(&denial(answer)), ["token_audience"], "{aud}");
    }
}

#[test]
fn p13_a_request_is_good_once_also_across_rotation_and_restart() {
    let world = World::new();
    let header = world.header(&get());
    let mut desk = Desk::new();
    desk.now = NOW - 5;
    granted(world.ask(&header, &get(), &mut desk));
    for later in 0..=65 {
        desk.now = NOW - 5 + later;
        let answer = denial(world.ask(&header, &get(), &mut desk));
        assert_eq!(codes(&answer), ["request_replayed"], "{later}");
    }
    desk.now = NOW + 61;
    assert_eq!(
        codes(&denial(world.ask(&header, &get(), &mut desk))),
        ["proof_too_old"]
    );

    // A process that starts anew, at any moment at which the request would still be good.
    for start in NOW - 5..=NOW + 60 {
        desk.guard = TwoGenerations::starting(&Window::default(), 10, at(start));
        for now in start..=NOW + 60 {
            desk.now = now;
            let answer = denial(world.ask(&header, &get(), &mut desk));
            assert_eq!(answer.class(), DenialClass::Busy, "{start} {now}");
        }
    }
    // What is signed when the guard remembers everything passes.
    desk.guard = TwoGenerations::starting(&Window::default(), 10, at(NOW));
    for (signed, good) in [(NOW + 5, false), (NOW + 6, true)] {
        let proof = DataRequest::new(
            world.token(),
            &get(),
            at(signed),
            nonce(),
            &mydata_chosen::Chosen,
        );
        desk.now = NOW + 6;
        let answer = world.ask(&world.sign_proof(proof), &get(), &mut desk);
        assert_eq!(answer.granted().is_ok(), good, "{signed}");
    }
}

/// ECDSA: (r, n − s) verifies as well as (r, s), and is another header.
#[test]
fn p13_the_twin_of_a_signature_is_the_same_request() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    const N: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let world = World::of(&Plan {
        algorithm: Algorithm::Es256,
        ..Plan::default()
    });
    let header = world.header(&get());
    let (input, signature) = header.rsplit_once('.').unwrap();
    let mut octets = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let mut borrow = 0;
    for at in (0..32).rev() {
        let n = i32::from(u8::from_str_radix(&N[2 * at..2 * at + 2], 16).unwrap());
        let difference = n - i32::from(octets[32 + at]) - borrow;
        borrow = i32::from(difference < 0);
        octets[32 + at] = u8::try_from(difference.rem_euclid(256)).unwrap();
    }
    let twin = format!("{input}.{}", URL_SAFE_NO_PAD.encode(&octets));
    assert_ne!(twin, header);
    granted(world.ask(&twin, &get(), &mut Desk::new()));
    let mut desk = Desk::new();
    granted(world.ask(&header, &get(), &mut desk));
    assert_eq!(
        codes(&denial(world.ask(&twin, &get(), &mut desk))),
        ["request_replayed"]
    );
}

#[test]
fn p13_what_was_denied_for_the_standing_cannot_be_repeated_later() {
    let mut world = World::new();
    world.turn(ConsentState::Disabled);
    let header = world.header(&get());
    let mut desk = Desk::new();
    assert_eq!(
        codes(&denial(world.ask(&header, &get(), &mut desk))),
        ["consent_disabled"]
    );
    world.turn(ConsentState::Active);
    assert_eq!(
        codes(&denial(world.ask(&header, &get(), &mut desk))),
        ["request_replayed"]
    );
}

/// A captured header, sent with another request first, is not used up by it.
#[test]
fn p13_a_header_with_another_request_uses_nothing_up() {
    let world = World::new();
    let header = world.header(&get());
    let mut desk = Desk::new();
    let other = received("/data/car", "GET", b"");
    assert_eq!(
        codes(&denial(world.ask(&header, &other, &mut desk))),
        ["proof_path_mismatch"]
    );
    granted(world.ask(&header, &get(), &mut desk));
}

#[test]
fn p13_threads_share_one_guard() {
    let world = World::new();
    let header = world.header(&get());
    let guard = Mutex::new(TwoGenerations::without_past(
        &Window::default(),
        10,
        at(NOW),
    ));
    let ask = || {
        let question = Question {
            authorization: &header,
            request: &get(),
            now: at(NOW),
            window: Window::default(),
            consents: &world,
            crypto: &mydata_chosen::Chosen,
        };
        let mut gate = Gate {
            replay: &mut &guard,
            tokens: None,
        };
        access(&question, &mut gate).granted().is_ok()
    };
    let granted = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        threads
            .into_iter()
            .filter(|_| true)
            .map(|t| usize::from(t.join().unwrap()))
            .sum::<usize>()
    });
    assert_eq!(granted, 1);
}

/// The time at which the request says it was made moves nothing.
#[test]
fn p14_only_the_source_has_a_clock() {
    let world = World::new();
    let mut claims = world.claims();
    claims["exp"] = json!(NOW);
    let proof = world.sign_claims(&claims);
    let early = DataRequest::new(proof, &get(), at(NOW - 30), nonce(), &mydata_chosen::Chosen);
    let header = world.sign_proof(early);
    granted(world.ask(&header, &get(), &mut Desk::at(NOW - 1)));
    let answer = denial(world.ask(&header, &get(), &mut Desk::at(NOW)));
    assert_eq!(codes(&answer), ["token_expired"]);
}

#[test]
fn p16_a_token_that_names_the_sinks_consent_is_denied() {
    let world = World::new();
    let mut claims = world.claims();
    claims["cr_id"] = json!("cr-sink-1");
    let answer = denial(world.ask(&world.header_of_claims(&claims), &get(), &mut Desk::new()));
    assert_eq!(codes(&answer), ["access_consent_unknown"]);
    // `pi_id`, as the old kit wrote it, is nothing.
    claims.as_object_mut().unwrap().remove("cr_id");
    claims["pi_id"] = json!(CONSENT);
    let answer = denial(world.ask(&world.header_of_claims(&claims), &get(), &mut Desk::new()));
    assert_eq!(codes(&answer), ["token_not_verified:json_missing_member"]);
}

#[test]
fn p17_method_host_path_query_and_body_are_always_signed() {
    let world = World::new();
    let request = received("/data/tax?a=1", "POST", b"body");
    let full = serde_json::to_value(world.proof(world.token(), &request)).unwrap();
    for (member, code) in [
        ("m", "proof_not_verified:json_missing_member"),
        ("u", "proof_not_verified:json_missing_member"),
        ("p", "proof_not_verified:json_missing_member"),
        ("q", "proof_query_missing"),
        ("b", "proof_body_missing"),
    ] {
        let mut payload = full.clone();
        payload.as_object_mut().unwrap().remove(member);
        let answer = world.ask(&world.sign_payload(&payload), &request, &mut Desk::new());
        assert_eq!(codes(&denial(answer)), [code], "{member}");
    }
}

#[test]
fn p19_the_standing_is_asked_every_time() {
    let mut world = World::new();
    let mut desk = Desk::new();
    let token = world.token();
    for (second, state, good) in [
        (0, None, true),
        (1, Some(ConsentState::Disabled), false),
        (2, Some(ConsentState::Active), true),
        (3, Some(ConsentState::Withdrawn), false),
    ] {
        if let Some(state) = state {
            world.turn(state);
        }
        desk.now = NOW + second;
        let proof = DataRequest::new(
            token.clone(),
            &get(),
            at(desk.now),
            nonce(),
            &mydata_chosen::Chosen,
        );
        let answer = world.ask(&world.sign_proof(proof), &get(), &mut desk);
        assert_eq!(answer.granted().is_ok(), good, "{second}");
    }
}

/// Keys come from the consent. One that the message brings or points to is refused by name, and
/// there is nothing here that could fetch it.
#[test]
fn p20_a_message_brings_no_key_and_no_address() {
    let world = World::new();
    let stranger = key("sink-1", Algorithm::Ed25519);
    let payload = serde_json::to_value(world.proof(world.token(), &get())).unwrap();
    let jwk: serde_json::Value = serde_json::from_str(&stranger.public().to_jwk()).unwrap();
    for (member, value) in [
        ("jwk", jwk),
        ("jku", json!("https://evil.example/keys")),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!(["MII"])),
    ] {
        let mut header = json!({ "alg": "EdDSA", "kid": "sink-1", "typ": "pop" });
        header[member] = value;
        let header = format!("PoP {}", jws(&header, &payload, &stranger));
        let answer = denial(world.ask(&header, &get(), &mut Desk::new()));
        assert_eq!(
            codes(&answer),
            ["proof_not_verified:jws_key_in_header"],
            "{member}"
        );
    }
}

#[test]
fn p21_the_person_comes_from_the_consent_only() {
    let world = World::new();
    let request = received(
        "/data/tax?surrogate_id=surrogate-lasse&id=2",
        "POST",
        b"{\"surrogate_id\":\"surrogate-lasse\"}",
    );
    let grant = grant(world.ask(&world.header(&request), &request, &mut Desk::new()));
    assert_eq!(grant.surrogate_id().as_str(), SURROGATE);
}
