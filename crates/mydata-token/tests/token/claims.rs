//! The token itself.

use crate::fixture::*;
use mydata_core::id::TokenId;
use mydata_core::jws::{Payload, Unsigned};
use mydata_core::time::{Seconds, Timestamp};
use mydata_token::claims::{IssueRefusal, Token, TokenText};
use mydata_token::policy::TokenPolicy;
use std::num::NonZeroU32;

fn issue(world: &World, now: u64, lifetime: u32) -> Result<Token, IssueRefusal> {
    let policy = TokenPolicy::new(Seconds::new(lifetime), NonZeroU32::MIN).unwrap();
    let jti = TokenId::parse("t").unwrap();
    Token::for_consent(
        &world.consent,
        at(now),
        &policy,
        jti,
        &mydata_chosen::Chosen,
    )
}

//= DT-10, DT-47, DT-48, DT-49, DT-54 test
#[test]
fn a_token_says_what_the_consent_says() {
    let world = World::new();
    let token = issue(&world, NOW, 300).unwrap();
    assert_eq!(token.issuer().as_str(), "operator-espoo");
    assert_eq!(token.confirmation().as_str(), "sink-1");
    assert_eq!(token.consent().as_str(), CONSENT);
    assert_eq!(token.hint(), token.consent());
    assert_eq!((token.nbf(), token.iat()), (at(NOW), at(NOW)));
    assert_eq!(
        (token.exp(), token.lifetime()),
        (at(NOW + 300), seconds(300))
    );
    let urls: Vec<&str> = token.audience().iter().map(|p| p.as_str()).collect();
    assert_eq!(urls, [URL, "https://vero.example/data/car"]);
    let wire = serde_json::to_value(&token).unwrap();
    let mut names: Vec<&String> = wire.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(
        names,
        ["aud", "cnf", "cr_id", "exp", "iat", "iss", "jti", "nbf"]
    );
    assert_eq!(wire["cnf"], serde_json::json!({ "kid": "sink-1" }));
    assert_eq!(serde_json::from_value::<Token>(wire).unwrap(), token);
}

#[test]
fn p15_no_token_outside_the_consent() {
    let world = World::of(&Plan {
        nbf: Some(NOW),
        exp: Some(NOW + 100),
        ..Plan::default()
    });
    assert_eq!(issue(&world, NOW - 1, 300), Err(IssueRefusal::NotInForce));
    assert_eq!(issue(&world, NOW, 300).unwrap().exp(), at(NOW + 100));
    assert_eq!(issue(&world, NOW + 50, 30).unwrap().exp(), at(NOW + 80));
    assert_eq!(issue(&world, NOW + 99, 300).unwrap().exp(), at(NOW + 100));
    assert_eq!(issue(&world, NOW + 100, 300), Err(IssueRefusal::NotInForce));
}

#[test]
fn addresses_too_long_for_a_proof_make_no_token() {
    let of = |urls: &[&str]| {
        World::of(&Plan {
            urls: urls.iter().map(|url| (*url).to_owned()).collect(),
            ..Plan::default()
        })
    };
    let long = format!("https://vero.example/{}", "a".repeat(2000));
    let longer = format!("https://vero.example/{}", "b".repeat(2000));
    assert_eq!(
        issue(&of(&[&long, &longer]), NOW, 300),
        Err(IssueRefusal::Audience)
    );
}

#[test]
fn the_end_of_time_does_not_overflow() {
    let world = World::new();
    let end = Timestamp::from_seconds(253_402_300_799).unwrap();
    assert_eq!(
        issue(&world, end.seconds(), 300),
        Err(IssueRefusal::NotInForce)
    );
    assert_eq!(issue(&world, end.seconds() - 1, 300).unwrap().exp(), end);
}

#[test]
fn the_largest_token_fits_into_a_proof() {
    let urls: Vec<String> = (0..64)
        .map(|n| format!("https://vero.example/{n:0>27}"))
        .collect();
    assert_eq!(urls.iter().map(String::len).sum::<usize>(), 3072);
    let world = World::of(&Plan {
        urls,
        ..Plan::default()
    });
    let target = format!("/{:0>27}", 63);
    let request = received(&target, "GET", b"");
    let header = world.header(&request);
    assert_eq!(
        grant(world.ask(&header, &request, &mut Desk::new()))
            .dataset()
            .as_str(),
        "dataset-63"
    );
}

#[test]
fn a_token_prints_nothing_of_itself() {
    let world = World::new();
    let token = issue(&world, NOW, 300).unwrap();
    assert_eq!(format!("{token:?}"), "Token(redacted)");
    let text = TokenText::from(Unsigned::new(token).sign(&world.operator).unwrap());
    assert_eq!(
        format!("{text:?}"),
        format!("TokenText({} octets)", text.as_str().len())
    );
    assert_eq!(text.as_str().split('.').count(), 3);
    let again: TokenText = serde_json::from_str(&serde_json::to_string(&text).unwrap()).unwrap();
    assert_eq!(again, text);
    assert_eq!(
        text.sealed().unwrap().open().unwrap().hint().as_str(),
        CONSENT
    );
}
