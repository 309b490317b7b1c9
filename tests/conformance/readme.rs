//! The source of README, run for real: linked, consented, fetched from, refused.
#![expect(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test helper that fails fails the test"
)]

include!("youth_card.rs");

use mydata::operator::Command;
use mydata::record::consent::ConsentChange;
use mydata::record::possession::ProofScheme;
use mydata_conformance::World;

/// What README shows is what is run here.
#[test]
fn readme_shows_this_source() {
    let shown = include_str!("../../README.md");
    let run = include_str!("youth_card.rs");
    assert!(shown.contains(&format!("```rust\n{run}# fn main() {{}}\n```")));
    assert!(run.lines().count() < 125, "{}", run.lines().count());
}

/// Everything that the operator has for the source, and back.
fn exchange(world: &mut World, card: &mut YouthCard, command: &Command) -> Vec<Vec<u8>> {
    let act = match command {
        Command::OfferSurrogate { .. } | Command::Countersign { .. } => world.service_act("source"),
        _ => world.owner_act(),
    };
    let decision = world.try_decide(&act, command).unwrap();
    world.commit(&decision);
    let mut back = Vec::new();
    for delivery in &decision.outbox {
        let octets = message::write(&delivery.message).unwrap();
        if delivery.to.as_str() == "source" {
            back.extend(
                card.receive(&world.operator_id, &octets, world.now)
                    .unwrap(),
            );
        } else {
            world.post(delivery.to.as_str(), &octets).unwrap();
        }
    }
    back
}

#[test]
fn the_source_of_readme_is_linked_consented_to_and_fetched_from() {
    for scheme in ProofScheme::ALL {
        story(scheme);
    }
}

fn story(scheme: ProofScheme) {
    let mut world = World::new();
    world.sink.proof = scheme;
    world.link("sink");
    let operator = world.known_operator().remove(0);
    let key = PrivateKey::from_pkcs8(
        world.source.key.public().kid().clone(),
        world.source.key.to_pkcs8().expose(),
    );
    let long_ago = Timestamp::from_seconds(world.now.seconds() - 3600).unwrap();
    let origin = "https://source.example";
    let mut card = YouthCard::start("source", origin, key.unwrap(), operator, long_ago).unwrap();

    let service = world.source.registered.clone();
    let start = Command::StartLinking {
        service,
        surrogate_id: None,
    };
    exchange(&mut world, &mut card, &start);
    let code = world.account.linkings().next().unwrap().0.clone();
    let offer = card.confirm(&code, "member 4711").unwrap();
    let offer: message::SurrogateOffer = message::read(&offer).unwrap();
    let command = Command::OfferSurrogate {
        code: code.clone(),
        surrogate_id: offer.surrogate_id,
        pop_key: None,
        proof: ProofScheme::Pop,
    };
    exchange(&mut world, &mut card, &command);
    let draft = world.with_env(|account, env| account.draft_link(&code, env));
    let record = world.by_owner(&draft.unwrap());
    let code_of = code.clone();
    let proposed = Command::ProposeLink { code, record };
    let back = exchange(&mut world, &mut card, &proposed);
    let signed: message::Countersigned = message::read(back.first().unwrap()).unwrap();
    let keys = world.account.linking_keys(&code_of).unwrap();
    let record = signed.slr.open().unwrap().verify(&Ring, &keys).unwrap();
    let code = code_of.clone();
    exchange(
        &mut world,
        &mut card,
        &Command::Countersign { code, record },
    );
    let draft = world.with_env(|account, env| account.draft_first_status(&code_of, env));
    let status = world.by_owner(&draft.unwrap());
    let code = code_of;
    exchange(
        &mut world,
        &mut card,
        &Command::CompleteLink { code, status },
    );

    let choice = world.choice("care", &["src/a", "src/b"]);
    let (consent, ids) = world.try_pair(&choice).unwrap();
    exchange(&mut world, &mut card, &consent);

    let token = world.token(&ids.sink).unwrap();
    let fetch = |world: &mut World, card: &mut YouthCard| {
        let ready = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();
        let headers: Vec<_> = ready.headers().collect();
        card.get(ready.url.path(), &headers, world.now)
    };
    let (status, body) = fetch(&mut world, &mut card);
    assert_eq!((status, body.as_str()), (200, "src/a of member 4711"));
    let ready = world.prepare(&ids.sink, &token, "care", "src/a").unwrap();

    // A message gets lost; the next one shows it, and the operator tells.
    let act = world.owner_act();
    for (change, is_lost) in [
        (ConsentChange::Disable, true),
        (ConsentChange::Reactivate, false),
    ] {
        let signed = world.signed_change(&ids.sink, change).unwrap();
        let command = Command::ChangeConsent {
            cr_id: ids.sink.clone(),
            change,
            reason: mydata::operator::Reason::OwnerWish,
            signed: Some(signed),
        };
        if is_lost {
            let decision = world.try_decide(&act, &command).unwrap();
            world.commit(&decision);
            let sinks = decision.outbox.iter().filter(|d| d.to.as_str() == "sink");
            world.deliver(&sinks.cloned().collect::<Vec<_>>());
            continue;
        }
        let asked = exchange(&mut world, &mut card, &command);
        let query: message::StatusQuery = message::read(asked.first().unwrap()).unwrap();
        assert_eq!(fetch(&mut world, &mut card).0, 403);
        let reply = world.account.introspect(card.mydata.id(), &query).unwrap();
        let reply = message::write(&reply).unwrap();
        let more = card
            .answered(&world.operator_id, &reply, world.now)
            .unwrap();
        assert!(more.is_empty());
    }
    assert_eq!(fetch(&mut world, &mut card).0, 200);

    let signed = world
        .signed_change(&ids.sink, ConsentChange::Withdraw)
        .unwrap();
    let stop = Command::ChangeConsent {
        cr_id: ids.sink.clone(),
        change: ConsentChange::Withdraw,
        reason: mydata::operator::Reason::OwnerWish,
        signed: Some(signed),
    };
    exchange(&mut world, &mut card, &stop);
    let headers: Vec<_> = ready.headers().collect();
    let (status, code) = card.get(ready.url.path(), &headers, world.now);
    assert_eq!((status, code.as_str()), (403, "consent_withdrawn"));
    let no_token = [("authorization", "PoP not.a.token")];
    let (status, code) = card.get("/data/a", &no_token, world.now);
    assert_eq!((status, code.as_str()), (401, "request_not_authentic"));
    let twice: Vec<_> = headers.iter().chain(&headers).copied().collect();
    assert_eq!(card.get("/data/a", &twice, world.now).0, 401);
    assert_eq!(card.get("/data/../a", &headers, world.now).0, 400);
    assert!(card.receive(&world.operator_id, b"{}", world.now).is_err());
}
