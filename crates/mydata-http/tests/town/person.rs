//! Somebody with an account, who links and consents.

use super::{Side, Town, bits, clock, one};
use mydata::core::crypto::Crypto as _;
use mydata::core::id::{AccountId, ActorId, ConsentId, DatasetId, LinkCode, LinkId, PurposeId};
use mydata::core::jws::{Payload, Unsigned, Verified};
use mydata::core::lang::Language;
use mydata::core::party::{Party, PartyKeys};
use mydata::core::resource::ResourceUrl;
use mydata::core::time::Seconds;
use mydata::keys::{PrivateKey, Ring};
use mydata::operator::{
    Account, Act, Capacity, Command, ConsentChoice, NewConsent, OwnerSigned, PairConsent, Reason,
    Reply, draft_proposal,
};
use mydata::record::consent::{ConsentChange, UsageRule, Validity};
use mydata::record::proposal::ProposalQuestion;
use mydata_store::{Outcome, RequestKey};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A consent of the source and one of the sink.
pub(crate) struct Pair {
    pub(crate) source: ConsentId,
    pub(crate) sink: ConsentId,
}

/// Somebody at the operator's own service.
pub(crate) struct Person<'t> {
    pub(super) town: &'t Town,
    pub(super) owner: Arc<PrivateKey>,
    pub(super) id: AccountId,
    pub(super) asked: AtomicU64,
}

impl Person<'_> {
    pub(super) fn next(&self) -> mydata_store::Request {
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

    pub(crate) async fn does(&self, command: &Command) -> Outcome {
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
    pub(crate) async fn begin(&self, side: &Side) -> LinkCode {
        let service = Arc::clone(&side.registered);
        let command = Command::StartLinking {
            service,
            surrogate_id: None,
        };
        let Reply::Linking(code) = self.does(&command).await.reply else {
            panic!("not a linking");
        };
        code
    }

    /// Links a service: everything after the beginning goes over HTTP.
    pub(crate) async fn link(&self, side: &Side) -> LinkId {
        let code = self.begin(side).await;
        self.town.deliver().await;
        let asked = side.desk.program().codes.lock().unwrap().pop();
        assert_eq!(
            asked,
            Some(code.clone()),
            "the person is asked at the service"
        );
        side.desk.confirm(&code).await.unwrap();
        self.town.deliver().await;
        let account = self.town.core.account(&self.id).await.unwrap();
        let (id, link) = account.active_link(&side.id).unwrap();
        super::logged::plant(link.record.surrogate_id.as_str());
        id.clone()
    }

    /// Gives a consent for a purpose.
    pub(crate) async fn consent(&self, purpose: &str, datasets: &[&str]) -> Pair {
        self.consent_to(&self.town.sink, purpose, datasets).await
    }

    /// The same for any sink.
    pub(crate) async fn consent_to(&self, sink: &Side, purpose: &str, datasets: &[&str]) -> Pair {
        let (town, core) = (self.town, &self.town.core);
        let (source, sink) = (&town.source.registered, &sink.registered);
        let name = LinkCode::from_random(bits());
        let url = format!(
            "https://{}/proposals/{}",
            self.town.id.as_str(),
            name.as_str()
        );
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
            validity: Validity::until(clock().now().plus(Seconds::days(30))),
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

    /// The account as the operator has it.
    pub(crate) async fn account(&self) -> Arc<Account> {
        self.town.core.account(&self.id).await.unwrap()
    }

    /// Wishes to be told of something.
    pub(crate) async fn subscribe(&self, side: &Side, what: &str) {
        let service = Arc::clone(&side.registered);
        let selections = mydata_conformance::wishes::selections(&[what]);
        let draft = self.town.core.ask(&self.id, |account, env| {
            account.draft_subscription(&service, selections, false, env)
        });
        let record = self.signed(&draft.await.unwrap().unwrap());
        self.does(&Command::Subscribe { service, record }).await;
    }

    /// Changes a consent.
    pub(crate) async fn change(&self, cr_id: &ConsentId, change: ConsentChange) {
        let command = self.drafted(cr_id, change).await;
        self.does(&command).await;
    }

    /// The change, signed and not made.
    pub(crate) async fn drafted(&self, cr_id: &ConsentId, change: ConsentChange) -> Command {
        let act = self.act();
        let draft = self.town.core.ask(&self.id, |account, env| {
            account.draft_change(&act, cr_id, change, env)
        });
        let draft = draft.await.unwrap().unwrap();
        let signed = OwnerSigned {
            status: self.signed(&draft.status),
            mirrored: draft.mirrored.as_ref().map(|status| self.signed(status)),
        };
        Command::ChangeConsent {
            cr_id: cr_id.clone(),
            change,
            reason: Reason::OwnerWish,
            signed: Some(signed),
        }
    }
}
