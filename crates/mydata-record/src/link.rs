//! Service links: the record that an account owner and a service sign together, and its status.

use crate::Version;
use crate::chain::{Previous, StatusExtension, StatusRecord};
use crate::possession::{PossessionExtension, ProofScheme};
use mydata_core::crypto::Sha256;
use mydata_core::id::{DescriptionVersion, LinkId, OperatorId, RecordId, ServiceId, SurrogateId};
use mydata_core::jwk::{KeySet, PublicKey};
use mydata_core::jws::Payload;
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The service link record, SLR (Service Linking 2.0 §4.1): one account, one service, one
/// pseudonym, and the keys by which everything under the link is verified.
///
/// Immutable; signed by the owner and by the service (SL-48).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
//= SL-41, SL-42
pub struct LinkRecord {
    /// `2.0`.
    pub version: Version,
    /// Unique within the operator (SL-40).
    pub link_id: LinkId,
    /// The operator that made the record.
    pub operator_id: OperatorId,
    /// The service linked.
    pub service_id: ServiceId,
    /// The description in force when the link was made (SL-42, C05).
    pub service_description_version: DescriptionVersion,
    /// The person, towards this service and this operator only.
    pub surrogate_id: SurrogateId,
    /// The key of the operator's own status records (SL-44, SL-58).
    pub operator_key: PublicKey,
    /// The owner's keys: consents and their status are verified with these (SL-45, SL-46, C04).
    pub cr_keys: KeySet,
    /// When the record was made.
    pub iat: Timestamp,
    /// Our extension members: how a sink uses its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_mydata: Option<PossessionExtension>,
}

impl LinkRecord {
    /// A record for the owner to sign; all of it is decided by the operator but the surrogate,
    /// which is the service's (SL-12).
    #[expect(
        clippy::too_many_arguments,
        reason = "the record has eight members and no default"
    )]
    #[must_use]
    pub const fn new(
        link_id: LinkId,
        operator_id: OperatorId,
        service_id: ServiceId,
        service_description_version: DescriptionVersion,
        surrogate_id: SurrogateId,
        operator_key: PublicKey,
        cr_keys: KeySet,
        iat: Timestamp,
    ) -> Self {
        Self {
            version: Version,
            link_id,
            operator_id,
            service_id,
            service_description_version,
            surrogate_id,
            operator_key,
            cr_keys,
            iat,
            x_mydata: None,
        }
    }

    /// The same for a sink that proves possession of its key in this way.
    #[must_use]
    pub fn proven_by(mut self, scheme: ProofScheme) -> Self {
        self.x_mydata = scheme.to_extension();
        self
    }

    /// How the service, if it is a sink, proves that it holds its key.
    #[must_use]
    pub fn proof_scheme(&self) -> ProofScheme {
        ProofScheme::said(self.x_mydata.as_ref())
    }
}

impl Payload for LinkRecord {
    const TYP: &'static str = "mydata-slr+json";
    //= SL-48
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Owner, Party::Service]);
    /// The whole record, as for [`LinkProposal`]: a service that lost its copy knows the owner's
    /// keys only by its own signature over them.
    type Hint = Self;

    fn hint(&self) -> &Self {
        self
    }
}

/// A link record that the owner has signed and the service has not yet: the state between steps 3
/// and 4 of Service Linking 2.0 §3.1. The octets are those of the record to be.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a name for a link record at this step, and never more"
)]
pub struct LinkProposal(pub LinkRecord);

impl Payload for LinkProposal {
    const TYP: &'static str = LinkRecord::TYP;
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Owner]);
    /// The whole record: trust in an owner's keys begins with this one message, and the service
    /// holds all of it against what it knows before it verifies with them (C29).
    type Hint = LinkRecord;

    fn hint(&self) -> &LinkRecord {
        &self.0
    }
}

/// The state of a link (SL-07). `Removed` is terminal (SL-09).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(clippy::exhaustive_enums, reason = "the framework closes the set")]
//= SL-07
pub enum LinkState {
    /// The link may be used.
    Active,
    /// The link is over; a new one may be made.
    Removed,
}

impl LinkState {
    /// Both states.
    pub const ALL: [Self; 2] = [Self::Active, Self::Removed];
}

/// What may happen to a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the framework closes the set")]
pub enum LinkChange {
    /// The link ends.
    Remove,
}

impl LinkChange {
    /// The only change.
    pub const ALL: [Self; 1] = [Self::Remove];
}

impl LinkState {
    /// The state after `change`, or `None` when it is not allowed.
    #[must_use]
    //= SL-09
    pub const fn after(self, change: LinkChange) -> Option<Self> {
        match (self, change) {
            (Self::Active, LinkChange::Remove) => Some(Self::Removed),
            (Self::Removed, LinkChange::Remove) => None,
        }
    }
}

/// The service link status record, SSR (Service Linking 2.0 §4.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
//= SL-52
pub struct LinkStatus {
    /// `2.0`.
    pub version: Version,
    /// Unique (SL-51).
    pub record_id: RecordId,
    /// As in the link record (SL-52).
    pub surrogate_id: SurrogateId,
    /// The link whose status this is.
    pub slr_id: LinkId,
    /// The state from now on.
    pub sl_status: LinkState,
    /// When the record was made.
    pub iat: Timestamp,
    /// The record before this one (SL-53).
    pub prev_record_id: Previous,
    /// Our extension members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_mydata: Option<StatusExtension>,
}

impl Payload for LinkStatus {
    const TYP: &'static str = "mydata-ssr+json";
    //= SL-54
    const SIGNERS: SignerRule = SignerRule::OneOf(&[Party::Owner, Party::Operator]);
    type Hint = LinkId;

    fn hint(&self) -> &LinkId {
        &self.slr_id
    }
}

impl StatusRecord for LinkStatus {
    type Subject = LinkId;
    type State = LinkState;
    const INITIAL: LinkState = LinkState::Active;

    fn make(
        record_id: RecordId,
        subject: LinkId,
        surrogate_id: SurrogateId,
        state: LinkState,
        iat: Timestamp,
        previous: Previous,
        digest: Option<Sha256>,
    ) -> Self {
        Self {
            version: Version,
            record_id,
            surrogate_id,
            slr_id: subject,
            sl_status: state,
            iat,
            prev_record_id: previous,
            x_mydata: digest.map(StatusExtension::after),
        }
    }

    fn record_id(&self) -> &RecordId {
        &self.record_id
    }

    fn subject(&self) -> &LinkId {
        &self.slr_id
    }

    fn surrogate_id(&self) -> &SurrogateId {
        &self.surrogate_id
    }

    fn state(&self) -> LinkState {
        self.sl_status
    }

    fn iat(&self) -> Timestamp {
        self.iat
    }

    fn previous(&self) -> &Previous {
        &self.prev_record_id
    }

    fn extension(&self) -> Option<&StatusExtension> {
        self.x_mydata.as_ref()
    }

    fn allowed(from: LinkState, to: LinkState) -> bool {
        LinkChange::ALL
            .iter()
            .any(|change| from.after(*change) == Some(to))
    }

    /// Owner or operator may end a link (C08); nobody may do anything else.
    //= SL-58
    fn may_sign(signer: Party, _: LinkState, to: LinkState, _: Option<Party>) -> bool {
        matches!(
            (signer, to),
            (Party::Owner | Party::Operator, LinkState::Removed)
        )
    }

    fn is_pause(_: LinkState) -> bool {
        false
    }
}
