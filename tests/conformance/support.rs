//! What several modules use: a world that is copied, a world that has not changed, envelopes taken
//! apart and put together by hand.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test helper that fails fails the test"
)]

use mydata::core::crypto::Signer as _;
use mydata::core::id::{ConsentId, KeyId, LinkCode, LinkId, RecordId, ServiceId};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::jws::{Payload, Unsigned, Verified};
use mydata::core::party::{Party, PartyKeys};
use mydata::keys::PrivateKey;
use mydata::operator::{
    Account, Act, Capacity, Command, ConsentChoice, Delivery, Event, Modification, NewConsent,
    OwnerSigned, PairConsent, Reason, Rejection,
};
use mydata::record::consent::{Consent as _, ConsentChange, SinkConsent, SourceConsent, Terms};
use mydata::record::message::{self, ToService};
use mydata::service::{Effect, Installed, Refusal, Service, Setting};
use mydata_chosen::Chosen;
use mydata_conformance::World;
use mydata_conformance::world::{PairIds, Side};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// Holds a file of `spec` against what the code computes; with `MYDATA_BLESS=1` it is written.
pub(crate) fn checked_in(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../spec")
        .join(file);
    if std::env::var_os("MYDATA_BLESS").is_some_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "spec/{file} is not what the code does; it computes:\n{text}"
    );
}

/// The same key again: a key cannot be cloned, but it can be stored and read.
pub(crate) fn again(key: &PrivateKey) -> PrivateKey {
    let kid = key.public().kid().clone();
    mydata_chosen::from_pkcs8(kid, key.to_pkcs8().expose()).unwrap()
}

/// A new key.
pub(crate) fn new_key(kid: &str) -> PrivateKey {
    mydata_chosen::generate(KeyId::parse(kid).unwrap(), Algorithm::Ed25519).unwrap()
}

fn same_side(side: &Side) -> Side {
    Side {
        service: side.service.clone(),
        key: again(&side.key),
        pop: again(&side.pop),
        proof: side.proof,
        registered: Arc::clone(&side.registered),
        code: side.code.clone(),
        received: side.received.clone(),
        effects: side.effects.clone(),
    }
}

/// A second world that is equal to the first and goes its own way.
pub(crate) fn fork(world: &World) -> World {
    World {
        now: world.now,
        operator_id: world.operator_id.clone(),
        status_key: again(&world.status_key),
        token_key: again(&world.token_key),
        earlier: world
            .earlier
            .each_ref()
            .map(|keys| keys.iter().map(again).collect()),
        owner: again(&world.owner),
        account: world.account.clone(),
        log: world.log.clone(),
        decisions: world.decisions.clone(),
        letters: world.letters.clone(),
        source: same_side(&world.source),
        sink: same_side(&world.sink),
        // The guard knows no copy; a world of its own has had no requests.
        replay: mydata::token::replay::TwoGenerations::without_past(
            &mydata::token::window::Window::default(),
            1000,
            world.now,
        ),
        random: world.random.clone(),
    }
}

/// Both services are linked: made once, copied often.
pub(crate) fn linked() -> World {
    static LINKED: LazyLock<World> = LazyLock::new(World::linked);
    fork(&LINKED)
}

/// Both services are linked and `care` is consented to: made once, copied often.
pub(crate) fn consented() -> (World, PairIds) {
    static CONSENTED: LazyLock<(World, PairIds)> = LazyLock::new(World::consented);
    (fork(&CONSENTED.0), CONSENTED.1.clone())
}

/// Everything that a refusal must leave as it was.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Still {
    account: Account,
    log: Vec<Event>,
    letters: usize,
    services: [Service; 2],
    received: [usize; 2],
}

impl Still {
    pub(crate) fn of(world: &World) -> Self {
        Self {
            account: world.account.clone(),
            log: world.log.clone(),
            letters: world.letters.len(),
            services: [world.source.service.clone(), world.sink.service.clone()],
            received: [world.source.received.len(), world.sink.received.len()],
        }
    }

    pub(crate) fn assert(&self, world: &World) {
        assert!(
            *self == Self::of(world),
            "a refusal has changed something or sent something"
        );
    }
}

/// The command is refused: the code; nobody and nothing has changed.
pub(crate) fn refused(world: &mut World, who: Capacity, command: &Command) -> &'static str {
    let before = Still::of(world);
    match world.command(&world.act(who), command) {
        Ok(_) => panic!("accepted: {command:?}"),
        Err(rejection) => {
            before.assert(world);
            rejection.code()
        }
    }
}

/// In the capacity of a service.
pub(crate) fn as_service(name: &str) -> Capacity {
    Capacity::Service(ServiceId::parse(name).unwrap())
}

/// A question, a draft or a command: the code of its refusal; nobody and nothing has changed.
pub(crate) fn code_of<T>(
    world: &mut World,
    ask: impl FnOnce(&mut World) -> Result<T, Rejection>,
) -> &'static str {
    let before = Still::of(world);
    match ask(world) {
        Ok(_) => panic!("accepted"),
        Err(rejection) => {
            before.assert(world);
            rejection.code()
        }
    }
}

/// Decides, stores and applies, and delivers nothing: the outbox.
pub(crate) fn undelivered(world: &mut World, act: &Act, command: &Command) -> Vec<Delivery> {
    let decision = world.try_decide(act, command).unwrap();
    world.commit(&decision);
    decision.outbox
}

/// Hands a message to a service and says all that came of it.
pub(crate) fn hand(world: &mut World, to: &str, message: &ToService) -> Result<Installed, Refusal> {
    let octets = message::write(message).unwrap();
    let message: ToService = message::read(&octets).unwrap();
    let from = world.operator_id.clone();
    let setting = Setting {
        from: &from,
        now: world.now,
        crypto: &Chosen,
    };
    world.side(to).service.receive(&message, setting)
}

/// The service refuses the message, and is its former self.
pub(crate) fn unheard(world: &mut World, to: &str, message: &ToService) -> &'static str {
    let before = Still::of(world);
    match hand(world, to, message) {
        Ok(installed) => panic!("installed: {installed:?}"),
        Err(refusal) => {
            before.assert(world);
            refusal.code()
        }
    }
}

/// The names of the effects, in order.
pub(crate) fn names(effects: &[Effect]) -> Vec<String> {
    let name = |effect: &Effect| {
        let text = format!("{effect:?}");
        let end = text
            .find(|c: char| !c.is_ascii_alphanumeric())
            .unwrap_or(text.len());
        text.get(..end).unwrap_or_default().to_owned()
    };
    effects.iter().map(name).collect()
}

/// Signed with `key`, and verified as if `key` were the party's.
pub(crate) fn believed<T: Payload>(value: T, key: &PrivateKey, party: Party) -> Verified<T> {
    let keys = KeySet::from(key.public().clone());
    let sealed = Unsigned::new(value).sign(key).unwrap().seal();
    let keys = PartyKeys::none().with(party, &keys);
    sealed.open().unwrap().verify(&Chosen, &keys).unwrap()
}

/// Signed by the owner of the account.
pub(crate) fn owned<T: Payload>(world: &World, value: T) -> Verified<T> {
    believed(value, &world.owner, Party::Owner)
}

/// Starts a linking from the operator's side.
pub(crate) fn invite(world: &mut World, name: &str) -> LinkCode {
    let service = Arc::clone(&world.side(name).registered);
    let command = Command::StartLinking {
        service,
        surrogate_id: None,
    };
    let act = world.owner_act();
    world.command(&act, &command).unwrap();
    world.side(name).code.clone().unwrap()
}

/// Starts a linking from the service's side.
pub(crate) fn arrive(world: &mut World, name: &str) -> LinkCode {
    let (operator, mut random) = (world.operator_id.clone(), world.random.clone());
    let now = world.now;
    let side = world.side(name);
    let surrogate = side
        .service
        .start_linking(&operator, now, &mut random)
        .unwrap();
    let service = Arc::clone(&side.registered);
    world.random = random;
    let command = Command::StartLinking {
        service,
        surrogate_id: Some(surrogate),
    };
    let act = world.owner_act();
    world.command(&act, &command).unwrap();
    world.side(name).code.clone().unwrap()
}

/// What the service offers, as a command.
pub(crate) fn offered(world: &mut World, name: &str) -> Command {
    let (code, offer) = world.offer(name);
    Command::OfferSurrogate {
        proof: offer.proof_scheme(),
        code,
        surrogate_id: offer.surrogate_id,
        pop_key: offer.pop_key,
    }
}

/// The operator removes a link.
pub(crate) fn removal(link_id: &LinkId) -> Command {
    Command::RemoveLink {
        link_id: link_id.clone(),
        signed: None,
    }
}

/// A change of a consent, signed by the operator if at all.
pub(crate) fn change(cr_id: &ConsentId, change: ConsentChange, reason: Reason) -> Command {
    Command::ChangeConsent {
        cr_id: cr_id.clone(),
        change,
        reason,
        signed: None,
    }
}

/// A change of a consent with the owner's signatures, as the draft has them; where the draft is
/// refused, as an owner would sign it who has not asked for one.
pub(crate) fn signed(world: &mut World, cr_id: &ConsentId, change: ConsentChange) -> Command {
    let signed = world.signed_change(cr_id, change).unwrap_or_else(|_| {
        let record_id = RecordId::from_random(world.bits());
        let chain = &world.account.consent(cr_id).unwrap().chain;
        let status = chain.draft(change.target(), record_id, world.now, &Chosen);
        OwnerSigned {
            status: owned(world, status),
            mirrored: None,
        }
    });
    Command::ChangeConsent {
        cr_id: cr_id.clone(),
        change,
        reason: Reason::OwnerWish,
        signed: Some(signed),
    }
}

/// The two signatures of a change, to be tampered with.
pub(crate) fn signatures(command: &mut Command) -> &mut OwnerSigned {
    if let Command::ChangeConsent {
        signed: Some(signed),
        ..
    } = command
    {
        signed
    } else {
        panic!("not a signed change")
    }
}

/// The pair in a command, to be tampered with.
pub(crate) fn pair(command: &mut Command) -> &mut PairConsent {
    let Command::GiveConsent(consent) = command else {
        panic!("not a consent")
    };
    match consent.as_mut() {
        NewConsent::Pair(pair) => pair,
        NewConsent::Single { .. } => panic!("a single consent"),
    }
}

/// A pair for `purpose`, signed and not given.
pub(crate) fn pair_for(world: &mut World, purpose: &str, datasets: &[&str]) -> (Command, PairIds) {
    let choice = world.choice(purpose, datasets);
    world.try_pair(&choice).unwrap()
}

/// The same pair with other terms in both halves, signed anew by the owner.
pub(crate) fn with_terms(world: &World, pair: &mut PairConsent, alter: impl Fn(&mut Terms)) {
    let mut terms = pair.source.terms().clone();
    alter(&mut terms);
    let (pop, issuer) = (pair.source.pop_key(), pair.source.token_issuer_key());
    let source = SourceConsent::new(terms, pop.clone(), issuer.clone()).unwrap();
    pair.source = owned(world, source);
    let mut terms = pair.sink.terms().clone();
    alter(&mut terms);
    let (other, rules) = (pair.sink.source_cr_id(), pair.sink.usage_rules());
    let sink = SinkConsent::new(terms, other.clone(), rules.to_vec()).unwrap();
    pair.sink = owned(world, sink);
}

/// A consent for the sink's own purpose, signed and not given.
pub(crate) fn single(world: &mut World) -> (Command, ConsentId) {
    let choice = world.choice("own", &["own"]);
    let service = Arc::clone(&world.sink.registered);
    let draft = world
        .with_env(|account, env| account.draft_single(&service, &choice, env))
        .unwrap();
    let record = world.by_owner(&draft.record);
    let cr_id = record.terms().cr_id.clone();
    let consent = NewConsent::Single {
        service,
        record,
        status: world.by_owner(&draft.status),
    };
    (Command::GiveConsent(Box::new(consent)), cr_id)
}

/// A single consent in the place of another, signed and not given.
pub(crate) fn modified_single(
    world: &mut World,
    cr_id: &ConsentId,
    choice: &ConsentChoice,
) -> Result<(Command, ConsentId), Rejection> {
    let (act, service) = (world.owner_act(), Arc::clone(&world.sink.registered));
    let draft = world.with_env(|account, env| {
        account.draft_modified_single(&act, cr_id, &service, choice, env)
    })?;
    assert!(draft.withdrawal.mirrored.is_none());
    let record = world.by_owner(&draft.consent.record);
    let new = record.terms().cr_id.clone();
    let modification = Modification {
        cr_id: cr_id.clone(),
        withdrawal: OwnerSigned {
            status: world.by_owner(&draft.withdrawal.status),
            mirrored: None,
        },
        consent: NewConsent::Single {
            service,
            record,
            status: world.by_owner(&draft.consent.status),
        },
    };
    Ok((Command::ModifyConsent(Box::new(modification)), new))
}

/// The active link of a service.
pub(crate) fn link_id(world: &World, name: &str) -> LinkId {
    let service = ServiceId::parse(name).unwrap();
    world.account.active_link(&service).unwrap().0.clone()
}

/// The operator acts.
pub(crate) fn operator_act(world: &World) -> Act {
    world.act(Capacity::Operator)
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// base64url without padding, written a second time so that nothing is tested with itself.
pub(crate) fn encode(octets: &[u8]) -> String {
    let digit = |at: u32| char::from(DIGITS.get(at as usize & 63).copied().unwrap());
    let mut text = String::new();
    for group in octets.chunks(3) {
        let padded: Vec<u32> = group.iter().map(|b| u32::from(*b)).chain([0, 0]).collect();
        let number = match padded.as_slice() {
            [a, b, c, ..] => a << 16 | b << 8 | c,
            _ => 0,
        };
        let digits = [18, 12, 6, 0].map(|shift| digit(number >> shift));
        text.extend(digits.iter().take(group.len() + 1));
    }
    text
}

/// And back; `None` for what is not base64url.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for digit in text.bytes() {
        let value = DIGITS.iter().position(|d| *d == digit)?;
        held = held << 6 | u32::try_from(value).ok()?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            octets.push((held >> bits & 0xff) as u8);
        }
    }
    Some(octets)
}

/// The payload of an envelope in JSON, not verified.
pub(crate) fn payload_of(envelope: &Value) -> Value {
    let octets = decode(envelope["payload"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&octets).unwrap()
}

/// The protected header of a flattened envelope.
pub(crate) fn header_of(envelope: &Value) -> Value {
    let octets = decode(envelope["protected"].as_str().unwrap()).unwrap();
    serde_json::from_slice(&octets).unwrap()
}

/// A flattened envelope around any payload, signed by hand.
pub(crate) fn envelope(payload: &Value, typ: &str, key: &PrivateKey) -> Value {
    let public = key.public();
    let header =
        json!({ "alg": public.algorithm().name(), "kid": public.kid().as_str(), "typ": typ });
    signed_by_hand(&header, payload, key)
}

/// A flattened envelope with any header around any payload.
pub(crate) fn signed_by_hand(header: &Value, payload: &Value, key: &PrivateKey) -> Value {
    let protected = encode(header.to_string().as_bytes());
    let payload = encode(payload.to_string().as_bytes());
    let signature = key
        .sign(format!("{protected}.{payload}").as_bytes())
        .unwrap();
    json!({ "payload": payload, "protected": protected, "signature": encode(signature.as_octets()) })
}

/// A message as JSON.
pub(crate) fn to_json(message: &ToService) -> Value {
    serde_json::from_slice(&message::write(message).unwrap()).unwrap()
}

/// A message from JSON.
pub(crate) fn from_json(value: &Value) -> ToService {
    message::read(value.to_string().as_bytes()).unwrap()
}
