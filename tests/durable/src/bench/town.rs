//! A town for measurements: accounts of six links and fifteen pairs of consents, decided for real.
//!
//! The records have their true octets, and every decision is one of the machine's. Only the signatures
//! of persons and services are 64 random octets, and are believed: to sign and verify the six million
//! records of a million consents would take longer than all that is measured. The operator's own
//! signatures are real.

use crate::people::{Hands, Keys};
use crate::post::{digest, key, one};
use mydata::core::crypto::{Crypto, Random as _, Sha256, Signature, Signer, SignerFailed};
use mydata::core::id::{
    AccountId, ActorId, DatasetId, KeyId, LinkCode, OperatorId, PurposeId, SurrogateId,
};
use mydata::core::jwk::PublicKey;
use mydata::core::jws::{Payload, Sealed, Unsigned, Verified};
use mydata::core::lang::Language;
use mydata::core::party::{Party, PartyKeys};
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Seconds;
use mydata::keys::{MasterKey, PrivateKey, Ring, SystemRandom};
use mydata::operator::{
    self as machine, Account, Act, Capacity, Command, ConsentChoice, Env, NewConsent, PairConsent,
    Registered, Reply, Timing, draft_proposal,
};
use mydata::record::consent::{ConsentProposal, UsageRule, Validity};
use mydata::record::possession::ProofScheme;
use mydata::record::proposal::ProposalQuestion;
use mydata_conformance::descriptions;
use mydata_store::{Clock as _, Limits, Operator, Outcome, Request, RequestKey, Store};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;

/// A signer whose signatures are chance.
#[derive(Debug, Clone)]
struct Mark(PublicKey);

impl Signer for Mark {
    fn public(&self) -> &PublicKey {
        &self.0
    }

    fn sign(&self, _: &[u8]) -> Result<Signature, SignerFailed> {
        let mut octets = [0; 64];
        for part in octets.chunks_mut(16) {
            part.copy_from_slice(&bits());
        }
        Ok(Signature::from_octets(octets))
    }
}

/// Believes every signature.
#[derive(Debug)]
struct Trusting;

impl Crypto for Trusting {
    fn verify(&self, _: &PublicKey, _: &[u8], _: &Signature) -> bool {
        true
    }

    fn sha256(&self, octets: &[u8]) -> Sha256 {
        Ring.sha256(octets)
    }
}

fn bits() -> [u8; 16] {
    SystemRandom::new().bits128().unwrap()
}

/// A request that nobody has made yet: its name has 22 characters, as a random one.
#[must_use]
pub fn request() -> Request {
    let name = LinkCode::from_random(bits());
    Request {
        key: RequestKey::parse(name.as_str()).unwrap(),
        digest: digest(name.as_str().as_bytes()),
    }
}

/// The account of this number: 22 characters, in no order.
#[must_use]
pub fn name(number: u64) -> AccountId {
    let digest = digest(&number.to_be_bytes()).to_base64url();
    AccountId::parse(&digest[..22]).unwrap()
}

/// Somebody acts on an account.
#[must_use]
pub fn act(account: &AccountId, capacity: Capacity) -> Act {
    Act {
        account: account.clone(),
        actor: ActorId::parse("actor-1").unwrap(),
        capacity,
    }
}

/// A service.
#[derive(Debug)]
pub struct Shop {
    /// As the operator's registry knows it.
    pub registered: Arc<Registered>,
    key: Mark,
    pop: PublicKey,
}

impl Shop {
    fn new(name: &str, mut description: serde_json::Value) -> Self {
        let mark = |kid: &str| Mark(key(kid).public().clone());
        let origin = format!("https://{name}.example");
        description["serviceId"] = json!(name);
        let urls = &mut description["serviceDescription"]["serviceUrls"];
        urls["domain"] = json!(origin);
        urls["libraryDomain"] = json!(origin);
        let (key, pop) = (
            mark(&format!("{name}-1")),
            mark(&format!("{name}-pop")).0.clone(),
        );
        let registered = Registered::new(descriptions::checked(&description), one(&key.0));
        Self {
            registered: Arc::new(registered),
            key,
            pop,
        }
    }
}

/// Somebody who lives in the town, and what they were shown.
#[derive(Debug, Clone)]
pub struct Resident {
    /// The account.
    pub id: AccountId,
    /// Which sinks: indices.
    sinks: [usize; 3],
    shown: Vec<ConsentProposal>,
}

impl Resident {
    /// Whether the first sink is linked.
    #[must_use]
    pub const fn is_of_crowd(&self) -> bool {
        self.sinks[0] == 0
    }
}

/// The services, the operator's keys, and the time.
#[derive(Debug)]
pub struct Town {
    /// The operator's keys.
    pub keys: Keys,
    /// The time: it stands.
    pub clock: Arc<Hands>,
    /// Three of them.
    pub sources: Vec<Shop>,
    /// Four: everybody is at the last but one, and at three in all.
    pub sinks: Vec<Shop>,
    id: OperatorId,
    owner: Mark,
}

/// Source, purpose and datasets of the five pairs with one sink.
const CHOICES: [(usize, &str, &[&str]); 5] = [
    (0, "care", &["src/a", "src/b"]),
    (0, "study", &["src/c"]),
    (1, "care", &["src/a", "src/b"]),
    (1, "study", &["src/c"]),
    (2, "care", &["src/a", "src/b"]),
];

/// Pairs of consents in an account.
pub const PAIRS: u64 = 15;

impl Town {
    /// With new keys.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Keys::new())
    }

    fn with(keys: Keys) -> Self {
        let source = |n| Shop::new(&format!("source-{n}"), descriptions::source());
        let sink = |n| Shop::new(&format!("sink-{n}"), descriptions::sink());
        Self {
            keys,
            clock: Hands::new(),
            sources: (0..3).map(source).collect(),
            sinks: (0..4).map(sink).collect(),
            id: OperatorId::parse("operator.example").unwrap(),
            owner: Mark(key("owner-1").public().clone()),
        }
    }

    /// Writes the operator's keys where another process finds them.
    pub fn leave_keys(&self, folder: &Path) {
        let write = |name: &str, octets: &[u8]| std::fs::write(folder.join(name), octets).unwrap();
        write("status", self.keys.status.to_pkcs8().expose());
        write("tokens", self.keys.tokens.to_pkcs8().expose());
        write("master", self.keys.master.to_text().expose());
    }

    /// The same operator in another process.
    #[must_use]
    pub fn found(folder: &Path) -> Self {
        let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
        let kid = |name: &str| KeyId::parse(name).unwrap();
        let private =
            |id: &str, name: &str| Arc::new(PrivateKey::from_pkcs8(kid(id), &read(name)).unwrap());
        let master = String::from_utf8(read("master")).unwrap();
        Self::with(Keys {
            status: private("operator-status", "status"),
            tokens: private("operator-tokens", "tokens"),
            master: Arc::new(MasterKey::parse(kid("master-1"), &master).unwrap()),
        })
    }

    /// The operator over a store.
    pub async fn operator<S: Store>(&self, store: Arc<S>, limits: Limits) -> Arc<Operator<S>> {
        let clock = Arc::clone(&self.clock) as _;
        let (vault, identity) = (self.keys.vault(), self.keys.identity());
        let operator = Operator::open(store, vault, identity, clock, limits).await;
        Arc::new(operator.unwrap())
    }

    fn ask<R>(&self, question: impl FnOnce(&mut Env<'_>) -> R) -> R {
        let (status, tokens) = (&*self.keys.status, &*self.keys.tokens);
        let operator = machine::Operator::new(&self.id, status, tokens, Timing::default()).unwrap();
        question(&mut Env {
            now: self.clock.now(),
            random: &mut SystemRandom::new(),
            crypto: &Ring,
            operator,
        })
    }

    fn owned<T: Payload>(&self, unsigned: &Unsigned<T>) -> Verified<T> {
        let keys = one(&self.owner.0);
        let keys = PartyKeys::none().with(Party::Owner, &keys);
        believed(&unsigned.sign(&self.owner).unwrap().seal(), &keys)
    }

    /// Opens the account of this number, links six services and shows what consents will rest on.
    /// `crowd` says whether the first sink is among them.
    pub async fn settle<S: Store>(
        &self,
        operator: &Operator<S>,
        number: u64,
        crowd: bool,
    ) -> Resident {
        let id = name(number);
        let account = Account::open(id.clone(), one(&self.owner.0));
        operator.open_account(account, request()).await.unwrap();
        let sinks = if crowd { [0, 1, 2] } else { [3, 1, 2] };
        for source in &self.sources {
            self.link(operator, &id, source).await;
        }
        let mut shown = Vec::with_capacity(9);
        for sink in sinks {
            self.link(operator, &id, &self.sinks[sink]).await;
            for source in &self.sources {
                shown.push(self.show(operator, &id, source, &self.sinks[sink]).await);
            }
        }
        Resident { id, sinks, shown }
    }

    async fn link<S: Store>(&self, operator: &Operator<S>, id: &AccountId, shop: &Shop) {
        let registered = &shop.registered;
        let service = Arc::clone(registered);
        let by_service = || Capacity::Service(registered.description.service_id.clone());
        let command = Command::StartLinking {
            service,
            surrogate_id: None,
        };
        let outcome = does(operator, id, Capacity::Owner, &command).await;
        let Reply::Linking(code) = outcome.reply else {
            panic!("not a linking");
        };
        let is_sink = registered.description.is_sink();
        let command = Command::OfferSurrogate {
            code: code.clone(),
            surrogate_id: SurrogateId::from_random(bits()),
            pop_key: is_sink.then(|| shop.pop.clone()),
            proof: ProofScheme::Pop,
        };
        does(operator, id, by_service(), &command).await;
        let account = operator.account(id).await.unwrap();
        let draft = self.ask(|env| account.draft_link(&code, env)).unwrap();
        let proposal = self.owned(&draft);
        let command = Command::ProposeLink {
            code: code.clone(),
            record: proposal.clone(),
        };
        does(operator, id, Capacity::Owner, &command).await;
        let signed = proposal.countersign(&shop.key).unwrap().seal();
        let account = operator.account(id).await.unwrap();
        let record = believed(&signed, &account.linking_keys(&code).unwrap());
        let command = Command::Countersign {
            code: code.clone(),
            record,
        };
        does(operator, id, by_service(), &command).await;
        let account = operator.account(id).await.unwrap();
        let draft = self.ask(|env| account.draft_first_status(&code, env));
        let status = self.owned(&draft.unwrap());
        let command = Command::CompleteLink { code, status };
        does(operator, id, Capacity::Owner, &command).await;
    }

    async fn show<S: Store>(
        &self,
        operator: &Operator<S>,
        id: &AccountId,
        source: &Shop,
        sink: &Shop,
    ) -> ConsentProposal {
        let name = LinkCode::from_random(bits());
        let url = format!("https://operator.example/proposals/{}", name.as_str());
        let url = ResourceUrl::parse(&url).unwrap();
        let purposes = ["care", "study"].map(|id| PurposeId::parse(id).unwrap());
        let question = ProposalQuestion {
            source: Some(&source.registered.description),
            sink: &sink.registered.description,
            purposes: &purposes,
            language: Language::SV,
        };
        let proposal = self.ask(|env| draft_proposal(&question, url, env)).unwrap();
        let command = Command::ShowProposal { proposal };
        match does(operator, id, Capacity::Owner, &command).await.reply {
            Reply::Proposal(reference) => reference,
            _ => panic!("not a proposal"),
        }
    }

    /// The commands that give the fifteen pairs of consents of an account, signed.
    #[must_use]
    pub fn pairs(&self, account: &Account, resident: &Resident) -> Vec<PairConsent> {
        let mut pairs = Vec::new();
        for (place, sink) in resident.sinks.iter().enumerate() {
            for (source, purpose, datasets) in CHOICES {
                let datasets = datasets.iter().map(|id| DatasetId::parse(id).unwrap());
                let choice = ConsentChoice {
                    rules: vec![UsageRule {
                        purpose_id: PurposeId::parse(purpose).unwrap(),
                        datasets: datasets.collect(),
                    }],
                    validity: Validity::until(self.clock.now().plus(Seconds::days(30))),
                    proposal: resident.shown[place * 3 + source].clone(),
                };
                let shops = (&self.sources[source], &self.sinks[*sink]);
                let (source, sink) = (&shops.0.registered, &shops.1.registered);
                let draft = self.ask(|env| account.draft_pair(source, sink, &choice, env));
                let draft = draft.unwrap();
                pairs.push(PairConsent {
                    source: self.owned(&draft.source.record),
                    source_status: self.owned(&draft.source.status),
                    sink: self.owned(&draft.sink.record),
                    sink_status: self.owned(&draft.sink.status),
                    source_service: Arc::clone(source),
                    sink_service: Arc::clone(sink),
                });
            }
        }
        pairs
    }
}

impl Default for Town {
    fn default() -> Self {
        Self::new()
    }
}

fn believed<T: Payload>(sealed: &Sealed<T>, keys: &PartyKeys<'_>) -> Verified<T> {
    sealed.open().unwrap().verify(&Trusting, keys).unwrap()
}

/// The octets of the four records of a pair, in the shortest form that they are signed in.
#[must_use]
pub fn signed_octets(pair: &PairConsent) -> usize {
    let all = [
        pair.source.seal().to_compact(),
        pair.source_status.seal().to_compact(),
        pair.sink.seal().to_compact(),
        pair.sink_status.seal().to_compact(),
    ];
    all.into_iter().flatten().map(|text| text.len()).sum()
}

/// The command that gives it.
#[must_use]
pub fn give(pair: PairConsent) -> Command {
    Command::GiveConsent(Box::new(NewConsent::Pair(pair)))
}

/// Has a command carried out that must not fail.
pub async fn does<S: Store>(
    operator: &Operator<S>,
    id: &AccountId,
    capacity: Capacity,
    command: &Command,
) -> Outcome {
    let (act, request) = (act(id, capacity), request());
    operator.execute(&act, &request, command).await.unwrap()
}
