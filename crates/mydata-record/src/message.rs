//! What the parties send each other, as JSON: the bodies that a transport carries.
//!
//! A message holds [`Sealed`] records: whoever receives one opens and verifies it. Neither
//! direction has a member for the account id (SL-02, C52). Who the sender is comes from the
//! transport's authentication and not from the message.

use crate::consent::{ConsentStatus, SingleConsent, SinkConsent, SourceConsent};
use crate::link::{LinkProposal, LinkRecord, LinkStatus};
use crate::notification::Subscription;
use crate::objection::{ObjectionRequest, ObjectionResponse};
use crate::possession::{PossessionExtension, ProofScheme};
use mydata_core::id::{
    ConsentId, LinkCode, LinkId, OperatorId, RecordId, ServiceId, SubscriptionId, SurrogateId,
};
use mydata_core::json::{self, JsonFault, Limits};
use mydata_core::jwk::PublicKey;
use mydata_core::jws::Sealed;
use serde::{Deserialize, Serialize};

/// The operator asks a service to link (Service Linking 2.0 §3.1 step 2): the parameters of the
/// redirect, or of the request when the person came from the service.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkInvitation {
    /// Ties the messages of this linking together.
    pub code: LinkCode,
    /// The operator.
    pub operator_id: OperatorId,
    /// The service.
    pub service_id: ServiceId,
    /// The surrogate, when the person came from the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surrogate_id: Option<SurrogateId>,
}

/// The service answers with the surrogate, and a sink with its proof-of-possession key (SL-16).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SurrogateOffer {
    /// Of the invitation.
    pub code: LinkCode,
    /// The pseudonym.
    pub surrogate_id: SurrogateId,
    /// A sink's key (C48).
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "token_key")]
    pub pop_key: Option<PublicKey>,
    /// Our extension members: how the sink uses its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_mydata: Option<PossessionExtension>,
}

impl SurrogateOffer {
    /// How the sink proves that it holds its key.
    #[must_use]
    pub fn proof_scheme(&self) -> ProofScheme {
        ProofScheme::said(self.x_mydata.as_ref())
    }
}

/// The code of a linking, in the envelope that the published API has.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CodeData {
    /// Of the invitation.
    pub code: LinkCode,
}

/// The link record with the owner's signature, for the service to countersign (step 3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkProposalDelivery {
    /// The code.
    pub data: CodeData,
    /// The record.
    pub slr: Sealed<LinkProposal>,
}

/// The link record with both signatures, back to the operator (step 4).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Countersigned {
    /// The code.
    pub data: CodeData,
    /// The record.
    pub slr: Sealed<LinkRecord>,
}

/// The link and its latest status, for the service to keep (SL-22, SL-33).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkDelivery {
    /// The record.
    pub slr: Sealed<LinkRecord>,
    /// Its status.
    pub ssr: Sealed<LinkStatus>,
}

/// A change of a link's status (SL-24).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkStatusDelivery {
    /// The status.
    pub ssr: Sealed<LinkStatus>,
}

/// A new consent with its first status (CN-47).
#[derive(Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(bound = "")]
pub struct ConsentDelivery<C> {
    /// The record.
    pub cr: Sealed<C>,
    /// Its status.
    pub csr: Sealed<ConsentStatus>,
}

impl<C> Clone for ConsentDelivery<C> {
    fn clone(&self) -> Self {
        Self {
            cr: self.cr.clone(),
            csr: self.csr.clone(),
        }
    }
}

/// A copy of a consent for a service that has lost its own (C40), with its first status: what has
/// happened since is to be asked for, so it is no [`ToService`] message.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "the framework has these three")]
pub enum ConsentCopy {
    /// Of a consent for processing inside the service.
    Single(ConsentDelivery<SingleConsent>),
    /// Of a source's consent.
    Source(ConsentDelivery<SourceConsent>),
    /// Of a sink's consent.
    Sink(ConsentDelivery<SinkConsent>),
}

/// A change of a consent's status.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConsentStatusDelivery {
    /// The status.
    pub csr: Sealed<ConsentStatus>,
}

/// What a person wishes to be told from now on (NT-06).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SubscriptionDelivery {
    /// The subscription.
    pub subscription: Sealed<Subscription>,
}

/// A person objects (OB-04).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObjectionDelivery {
    /// The objection.
    pub objection: Sealed<ObjectionRequest>,
}

/// Everything that an operator sends to a service of its own accord.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::exhaustive_enums,
    reason = "a service must handle every message"
)]
pub enum ToService {
    /// Begin linking.
    LinkInvitation(LinkInvitation),
    /// Countersign.
    LinkProposal(LinkProposalDelivery),
    /// Keep the link.
    Link(LinkDelivery),
    /// The link has changed.
    LinkStatus(LinkStatusDelivery),
    /// Keep a consent for processing inside the service.
    SingleConsent(ConsentDelivery<SingleConsent>),
    /// Keep a source's consent.
    SourceConsent(ConsentDelivery<SourceConsent>),
    /// Keep a sink's consent.
    SinkConsent(ConsentDelivery<SinkConsent>),
    /// A consent has changed.
    ConsentStatus(ConsentStatusDelivery),
    /// The person wishes to be told of something.
    Subscription(SubscriptionDelivery),
    /// The person objects.
    Objection(ObjectionDelivery),
}

/// A service says that a subscription is in force with it (FW-43).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SubscriptionConfirmation {
    /// The pseudonym.
    pub surrogate_id: SurrogateId,
    /// The subscription.
    pub subscription_id: SubscriptionId,
}

/// A service answers an objection, or says that it will (OB-05 to OB-08).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObjectionAnswer {
    /// The answer.
    pub response: Sealed<ObjectionResponse>,
}

/// A copy of an objection with the service's own answers to it, for a service that has lost them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ObjectionCopy {
    /// The objection.
    pub objection: Sealed<ObjectionRequest>,
    /// The answers, oldest first.
    pub responses: Vec<Sealed<ObjectionResponse>>,
}

/// A sink asks for a token, by its own consent (DT-17).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenRequest {
    /// The sink's consent record.
    pub cr_id: ConsentId,
}

/// The token: a compact JWS.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TokenReply {
    /// The token.
    pub auth_token: String,
}

impl std::fmt::Debug for TokenReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenReply({} octets)", self.auth_token.len())
    }
}

/// A service asks for the status of a consent (CN-41, CN-96, DT-57).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatusQuery {
    /// The service's own consent record.
    pub cr_id: ConsentId,
    /// The newest status record that the service has; none asks for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<RecordId>,
    /// A number of the service's that rises with every doubt about this consent; the answer repeats
    /// it, so that a late answer does not end a newer doubt.
    #[serde(default)]
    pub round: u32,
}

/// The newest status record, its id, and all that the service has missed, oldest first (C21).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StatusReply {
    /// The consent.
    pub cr_id: ConsentId,
    /// As in the query.
    #[serde(default)]
    pub round: u32,
    /// The id of the newest status record.
    pub csr_id: RecordId,
    /// The newest status record.
    pub latest: Sealed<ConsentStatus>,
    /// The records after `since`; when there are many, the first of them.
    pub missing: Vec<Sealed<ConsentStatus>>,
}

/// A service asks for copies of a link, by its surrogate (SL-35, SL-38, C39).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkCopyRequest {
    /// The pseudonym.
    pub surrogate_id: SurrogateId,
}

/// A service ends a link (SL-26): it asks the operator and waits (SL-29, SL-30).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LinkRemoval {
    /// The pseudonym.
    pub surrogate_id: SurrogateId,
    /// The link.
    pub slr_id: LinkId,
}

/// Reads a message.
///
/// # Errors
/// [`JsonFault`].
pub fn read<M: serde::de::DeserializeOwned>(octets: &[u8]) -> Result<M, JsonFault> {
    json::from_slice(octets, Limits::MESSAGE)
}

/// Writes a message.
///
/// # Errors
/// [`JsonFault`]; never for a message of this module.
pub fn write<M: Serialize>(message: &M) -> Result<Vec<u8>, JsonFault> {
    json::to_vec(message)
}
