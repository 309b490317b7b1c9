//! What went wrong in the systems that came before, each as a test of ours. The numbers are those
//! of our study of earlier MyData-like systems; a row that needs a store, HTTP or a receipt is
//! tested where those stand.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{decode, encode, new_key, signed_by_hand};
use mydata::core::crypto::{Crypto, Signature, Signer as _};
use mydata::core::id::{AccountId, ConsentId, KeyId, RecordId};
use mydata::core::jwk::{Algorithm, KeySet, PublicKey};
use mydata::core::jws::{Sealed, Unsigned, Verified};
use mydata::core::party::{Party, PartyKeys};
use mydata::core::resource::Origin;
use mydata::keys::{PrivateKey, SystemRandom};
use mydata::operator::{Act, Capacity, Command, NewConsent, OwnerSigned, Reason, Reply};
use mydata::record::chain::{Chain, StatusRecord as _};
use mydata::record::consent::{
    Consent as _, ConsentChange, ConsentState, ConsentStatus, SourceConsent,
};
use mydata::record::link::{LinkProposal, LinkRecord, LinkState, LinkStatus};
use mydata::record::message::{self, StatusQuery, ToService};
use mydata::record::possession::ProofScheme;
use mydata::service::Setting;
use mydata::token::access::{Access, DenialClass, Gate};
use mydata::token::claims::TokenText;
use mydata::token::proof::{DataRequest, authorization_header};
use mydata::token::replay::TwoGenerations;
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;
use mydata_chosen::Chosen;
use mydata_conformance::World;
use mydata_conformance::world::PairIds;
use serde_json::{Value, json};

fn set(key: &PrivateKey) -> KeySet {
    KeySet::from(key.public().clone())
}

/// The consent of the source as the source was sent it.
fn source_consent(world: &World, ids: &PairIds) -> Sealed<SourceConsent> {
    let consent = world.account.consent(&ids.source).unwrap();
    let mydata::record::consent::AnyConsent::Source(record) = &consent.record else {
        panic!("not a source's: {consent:?}");
    };
    record.seal()
}

/// The flattened envelope, taken apart.
fn parts(sealed: &str) -> (Value, Value, Value) {
    let jws: Value = serde_json::from_str(sealed).unwrap();
    let decode = |part: &Value| -> Value {
        let octets = decode(part.as_str().unwrap()).unwrap();
        serde_json::from_slice(&octets).unwrap()
    };
    (
        jws.clone(),
        decode(&jws["protected"]),
        decode(&jws["payload"]),
    )
}

fn setting(world: &World) -> Setting<'_> {
    Setting {
        from: &world.operator_id,
        now: world.now,
        crypto: &Chosen,
    }
}

/// Delivers a consent to the source.
fn deliver_source(world: &World, ids: &PairIds, cr: &str) -> Result<(), String> {
    let csr = world
        .account
        .consent(&ids.source)
        .unwrap()
        .chain
        .latest()
        .seal();
    let octets = json!({ "source_consent": {
        "cr": serde_json::from_str::<Value>(cr).unwrap(), "csr": serde_json::to_value(&csr).unwrap() } });
    let message: ToService =
        message::read(octets.to_string().as_bytes()).map_err(|f| f.code().to_owned())?;
    let mut service = world.source.service.clone();
    let before = service.clone();
    let received = service.receive(&message, setting(world));
    match received {
        Ok(_) => Ok(()),
        Err(refusal) => {
            assert_eq!(
                service, before,
                "a refused record leaves the service as it was"
            );
            Err(refusal.code().to_owned())
        }
    }
}

#[test]
fn p1_a_strangers_key_with_the_victims_name_is_refused() {
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    let claims = parts_of_token(&token).1;
    // The stranger signs the operator's own claims under the operator's own key id.
    let stranger = new_key("operator-tokens");
    let protected = json!({ "alg": "EdDSA", "kid": "operator-tokens", "typ": "mydata-at+jwt" });
    let forged = compact(&signed_by_hand(&protected, &claims, &stranger));
    assert_eq!(fetch_with(&mut world, &forged), ["token_not_verified"]);
}

#[test]
fn p2_a_key_in_the_header_is_not_a_key() {
    let (mut world, ids) = World::consented();
    let claims = parts_of_token(&world.token(&ids.sink).unwrap()).1;
    let stranger = new_key("operator-tokens");
    let jwk: Value = serde_json::from_str(&stranger.public().to_jwk()).unwrap();
    let protected =
        json!({ "alg": "EdDSA", "kid": "operator-tokens", "typ": "mydata-at+jwt", "jwk": jwk });
    let forged = TokenText::new(&compact(&signed_by_hand(&protected, &claims, &stranger)));
    let fault = forged.sealed().unwrap().open().unwrap_err();
    assert_eq!(fault.code(), "jws_key_in_header");
    assert_eq!(
        fetch_with(&mut world, forged.as_str()),
        ["token_not_verified"]
    );
}

#[test]
fn p3_a_status_with_its_own_key_in_its_header_is_refused() {
    let (world, ids) = World::consented();
    let sealed = world
        .account
        .consent(&ids.sink)
        .unwrap()
        .chain
        .latest()
        .seal();
    let (_, _, payload) = parts(&sealed.to_json());
    let stranger = new_key("owner-1");
    let jwk: Value = serde_json::from_str(&stranger.public().to_jwk()).unwrap();
    let protected =
        json!({ "alg": "EdDSA", "kid": "owner-1", "typ": "mydata-csr+json", "jwk": jwk });
    let forged = signed_by_hand(&protected, &payload, &stranger).to_string();
    let sealed = Sealed::<ConsentStatus>::from_json(forged.as_bytes()).unwrap();
    assert_eq!(sealed.open().unwrap_err().code(), "jws_key_in_header");
    // And a link is not verified with the keys that it brings, unless they are those accepted.
    let own = json!({ "alg": "EdDSA", "kid": "owner-1", "typ": "mydata-csr+json" });
    let sealed = Sealed::<ConsentStatus>::from_json(
        signed_by_hand(&own, &payload, &stranger)
            .to_string()
            .as_bytes(),
    );
    let keys = world.account.party_keys(None);
    let fault = sealed
        .unwrap()
        .open()
        .unwrap()
        .verify(&Chosen, &keys)
        .unwrap_err();
    assert_eq!(fault.code(), "jws_alg_mismatch");
}

#[test]
fn p4_a_key_or_an_id_swapped_in_a_valid_consent_is_refused() {
    let (world, ids) = World::consented();
    let sealed = source_consent(&world, &ids).to_json();
    assert_eq!(
        deliver_source(&world, &ids, &sealed),
        Ok(()),
        "the consent itself is held already"
    );
    let other: Value = serde_json::from_str(&new_key("sink-pop").public().to_jwk()).unwrap();
    for (pointer, value) in [
        ("/role_specific_part/pop_key", other.clone()),
        ("/role_specific_part/token_issuer_key", other),
        ("/common_part/cr_id", json!("another-consent")),
        ("/common_part/subject_id", json!("another-service")),
        ("/common_part/iat", json!(1)),
    ] {
        let (mut jws, _, mut payload) = parts(&sealed);
        *payload.pointer_mut(pointer).unwrap() = value;
        jws["payload"] = json!(encode(&serde_json::to_vec(&payload).unwrap()));
        let refused = deliver_source(&world, &ids, &jws.to_string());
        assert_eq!(
            refused,
            Err("jws_signature_invalid".to_owned()),
            "{pointer}"
        );
    }
}

//= SL-06, CN-12 test
#[test]
fn p5_what_is_stored_and_sent_is_what_was_signed() {
    let (world, ids) = World::consented();
    let at_operator = source_consent(&world, &ids).to_json();
    let sent = world.source.received.iter().any(|octets| {
        String::from_utf8_lossy(octets).contains(at_operator.trim_matches(['{', '}']))
    });
    assert!(sent, "the octets of the source are those of the operator");
    let held = world.source.service.consent(&ids.source).unwrap();
    assert_eq!(held.record.terms().cr_id, ids.source);
}

#[test]
fn p6_a_signed_payload_other_than_the_one_agreed_is_refused() {
    let mut world = World::new();
    let service = world.source.registered.clone();
    let start = Command::StartLinking {
        service,
        surrogate_id: None,
    };
    world.command(&world.owner_act(), &start).unwrap();
    let (code, offer) = world.offer("source");
    let command = Command::OfferSurrogate {
        code: code.clone(),
        surrogate_id: offer.surrogate_id,
        pop_key: None,
        proof: ProofScheme::Pop,
    };
    world
        .command(&world.service_act("source"), &command)
        .unwrap();
    let draft = world
        .with_env(|account, env| account.draft_link(&code, env))
        .unwrap();
    // Signed by the owner, and not what the operator has drafted.
    let mut other = draft.value().clone();
    other.0.service_id = mydata::core::id::ServiceId::parse("sink").unwrap();
    let record = world.by_owner(&Unsigned::new(other));
    let command = Command::ProposeLink { code, record };
    let refused = world.try_decide(&world.owner_act(), &command).unwrap_err();
    assert_eq!(refused.code(), "record_mismatch");
}

#[test]
fn p7_both_signatures_each_once_each_from_its_own_party() {
    let world = World::linked();
    let (_, link) = world.account.links().next().unwrap();
    let sealed = link.record.seal();
    let service_keys = set(if link.record.service_id.as_str() == "sink" {
        &world.sink.key
    } else {
        &world.source.key
    });
    let owner_keys = world.account.owner_keys().clone();
    let keys = PartyKeys::none()
        .with(Party::Owner, &owner_keys)
        .with(Party::Service, &service_keys);
    let verify = |json: &Value, keys: &PartyKeys<'_>| {
        let sealed = Sealed::<LinkRecord>::from_json(json.to_string().as_bytes()).unwrap();
        sealed
            .open()
            .unwrap()
            .verify(&Chosen, keys)
            .map(|_| ())
            .map_err(|f| f.code())
    };
    let whole: Value = serde_json::from_str(&sealed.to_json()).unwrap();
    assert_eq!(verify(&whole, &keys), Ok(()));
    let with = |signatures: Value| json!({ "payload": whole["payload"], "signatures": signatures });
    let (owner, service) = (&whole["signatures"][0], &whole["signatures"][1]);
    for (signatures, code) in [
        (json!([owner]), "jws_signer_set"),
        (json!([service]), "jws_signer_set"),
        (json!([owner, owner]), "jws_signer_set"),
        (json!([service, service]), "jws_signer_set"),
        (json!([owner, service, owner]), "jws_signer_set"),
    ] {
        assert_eq!(verify(&with(signatures), &keys), Err(code));
    }
    assert_eq!(
        verify(&with(json!([service, owner])), &keys),
        Ok(()),
        "order is free (C28)"
    );
    let other = set(&new_key("service-of-somebody"));
    let other_keys = PartyKeys::none()
        .with(Party::Owner, &owner_keys)
        .with(Party::Service, &other);
    assert_eq!(verify(&whole, &other_keys), Err("jws_kid_unknown"));
}

#[test]
fn p8_no_symmetric_algorithm_can_be_named_or_held() {
    for alg in ["HS256", "HS384", "HS512", "none", "None", "RS256", "PS256"] {
        assert_eq!(Algorithm::parse(alg), None, "{alg}");
    }
    let oct = br#"{"kty":"oct","kid":"k","k":"c2VjcmV0","alg":"HS256"}"#;
    assert_eq!(PublicKey::from_jwk(oct).unwrap_err().code(), "key_private");
    assert!(mydata_chosen::from_jwk(oct).is_err());
}

#[test]
fn p9_a_bad_key_is_a_refusal_and_not_the_end_of_the_process() {
    for jwk in [
        "",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"kty":"OKP"}"#,
        r#"{"kty":"OKP","crv":"Ed25519","kid":"k","x":"%%%"}"#,
        r#"{"kty":"OKP","crv":"Ed25519","kid":"k","x":"AAAA"}"#,
        r#"{"kty":"OKP","crv":"Ed25519","kid":"k","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
        r#"{"kty":"EC","crv":"P-256","kid":"k","x":"AAAA","y":"AAAA"}"#,
        r#"{"kty":"EC","crv":"P-521","kid":"k","x":"AAAA","y":"AAAA"}"#,
        r#"{"kty":1,"crv":[],"kid":{}}"#,
    ] {
        assert!(PublicKey::from_jwk(jwk.as_bytes()).is_err(), "{jwk}");
        assert!(mydata_chosen::from_jwk(jwk.as_bytes()).is_err(), "{jwk}");
    }
    // A point that is not on the curve is a key that verifies nothing.
    let off_curve = PublicKey::p256(KeyId::parse("k").unwrap(), [1; 32], [2; 32]);
    assert!(!Chosen.verify(&off_curve, b"message", &Signature::from_octets([3; 64])));
}

#[test]
fn p10_the_machine_has_no_key_that_a_bearer_could_use() {
    // A service, which bears whatever a bearer bears, gets nothing signed by the owner, and nothing
    // by the operator but what restricts its own link.
    let (mut world, ids) = World::consented();
    let act = world.service_act("sink");
    let command = Command::ChangeConsent {
        cr_id: ids.sink,
        change: ConsentChange::Withdraw,
        reason: Reason::OwnerWish,
        signed: None,
    };
    assert_eq!(
        world.try_decide(&act, &command).unwrap_err().code(),
        "capacity_not_allowed"
    );
    assert_eq!(format!("{:?}", world.owner), "PrivateKey(owner-1, ES256)");
}

#[test]
fn p11_a_stored_record_verifies_after_any_number_of_ways_through_json() {
    let (world, ids) = World::consented();
    let sealed = source_consent(&world, &ids);
    let mut text = sealed.to_json();
    for _ in 0..3 {
        let value: Value = serde_json::from_str(&text).unwrap();
        text = Sealed::<SourceConsent>::from_json(value.to_string().as_bytes())
            .unwrap()
            .to_json();
    }
    assert_eq!(text, sealed.to_json());
    let sealed = Sealed::<SourceConsent>::from_json(text.as_bytes()).unwrap();
    assert!(
        sealed
            .open()
            .unwrap()
            .verify(&Chosen, &world.account.party_keys(None))
            .is_ok()
    );
}

/// Header and claims of a token.
fn parts_of_token(token: &TokenText) -> (Value, Value) {
    let mut segments = token
        .as_str()
        .split('.')
        .map(|part| serde_json::from_slice(&decode(part).unwrap()).unwrap_or(Value::Null));
    (segments.next().unwrap(), segments.next().unwrap())
}

fn compact(jws: &Value) -> String {
    ["protected", "payload", "signature"]
        .map(|part| jws[part].as_str().unwrap())
        .join(".")
}

/// The codes with which the source denies `GET /data/a` with this token, signed by the sink.
fn fetch_with(world: &mut World, token: &str) -> Vec<String> {
    let header = header(world, token, "https://source.example", "/data/a");
    denied(world.answer(&header, "/data/a"))
}

/// A request that the sink signs without asking its library.
fn header(world: &World, token: &str, origin: &str, target: &str) -> String {
    let origin = Origin::parse(origin).unwrap();
    let request = HttpRequest::received(&origin, target, "GET", b"").unwrap();
    let nonce = mydata::core::id::Nonce::from_random(fresh());
    let proof = DataRequest::new(TokenText::new(token), &request, world.now, nonce, &Chosen);
    authorization_header(Unsigned::new(proof).sign(&world.sink.pop).unwrap()).unwrap()
}

fn fresh() -> [u8; 16] {
    use mydata::core::crypto::Random as _;
    SystemRandom::new().bits128().unwrap()
}

fn denied(access: Access) -> Vec<String> {
    match access {
        Access::Granted(_) => Vec::new(),
        Access::Denied(denial) => denial
            .reasons()
            .iter()
            .map(|reason| reason.code().to_owned())
            .collect(),
    }
}

#[test]
fn p12_an_audience_that_does_not_reach_the_address_is_refused() {
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    let (_, mut claims) = parts_of_token(&token);
    let protected = json!({ "alg": "EdDSA", "kid": "operator-tokens", "typ": "mydata-at+jwt" });
    claims["aud"] = json!(["https://source.example/data/b"]);
    let elsewhere = compact(&signed_by_hand(&protected, &claims, &world.token_key));
    assert_eq!(fetch_with(&mut world, &elsewhere), ["token_audience"]);
    for aud in [
        json!("https://source.example/data/a"),
        json!([]),
        json!(["*"]),
        json!(["https://source.example/data/../data/a"]),
        json!(["https://source.example/data/%2e%2e/a"]),
        json!(["http://source.example/data/a"]),
        json!(["mydata"]),
    ] {
        claims["aud"] = aud.clone();
        let forged = compact(&signed_by_hand(&protected, &claims, &world.token_key));
        assert_eq!(
            fetch_with(&mut world, &forged),
            ["token_not_verified"],
            "{aud}"
        );
    }
}

//= HR-12 test
#[test]
fn p13_a_request_is_good_once_also_across_a_restart() {
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    assert!(denied(world.answer(&prepared.authorization, "/data/a")).is_empty());
    assert_eq!(
        denied(world.answer(&prepared.authorization, "/data/a")),
        ["request_replayed"]
    );
    // The source starts again with nothing in memory.
    world.replay = TwoGenerations::starting(&Window::default(), 1000, world.now);
    assert_eq!(
        denied(world.answer(&prepared.authorization, "/data/a")),
        ["replay_guard_memory"]
    );
}

#[test]
fn p14_expiry_is_by_the_verifiers_clock() {
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    // What the request says of time does not move the source's clock.
    world.wait(3600);
    assert_eq!(
        denied(world.answer(&prepared.authorization, "/data/a")),
        ["token_expired"]
    );
}

//= DT-18 test
#[test]
fn p15_no_token_on_a_consent_that_does_not_stand() {
    let (mut world, ids) = World::consented();
    let refused = |world: &mut World| world.token(&ids.sink).unwrap_err().code();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    assert_eq!(refused(&mut world), "consent_disabled");
    world.change(&ids.sink, ConsentChange::Reactivate).unwrap();
    assert!(world.token(&ids.sink).is_ok());
    let mut later = World::consented();
    later.0.wait(31 * 86_400);
    assert_eq!(
        later.0.token(&later.1.sink).unwrap_err().code(),
        "consent_expired"
    );
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    assert_eq!(refused(&mut world), "consent_withdrawn");
}

#[test]
fn p16_a_token_is_asked_for_by_the_sinks_consent_and_names_the_sources() {
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    assert_eq!(
        parts_of_token(&token).1["cr_id"],
        json!(ids.source.as_str())
    );
    let command = Command::IssueToken {
        cr_id: ids.source.clone(),
    };
    let refused = world
        .try_decide(&world.service_act("source"), &command)
        .unwrap_err();
    assert_eq!(refused.code(), "consent_not_sinks");
    // A token that names the sink's consent is good nowhere.
    let (_, mut claims) = parts_of_token(&token);
    claims["cr_id"] = json!(ids.sink.as_str());
    let protected = json!({ "alg": "EdDSA", "kid": "operator-tokens", "typ": "mydata-at+jwt" });
    let forged = compact(&signed_by_hand(&protected, &claims, &world.token_key));
    assert_eq!(fetch_with(&mut world, &forged), ["access_consent_unknown"]);
}

//= HR-04, HR-05, HR-06, HR-13 test
#[test]
fn p17_the_proof_covers_method_host_path_query_and_body() {
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    let signed = header(
        &world,
        token.as_str(),
        "https://source.example",
        "/data/a?x=1",
    );
    let origin = Origin::parse("https://source.example").unwrap();
    let ask = |world: &mut World, target: &str, method: &str, body: &[u8]| {
        let request = HttpRequest::received(&origin, target, method, body).unwrap();
        let mut gate = Gate {
            replay: &mut world.replay,
            tokens: None,
        };
        denied(
            world
                .source
                .service
                .answer(&signed, &request, world.now, &Chosen, &mut gate),
        )
    };
    assert_eq!(
        ask(&mut world, "/data/a?x=1", "DELETE", b""),
        ["proof_method_mismatch"]
    );
    assert_eq!(
        ask(&mut world, "/data/b?x=1", "GET", b""),
        ["proof_path_mismatch"]
    );
    assert_eq!(
        ask(&mut world, "/data/a?x=2", "GET", b""),
        ["proof_query_mismatch"]
    );
    assert_eq!(
        ask(&mut world, "/data/a", "GET", b""),
        ["proof_query_unexpected"]
    );
    assert_eq!(
        ask(&mut world, "/data/a?x=1&y=2", "GET", b""),
        ["proof_query_not_covered"]
    );
    assert_eq!(
        ask(&mut world, "/data/a?x=1", "GET", b"body"),
        ["proof_body_missing"]
    );
    let elsewhere = header(&world, token.as_str(), "https://sink.example", "/data/a");
    assert_eq!(
        denied(world.answer(&elsewhere, "/data/a")),
        ["proof_host_mismatch"]
    );
    assert_eq!(
        ask(&mut world, "/data/a?x=1", "GET", b""),
        [""; 0],
        "and nothing was used up"
    );
}

//= DT-46 test
#[test]
fn p18_a_denial_says_its_class() {
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    world.change(&ids.sink, ConsentChange::Disable).unwrap();
    let header = header(&world, token.as_str(), "https://source.example", "/data/a");
    let Access::Denied(denial) = world.answer(&header, "/data/a") else {
        panic!("granted");
    };
    assert_eq!(denial.class(), DenialClass::NotPermitted);
    assert_eq!(denial.wire_code(), "consent_disabled");
    let Access::Denied(denial) = world.answer("PoP a.b.c", "/data/a") else {
        panic!("granted");
    };
    assert_eq!(denial.class(), DenialClass::AuthenticityFailed);
    assert_eq!(denial.wire_code(), "request_not_authentic");
}

#[test]
fn p19_a_known_token_does_not_outlive_its_consent() {
    use mydata::token::cache::TokenCache;
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    let cache = TokenCache::new(10, world.now);
    let origin = Origin::parse("https://source.example").unwrap();
    let ask = |world: &mut World| {
        let header = header(world, token.as_str(), "https://source.example", "/data/a");
        let request = HttpRequest::received(&origin, "/data/a", "GET", b"").unwrap();
        let mut gate = Gate {
            replay: &mut world.replay,
            tokens: Some(&cache),
        };
        denied(
            world
                .source
                .service
                .answer(&header, &request, world.now, &Chosen, &mut gate),
        )
    };
    assert!(ask(&mut world).is_empty());
    assert_eq!(cache.len(), 1);
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    assert_eq!(ask(&mut world), ["consent_withdrawn"]);
}

#[test]
fn p20_the_address_of_a_request_comes_from_the_signed_consent() {
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    assert_eq!(prepared.url.as_str(), "https://source.example/data/a");
}

#[test]
fn p21_whose_data_it_is_comes_from_the_authorisation_alone() {
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    let target = "/data/a?subject=somebody-else&surrogate_id=x";
    let signed = header(&world, token.as_str(), "https://source.example", target);
    let Access::Granted(grant) = world.answer(&signed, target) else {
        panic!("denied");
    };
    let consent = world.account.consent(&ids.source).unwrap();
    assert_eq!(grant.surrogate_id(), &consent.terms().surrogate_id);
    assert_eq!(grant.dataset().as_str(), "src/a");
}

#[test]
fn p22_a_status_of_one_consent_is_not_a_status_of_another() {
    let (mut world, care) = World::consented();
    let study = world.consent("study", &["src/c"]);
    let signed = world
        .signed_change(&study.sink, ConsentChange::Disable)
        .unwrap();
    let command = Command::ChangeConsent {
        cr_id: care.sink.clone(),
        change: ConsentChange::Disable,
        reason: Reason::OwnerWish,
        signed: Some(signed),
    };
    let refused = world.try_decide(&world.owner_act(), &command).unwrap_err();
    assert_eq!(refused.code(), "chain_other_subject");
    let chain = &world.account.consent(&care.sink).unwrap().chain;
    let foreign = world
        .account
        .consent(&study.sink)
        .unwrap()
        .chain
        .latest()
        .clone();
    assert_eq!(
        chain.check(foreign, &Chosen).unwrap_err().code(),
        "chain_other_subject"
    );
}

#[test]
fn p23_every_link_of_a_chain_is_checked_by_equality() {
    let (mut world, ids) = World::consented();
    for change in [
        ConsentChange::Disable,
        ConsentChange::Reactivate,
        ConsentChange::Disable,
    ] {
        world.change(&ids.sink, change).unwrap();
    }
    let records: Vec<Verified<ConsentStatus>> = world
        .account
        .consent(&ids.sink)
        .unwrap()
        .chain
        .iter()
        .cloned()
        .collect();
    let first = &records[0];
    for left_out in 1..records.len() {
        let mut chain = Chain::begin(first.clone(), &first.cr_id, &first.surrogate_id).unwrap();
        let rest = records
            .iter()
            .enumerate()
            .skip(1)
            .filter(|(at, _)| *at != left_out);
        let refused = rest
            .map(|(_, record)| chain.append(record.clone(), &Chosen))
            .find_map(Result::err);
        match refused {
            Some(refusal) => assert_eq!(refusal.code(), "chain_gap", "without {left_out}"),
            None => assert_eq!(
                left_out,
                records.len() - 1,
                "only the last can be missing unseen"
            ),
        }
    }
    // Nearly the same id is another id.
    let record_id = first.record_id.as_str();
    assert_ne!(
        RecordId::parse(&record_id.to_lowercase()).unwrap(),
        first.record_id
    );
}

#[test]
fn p24_terminal_is_terminal() {
    let (mut world, ids) = World::consented();
    let link_id = world
        .account
        .consent(&ids.sink)
        .unwrap()
        .terms()
        .slr_id
        .clone();
    let draft = world
        .with_env(|account, env| account.draft_removal(&link_id, env))
        .unwrap();
    let signed = Some(world.by_owner(&draft));
    let command = Command::RemoveLink {
        link_id: link_id.clone(),
        signed,
    };
    world.command(&world.owner_act(), &command).unwrap();
    let chain = world.account.link(&link_id).unwrap().chain.clone();
    assert_eq!(chain.state(), LinkState::Removed);
    let mut active = chain.draft(
        LinkState::Removed,
        RecordId::from_random([9; 16]),
        world.now,
        &Chosen,
    );
    active.sl_status = LinkState::Active;
    let forged = world.by_owner(&Unsigned::<LinkStatus>::new(active));
    assert_eq!(
        chain.check(forged, &Chosen).unwrap_err().code(),
        "chain_terminal"
    );
    // Linked again, the consents of before stay withdrawn (CN-61).
    world.link("sink");
    assert_eq!(
        world.account.consent(&ids.sink).unwrap().chain.state(),
        ConsentState::Withdrawn
    );
    let again = world
        .change(&ids.sink, ConsentChange::Reactivate)
        .unwrap_err();
    assert_eq!(again.code(), "chain_terminal");
}

#[test]
fn p25_a_change_of_one_consent_changes_that_one_and_its_pair() {
    let (mut world, care) = World::consented();
    let study = world.consent("study", &["src/c"]);
    world.change(&care.sink, ConsentChange::Withdraw).unwrap();
    let state = |id: &ConsentId| world.account.consent(id).unwrap().chain.state();
    assert_eq!(
        [state(&care.sink), state(&care.source)],
        [ConsentState::Withdrawn; 2]
    );
    assert_eq!(
        [state(&study.sink), state(&study.source)],
        [ConsentState::Active; 2]
    );
}

#[test]
fn p26_link_removal_is_one_decision_whose_messages_can_be_sent_again() {
    let (mut world, ids) = World::consented();
    let link_id = world
        .account
        .consent(&ids.sink)
        .unwrap()
        .terms()
        .slr_id
        .clone();
    let command = Command::RemoveLink {
        link_id,
        signed: None,
    };
    let decision = world.try_decide(&world.owner_act(), &command).unwrap();
    world.commit(&decision);
    // Both consents and the link: the source is told of its own half.
    assert_eq!(decision.events.len(), 3);
    let to: Vec<&str> = decision
        .outbox
        .iter()
        .map(|delivery| delivery.to.as_str())
        .collect();
    assert_eq!(to, ["source", "sink", "sink"]);
    // Delivery fails, is tried again, and again: nothing changes after the first time.
    for _ in 0..3 {
        world.deliver(&decision.outbox);
    }
    let held = world.sink.service.consent(&ids.sink).unwrap();
    assert_eq!(held.chain.state(), ConsentState::Withdrawn);
    assert_eq!(
        world
            .source
            .service
            .consent(&ids.source)
            .unwrap()
            .chain
            .iter()
            .count(),
        2
    );
}

#[test]
fn p27_giving_again_is_refused_with_a_reason_and_toggles_nothing() {
    let (mut world, ids) = World::consented();
    let choice = world.choice("care", &["src/a"]);
    let before = world.account.clone();
    assert_eq!(
        world.try_pair(&choice).unwrap_err().code(),
        "consent_exists"
    );
    assert_eq!(world.account, before);
    // To change a consent is to withdraw it and give another (CN-42).
    world.change(&ids.sink, ConsentChange::Withdraw).unwrap();
    let again = world.consent("care", &["src/a"]);
    assert_ne!(again.sink, ids.sink);
}

#[test]
fn p28_an_end_is_honoured_by_every_question() {
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    let exp = world
        .account
        .consent(&ids.sink)
        .unwrap()
        .terms()
        .exp
        .unwrap();
    world.now = exp;
    assert_eq!(
        world.account.standing(&ids.sink, exp).unwrap().code(),
        "consent_expired"
    );
    assert_eq!(
        world.sink.service.standing(&ids.sink, exp).unwrap().code(),
        "consent_expired"
    );
    assert_eq!(
        world.token(&ids.sink).unwrap_err().code(),
        "consent_expired"
    );
    let refused = world
        .prepare(&ids.sink, &token, "care", "src/a")
        .unwrap_err();
    assert_eq!(refused.code(), "consent_expired");
    let system = world.act(Capacity::System);
    world.command(&system, &Command::Expire).unwrap();
    assert_eq!(
        world.account.consent(&ids.sink).unwrap().chain.state(),
        ConsentState::Withdrawn
    );
}

#[test]
fn p29_every_event_has_the_time_at_which_it_was_decided() {
    let (mut world, ids) = World::consented();
    let mut times = Vec::new();
    for change in [
        ConsentChange::Disable,
        ConsentChange::Reactivate,
        ConsentChange::Withdraw,
    ] {
        world.wait(1);
        world.change(&ids.sink, change).unwrap();
        let event = world.log.last().unwrap();
        assert_eq!(event.at, world.now);
        times.push(event.at);
        let latest = world
            .account
            .consent(&ids.sink)
            .unwrap()
            .chain
            .latest()
            .iat();
        assert_eq!(latest, world.now);
    }
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn p30_two_decisions_on_one_state_do_not_both_stand() {
    let (mut world, ids) = World::consented();
    let pause = |world: &mut World| {
        let signed = world
            .signed_change(&ids.sink, ConsentChange::Disable)
            .unwrap();
        change(&ids.sink, ConsentChange::Disable, signed)
    };
    let (first, second) = (pause(&mut world), pause(&mut world));
    let act = world.owner_act();
    let decided = world.try_decide(&act, &first).unwrap();
    let stale = world.try_decide(&act, &second).unwrap();
    assert_eq!(
        decided.version, stale.version,
        "a store sees that one of them is stale"
    );
    world.commit(&decided);
    assert!(world.account.version() > stale.version);
    // Decided again on the new state, the second is refused; applied all the same, its proofs no
    // longer fit and the chain is as it was.
    assert_eq!(
        world.try_decide(&act, &second).unwrap_err().code(),
        "chain_transition_not_allowed"
    );
    let before = world.account.consent(&ids.sink).unwrap().chain.clone();
    world.commit(&stale);
    assert_eq!(world.account.consent(&ids.sink).unwrap().chain, before);
}

fn change(cr_id: &ConsentId, change: ConsentChange, signed: OwnerSigned) -> Command {
    Command::ChangeConsent {
        cr_id: cr_id.clone(),
        change,
        reason: Reason::OwnerWish,
        signed: Some(signed),
    }
}

#[test]
fn p31_every_state_is_reached_by_a_message_at_the_services_too() {
    let (mut world, ids) = World::consented();
    for (change, state) in [
        (ConsentChange::Disable, ConsentState::Disabled),
        (ConsentChange::Reactivate, ConsentState::Active),
        (ConsentChange::Withdraw, ConsentState::Withdrawn),
    ] {
        world.change(&ids.sink, change).unwrap();
        assert_eq!(
            world
                .source
                .service
                .consent(&ids.source)
                .unwrap()
                .chain
                .state(),
            state
        );
        assert_eq!(
            world.sink.service.consent(&ids.sink).unwrap().chain.state(),
            state
        );
    }
    let link_id = world
        .account
        .consent(&ids.sink)
        .unwrap()
        .terms()
        .slr_id
        .clone();
    let command = Command::RemoveLink {
        link_id: link_id.clone(),
        signed: None,
    };
    world.command(&world.owner_act(), &command).unwrap();
    assert_eq!(
        world.sink.service.link(&link_id).unwrap().chain.state(),
        LinkState::Removed
    );
}

#[test]
fn p32_who_acts_is_held_against_the_account_by_every_command() {
    let (mut world, ids) = World::consented();
    let signed = world
        .signed_change(&ids.sink, ConsentChange::Withdraw)
        .unwrap();
    let act = Act {
        account: AccountId::parse("account-of-somebody-else").unwrap(),
        ..world.owner_act()
    };
    let link_id = world.account.links().next().unwrap().0.clone();
    let commands = [
        change(&ids.sink, ConsentChange::Withdraw, signed),
        Command::Expire,
        Command::IssueToken { cr_id: ids.sink },
        Command::RemoveLink {
            link_id,
            signed: None,
        },
    ];
    for command in commands {
        let refused = world.try_decide(&act, &command).unwrap_err();
        assert_eq!(refused.code(), "account_mismatch", "{command:?}");
    }
}

#[test]
fn p33_a_service_creates_and_widens_nothing() {
    let mut world = World::linked();
    let choice = world.choice("care", &["src/a"]);
    let (command, _) = world.try_pair(&choice).unwrap();
    for service in ["source", "sink"] {
        let act = world.service_act(service);
        let refused = world.try_decide(&act, &command).unwrap_err();
        assert_eq!(refused.code(), "capacity_not_allowed");
        let start = Command::StartLinking {
            service: world.sink.registered.clone(),
            surrogate_id: None,
        };
        assert_eq!(
            world.try_decide(&act, &start).unwrap_err().code(),
            "capacity_not_allowed"
        );
    }
    // Nor does a signature of the service's pass for the owner's.
    let Command::GiveConsent(consent) = &command else {
        panic!("not a consent");
    };
    let NewConsent::Pair(pair) = &**consent else {
        panic!("not a pair");
    };
    let terms = pair.source.terms().clone();
    let widened = SourceConsent::new(
        terms,
        pair.source.pop_key().clone(),
        world.token_key.public().clone(),
    );
    let signed = Unsigned::new(widened.unwrap())
        .sign(&world.sink.key)
        .unwrap()
        .seal();
    let keys = set(&world.sink.key);
    let keys = PartyKeys::none().with(Party::Owner, &keys);
    let mut forged = pair.clone();
    forged.source = signed.open().unwrap().verify(&Chosen, &keys).unwrap();
    let command = Command::GiveConsent(Box::new(NewConsent::Pair(forged)));
    let refused = world.try_decide(&world.owner_act(), &command).unwrap_err();
    assert_eq!(
        refused.code(),
        "key_not_bound",
        "verified, but with keys that are not the owner's"
    );
}

//= SL-02 test
#[test]
fn p34_no_service_receives_the_account_id_or_the_others_surrogate() {
    let (mut world, ids) = World::consented();
    for change in [
        ConsentChange::Disable,
        ConsentChange::Reactivate,
        ConsentChange::Withdraw,
    ] {
        world.change(&ids.sink, change).unwrap();
    }
    let surrogate = |name: &str| -> String {
        let mut links = world.account.links();
        let link = links
            .find(|(_, link)| link.record.service_id.as_str() == name)
            .unwrap()
            .1;
        link.record.surrogate_id.as_str().to_owned()
    };
    let (of_source, of_sink) = (surrogate("source"), surrogate("sink"));
    let account = world.account.id().as_str();
    for (side, foreign) in [(&world.source, &of_sink), (&world.sink, &of_source)] {
        assert!(side.received.len() >= 6);
        for octets in &side.received {
            for text in everything(octets) {
                assert!(!text.contains(account), "the account id");
                assert!(
                    !text.contains(foreign.as_str()),
                    "the surrogate of the other service"
                );
            }
        }
    }
}

/// A message as text, and every base64url string in it decoded.
fn everything(octets: &[u8]) -> Vec<String> {
    fn collect(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::String(text) => {
                let alphabet = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
                if text.bytes().all(alphabet) && text.len() % 4 != 1 {
                    let octets = decode(text).unwrap();
                    into.push(String::from_utf8_lossy(&octets).into_owned());
                }
            }
            Value::Array(values) => values.iter().for_each(|value| collect(value, into)),
            Value::Object(members) => members.values().for_each(|value| collect(value, into)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut texts = vec![String::from_utf8_lossy(octets).into_owned()];
    collect(&serde_json::from_slice(octets).unwrap(), &mut texts);
    assert!(
        texts.len() > 1 || texts[0].contains("invitation"),
        "records were decoded"
    );
    texts
}

#[test]
fn p35_nothing_that_prints_says_who_it_is_about() {
    let (mut world, ids) = World::consented();
    let token = world.token(&ids.sink).unwrap();
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    let consent = world.account.consent(&ids.sink).unwrap();
    let canaries = [
        world.account.id().as_str().to_owned(),
        consent.terms().surrogate_id.as_str().to_owned(),
        token.as_str().to_owned(),
        prepared.authorization.clone(),
    ];
    let act = world.owner_act();
    let query = StatusQuery {
        cr_id: ids.sink.clone(),
        since: None,
        round: 0,
    };
    let printed = [
        format!("{:?}", world.account),
        format!("{:?}", world.log),
        format!("{:?}", world.source.service),
        format!("{:?}", world.sink.service),
        format!("{act:?} {token:?} {prepared:?}"),
        format!("{:?}", Reply::Done),
        format!(
            "{:?}",
            world
                .account
                .introspect(&consent.terms().subject_id, &query)
        ),
        format!("{:?}", world.answer("PoP x.y.z", "/data/a")),
    ];
    for text in printed {
        for canary in &canaries {
            assert!(
                !text.contains(canary.as_str()),
                "{}",
                text.chars().take(200).collect::<String>()
            );
        }
    }
}

#[test]
fn p36_an_ending_has_a_type_and_what_has_not_ended_is_no_success() {
    let (mut world, ids) = World::consented();
    let link_id = world
        .account
        .consent(&ids.sink)
        .unwrap()
        .terms()
        .slr_id
        .clone();
    // The service asks, and nothing has ended until the operator has said so (SL-29, SL-30).
    let asked = world.sink.service.ask_removal(&link_id).unwrap();
    assert_eq!(asked.slr_id, link_id);
    let held = world.sink.service.link(&link_id).unwrap();
    assert!(held.is_active() && held.removal_asked);
    let command = Command::RemoveLink {
        link_id: link_id.clone(),
        signed: None,
    };
    let act = world.service_act("sink");
    assert_eq!(world.command(&act, &command).unwrap(), Reply::Done);
    let held = world.sink.service.link(&link_id).unwrap();
    assert!(!held.is_active() && !held.removal_asked);
    // The link proposal is not a link: the type says which signatures there are.
    let (_, link) = world.account.links().next().unwrap();
    let sealed = link.record.seal().to_json();
    let sealed = Sealed::<LinkProposal>::from_json(sealed.as_bytes()).unwrap();
    let fault = sealed
        .open()
        .unwrap()
        .verify(&Chosen, &world.account.party_keys(None))
        .unwrap_err();
    assert_eq!(fault.code(), "jws_signer_set");
}
