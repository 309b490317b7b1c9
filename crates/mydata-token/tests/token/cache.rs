//! What a kept token saves, and what it does not.

use crate::fixture::*;
use mydata_core::jwk::Algorithm;
use mydata_core::party::Party;
use mydata_record::consent::ConsentState;
use mydata_token::cache::TokenCache;
use mydata_token::proof::DataRequest;
use serde_json::json;

/// A new request with the same token.
fn header(world: &World, token: &mydata_token::claims::TokenText, now: u64) -> String {
    let proof = DataRequest::new(
        token.clone(),
        &get(),
        at(now),
        nonce(),
        &mydata_chosen::Chosen,
    );
    world.sign_proof(proof)
}

#[test]
fn a_known_token_saves_one_verification_of_two() {
    let world = World::new();
    let token = world.token();
    let mut desk = Desk::new();
    for (later, verifications) in [(0, 2), (1, 1), (2, 1), (200, 1)] {
        desk.now = NOW + later;
        granted(world.ask(&header(&world, &token, desk.now), &get(), &mut desk));
        assert_eq!(desk.verifications(), verifications);
        assert_eq!(desk.kept(), 1);
    }
    let mut desk = Desk::without_cache();
    for later in 0..3 {
        desk.now = NOW + later;
        granted(world.ask(&header(&world, &token, desk.now), &get(), &mut desk));
        assert_eq!(desk.verifications(), 2);
    }
}

#[test]
fn a_token_is_kept_only_when_its_request_was_authentic() {
    let world = World::new();
    let mut desk = Desk::new();
    let request = received("/data/car", "GET", b"");
    let _ = world.ask(&world.header(&get()), &request, &mut desk);
    assert_eq!(desk.kept(), 0);
    let _ = world.ask(&world.header(&get()), &get(), &mut desk);
    assert_eq!(desk.kept(), 1);
}

#[test]
fn a_known_token_ends_when_it_ends() {
    let world = World::new();
    let token = world.token();
    let mut desk = Desk::new();
    for (now, verifications) in [(NOW, 2), (NOW + 289, 1)] {
        desk.now = now;
        granted(world.ask(&header(&world, &token, now), &get(), &mut desk));
        assert_eq!(desk.verifications(), verifications);
    }
    desk.now = NOW + 290;
    let answer = world.ask(&header(&world, &token, desk.now), &get(), &mut desk);
    assert_eq!(codes(&denial(answer)), ["token_expired"]);
    // It is not known any more: its own signature has been verified, and nothing else.
    assert_eq!(desk.verifications(), 1);
}

#[test]
fn a_known_token_counts_only_under_the_key_that_verified_it() {
    let mut world = World::new();
    let token = world.token();
    let mut desk = Desk::new();
    granted(world.ask(&header(&world, &token, NOW), &get(), &mut desk));
    // The same consent id, now with another key of the operator under the same kid.
    let operator = key("operator-1", Algorithm::Ed25519);
    let consent = Plan::default().consent(
        mydata_core::crypto::Signer::public(&world.sink),
        mydata_core::crypto::Signer::public(&operator),
    );
    world.consent = verified(consent, Party::Owner, &world.owner);
    desk.now = NOW + 1;
    let answer = denial(world.ask(&header(&world, &token, NOW + 1), &get(), &mut desk));
    assert_eq!(codes(&answer), ["token_not_verified:jws_signature_invalid"]);
}

#[test]
fn p19_a_known_token_does_not_outlive_the_consent() {
    let mut world = World::new();
    let token = world.token();
    let mut desk = Desk::new();
    granted(world.ask(&header(&world, &token, NOW), &get(), &mut desk));
    world.turn(ConsentState::Withdrawn);
    desk.now = NOW + 1;
    let answer = denial(world.ask(&header(&world, &token, NOW + 1), &get(), &mut desk));
    assert_eq!(codes(&answer), ["consent_withdrawn"]);
}

#[test]
fn the_cache_is_bounded_and_its_loss_costs_a_verification() {
    let world = World::new();
    let mut desk = Desk::new();
    desk.cache = Some(TokenCache::new(1, at(NOW)));
    let token = |n: u64| {
        let mut claims = world.claims();
        claims["jti"] = json!(format!("token-{n}"));
        world.sign_claims(&claims)
    };
    let mut ask = |n: u64, later: u64| {
        desk.now = NOW + later;
        granted(world.ask(&header(&world, &token(n), desk.now), &get(), &mut desk));
        assert!(desk.kept() <= 2);
        desk.verifications()
    };
    assert_eq!([ask(1, 0), ask(2, 1), ask(1, 2), ask(2, 3)], [2, 2, 1, 1]);
    assert_eq!([ask(3, 4), ask(1, 5)], [2, 2]);
}

#[test]
fn an_idle_cache_forgets() {
    let world = World::new();
    let mut desk = Desk::new();
    let token = world.token();
    granted(world.ask(&header(&world, &token, NOW), &get(), &mut desk));
    desk.now = NOW + 86_400;
    let _ = world.ask(&header(&world, &token, desk.now), &get(), &mut desk);
    assert_eq!(desk.kept(), 0);
    assert!(desk.cache.unwrap().is_empty());
}
