//! Everybody, wired together.

use crate::chance::Counter;
use crate::descriptions;
use mydata::core::crypto::{Random as _, Signer};
use mydata::core::id::{
    AccountId, ActorId, ConsentId, DatasetId, KeyId, LinkCode, LinkId, OperatorId, PurposeId,
    ServiceId,
};
use mydata::core::jwk::{Algorithm, KeySet};
use mydata::core::jws::{Payload, Unsigned, Verified};
use mydata::core::lang::Language;
use mydata::core::party::{Party, PartyKeys};
use mydata::core::resource::{Origin, ResourceUrl};
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::PrivateKey;
use mydata::operator::{
    Account, Act, Capacity, ChangeDraft, Command, ConsentChoice, Decision, Delivery, Earlier, Env,
    Event, Modification, ModificationDraft, NewConsent, Operator, OwnerSigned, PairConsent,
    PairDraft, Proposal, Reason, Registered, Rejection, Reply, Timing, ToPerson, draft_proposal,
};
use mydata::record::consent::{ConsentChange, ConsentProposal, UsageRule, Validity};
use mydata::record::message::{self, SurrogateOffer, ToService, TokenReply};
use mydata::record::possession::ProofScheme;
use mydata::record::proposal::ProposalQuestion;
use mydata::service::{Effect, KnownOperator, Service, Setting, Want};
use mydata::token::access::{Access, Gate};
use mydata::token::claims::TokenText;
use mydata::token::replay::TwoGenerations;
use mydata::token::request::HttpRequest;
use mydata::token::window::Window;
use mydata_chosen::Chosen;
use std::sync::Arc;

/// 2025-01-07T08:00:00Z
pub const START: u64 = 1_736_236_800;

/// One service with its keys and what it holds.
#[derive(Debug)]
pub struct Side {
    /// What it holds.
    pub service: Service,
    /// Its signature key.
    pub key: PrivateKey,
    /// Its proof-of-possession key.
    pub pop: PrivateKey,
    /// How it proves, when it is linked, that it holds it.
    pub proof: ProofScheme,
    /// As the operator's registry knows it.
    pub registered: Arc<Registered>,
    /// The link code of the last invitation.
    pub code: Option<LinkCode>,
    /// The octets of everything that it was sent.
    pub received: Vec<Vec<u8>>,
    /// The effects that were not carried out by the world itself.
    pub effects: Vec<Effect>,
}

/// Everybody.
#[derive(Debug)]
pub struct World {
    /// The clock.
    pub now: Timestamp,
    /// The operator's id.
    pub operator_id: OperatorId,
    /// The operator's status key.
    pub status_key: PrivateKey,
    /// The operator's token key.
    pub token_key: PrivateKey,
    /// The operator's status and token keys of before.
    pub earlier: [Vec<PrivateKey>; 2],
    /// The owner's key.
    pub owner: PrivateKey,
    /// The account.
    pub account: Account,
    /// Everything that has happened.
    pub log: Vec<Event>,
    /// Everything that was decided and stored.
    pub decisions: Vec<Decision>,
    /// Everything that the person was told.
    pub letters: Vec<ToPerson>,
    /// The source.
    pub source: Side,
    /// The sink.
    pub sink: Side,
    /// The source's memory of requests.
    pub replay: TwoGenerations,
    /// Numbers.
    pub random: Counter,
}

/// A pair of consents.
#[derive(Debug, Clone)]
pub struct PairIds {
    /// The source's.
    pub source: ConsentId,
    /// The sink's.
    pub sink: ConsentId,
}

#[expect(
    clippy::unwrap_used,
    reason = "a test world that cannot be built fails the test"
)]
fn private(kid: &str, algorithm: Algorithm) -> PrivateKey {
    mydata_chosen::generate(KeyId::parse(kid).unwrap(), algorithm).unwrap()
}

fn one(key: &PrivateKey) -> KeySet {
    KeySet::from(key.public().clone())
}

#[expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test world that fails fails the test"
)]
impl World {
    /// Everybody has keys and nobody is linked.
    #[must_use]
    pub fn new() -> Self {
        let now = Timestamp::from_seconds(START).unwrap();
        let operator_id = OperatorId::parse("operator.example").unwrap();
        let status_key = private("operator-status", Algorithm::Ed25519);
        let token_key = private("operator-tokens", Algorithm::Ed25519);
        let owner = private("owner-1", Algorithm::Es256);
        let side = |name: &str, description: &serde_json::Value| {
            let key = private(&format!("{name}-1"), Algorithm::Ed25519);
            let known = KnownOperator::new(operator_id.clone(), one(&status_key), one(&token_key));
            let known = known.unwrap();
            let id = ServiceId::parse(name).unwrap();
            let registered = Registered::new(descriptions::checked(description), one(&key));
            Side {
                service: Service::new(id, one(&key), vec![known]),
                pop: private(&format!("{name}-pop"), Algorithm::Ed25519),
                proof: ProofScheme::Pop,
                key,
                registered: Arc::new(registered),
                code: None,
                received: Vec::new(),
                effects: Vec::new(),
            }
        };
        Self {
            source: side("source", &descriptions::source()),
            sink: side("sink", &descriptions::sink()),
            account: Account::open(AccountId::parse("account-of-sofia").unwrap(), one(&owner)),
            replay: TwoGenerations::without_past(&Window::default(), 1000, now),
            now,
            operator_id,
            status_key,
            token_key,
            owner,
            log: Vec::new(),
            decisions: Vec::new(),
            letters: Vec::new(),
            earlier: [Vec::new(), Vec::new()],
            random: Counter::default(),
        }
    }

    /// Both services are linked.
    #[must_use]
    pub fn linked() -> Self {
        let mut world = Self::new();
        world.link("source");
        world.link("sink");
        world
    }

    /// Both services are linked, and `care` is consented to with `a` and `b`.
    #[must_use]
    pub fn consented() -> (Self, PairIds) {
        let mut world = Self::linked();
        let ids = world.consent("care", &["src/a", "src/b"]);
        (world, ids)
    }

    /// The operator, as its services know it.
    #[must_use]
    pub fn known_operator(&self) -> Vec<KnownOperator> {
        let (status, tokens) = (one(&self.status_key), one(&self.token_key));
        vec![KnownOperator::new(self.operator_id.clone(), status, tokens).unwrap()]
    }

    /// The clock goes on.
    pub fn wait(&mut self, seconds: u32) {
        self.now = self.now.plus(Seconds::new(seconds));
    }

    /// One of the services.
    pub fn side(&mut self, name: &str) -> &mut Side {
        match name {
            "source" => &mut self.source,
            "sink" => &mut self.sink,
            other => panic!("no service {other}"),
        }
    }

    /// The owner acts.
    #[must_use]
    pub fn owner_act(&self) -> Act {
        self.act(Capacity::Owner)
    }

    /// A service acts.
    #[must_use]
    pub fn service_act(&self, name: &str) -> Act {
        self.act(Capacity::Service(ServiceId::parse(name).unwrap()))
    }

    /// Somebody acts.
    #[must_use]
    pub fn act(&self, capacity: Capacity) -> Act {
        Act {
            account: self.account.id().clone(),
            actor: ActorId::parse("actor-1").unwrap(),
            capacity,
        }
    }

    /// Decides and changes nothing.
    pub fn try_decide(&mut self, act: &Act, command: &Command) -> Result<Decision, Rejection> {
        let account = self.account.clone();
        self.with_env(|_, env| account.decide(act, command, env))
    }

    /// Calls with the environment of this moment.
    pub fn with_env<R>(&mut self, call: impl FnOnce(&Account, &mut Env<'_>) -> R) -> R {
        let timing = Timing::default();
        let [status, tokens] = self
            .earlier
            .each_ref()
            .map(|keys| -> Vec<&dyn Signer> { keys.iter().map(|key| key as _).collect() });
        let earlier = Earlier {
            status: &status,
            tokens: &tokens,
        };
        let operator =
            Operator::new(&self.operator_id, &self.status_key, &self.token_key, timing).unwrap();
        let mut env = Env {
            now: self.now,
            random: &mut self.random,
            crypto: &Chosen,
            operator: operator.with_earlier(earlier).unwrap(),
        };
        call(&self.account, &mut env)
    }

    /// Decides, stores, applies, delivers.
    pub fn command(&mut self, act: &Act, command: &Command) -> Result<Reply, Rejection> {
        let decision = self.try_decide(act, command)?;
        self.commit(&decision);
        self.deliver(&decision.outbox);
        self.letters.extend(decision.to_person);
        Ok(decision.reply)
    }

    /// Stores and applies.
    pub fn commit(&mut self, decision: &Decision) {
        for event in &decision.events {
            self.account.apply(event);
        }
        self.log.extend_from_slice(&decision.events);
        self.decisions.push(decision.clone());
    }

    /// Delivers as octets; whoever refuses fails the test.
    pub fn deliver(&mut self, outbox: &[Delivery]) {
        for delivery in outbox {
            let octets = message::write(&delivery.message).unwrap();
            self.post(delivery.to.as_str(), &octets).unwrap();
        }
    }

    /// One message to one service.
    pub fn post(&mut self, to: &str, octets: &[u8]) -> Result<(), mydata::service::Refusal> {
        let (from, now) = (self.operator_id.clone(), self.now);
        let side = self.side(to);
        side.received.push(octets.to_vec());
        let message: ToService = message::read(octets).unwrap();
        let setting = Setting {
            from: &from,
            now,
            crypto: &Chosen,
        };
        for effect in side.service.receive(&message, setting)?.effects() {
            if let Effect::AskPerson { code } = &effect {
                side.code = Some(code.clone());
            }
            side.effects.push(effect);
        }
        Ok(())
    }

    /// Verifies with the keys of the account's owner.
    pub fn by_owner<T: Payload>(&self, unsigned: &Unsigned<T>) -> Verified<T> {
        let sealed = unsigned.sign(&self.owner).unwrap().seal();
        let octets = sealed.to_json();
        let sealed = mydata::core::jws::Sealed::<T>::from_json(octets.as_bytes()).unwrap();
        let keys = self.account.party_keys(None);
        sealed.open().unwrap().verify(&Chosen, &keys).unwrap()
    }

    /// Links a service, started by the operator.
    pub fn link(&mut self, name: &str) -> LinkId {
        let service = Arc::clone(&self.side(name).registered);
        let command = Command::StartLinking {
            service,
            surrogate_id: None,
        };
        self.command(&self.owner_act(), &command).unwrap();
        self.finish_link(name)
    }

    /// The service brings the surrogate.
    pub fn offer(&mut self, name: &str) -> (LinkCode, SurrogateOffer) {
        let mut random = self.random.clone();
        let side = self.side(name);
        let code = side.code.clone().unwrap();
        let is_sink = side.registered.description.is_sink();
        let pop = is_sink.then(|| side.pop.public().clone());
        let offer = side
            .service
            .confirm_linking_with(
                &code,
                pop.as_ref().map(|key| (key, side.proof)),
                &mut random,
            )
            .unwrap();
        self.random = random;
        (code, offer)
    }

    /// The rest of a linking, once the service is invited.
    pub fn finish_link(&mut self, name: &str) -> LinkId {
        let (code, offer) = self.offer(name);
        let command = Command::OfferSurrogate {
            proof: offer.proof_scheme(),
            code: code.clone(),
            surrogate_id: offer.surrogate_id,
            pop_key: offer.pop_key,
        };
        self.command(&self.service_act(name), &command).unwrap();
        self.propose(&code);
        let record = self.countersigned(name);
        let command = Command::Countersign {
            code: code.clone(),
            record,
        };
        self.command(&self.service_act(name), &command).unwrap();
        let draft = self
            .with_env(|account, env| account.draft_first_status(&code, env))
            .unwrap();
        let status = self.by_owner(&draft);
        let link_id = status.slr_id.clone();
        let command = Command::CompleteLink { code, status };
        self.command(&self.owner_act(), &command).unwrap();
        link_id
    }

    /// The owner signs the link record.
    pub fn propose(&mut self, code: &LinkCode) {
        let draft = self
            .with_env(|account, env| account.draft_link(code, env))
            .unwrap();
        let record = self.by_owner(&draft);
        let command = Command::ProposeLink {
            code: code.clone(),
            record,
        };
        self.command(&self.owner_act(), &command).unwrap();
    }

    /// The service countersigns what it was sent; the operator verifies.
    pub fn countersigned(&mut self, name: &str) -> Verified<mydata::record::link::LinkRecord> {
        let from = self.operator_id.clone();
        let setting = Setting {
            from: &from,
            now: self.now,
            crypto: &Chosen,
        };
        let side = self.side(name);
        let Some(Effect::Countersign(delivery)) = side.effects.pop() else {
            panic!("nothing to countersign");
        };
        let signed = side
            .service
            .countersign(&delivery, &side.key, setting)
            .unwrap();
        let octets = message::write(&signed).unwrap();
        let signed: message::Countersigned = message::read(&octets).unwrap();
        let keys = self.account.linking_keys(&signed.data.code).unwrap();
        signed.slr.open().unwrap().verify(&Chosen, &keys).unwrap()
    }

    /// A proposal about every purpose of the sink that rests on consent and draws on the source, or
    /// on nothing but the sink; not archived.
    pub fn proposal(&mut self) -> Proposal {
        let source = Arc::clone(&self.source.registered);
        let sink = Arc::clone(&self.sink.registered);
        let name = LinkCode::from_random(self.bits());
        let url = format!("https://operator.example/proposals/{}", name.as_str());
        let url = ResourceUrl::parse(&url).unwrap();
        let purposes = ["care", "study"].map(|id| PurposeId::parse(id).unwrap());
        let question = ProposalQuestion {
            source: Some(&source.description),
            sink: &sink.description,
            purposes: &purposes,
            language: Language::SV,
        };
        self.with_env(|_, env| draft_proposal(&question, url, env))
            .unwrap()
    }

    /// A proposal is shown and archived.
    pub fn show(&mut self, proposal: Proposal) -> Result<ConsentProposal, Rejection> {
        let command = Command::ShowProposal { proposal };
        let reply = self.command(&self.owner_act(), &command)?;
        let Reply::Proposal(reference) = reply else {
            panic!("not a proposal: {reply:?}")
        };
        Ok(reference)
    }

    /// What the person was shown, and has chosen.
    pub fn choice(&mut self, purpose: &str, datasets: &[&str]) -> ConsentChoice {
        self.try_choice(purpose, datasets).unwrap()
    }

    /// The same, of an account that may show nothing any more.
    pub fn try_choice(
        &mut self,
        purpose: &str,
        datasets: &[&str],
    ) -> Result<ConsentChoice, Rejection> {
        let proposal = self.proposal();
        let proposal = self.show(proposal)?;
        Ok(self.choice_of(proposal, purpose, datasets))
    }

    /// What the person has chosen of something that was shown.
    #[must_use]
    pub fn choice_of(
        &self,
        proposal: ConsentProposal,
        purpose: &str,
        datasets: &[&str],
    ) -> ConsentChoice {
        let parse = |id: &&str| DatasetId::parse(id).unwrap();
        ConsentChoice {
            rules: vec![UsageRule {
                purpose_id: PurposeId::parse(purpose).unwrap(),
                datasets: datasets.iter().map(parse).collect(),
            }],
            validity: Validity::until(self.now.plus(Seconds::days(30))),
            proposal,
        }
    }

    /// The owner signs a pair.
    pub fn try_pair(&mut self, choice: &ConsentChoice) -> Result<(Command, PairIds), Rejection> {
        let source_service = Arc::clone(&self.source.registered);
        let sink_service = Arc::clone(&self.sink.registered);
        let draft = self.with_env(|account, env| {
            account.draft_pair(&source_service, &sink_service, choice, env)
        })?;
        let (consent, ids) = self.signed_pair(&draft);
        Ok((Command::GiveConsent(Box::new(consent)), ids))
    }

    fn signed_pair(&self, draft: &PairDraft) -> (NewConsent, PairIds) {
        let pair = PairConsent {
            source: self.by_owner(&draft.source.record),
            source_status: self.by_owner(&draft.source.status),
            sink: self.by_owner(&draft.sink.record),
            sink_status: self.by_owner(&draft.sink.status),
            source_service: Arc::clone(&self.source.registered),
            sink_service: Arc::clone(&self.sink.registered),
        };
        let ids = PairIds {
            source: pair.source_status.cr_id.clone(),
            sink: pair.sink_status.cr_id.clone(),
        };
        (NewConsent::Pair(pair), ids)
    }

    /// The owner signs a pair in the place of another.
    pub fn try_modification(
        &mut self,
        sink_cr: &ConsentId,
        choice: &ConsentChoice,
    ) -> Result<(Command, PairIds), Rejection> {
        let source = Arc::clone(&self.source.registered);
        let sink = Arc::clone(&self.sink.registered);
        let act = self.owner_act();
        let draft: ModificationDraft<PairDraft> = self.with_env(|account, env| {
            account.draft_modified_pair(&act, sink_cr, (&source, &sink), choice, env)
        })?;
        let (consent, ids) = self.signed_pair(&draft.consent);
        let modification = Modification {
            cr_id: sink_cr.clone(),
            withdrawal: self.signed_draft(&draft.withdrawal),
            consent,
        };
        Ok((Command::ModifyConsent(Box::new(modification)), ids))
    }

    fn signed_draft(&self, draft: &ChangeDraft) -> OwnerSigned {
        let mirrored = draft.mirrored.as_ref();
        OwnerSigned {
            status: self.by_owner(&draft.status),
            mirrored: mirrored.map(|mirrored| self.by_owner(mirrored)),
        }
    }

    /// The owner gives a pair.
    pub fn consent(&mut self, purpose: &str, datasets: &[&str]) -> PairIds {
        let choice = self.choice(purpose, datasets);
        let (command, ids) = self.try_pair(&choice).unwrap();
        self.command(&self.owner_act(), &command).unwrap();
        ids
    }

    /// The owner signs a change.
    pub fn signed_change(
        &mut self,
        cr_id: &ConsentId,
        change: ConsentChange,
    ) -> Result<OwnerSigned, Rejection> {
        let act = self.owner_act();
        let draft = self.with_env(|account, env| account.draft_change(&act, cr_id, change, env))?;
        Ok(self.signed_draft(&draft))
    }

    /// The owner changes a consent, with a signature.
    pub fn change(&mut self, cr_id: &ConsentId, change: ConsentChange) -> Result<Reply, Rejection> {
        let signed = self.signed_change(cr_id, change)?;
        let command = Command::ChangeConsent {
            cr_id: cr_id.clone(),
            change,
            reason: Reason::OwnerWish,
            signed: Some(signed),
        };
        self.command(&self.owner_act(), &command)
    }

    /// The operator changes a consent.
    pub fn operator_change(
        &mut self,
        cr_id: &ConsentId,
        change: ConsentChange,
        reason: Reason,
    ) -> Result<Reply, Rejection> {
        let command = Command::ChangeConsent {
            cr_id: cr_id.clone(),
            change,
            reason,
            signed: None,
        };
        self.command(&self.act(Capacity::Operator), &command)
    }

    /// The sink gets a token.
    pub fn token(&mut self, sink_cr: &ConsentId) -> Result<TokenText, Rejection> {
        let command = Command::IssueToken {
            cr_id: sink_cr.clone(),
        };
        let reply = self.command(&self.service_act("sink"), &command)?;
        let Reply::Token(TokenReply { auth_token }) = reply else {
            panic!("not a token: {reply:?}")
        };
        Ok(TokenText::new(&auth_token))
    }

    /// The sink signs a `GET` for a dataset.
    pub fn prepare(
        &mut self,
        sink_cr: &ConsentId,
        token: &TokenText,
        purpose: &str,
        dataset: &str,
    ) -> Result<mydata::service::PreparedRequest, mydata::service::Refusal> {
        let (purpose, dataset) = (
            PurposeId::parse(purpose).unwrap(),
            DatasetId::parse(dataset).unwrap(),
        );
        let want = Want::get(sink_cr, &purpose, &dataset);
        let (now, sink, random) = (self.now, &self.sink, &mut self.random);
        sink.service
            .prepare_request(&want, token, now, &sink.pop, random, &Chosen)
    }

    /// The source answers a `GET` of `path`.
    pub fn answer(&mut self, authorization: &str, path: &str) -> Access {
        self.answer_with(authorization, &[], path)
    }

    /// The source answers a `GET` of `path` that came with these headers too.
    pub fn answer_with(
        &mut self,
        authorization: &str,
        headers: &[(&str, &str)],
        path: &str,
    ) -> Access {
        let origin = Origin::parse("https://source.example").unwrap();
        let request = HttpRequest::received(&origin, path, "GET", b"").unwrap();
        let request = request.with_headers(headers).unwrap();
        let mut gate = Gate {
            replay: &mut self.replay,
            tokens: None,
        };
        let service = &self.source.service;
        service.answer(authorization, &request, self.now, &Chosen, &mut gate)
    }

    /// The whole way: token, request, answer; the codes of the denial, or none.
    pub fn fetch(&mut self, sink_cr: &ConsentId, purpose: &str, dataset: &str) -> Vec<String> {
        let token = match self.token(sink_cr) {
            Ok(token) => token,
            Err(rejection) => return vec![rejection.code().to_owned()],
        };
        let prepared = match self.prepare(sink_cr, &token, purpose, dataset) {
            Ok(prepared) => prepared,
            Err(refusal) => return vec![refusal.code().to_owned()],
        };
        let path = prepared.url.path().to_owned();
        let headers: Vec<_> = prepared.headers().collect();
        match self.answer_with(&prepared.authorization, &headers, &path) {
            Access::Granted(_) => Vec::new(),
            Access::Denied(denial) => denial
                .reasons()
                .iter()
                .map(|r| r.code().to_owned())
                .collect(),
        }
    }

    /// 128 bits.
    pub fn bits(&mut self) -> [u8; 16] {
        self.random.bits128().unwrap()
    }

    /// The operator's keys as a party's.
    #[must_use]
    pub fn operator_keys<'k>(&self, set: &'k KeySet) -> PartyKeys<'k> {
        PartyKeys::none().with(Party::Operator, set)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}
