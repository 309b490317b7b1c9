//! How a sink proves that it holds its key: chosen when it is linked, said in the records, and held to by
//! everybody (D68 to D70; RFC 9449).
#![expect(
    clippy::unwrap_used,
    reason = "a test helper that fails fails the test"
)]

use crate::support::{arrive, decode, fork, invite, offered, owned, pair, pair_for, refused};
use mydata::core::crypto::Signer as _;
use mydata::core::id::{DatasetId, Nonce, PurposeId, ServiceId};
use mydata::operator::{Capacity, Command};
use mydata::record::consent::{AnyConsent, Consent as _, SourceConsent};
use mydata::record::link::LinkRecord;
use mydata::record::message;
use mydata::record::possession::ProofScheme;
use mydata::service::{PreparedRequest, Want};
use mydata::token::access::DenialClass;
use mydata::token::claims::TokenText;
use mydata::token::nonces::Nonces;
use mydata::token::request::HttpRequest;
use mydata_chosen::Chosen;
use mydata_conformance::World;
use mydata_conformance::world::PairIds;
use serde_json::{Value, json};

/// Both services linked, the sink with this scheme, and a consent to two datasets.
fn consented(scheme: ProofScheme) -> (World, PairIds) {
    let mut world = World::new();
    world.sink.proof = scheme;
    world.link("source");
    world.link("sink");
    let ids = world.consent("care", &["src/a", "src/b"]);
    (world, ids)
}

fn payload(compact: &str) -> Value {
    let payload = compact.split('.').nth(1).unwrap();
    serde_json::from_slice(&decode(payload).unwrap()).unwrap()
}

fn ready(world: &mut World, ids: &PairIds) -> (TokenText, PreparedRequest) {
    let token = world.token(&ids.sink).unwrap();
    let prepared = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
    (token, prepared)
}

/// The link record of the sink and the source's consent say `DPoP`; no other record does, and none says
/// anything where the way is the framework's own.
#[test]
fn the_records_say_how_the_key_is_used() {
    for scheme in ProofScheme::ALL {
        let (world, ids) = consented(scheme);
        let said = match scheme {
            ProofScheme::Pop => Value::Null,
            ProofScheme::Dpop => json!({ "proof": "DPoP" }),
        };
        for (_, link) in world.account.links() {
            let record = serde_json::to_value::<&LinkRecord>(&link.record).unwrap();
            let expected = match link.record.service_id.as_str() {
                "sink" => &said,
                _ => &Value::Null,
            };
            assert_eq!(record.get("x_mydata").unwrap_or(&Value::Null), expected);
        }
        let source = world.account.consent(&ids.source).unwrap();
        let AnyConsent::Source(source) = &source.record else {
            panic!("not a source's consent")
        };
        let record = serde_json::to_value::<&SourceConsent>(source).unwrap();
        let part = &record["role_specific_part"];
        assert_eq!(part.get("x_mydata").unwrap_or(&Value::Null), &said);
    }
}

/// RFC 9449 §6.1 and §7.1: the token has the thumbprint, the request two headers, the source gives once.
#[test]
fn a_sink_with_dpop_fetches_with_token_and_proof() {
    let (mut world, ids) = consented(ProofScheme::Dpop);
    let (token, prepared) = ready(&mut world, &ids);
    let jkt = world.sink.pop.public().thumbprint(&Chosen);
    assert_eq!(
        payload(token.as_str())["cnf"],
        json!({ "kid": "sink-pop", "jkt": jkt })
    );
    assert_eq!(prepared.authorization, format!("DPoP {}", token.as_str()));
    let proof = prepared.dpop.clone().unwrap();
    let said = payload(&proof);
    assert_eq!(said["htu"], "https://source.example/data/a");
    assert_eq!(said["htm"], "GET");

    let headers: Vec<(&str, &str)> = prepared.headers().collect();
    assert_eq!(
        headers,
        [
            ("Authorization", prepared.authorization.as_str()),
            ("DPoP", proof.as_str())
        ]
    );
    let grant = world.answer_with(&prepared.authorization, &headers, "/data/a");
    assert_eq!(*grant.granted().unwrap().consent_id(), ids.source);
    let again = world.answer_with(&prepared.authorization, &headers, "/data/a");
    let again = again.granted().unwrap_err();
    assert_eq!(again.reasons()[0].code(), "request_replayed");
    // The same token once more, for the other dataset; and what withdraws, withdraws.
    assert!(world.fetch(&ids.sink, "care", "src/b").is_empty());
    let withdraw = mydata::record::consent::ConsentChange::Withdraw;
    world.change(&ids.sink, withdraw).unwrap();
    let late = world.answer_with(&prepared.authorization, &headers, "/data/a");
    let late = late.granted().unwrap_err();
    assert_eq!(late.reasons()[0].code(), "consent_withdrawn");
}

/// RFC 7662 §2.2: the answer says which scheme the token is for.
#[test]
fn introspection_names_the_scheme() {
    for scheme in ProofScheme::ALL {
        let (mut world, ids) = consented(scheme);
        let token = world.token(&ids.sink).unwrap();
        let source = ServiceId::parse("source").unwrap();
        let account = &world.account;
        let answer = account.introspect_token(&source, &token, world.now, &Chosen);
        let answer = serde_json::to_value(answer).unwrap();
        assert_eq!(answer["token_type"], scheme.name());
        assert_eq!(answer["cnf"], payload(token.as_str())["cnf"]);
    }
}

/// The sink signs only a link record that says what it has offered: nobody chooses a weaker way for it.
#[test]
fn the_record_says_what_the_sink_has_offered_or_is_not_signed() {
    for scheme in ProofScheme::ALL {
        let mut world = World::new();
        world.sink.proof = scheme;
        let code = invite(&mut world, "sink");
        let mut offer = offered(&mut world, "sink");
        if let Command::OfferSurrogate { proof, .. } = &mut offer {
            assert_eq!(*proof, scheme);
            *proof = match scheme {
                ProofScheme::Pop => ProofScheme::Dpop,
                ProofScheme::Dpop => ProofScheme::Pop,
            };
        }
        world.command(&world.service_act("sink"), &offer).unwrap();
        world.propose(&code);
        let message::ToService::LinkProposal(delivery) =
            message::read(world.sink.received.last().unwrap()).unwrap()
        else {
            panic!("not a proposal")
        };
        let from = world.operator_id.clone();
        let setting = mydata::service::Setting {
            from: &from,
            now: world.now,
            crypto: &Chosen,
        };
        let side = &mut world.sink;
        let refused = side.service.countersign(&delivery, &side.key, setting);
        assert_eq!(refused.unwrap_err().code(), "proof_scheme_not_offered");
    }
}

/// A source's half with the other way than the link's is not taken, as one with another key is not.
#[test]
fn a_consent_with_another_scheme_than_the_link_is_refused() {
    for scheme in ProofScheme::ALL {
        let (mut world, _) = consented(scheme);
        let (mut command, _) = pair_for(&mut world, "study", &["src/c"]);
        let given = pair(&mut command);
        let other = match scheme {
            ProofScheme::Pop => ProofScheme::Dpop,
            ProofScheme::Dpop => ProofScheme::Pop,
        };
        let source = &given.source;
        let (pop, issuer) = (source.pop_key(), source.token_issuer_key());
        let altered = SourceConsent::new(source.terms().clone(), pop.clone(), issuer.clone());
        given.source = owned(&world, altered.unwrap().proven_by(other));
        assert_eq!(
            refused(&mut world, Capacity::Owner, &command),
            "key_not_bound"
        );
    }
}

/// A word for a scheme that nobody here knows is not read as the framework's own.
#[test]
fn an_unknown_scheme_is_refused() {
    for (text, is_read) in [
        (
            r#"{"code":"c","surrogate_id":"s","x_mydata":{"proof":"DPoP"}}"#,
            true,
        ),
        (
            r#"{"code":"c","surrogate_id":"s","x_mydata":{"proof":"PoP"}}"#,
            true,
        ),
        (r#"{"code":"c","surrogate_id":"s","x_mydata":{}}"#, true),
        (
            r#"{"code":"c","surrogate_id":"s","x_mydata":{"proof":"dpop"}}"#,
            false,
        ),
        (
            r#"{"code":"c","surrogate_id":"s","x_mydata":{"proof":"Bearer"}}"#,
            false,
        ),
        (
            r#"{"code":"c","surrogate_id":"s","x_mydata":{"proof":null}}"#,
            true,
        ),
    ] {
        let offer = message::read::<message::SurrogateOffer>(text.as_bytes());
        assert_eq!(offer.is_ok(), is_read, "{text}");
    }
}

/// RFC 9449 §9: refused for want of the source's nonce, and granted with the one that came back.
#[test]
fn a_source_that_demands_its_nonce_gets_it_the_second_time() {
    for scheme in ProofScheme::ALL {
        let (mut world, ids) = consented(scheme);
        let nonces = Nonces::new(Nonce::from_random(world.bits()));
        let token = world.token(&ids.sink).unwrap();
        let (purpose, dataset) = (
            PurposeId::parse("care").unwrap(),
            DatasetId::parse("src/a").unwrap(),
        );
        let want = Want::get(&ids.sink, &purpose, &dataset);
        let ask = |world: &mut World, want: &Want<'_>| {
            let (now, sink, mut random) = (world.now, &world.sink, world.random.clone());
            let prepared =
                sink.service
                    .prepare_request(want, &token, now, &sink.pop, &mut random, &Chosen);
            world.random = random;
            let prepared = prepared.unwrap();
            let headers: Vec<_> = prepared.headers().collect();
            let origin = mydata::core::resource::Origin::parse("https://source.example").unwrap();
            let request = HttpRequest::received(&origin, "/data/a", "GET", b"").unwrap();
            let request = request.with_headers(&headers).unwrap().with_nonces(&nonces);
            let mut gate = mydata::token::access::Gate {
                replay: &mut world.replay,
                tokens: None,
            };
            let authorization = request.authorization().unwrap();
            let source = &world.source.service;
            source
                .answer(authorization, &request, now, &Chosen, &mut gate)
                .granted()
        };
        let denial = ask(&mut world, &want).unwrap_err();
        assert_eq!(denial.class(), DenialClass::NonceNeeded);
        let with_nonce = want.with_nonce(nonces.current());
        assert!(ask(&mut world, &with_nonce).is_ok());
        assert!(ask(&mut world, &with_nonce).is_ok());
    }
}

/// Begun at the service, the linking has a surrogate before the sink has said anything: an operator that
/// makes its answer up gets no signature.
#[test]
fn nothing_is_signed_before_the_sink_has_said_how() {
    let mut world = World::new();
    world.sink.proof = ProofScheme::Dpop;
    let code = arrive(&mut world, "sink");
    let mut other = fork(&world);
    let mut offer = offered(&mut other, "sink");
    if let Command::OfferSurrogate { proof, .. } = &mut offer {
        *proof = ProofScheme::Pop;
    }
    world.command(&world.service_act("sink"), &offer).unwrap();
    let draft = world.with_env(|account, env| account.draft_link(&code, env));
    let record = world.by_owner(&draft.unwrap());
    let proposal = message::LinkProposalDelivery {
        data: message::CodeData { code },
        slr: record.seal(),
    };
    let from = world.operator_id.clone();
    let setting = mydata::service::Setting {
        from: &from,
        now: world.now,
        crypto: &Chosen,
    };
    let side = &mut world.sink;
    let heard = message::ToService::LinkProposal(proposal.clone());
    let heard = side.service.receive(&heard, setting).unwrap_err();
    assert_eq!(heard.code(), "not_confirmed");
    let signed = side.service.countersign(&proposal, &side.key, setting);
    assert_eq!(signed.unwrap_err().code(), "not_confirmed");
}

/// What was said stays said: a program that asks again the easy way gets no second, other offer.
#[test]
fn the_choice_of_a_linking_is_made_once() {
    let mut world = World::new();
    world.sink.proof = ProofScheme::Dpop;
    let code = invite(&mut world, "sink");
    let offer = offered(&mut world, "sink");
    let pop = world.sink.pop.public().clone();
    let mut random = world.random.clone();
    let service = &mut world.sink.service;
    let again = service.confirm_linking(&code, Some(&pop), &mut random);
    assert_eq!(again.unwrap_err().code(), "proof_scheme_not_offered");
    let same = Some((&pop, ProofScheme::Dpop));
    let again = service
        .confirm_linking_with(&code, same, &mut random)
        .unwrap();
    let Command::OfferSurrogate { surrogate_id, .. } = offer else {
        panic!("not an offer")
    };
    assert_eq!(again.surrogate_id, surrogate_id);
}
