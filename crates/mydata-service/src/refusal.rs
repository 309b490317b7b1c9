//! Why a message or a request is refused.

use crate::effect::Effect;
use mydata_core::crypto::NoRandomness;
use mydata_core::jws::{JwsFault, SignFault};
use mydata_core::refusals;
use mydata_record::chain::ChainRefusal;
use mydata_record::notification::NotificationRefusal;
use mydata_record::objection::ObjectionRefusal;
use mydata_record::standing::Bar;

refusals! {
    /// A rule of the service that a message or a request breaks.
    pub enum ServiceRefusal {
        OperatorUnknown = "operator_unknown": "the operator is not one that this service works with",
        OperatorOther = "operator_other": "the record is that of another operator",
        OperatorKeyUnknown = "operator_key_unknown": "the operator's key in the record is not the one that is known",
        OperatorKeyNotInForce = "operator_key_not_in_force": "the operator's key in the record does not sign now: not yet, or no more",
        ServiceOther = "service_other": "the record or invitation is for another service",
        CodeUnknown = "code_unknown": "no linking with this code is under way here",
        CodeTaken = "code_taken": "a linking with this code is under way already",
        TooManyLinkings = "too_many_linkings": "too many linkings are under way here",
        KeysOverlap = "keys_overlap": "the record gives one key, or one key id, to two parties",
        SchemeOther = "proof_scheme_not_offered": "another way to prove possession of the key was offered in this linking",
        NotConfirmed = "not_confirmed": "the person has not confirmed the linking at this service",
        SurrogateUnknown = "surrogate_unknown": "the surrogate is not one that this service has made",
        HeldLinkUnknown = "held_link_unknown": "this service holds no such link",
        HeldLinkDiffers = "held_link_differs": "this service holds another record under this link id",
        HeldConsentUnknown = "held_consent_unknown": "this service holds no such consent",
        HeldConsentDiffers = "held_consent_differs": "this service holds another record under this consent id",
        ConsentNotOfLink = "consent_not_of_link": "the consent does not belong to the link that it names",
        NotASink = "not_a_sink": "the consent is not a sink's",
        PurposeNotConsented = "purpose_not_consented": "the consent does not cover this purpose",
        DatasetNotConsented = "dataset_not_consented": "the consent does not cover this dataset for this purpose",
        NoDistribution = "no_distribution": "the dataset is not fetched from anywhere",
        TokenOtherConsent = "token_other_consent": "the token is for another consent",
        TokenNotYours = "token_not_yours": "the token is bound to another key",
        TokenNotNow = "token_not_now": "the token is not valid at this moment",
        TokenElsewhere = "token_elsewhere": "the token does not reach this address",
        HeldSubscriptionDiffers = "held_subscription_differs": "this service holds another record under this subscription id",
        NotSubscribed = "not_subscribed": "the person has not subscribed to this",
        HeldObjectionUnknown = "held_objection_unknown": "this service holds no such objection",
        HeldObjectionDiffers = "held_objection_differs": "this service holds another record under this objection id",
        VerdictFinal = "verdict_final": "a final verdict on an objection is not taken back",
        ProcessingUnknown = "processing_unknown": "the description has no such purpose for this dataset",
        ConsentNeeded = "consent_needed": "the purpose rests on consent, and none that is in force covers it",
        Objected = "objected": "the person has objected to this, and the objection was accepted",
        QueryInvalid = "query_invalid": "the query or the method cannot stand in a request",
    }
}

/// A message or a request was refused: no record is stored or changed, except that a status
/// that cannot be verified leaves its consent in doubt (CN-29).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// By a rule of the service.
    #[error("{0}")]
    Rule(ServiceRefusal),
    /// By an envelope.
    #[error("{0}")]
    Jws(JwsFault),
    /// By a status chain.
    #[error("{0}")]
    Chain(ChainRefusal),
    /// A status that could not be verified or does not follow: it is not installed, and its consent
    /// is in doubt, so that nothing is processed until the operator has been asked (CN-29, CN-30).
    #[error("the consent is in doubt: {because}")]
    Doubt {
        /// Why.
        because: Box<Self>,
        /// What to do now: stop, and ask.
        effects: Vec<Effect>,
    },
    /// By the standing of the consent.
    #[error("{0}")]
    Barred(Bar),
    /// By the rules of a notification.
    #[error("{0}")]
    Notification(NotificationRefusal),
    /// By the rules of an answer to an objection.
    #[error("{0}")]
    Objection(ObjectionRefusal),
    /// The service's own signature could not be made.
    #[error("{0}")]
    Signer(SignFault),
    /// No random number could be had.
    #[error("{0}")]
    Random(NoRandomness),
}

impl Refusal {
    /// What must be done all the same: something only when a consent is in doubt.
    #[must_use]
    pub fn effects(&self) -> &[Effect] {
        match self {
            Self::Doubt { effects, .. } => effects,
            Self::Rule(_)
            | Self::Jws(_)
            | Self::Chain(_)
            | Self::Barred(_)
            | Self::Notification(_)
            | Self::Objection(_)
            | Self::Signer(_)
            | Self::Random(_) => &[],
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Rule(refusal) => refusal.code(),
            Self::Jws(fault) => fault.code(),
            Self::Chain(refusal) => refusal.code(),
            Self::Doubt { because, .. } => because.code(),
            Self::Barred(bar) => bar.code(),
            Self::Notification(refusal) => refusal.code(),
            Self::Objection(refusal) => refusal.code(),
            Self::Signer(fault) => fault.code(),
            Self::Random(fault) => fault.code(),
        }
    }
}

mydata_core::wraps!(Refusal {
    Rule(ServiceRefusal),
    Jws(JwsFault),
    Chain(ChainRefusal),
    Barred(Bar),
    Notification(NotificationRefusal),
    Objection(ObjectionRefusal),
    Signer(SignFault),
    Random(NoRandomness),
});

mydata_core::coded!(ref Refusal);
