//! Somebody with an account, who links and consents.

use super::{SECRET, Town, bits, one, status_of};
use mydata::core::crypto::Crypto as _;
use mydata::core::id::{
    AccountId, ActorId, ConsentId, DatasetId, LinkCode, LinkId, PurposeId, ServiceId, SurrogateId,
};
use mydata::core::jws::{Payload, Unsigned, Verified};
use mydata::core::lang::Language;
use mydata::core::party::{Party, PartyKeys};
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Seconds;
use mydata::keys::{PrivateKey, Ring};
use mydata::operator::{
    Act, Capacity, Command, ConsentChoice, NewConsent, OwnerSigned, PairConsent, Reason,
    Registered, Reply, draft_proposal,
};
use mydata::record::consent::{ConsentChange, UsageRule, Validity};
use mydata::record::proposal::ProposalQuestion;
use mydata::token::claims::TokenText;
use mydata_store::{Outcome, RequestKey};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A consent of the source and one of the sink.
pub struct Pair {
    pub source: ConsentId,
    pub sink: ConsentId,
}

/// Somebody at the operator's own service.
pub struct Person<'t> {
    pub town: &'t Town,
    pub owner: Arc<PrivateKey>,
    pub id: AccountId,
    asked: AtomicU64,
}

impl<'t> Person<'t> {
    pub fn new(town: &'t Town, owner: Arc<PrivateKey>, id: AccountId) -> Self {
        Self {
            town,
            owner,
            id,
            asked: AtomicU64::new(0),
        }
    }

    pub fn next(&self) -> mydata_store::Request {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        let name = format!("{}-{number}", self.id.as_str());
        mydata_store::Request {
            key: RequestKey::parse(&name).unwrap(),
            digest: Ring.sha256(name.as_bytes()),
        }
    }

    fn act(&self) -> Act {
        Act {
            account: self.id.clone(),
            actor: ActorId::parse("person").unwrap(),
            capacity: Capacity::Owner,
        }
    }

    async fn does(&self, command: &Command) -> Outcome {
        let core = &self.town.core;
        core.execute(&self.act(), &self.next(), command)
            .await
            .unwrap()
    }

    fn signed<T: Payload>(&self, unsigned: &Unsigned<T>) -> Verified<T> {
        let keys = one(&self.owner);
        let keys = PartyKeys::none().with(Party::Owner, &keys);
        let sealed = unsigned.sign(&*self.owner).unwrap().seal();
        sealed.open().unwrap().verify(&Ring, &keys).unwrap()
    }

    /// Begins to link a service.
    pub async fn begin(&self, service: &Arc<Registered>) -> LinkCode {
        let command = Command::StartLinking {
            service: Arc::clone(service),
            surrogate_id: None,
        };
        let Reply::Linking(code) = self.does(&command).await.reply else {
            panic!("not a linking");
        };
        self.town.deliver().await;
        code
    }

    /// Links the source: they have signed in at its application, which knows them as `member`.
    pub async fn link_source(&self, member: &str) -> LinkId {
        let code = self.begin(&self.town.source).await;
        let answer = self.town.confirm(&code, member, SECRET).await;
        assert_eq!(status_of(&answer), 201, "{answer}");
        self.linked("source").await
    }

    /// Links the sink.
    pub async fn link_sink(&self) -> LinkId {
        let code = self.begin(&self.town.registered_sink).await;
        self.town.sink.confirm(&code).await.unwrap();
        self.linked("sink").await
    }

    async fn linked(&self, service: &str) -> LinkId {
        self.town.deliver().await;
        let account = self.town.core.account(&self.id).await.unwrap();
        let (id, link) = account
            .active_link(&ServiceId::parse(service).unwrap())
            .unwrap();
        super::logged::plant(link.record.surrogate_id.as_str());
        id.clone()
    }

    /// By what name the source knows them under their link.
    pub async fn surrogate(&self) -> SurrogateId {
        let account = self.town.core.account(&self.id).await.unwrap();
        let source = ServiceId::parse("source").unwrap();
        let (_, link) = account.active_link(&source).unwrap();
        link.record.surrogate_id.clone()
    }

    /// Ends the link to the source.
    pub async fn unlink_source(&self) {
        let account = self.town.core.account(&self.id).await.unwrap();
        let (link_id, _) = account
            .active_link(&ServiceId::parse("source").unwrap())
            .unwrap();
        let link_id = link_id.clone();
        let draft = self.town.core.ask(&self.id, |account, env| {
            account.draft_removal(&link_id, env)
        });
        let signed = Some(self.signed(&draft.await.unwrap().unwrap()));
        self.does(&Command::RemoveLink { link_id, signed }).await;
    }

    /// Gives a consent for a purpose.
    pub async fn consent(&self, purpose: &str, datasets: &[&str]) -> Pair {
        let (town, core) = (self.town, &self.town.core);
        let (source, sink) = (&town.source, &town.registered_sink);
        let name = LinkCode::from_random(bits());
        let url = format!("https://operator.example/proposals/{}", name.as_str());
        let url = ResourceUrl::parse(&url).unwrap();
        let purposes = ["care", "study"].map(|id| PurposeId::parse(id).unwrap());
        let question = ProposalQuestion {
            source: Some(&source.description),
            sink: &sink.description,
            purposes: &purposes,
            language: Language::SV,
        };
        let draft = core.ask(&self.id, |_, env| draft_proposal(&question, url, env));
        let proposal = draft.await.unwrap().unwrap();
        let shown = self.does(&Command::ShowProposal { proposal }).await;
        let Reply::Proposal(proposal) = shown.reply else {
            panic!("not a proposal");
        };
        let datasets = datasets.iter().map(|id| DatasetId::parse(id).unwrap());
        let choice = ConsentChoice {
            rules: vec![UsageRule {
                purpose_id: PurposeId::parse(purpose).unwrap(),
                datasets: datasets.collect(),
            }],
            validity: Validity::until(self.town.clock.now().plus(Seconds::days(30))),
            proposal,
        };
        let draft = core.ask(&self.id, |account, env| {
            account.draft_pair(source, sink, &choice, env)
        });
        let draft = draft.await.unwrap().unwrap();
        let pair = PairConsent {
            source: self.signed(&draft.source.record),
            source_status: self.signed(&draft.source.status),
            sink: self.signed(&draft.sink.record),
            sink_status: self.signed(&draft.sink.status),
            source_service: Arc::clone(source),
            sink_service: Arc::clone(sink),
        };
        let ids = Pair {
            source: pair.source_status.cr_id.clone(),
            sink: pair.sink_status.cr_id.clone(),
        };
        let command = Command::GiveConsent(Box::new(NewConsent::Pair(pair)));
        self.does(&command).await;
        ids
    }

    /// A token of the sink's on this consent, though nobody reaches the operator.
    pub async fn token(&self, cr_id: &ConsentId) -> TokenText {
        let sink = ServiceId::parse("sink").unwrap();
        let act = Act {
            account: self.id.clone(),
            actor: ActorId::parse("sink").unwrap(),
            capacity: Capacity::Service(sink),
        };
        let cr_id = cr_id.clone();
        let command = Command::IssueToken { cr_id };
        let core = &self.town.core;
        let outcome = core.execute(&act, &self.next(), &command).await.unwrap();
        let Reply::Token(token) = outcome.reply else {
            panic!("not a token");
        };
        TokenText::new(&token.auth_token)
    }

    /// Changes a consent.
    pub async fn change(&self, cr_id: &ConsentId, change: ConsentChange) {
        let act = self.act();
        let draft = self.town.core.ask(&self.id, |account, env| {
            account.draft_change(&act, cr_id, change, env)
        });
        let draft = draft.await.unwrap().unwrap();
        let signed = OwnerSigned {
            status: self.signed(&draft.status),
            mirrored: draft.mirrored.as_ref().map(|status| self.signed(status)),
        };
        let command = Command::ChangeConsent {
            cr_id: cr_id.clone(),
            change,
            reason: Reason::OwnerWish,
            signed: Some(signed),
        };
        self.does(&command).await;
    }
}
