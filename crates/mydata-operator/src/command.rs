//! What may be asked of an account, by whom.

use crate::contract::ContractFiling;
use crate::env::Registered;
use crate::lifecycle::{Verification, Vouching};
use crate::proposal::Proposal;
use mydata_core::id::{
    AccountId, ActorId, ConsentId, ContractId, LinkCode, LinkId, ServiceId, SubscriptionId,
    SurrogateId, VerificationCode,
};
use mydata_core::jwk::PublicKey;
use mydata_core::jws::Verified;
use mydata_record::consent::Reason;
use mydata_record::consent::{
    ConsentChange, ConsentStatus, SingleConsent, SinkConsent, SourceConsent,
};
use mydata_record::link::{LinkProposal, LinkRecord, LinkStatus};
use mydata_record::notification::{Jwe, Notification, Subscription};
use mydata_record::objection::{ObjectionRequest, ObjectionResponse};
use mydata_record::possession::ProofScheme;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// In what capacity somebody acts. The caller has authenticated them; the account decides what that
/// allows.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "a new capacity must decide what it allows"
)]
//= FW-30
pub enum Capacity {
    /// The person whose account it is.
    Owner,
    /// Somebody who may act for the person: a guardian, an official at a desk.
    Representative,
    /// Staff of the operator.
    Operator,
    /// A service, about its own link and consents.
    Service(ServiceId),
    /// The operator's own timers.
    System,
}

impl Capacity {
    /// The person, or somebody for the person.
    #[must_use]
    pub const fn is_for_owner(&self) -> bool {
        matches!(self, Self::Owner | Self::Representative)
    }

    /// Whether somebody in this capacity may give `reason` for a change; three reasons belong to the
    /// operator's own cascades, and nobody gives them.
    #[must_use]
    //= CN-18
    pub const fn may_give(&self, reason: Reason) -> bool {
        match reason {
            Reason::OwnerWish => self.is_for_owner(),
            Reason::MandateEnded
            | Reason::ServiceSuspended
            | Reason::DescriptionChanged
            | Reason::SuspectedMisuse
            | Reason::LegalOrder => matches!(self, Self::Operator | Self::System),
            Reason::Expired | Reason::LinkRemoved | Reason::ServiceLeft => false,
        }
    }
}

/// Who acts, in what capacity, on whose account.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
//= FW-30
pub struct Act {
    /// The account meant; held against the account asked (P32).
    pub account: AccountId,
    /// Who acts, as the operator's own records name them.
    pub actor: ActorId,
    /// In what capacity.
    pub capacity: Capacity,
}

/// A command. Records come verified; the account holds them against the keys that it has bound.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Command {
    /// The person wishes to link a service; `surrogate_id` when they came from the service.
    StartLinking {
        /// The service.
        service: Arc<Registered>,
        /// Its surrogate for the person, when it started the linking.
        surrogate_id: Option<SurrogateId>,
    },
    /// The service has authenticated the person and brings the surrogate.
    OfferSurrogate {
        /// The linking.
        code: LinkCode,
        /// The pseudonym.
        surrogate_id: SurrogateId,
        /// A sink's key.
        pop_key: Option<PublicKey>,
        /// How the sink proves that it holds it.
        proof: ProofScheme,
    },
    /// The owner has signed the draft of [`crate::Account::draft_link`].
    ProposeLink {
        /// The linking.
        code: LinkCode,
        /// The record.
        record: Verified<LinkProposal>,
    },
    /// The service has countersigned.
    Countersign {
        /// The linking.
        code: LinkCode,
        /// The record.
        record: Verified<LinkRecord>,
    },
    /// The owner has signed the draft of [`crate::Account::draft_first_status`]: the link is made.
    CompleteLink {
        /// The linking.
        code: LinkCode,
        /// The first status.
        status: Verified<LinkStatus>,
    },
    /// A link ends, and with it its consents. Signed by the owner, else by the operator.
    RemoveLink {
        /// The link.
        link_id: LinkId,
        /// The owner's status record, from [`crate::Account::draft_removal`].
        signed: Option<Verified<LinkStatus>>,
    },
    /// A consent proposal has been shown to the person: it is archived, and consents may name it.
    ShowProposal {
        /// What was shown.
        proposal: Proposal,
    },
    /// The owner has signed the draft of a consent; its proposal has been archived before.
    GiveConsent(Box<NewConsent>),
    /// The owner has signed the draft of a modification: the old consent is withdrawn and the new
    /// one given, or neither.
    ModifyConsent(Box<Modification>),
    /// A consent is paused, resumed or withdrawn. Signed by the owner, else by the operator.
    ChangeConsent {
        /// The consent.
        cr_id: ConsentId,
        /// The change.
        change: ConsentChange,
        /// Why: stays with the operator.
        reason: Reason,
        /// The owner's status records, from [`crate::Account::draft_change`].
        signed: Option<OwnerSigned>,
    },
    /// The service has left the registry: its link ends, with every consent that needs it, and
    /// linkings to it ([`crate::Deregistration`] asks this of every account).
    EndService {
        /// The service.
        service_id: ServiceId,
    },
    /// The operator suspends the service: every consent of it that is active is paused, with the
    /// operator's signature ([`crate::Account::to_suspend`]).
    SuspendService {
        /// The service.
        service_id: ServiceId,
    },
    /// The service is in order again: every consent that a suspension has paused goes on
    /// ([`crate::Account::suspended`]).
    ResumeService {
        /// The service.
        service_id: ServiceId,
    },
    /// A contract, or a newer version of one, is filed in the locker.
    FileContract {
        /// What is filed.
        filing: ContractFiling,
    },
    /// A contract is over.
    EndContract {
        /// Whose it is.
        service_id: ServiceId,
        /// The contract.
        id: ContractId,
    },
    /// What has reached its end is ended: consents whose `exp` has come, linkings left lying, an
    /// account whose grace is over, or that nobody has activated in time.
    Expire,
    /// A sink asks for a token, by its own consent.
    IssueToken {
        /// The sink's consent record.
        cr_id: ConsentId,
    },
    /// The person asks for a code: it is sent to them, and the same matter is then confirmed with
    /// it.
    AskVerification {
        /// What is to be confirmed.
        what: Verification,
    },
    /// The person has shown that it is them: the account is activated, the export is opened, the
    /// deletion begins.
    Confirm {
        /// What is confirmed.
        what: Verification,
        /// How.
        proof: Proof,
    },
    /// The owner fetches a copy of everything: [`crate::Reply::Export`] is the permit to collect it.
    Export,
    /// The owner keeps the account after all.
    UndoDeletion,
    /// Everything of an ended account is deleted. To be given once its outbox is delivered: after
    /// that nobody is left to tell the services anything.
    Erase,
    /// The owner has signed the draft of [`crate::Account::draft_subscription`]: kept, and sent to the
    /// service.
    Subscribe {
        /// The service, as registered now.
        service: Arc<Registered>,
        /// The record.
        record: Verified<Subscription>,
    },
    /// The service says that the subscription is in force.
    ConfirmSubscription {
        /// The person, as the service knows them.
        surrogate_id: SurrogateId,
        /// The subscription.
        id: SubscriptionId,
    },
    /// The service has something to tell.
    ReceiveNotification {
        /// The person, as the service knows them.
        surrogate_id: SurrogateId,
        /// The service, as registered now.
        service: Arc<Registered>,
        /// What it tells.
        notification: Told,
    },
    /// The owner has signed the draft of [`crate::Account::draft_objection`]: kept, and sent to the
    /// service.
    Object {
        /// The service, as registered now.
        service: Arc<Registered>,
        /// The record.
        record: Verified<ObjectionRequest>,
    },
    /// The service answers an objection, or says that it will.
    ReceiveObjectionResponse {
        /// The service, as registered now.
        service: Arc<Registered>,
        /// The record.
        record: Verified<ObjectionResponse>,
    },
}

/// What shows that it is the person who asks: pluggable, since an operator may have something
/// stricter than a code (AC-14).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a code, or something stricter")]
pub enum Proof {
    /// The code that the person was sent: given by the owner.
    Code(VerificationCode),
    /// The operator has verified the person in a stricter way: given by the operator.
    Vouched(Vouching),
}

/// A notification as it has come.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "readable, or not")]
pub enum Told {
    /// Signed by the service.
    Signed(Verified<Notification>),
    /// Encrypted for the person: nobody here can read it, or verify what is in it.
    Encrypted(Jwe),
}

/// The owner's signatures on a change.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct OwnerSigned {
    /// The status of the consent itself.
    pub status: Verified<ConsentStatus>,
    /// The status of the source's consent, when the change is mirrored there (CN-21).
    pub mirrored: Option<Verified<ConsentStatus>>,
}

/// A consent changed by the owner: withdrawn, and issued anew (CN-42).
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Modification {
    /// The old consent; of a pair the sink's half.
    pub cr_id: ConsentId,
    /// The owner's signatures on its end.
    pub withdrawal: OwnerSigned,
    /// The new consent, for the same services.
    pub consent: NewConsent,
}

/// A consent that the owner has signed.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_enums, reason = "the framework has these two")]
pub enum NewConsent {
    /// For processing inside one service.
    Single {
        /// The service, as registered now.
        service: Arc<Registered>,
        /// The record.
        record: Verified<SingleConsent>,
        /// Its first status.
        status: Verified<ConsentStatus>,
    },
    /// For data from a source to a sink.
    Pair(PairConsent),
}

/// The two records of a pair, with their first status.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct PairConsent {
    /// The source, as registered now.
    pub source_service: Arc<Registered>,
    /// The sink, as registered now.
    pub sink_service: Arc<Registered>,
    /// The source's record.
    pub source: Verified<SourceConsent>,
    /// Its first status.
    pub source_status: Verified<ConsentStatus>,
    /// The sink's record.
    pub sink: Verified<SinkConsent>,
    /// Its first status.
    pub sink_status: Verified<ConsentStatus>,
}
