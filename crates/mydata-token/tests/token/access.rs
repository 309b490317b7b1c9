//! The decision: what is granted, what is denied after authenticity, and that every refusal there
//! is has been seen.

use crate::fixture::*;
use crate::unauthentic::{
    claims_against_consent, header_hashes, headers, payload, proofs, requests, tokens,
};
use mydata_core::id::{ConsentId, TokenId};
use mydata_core::jwk::Algorithm;
use mydata_record::consent::ConsentState;
use mydata_record::standing::Bar;
use mydata_token::access::{AccessRefusal, AccessRule, DenialClass};
use mydata_token::proof::ProofRefusal;
use mydata_token::replay::TwoGenerations;
use mydata_token::request::HttpRequest;
use mydata_token::window::Window;
use serde_json::json;
use std::collections::BTreeSet;

//= DT-24, DT-35, DT-45 test
#[test]
fn grants_what_is_right_with_both_algorithms() {
    for algorithm in Algorithm::ALL {
        let world = World::of(&Plan {
            algorithm,
            ..Plan::default()
        });
        let request = received("/data/tax?b=bar&a=foo", "POST", b"body");
        let mut desk = Desk::new();
        let grant = grant(world.ask(&world.header(&request), &request, &mut desk));
        assert_eq!(grant.consent_id().as_str(), CONSENT);
        assert_eq!(grant.surrogate_id().as_str(), SURROGATE);
        assert_eq!(grant.link_id().as_str(), "link-1");
        assert_eq!(grant.dataset().as_str(), "dataset-0");
        assert_eq!(grant.url().as_str(), URL);
        assert_eq!(grant.sink_key().as_str(), "sink-1");
        assert_eq!(grant.token_id(), &TokenId::parse("token-1").unwrap());
        assert_eq!(grant.at(), at(NOW));
        assert_eq!((desk.guard.len(), desk.kept()), (1, 1));
        assert!(!format!("{grant:?}").contains(SURROGATE));
    }
}

/// After authenticity: all reasons, and the request is remembered.
fn denied(
    world: &World,
    header: &str,
    request: &HttpRequest<'_>,
    now: u64,
    expected: &[&str],
) -> BTreeSet<String> {
    let mut desk = Desk::at(now);
    let denial = denial(world.ask(header, request, &mut desk));
    assert_eq!(codes(&denial), expected);
    assert_eq!(denial.wire_code(), expected[0]);
    assert_eq!(denial.class(), DenialClass::NotPermitted);
    assert_eq!(denial.consent(), Some(&ConsentId::parse(CONSENT).unwrap()));
    // What has ended for good is never granted again, and takes no room.
    let over = ["link_removed", "consent_withdrawn", "consent_expired"];
    let remembered = usize::from(!expected.iter().any(|code| over.contains(code)));
    assert_eq!(desk.guard.len(), remembered, "{expected:?}");
    expected.iter().map(|code| (*code).to_owned()).collect()
}

//= DT-07, DT-08, DT-09, DT-41, DT-42, DT-43, DT-46 test
fn permissions(seen: &mut BTreeSet<String>) {
    let world = World::new();
    let mut claims = world.claims();
    claims["aud"] = json!(["https://vero.example/data/car"]);
    let header = world.header_of_claims(&claims);
    seen.extend(denied(&world, &header, &get(), NOW, &["token_audience"]));
    claims["aud"] = json!(["https://vero.example/data/*"]);
    let beside = received("/data/health", "GET", b"");
    let header = world.sign_proof(world.proof(world.sign_claims(&claims), &beside));
    seen.extend(denied(&world, &header, &beside, NOW, &["access_resource"]));

    let mut world = World::new();
    world.turn(ConsentState::Disabled);
    let header = world.header(&get());
    seen.extend(denied(&world, &header, &get(), NOW, &["consent_disabled"]));
    world.complete = false;
    denied(&world, &header, &get(), NOW, &["consent_disabled"]);
    world.turn(ConsentState::Active);
    seen.extend(denied(
        &world,
        &header,
        &get(),
        NOW,
        &["consent_status_unknown"],
    ));
    world.complete = true;
    granted(world.ask(&header, &get(), &mut Desk::new()));
    world.turn(ConsentState::Withdrawn);
    seen.extend(denied(&world, &header, &get(), NOW, &["consent_withdrawn"]));
    world.unlink();
    seen.extend(denied(&world, &header, &get(), NOW, &["link_removed"]));

    // Every reason at once.
    let other = received("/other", "GET", b"");
    let header = world.header(&other);
    denied(
        &world,
        &header,
        &other,
        NOW,
        &["token_audience", "access_resource", "link_removed"],
    );

    let mut world = World::new();
    let header = world.header(&get());
    world.other_status("cr-other");
    denied(&world, &header, &get(), NOW, &["consent_status_unknown"]);

    let world = World::of(&Plan {
        exp: Some(NOW + 40),
        ..Plan::default()
    });
    let mut claims = world.claims();
    claims["exp"] = json!(NOW + 100);
    let header = world.header_of_claims(&claims);
    granted(world.ask(&header, &get(), &mut Desk::at(NOW + 39)));
    seen.extend(denied(
        &world,
        &header,
        &get(),
        NOW + 40,
        &["consent_expired"],
    ));

    let world = World::of(&Plan {
        nbf: Some(NOW - 15),
        ..Plan::default()
    });
    let mut claims = world.claims();
    claims["nbf"] = json!(NOW - 100);
    claims["iat"] = json!(NOW - 100);
    let mut body = payload(&world, &get());
    body["at"] = json!(world.sign_claims(&claims));
    body["ts"] = json!(NOW - 16);
    let header = world.sign_payload(&body);
    granted(world.ask(&header, &get(), &mut Desk::at(NOW - 15)));
    seen.extend(denied(
        &world,
        &header,
        &get(),
        NOW - 16,
        &["consent_not_yet_valid"],
    ));
}

//= HR-12 test
fn guards(seen: &mut BTreeSet<String>) {
    let mut world = World::new();
    let header = world.header(&get());
    let mut desk = Desk::new();
    granted(world.ask(&header, &get(), &mut desk));
    let again = denial(world.ask(&header, &get(), &mut desk));
    assert_eq!(codes(&again), ["request_replayed"]);
    assert_eq!(again.wire_code(), "request_not_authentic");
    assert_eq!((desk.guard.len(), desk.kept()), (1, 1));
    seen.extend(codes(&again));

    let mut full = Desk::new();
    full.guard = TwoGenerations::without_past(&Window::default(), 1, at(NOW));
    granted(world.ask(&header, &get(), &mut full));
    let other = received("/data/car", "GET", b"");
    let busy = denial(world.ask(&world.header(&other), &other, &mut full));
    assert_eq!(codes(&busy), ["replay_guard_full"]);
    assert_eq!(
        (busy.wire_code(), busy.class()),
        ("replay_guard_full", DenialClass::Busy)
    );
    assert_eq!(full.guard.len(), 1);
    seen.extend(codes(&busy));

    let mut restarted = Desk::new();
    restarted.guard = TwoGenerations::starting(&Window::default(), 10, at(NOW));
    let early = denial(world.ask(&header, &get(), &mut restarted));
    assert_eq!(codes(&early), ["replay_guard_memory"]);
    assert_eq!(early.class(), DenialClass::Busy);
    assert!(restarted.guard.is_empty());
    seen.extend(codes(&early));

    // Neither a repetition nor a request that may be one learns that the consent is paused.
    world.turn(ConsentState::Disabled);
    let again = denial(world.ask(&header, &get(), &mut desk));
    assert_eq!(codes(&again), ["request_replayed", "consent_disabled"]);
    assert_eq!(again.wire_code(), "request_not_authentic");
    let early = denial(world.ask(&header, &get(), &mut restarted));
    assert_eq!(codes(&early), ["replay_guard_memory", "consent_disabled"]);
    assert_eq!(early.wire_code(), "replay_guard_memory");
    // What has ended for good is the same for everybody, and the guard is not asked.
    world.turn(ConsentState::Withdrawn);
    let over = denial(world.ask(&header, &get(), &mut desk));
    assert_eq!(codes(&over), ["consent_withdrawn"]);
}

//= DT-06, DT-24, DT-25, DT-35, DT-46 test
#[test]
fn every_refusal_is_reached_and_leaves_the_state_as_it_should_be() {
    let mut world = World::new();
    let mut seen = BTreeSet::new();
    headers(&world, &mut seen);
    proofs(&world, &mut seen);
    tokens(&world, &mut seen);
    claims_against_consent(&mut world, &mut seen);
    requests(&world, &mut seen);
    header_hashes(&world, &mut seen);
    permissions(&mut seen);
    guards(&mut seen);
    crate::dpop::refusals(&mut seen);
    let all = ProofRefusal::ALL.iter().map(|r| r.code());
    // Who sends is asked where there is no token (`tests/conformance/parties.rs`).
    let rules = AccessRule::ALL
        .iter()
        .filter(|rule| **rule != AccessRule::SenderUnknown);
    let all = all.chain(rules.map(|r| r.code()));
    let all = all.chain(Bar::ALL.iter().map(|r| r.code()));
    let all: BTreeSet<String> = all
        .chain(["proof_not_verified", "token_not_verified"])
        .map(ToOwned::to_owned)
        .collect();
    assert_eq!(seen, all);
}

#[test]
fn a_reason_is_safe_in_a_log() {
    let world = World::new();
    let header = world.header(&get());
    let mut spoilt = world.claims();
    spoilt["jti"] = json!("Sofia \u{202e} Lind");
    for header in [header.replace('a', "b"), world.header_of_claims(&spoilt)] {
        let denial = denial(world.ask(&header, &get(), &mut Desk::new()));
        let shown = format!("{denial} {denial:?}");
        assert!(
            !shown.contains("Sofia") && !shown.contains(CONSENT),
            "{shown}"
        );
        assert!(shown.is_ascii(), "{shown}");
    }
    let refusal = AccessRefusal::from(AccessRule::Replayed);
    assert_eq!(refusal.to_string(), AccessRule::Replayed.text());
}

//= DT-38, DT-50, DT-51, HR-12 test
#[test]
fn times_are_exact_to_the_second() {
    let world = World::new();
    let is_granted = |header: &str, now: u64| {
        let answer = world.ask(header, &get(), &mut Desk::at(now));
        answer.granted().is_ok()
    };
    // The window: both ends are in.
    let header = world.header(&get());
    let expected = [(6, false), (5, true), (0, true)];
    for (early, good) in expected {
        assert_eq!(is_granted(&header, NOW - early), good, "{early} s early");
    }
    for (late, good) in [(0, true), (60, true), (61, false)] {
        assert_eq!(is_granted(&header, NOW + late), good, "{late} s late");
    }
    // The token: `nbf` and `iat` with leeway, `exp` without (DT-50).
    for (claim, value, good) in [
        ("nbf", NOW + 5, true),
        ("nbf", NOW + 6, false),
        ("iat", NOW + 5, true),
        ("iat", NOW + 6, false),
        ("exp", NOW + 1, true),
        ("exp", NOW, false),
    ] {
        let mut claims = world.claims();
        claims[claim] = json!(value);
        assert_eq!(
            is_granted(&world.header_of_claims(&claims), NOW),
            good,
            "{claim} {value}"
        );
    }
}

#[test]
fn a_window_has_bounds() {
    let window =
        |past, future, leeway| Window::new(seconds(past), seconds(future), seconds(leeway));
    assert_eq!(window(60, 5, 5), Some(Window::default()));
    assert!(window(1, 0, 0).is_some() && window(300, 30, 30).is_some());
    for (past, future, leeway) in [(0, 5, 5), (301, 5, 5), (60, 31, 5), (60, 5, 31)] {
        assert_eq!(window(past, future, leeway), None);
    }
    assert_eq!(Window::default().span(), seconds(65));
}

#[test]
fn no_signature_is_verified_for_what_is_refused_on_sight() {
    let world = World::new();
    let desk = &mut Desk::without_cache();
    let header = world.header(&get());
    let _ = world.ask(&header, &get(), desk);
    assert_eq!(desk.verifications(), 2);
    let mut claims = world.claims();
    claims["cr_id"] = json!("cr-other");
    let _ = world.ask(&world.header_of_claims(&claims), &get(), desk);
    assert_eq!(desk.verifications(), 0);
    claims = world.claims();
    claims["exp"] = json!(NOW);
    let _ = world.ask(&world.header_of_claims(&claims), &get(), desk);
    assert_eq!(desk.verifications(), 1);
}
