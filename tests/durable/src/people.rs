//! People with an account: they sign up, link, consent and change their minds.

use crate::post::{Post, Side, digest, key, one};
use mydata::core::crypto::{Random as _, Signer as _};
use mydata::core::id::{
    AccountId, ActorId, ConsentId, DatasetId, KeyId, LinkCode, LinkId, OperatorId, PurposeId,
};

use mydata::core::jws::{Payload, Unsigned, Verified};
use mydata::core::lang::Language;
use mydata::core::party::{Party, PartyKeys};
use mydata::core::resource::ResourceUrl;
use mydata::core::time::{Seconds, Timestamp};
use mydata::keys::{MasterKey, PrivateKey, Ring, SystemRandom, Vault};
use mydata::operator::{
    Account, Act, Capacity, Command, ConsentChoice, NewConsent, OwnerSigned, PairConsent, Reason,
    Reply, draft_proposal,
};
use mydata::record::consent::{ConsentChange, ConsentProposal, UsageRule, Validity};
use mydata::record::proposal::ProposalQuestion;
use mydata_store::{
    Clock, Dispatcher, Identity, Limits, Operator, OperatorFault, Outcome, Policy, Request,
    RequestKey, Store,
};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A clock that is moved by hand.
#[derive(Debug)]
pub struct Hands(AtomicU64);

impl Hands {
    /// 2025-01-07T08:00:00Z.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(mydata_conformance::world::START)))
    }

    /// Goes on.
    pub fn forward(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Goes back.
    pub fn back(&self, seconds: u64) {
        self.0.fetch_sub(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// The operator's own keys, from one process to the next.
#[derive(Debug)]
pub struct Keys {
    /// Of status records.
    pub status: Arc<PrivateKey>,
    /// Of tokens.
    pub tokens: Arc<PrivateKey>,
    /// Of what is at rest.
    pub master: Arc<MasterKey>,
}

impl Keys {
    /// New ones.
    #[must_use]
    pub fn new() -> Self {
        let master = MasterKey::generate(KeyId::parse("master-1").unwrap()).unwrap();
        Self {
            status: Arc::new(key("operator-status")),
            tokens: Arc::new(key("operator-tokens")),
            master: Arc::new(master),
        }
    }

    /// The vault.
    #[must_use]
    pub fn vault(&self) -> Arc<Vault> {
        let master: Arc<MasterKey> = Arc::clone(&self.master);
        Arc::new(Vault::new(master))
    }

    /// Who the operator is.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let id = OperatorId::parse("operator.example").unwrap();
        Identity::new(
            id,
            Arc::clone(&self.status) as _,
            Arc::clone(&self.tokens) as _,
        )
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self::new()
    }
}

/// An operator over a store, its services, and the courier between them.
#[derive(Debug)]
pub struct House<S: Store> {
    /// The keys.
    pub keys: Arc<Keys>,
    /// The operator.
    pub operator: Arc<Operator<S>>,
    /// The services.
    pub post: Arc<Post>,
    /// The dispatcher.
    pub dispatcher: Arc<Dispatcher<S, Arc<Post>>>,
}

/// As a harness wants to deliver: at once, and with no patience for what is refused.
#[must_use]
pub fn at_once() -> Policy {
    Policy {
        attempts: 1,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(20),
        poll: Duration::from_millis(5),
        page: NonZeroUsize::new(32).unwrap(),
        ..Policy::default()
    }
}

impl<S: Store> House<S> {
    /// A new house over a store.
    pub async fn new(store: Arc<S>, clock: Arc<dyn Clock>) -> Self {
        let keys = Arc::new(Keys::new());
        let (status, tokens) = (keys.status.public(), keys.tokens.public());
        let id = OperatorId::parse("operator.example").unwrap();
        let post = Post::new(&id, status, tokens, Arc::clone(&clock));
        Self::over(store, keys, post, clock, Limits::default()).await
    }

    /// A house with what is there already: after a restart.
    pub async fn over(
        store: Arc<S>,
        keys: Arc<Keys>,
        post: Arc<Post>,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> Self {
        let (vault, identity) = (keys.vault(), keys.identity());
        let operator = Operator::open(store, vault, identity, clock, limits)
            .await
            .unwrap();
        let operator = Arc::new(operator);
        let dispatcher = Dispatcher::new(Arc::clone(&operator), Arc::clone(&post), at_once());
        Self {
            keys,
            operator,
            post,
            dispatcher,
        }
    }

    /// Somebody signs up.
    pub async fn sign_up(&self, name: &str) -> Person {
        let owner = Arc::new(key(&format!("{name}-1")));
        let id = AccountId::parse(name).unwrap();
        let account = Account::open(id.clone(), one(owner.public()));
        self.operator
            .open_account(account, ask("open", name))
            .await
            .unwrap();
        Person {
            id,
            owner,
            asked: Arc::default(),
        }
    }

    /// Somebody who has linked both services.
    pub async fn linked(&self, name: &str) -> Person {
        let person = self.sign_up(name).await;
        person.link(self, &self.post.source).await;
        person.link(self, &self.post.sink).await;
        person
    }
}

/// A request of this name about this.
#[must_use]
pub fn ask(key: &str, what: &str) -> Request {
    Request {
        key: RequestKey::parse(key).unwrap(),
        digest: digest(what.as_bytes()),
    }
}

/// Somebody with an account.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub id: AccountId,
    /// The owner's key.
    pub owner: Arc<PrivateKey>,
    asked: Arc<AtomicU64>,
}

/// A pair of consents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The source's.
    pub source: ConsentId,
    /// The sink's.
    pub sink: ConsentId,
}

impl Person {
    /// Somebody who has signed up before, in another process; `asked` requests are taken.
    #[must_use]
    pub fn again(id: AccountId, owner: Arc<PrivateKey>, asked: u64) -> Self {
        Self {
            id,
            owner,
            asked: Arc::new(AtomicU64::new(asked)),
        }
    }

    /// Somebody acts on the account.
    #[must_use]
    pub fn act(&self, capacity: Capacity) -> Act {
        Act {
            account: self.id.clone(),
            actor: ActorId::parse("actor-1").unwrap(),
            capacity,
        }
    }

    /// A new request.
    #[must_use]
    pub fn next(&self) -> Request {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        ask(
            &format!("r{number}"),
            &format!("{} {number}", self.id.as_str()),
        )
    }

    /// Asks for something.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn does<S: Store>(
        &self,
        house: &House<S>,
        capacity: Capacity,
        command: &Command,
    ) -> Result<Outcome, OperatorFault> {
        house
            .operator
            .execute(&self.act(capacity), &self.next(), command)
            .await
    }

    fn by_owner<T: Payload>(&self, unsigned: &Unsigned<T>) -> Verified<T> {
        let keys = one(self.owner.public());
        let keys = PartyKeys::none().with(Party::Owner, &keys);
        let sealed = unsigned.sign(&*self.owner).unwrap().seal();
        sealed.open().unwrap().verify(&Ring, &keys).unwrap()
    }

    /// Links a service, with every message on its way.
    pub async fn link<S: Store>(&self, house: &House<S>, side: &Side) -> LinkId {
        let service = Arc::clone(&side.registered);
        let command = Command::StartLinking {
            service,
            surrogate_id: None,
        };
        let outcome = self.does(house, Capacity::Owner, &command).await.unwrap();
        let Reply::Linking(code) = outcome.reply else {
            panic!("not a linking");
        };
        house.dispatcher.drain().await;
        let by_service = || Capacity::Service(side.id.clone());
        let offer = side.offer(&code);
        let command = Command::OfferSurrogate {
            proof: offer.proof_scheme(),
            code: code.clone(),
            surrogate_id: offer.surrogate_id,
            pop_key: offer.pop_key,
        };
        self.does(house, by_service(), &command).await.unwrap();
        let draft = house
            .operator
            .ask(&self.id, |account, env| account.draft_link(&code, env));
        let record = self.by_owner(&draft.await.unwrap().unwrap());
        let command = Command::ProposeLink {
            code: code.clone(),
            record,
        };
        self.does(house, Capacity::Owner, &command).await.unwrap();
        house.dispatcher.drain().await;
        let signed = side.countersign(&code, &house.post.operator, house.operator.clock().now());
        let account = house.operator.account(&self.id).await.unwrap();
        let keys = account.linking_keys(&code).unwrap();
        let record = signed.slr.open().unwrap().verify(&Ring, &keys).unwrap();
        let command = Command::Countersign {
            code: code.clone(),
            record,
        };
        self.does(house, by_service(), &command).await.unwrap();
        self.complete(house, code).await
    }

    async fn complete<S: Store>(&self, house: &House<S>, code: LinkCode) -> LinkId {
        let draft = house.operator.ask(&self.id, |account, env| {
            account.draft_first_status(&code, env)
        });
        let status = self.by_owner(&draft.await.unwrap().unwrap());
        let link_id = status.slr_id.clone();
        self.does(
            house,
            Capacity::Owner,
            &Command::CompleteLink { code, status },
        )
        .await
        .unwrap();
        house.dispatcher.drain().await;
        link_id
    }

    /// Is shown a proposal.
    pub async fn shown<S: Store>(&self, house: &House<S>) -> ConsentProposal {
        let name = LinkCode::from_random(SystemRandom::new().bits128().unwrap());
        let url = format!("https://operator.example/proposals/{}", name.as_str());
        let url = ResourceUrl::parse(&url).unwrap();
        let purposes = ["care", "study"].map(|id| PurposeId::parse(id).unwrap());
        let question = ProposalQuestion {
            source: Some(&house.post.source.registered.description),
            sink: &house.post.sink.registered.description,
            purposes: &purposes,
            language: Language::SV,
        };
        let draft = house
            .operator
            .ask(&self.id, |_, env| draft_proposal(&question, url, env));
        let proposal = draft.await.unwrap().unwrap();
        let command = Command::ShowProposal { proposal };
        let outcome = self.does(house, Capacity::Owner, &command).await.unwrap();
        let Reply::Proposal(reference) = outcome.reply else {
            panic!("not a proposal");
        };
        reference
    }

    /// The command that gives a consent, signed.
    pub async fn signed_pair<S: Store>(
        &self,
        house: &House<S>,
        purpose: &str,
        datasets: &[&str],
    ) -> (Command, Pair) {
        let proposal = self.shown(house).await;
        let choice = ConsentChoice {
            rules: vec![UsageRule {
                purpose_id: PurposeId::parse(purpose).unwrap(),
                datasets: datasets
                    .iter()
                    .map(|id| DatasetId::parse(id).unwrap())
                    .collect(),
            }],
            validity: Validity::until(house.operator.clock().now().plus(Seconds::days(30))),
            proposal,
        };
        let (source, sink) = (&house.post.source.registered, &house.post.sink.registered);
        let draft = house.operator.ask(&self.id, |account, env| {
            account.draft_pair(source, sink, &choice, env)
        });
        let draft = draft.await.unwrap().unwrap();
        let pair = PairConsent {
            source: self.by_owner(&draft.source.record),
            source_status: self.by_owner(&draft.source.status),
            sink: self.by_owner(&draft.sink.record),
            sink_status: self.by_owner(&draft.sink.status),
            source_service: Arc::clone(source),
            sink_service: Arc::clone(sink),
        };
        let ids = Pair {
            source: pair.source_status.cr_id.clone(),
            sink: pair.sink_status.cr_id.clone(),
        };
        (Command::GiveConsent(Box::new(NewConsent::Pair(pair))), ids)
    }

    /// Gives a consent.
    pub async fn consent<S: Store>(
        &self,
        house: &House<S>,
        purpose: &str,
        datasets: &[&str],
    ) -> Pair {
        let (command, ids) = self.signed_pair(house, purpose, datasets).await;
        self.does(house, Capacity::Owner, &command).await.unwrap();
        ids
    }

    /// Changes a consent, with a signature.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn change<S: Store>(
        &self,
        house: &House<S>,
        cr_id: &ConsentId,
        change: ConsentChange,
    ) -> Result<Outcome, OperatorFault> {
        let command = self.signed_change(house, cr_id, change).await?;
        self.does(house, Capacity::Owner, &command).await
    }

    /// The command that changes a consent, signed.
    ///
    /// # Errors
    /// [`OperatorFault`].
    pub async fn signed_change<S: Store>(
        &self,
        house: &House<S>,
        cr_id: &ConsentId,
        change: ConsentChange,
    ) -> Result<Command, OperatorFault> {
        let act = self.act(Capacity::Owner);
        let draft = house.operator.ask(&self.id, |account, env| {
            account.draft_change(&act, cr_id, change, env)
        });
        let draft = draft.await??;
        let signed = OwnerSigned {
            status: self.by_owner(&draft.status),
            mirrored: draft
                .mirrored
                .as_ref()
                .map(|mirrored| self.by_owner(mirrored)),
        };
        let (cr_id, reason) = (cr_id.clone(), Reason::OwnerWish);
        Ok(Command::ChangeConsent {
            cr_id,
            change,
            reason,
            signed: Some(signed),
        })
    }
}

/// The operator changes a consent, with its own signature.
#[must_use]
pub fn by_operator(cr_id: &ConsentId, change: ConsentChange) -> Command {
    let (cr_id, reason) = (cr_id.clone(), Reason::SuspectedMisuse);
    Command::ChangeConsent {
        cr_id,
        change,
        reason,
        signed: None,
    }
}
