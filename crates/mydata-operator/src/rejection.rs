//! Why a command was refused.

use mydata_core::crypto::{NoRandomness, SignerFailed};
use mydata_core::jws::SignFault;
use mydata_core::refusals;
use mydata_record::chain::ChainRefusal;
use mydata_record::consent::ConsentRefusal;
use mydata_record::notification::NotificationRefusal;
use mydata_record::objection::ObjectionRefusal;
use mydata_record::proposal::ProposalRefusal;
use mydata_record::standing::Bar;
use mydata_token::claims::IssueRefusal;

refusals! {
    /// A rule of the operator that a command breaks.
    pub enum Refusal {
        AccountMismatch = "account_mismatch": "the act is for another account",
        CapacityNotAllowed = "capacity_not_allowed": "who acts may not do this in that capacity",
        KeyNotBound = "key_not_bound": "the record was verified with a key that this account has not bound",
        KeyInTwoRoles = "key_in_two_roles": "one key would serve two roles",
        LinkExists = "link_exists": "an active link to this service exists",
        LinkUnknown = "link_unknown": "there is no such link",
        LinkIdTaken = "link_id_taken": "the link id is taken",
        LinkingUnknown = "linking_unknown": "no linking with this code is under way",
        LinkingExpired = "linking_expired": "the linking took too long",
        LinkingStage = "linking_stage": "the linking is at another step",
        LinkingMany = "linking_many": "too many linkings are under way",
        SurrogateMismatch = "surrogate_mismatch": "the surrogate is not the one named at the start",
        SurrogateReused = "surrogate_reused": "the surrogate stands in another link; a new link needs a new one",
        PopKeyMissing = "pop_key_missing": "a sink must bring its proof-of-possession key",
        RecordMismatch = "record_mismatch": "the record does not say what this account has agreed",
        RecordTime = "record_time": "the record was made in the future, or too long ago",
        ServiceSuspended = "service_suspended": "the service is not open for new links and consents",
        ServiceMismatch = "service_mismatch": "the description is that of another service",
        DescriptionStale = "description_stale": "the service has published a newer description",
        ConsentUnknown = "consent_unknown": "there is no such consent",
        ConsentNotSinks = "consent_not_sinks": "a token is asked for by the sink's consent",
        ConsentExists = "consent_exists": "a consent between these services is in force",
        ConsentIdTaken = "consent_id_taken": "the consent id is taken",
        RecordIdTaken = "record_id_taken": "the status record id is taken",
        ResourceSetTaken = "resource_set_taken": "the resource set id is in use by another consent",
        ProposalUnknown = "proposal_unknown": "no such proposal is archived in this account",
        ProposalMany = "proposal_many": "as many proposals as may be were shown within a day and have not been agreed to",
        ProposalUrlTaken = "proposal_url_taken": "another proposal is archived at this address",
        ProposalOtherDescription = "proposal_other_description": "the proposal rests on another version of the service's description, or on none",
        ProposalOtherLanguage = "proposal_other_language": "the record names another language than the proposal was shown in",
        ProposalLate = "proposal_late": "the proposal was shown after the record was made",
        ProposalAltered = "proposal_altered": "the archived octets are not those that were shown",
        ProposalMediaType = "proposal_media_type": "that is not a media type",
        ProposalSize = "proposal_size": "the proposal is empty or has too many octets",
        ProposalServices = "proposal_services": "a proposal is about one or two services, none twice",
        ModificationServices = "modification_services": "the new consent is for other services than the old one",
        ModificationOfSource = "modification_of_source": "a pair is modified by the sink's half",
        PairMismatch = "pair_mismatch": "the two records of the pair do not belong together",
        PurposeUnknown = "purpose_unknown": "the service has no such purpose",
        PurposeNotConsent = "purpose_not_consent": "the basis of the purpose is not consent, so consent cannot be given for it",
        PurposeSource = "purpose_source": "the purpose does not draw on this source",
        PurposeTooLong = "purpose_too_long": "the consent would run longer than the purpose allows",
        DatasetUnknown = "dataset_unknown": "the source has no such dataset or distribution",
        DatasetRequired = "dataset_required": "a dataset that the purpose requires is left out",
        DatasetNotForPurpose = "dataset_not_for_purpose": "a dataset is not one that the purpose names",
        DatasetWithoutPurpose = "dataset_without_purpose": "a dataset of the resource set is for no purpose",
        SourceIsSink = "source_is_sink": "source and sink are one service",
        ChangeNotSigned = "change_not_signed": "this change needs the owner's signature",
        ChangeMismatch = "change_mismatch": "the signed status is not that of the change",
        ReasonNotAllowed = "reason_not_allowed": "who acts may not give this reason",
        MirrorMissing = "mirror_missing": "the owner's signature on the source's status is missing",
        MirrorNotWanted = "mirror_not_wanted": "no status of the source goes with this change",
        ReactivationNotYours = "reactivation_not_yours": "who paused the consent, or why, reserves its reactivation",
        SinkNotActive = "sink_not_active": "the sink's half of the pair is not active: resume that one",
        ContractUnknown = "contract_unknown": "the service has filed no such contract",
        ContractEnded = "contract_ended": "the contract has ended",
        ContractVersionTaken = "contract_version_taken": "this version of the contract is filed already",
        ContractTitle = "contract_title": "a title is empty or too long",
        ContractValidity = "contract_validity": "the contract would end before it begins",
        ContractMany = "contract_many": "too many contracts are filed for this service",
        StatusRecordUnknown = "status_record_unknown": "the consent has no such status record",
        AccountNotActivated = "account_not_activated": "the account is not activated yet",
        AccountActivated = "account_activated": "the account is activated already",
        AccountClosing = "account_closing": "the account is being deleted: nothing new is made",
        AccountNotClosing = "account_not_closing": "the account is not being deleted",
        AccountEnded = "account_ended": "the account has ended",
        AccountNotEnded = "account_not_ended": "the account has not ended: its links come first",
        GraceOver = "grace_over": "the time to undo the deletion is over",
        VerificationUnknown = "verification_unknown": "no verification of this is under way: it was never asked for, or is used, or another took its place",
        VerificationExpired = "verification_expired": "the time of the verification is over",
        VerificationWrong = "verification_wrong": "this is not the code that was sent",
        VerificationMany = "verification_many": "too many codes were sent within an hour",
        ExportNotVerified = "export_not_verified": "the export is not verified, or was so too long ago",
        NotificationsNotOffered = "notifications_not_offered": "the service does not offer these notifications",
        SubscriptionStale = "subscription_stale": "a newer subscription, or one with this id, is kept already",
        SubscriptionUnknown = "subscription_unknown": "there is no such subscription",
        NotificationNotSubscribed = "notification_not_subscribed": "the person has not subscribed to this",
        NotificationIdTaken = "notification_id_taken": "another notification of this service has this id",
        ObjectionNotOffered = "objection_not_offered": "the service takes no objections",
        ObjectionBasis = "objection_basis": "the basis of the processing is not one that can be objected to",
        ObjectionIdTaken = "objection_id_taken": "the objection id is taken",
        ObjectionUnknown = "objection_unknown": "there is no such objection",
        ObjectionAnswerMismatch = "objection_answer_mismatch": "the answer is not one to this objection",
        ObjectionDecided = "objection_decided": "the answer takes back a final verdict, or is older than the one that is kept",
        OperatorKeyOther = "operator_key_other": "the operator has no longer the key that the record names",
    }
}

/// A command was refused: the account is as it was, nothing is stored, nothing is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
//= DT-19
pub enum Rejection {
    /// By a rule of the operator.
    #[error("{0}")]
    Rule(Refusal),
    /// By the status chain.
    #[error("{0}")]
    Chain(ChainRefusal),
    /// By the standing of the consent or the link.
    #[error("{0}")]
    Barred(Bar),
    /// By the rules of a consent record.
    #[error("{0}")]
    Consent(ConsentRefusal),
    /// By the rules of a proposal.
    #[error("{0}")]
    Proposal(ProposalRefusal),
    /// By the rules of a token.
    #[error("{0}")]
    Token(IssueRefusal),
    /// By the rules of a subscription.
    #[error("{0}")]
    Notification(NotificationRefusal),
    /// By the rules of an objection.
    #[error("{0}")]
    Objection(ObjectionRefusal),
    /// The operator's own signature could not be made.
    #[error("{0}")]
    Signer(SignFault),
    /// No random number could be had.
    #[error("{0}")]
    Random(NoRandomness),
}

impl Rejection {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Rule(refusal) => refusal.code(),
            Self::Chain(refusal) => refusal.code(),
            Self::Barred(bar) => bar.code(),
            Self::Consent(refusal) => refusal.code(),
            Self::Proposal(refusal) => refusal.code(),
            Self::Token(refusal) => refusal.code(),
            Self::Notification(refusal) => refusal.code(),
            Self::Objection(refusal) => refusal.code(),
            Self::Signer(fault) => fault.code(),
            Self::Random(fault) => fault.code(),
        }
    }
}

mydata_core::wraps!(Rejection {
    Consent(ConsentRefusal),
    Proposal(ProposalRefusal),
    Token(IssueRefusal),
    Notification(NotificationRefusal),
    Objection(ObjectionRefusal),
    Rule(Refusal),
    Chain(ChainRefusal),
    Barred(Bar),
    Signer(SignFault),
    Random(NoRandomness),
});

impl From<SignerFailed> for Rejection {
    fn from(fault: SignerFailed) -> Self {
        Self::Signer(fault.into())
    }
}

mydata_core::coded!(Rejection);
