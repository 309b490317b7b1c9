//! The status of a consent.

use crate::Version;
use crate::chain::{Previous, StatusExtension, StatusRecord};
use mydata_core::crypto::Sha256;
use mydata_core::id::{ConsentId, RecordId, SurrogateId};
use mydata_core::jws::Payload;
use mydata_core::lang::Trilingual;
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The state of a consent (CN-92). `Withdrawn` is terminal (CN-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(clippy::exhaustive_enums, reason = "the framework closes the set")]
//= CN-92
pub enum ConsentState {
    /// Processing is permitted.
    Active,
    /// Processing is suspended.
    Disabled,
    /// Processing is over.
    Withdrawn,
}

/// What may happen to a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the framework closes the set")]
pub enum ConsentChange {
    /// Pause.
    Disable,
    /// End a pause.
    Reactivate,
    /// End for good.
    Withdraw,
}

impl ConsentChange {
    /// Every change.
    pub const ALL: [Self; 3] = [Self::Disable, Self::Reactivate, Self::Withdraw];

    /// The state that the change leads to.
    #[must_use]
    pub const fn target(self) -> ConsentState {
        match self {
            Self::Disable => ConsentState::Disabled,
            Self::Reactivate => ConsentState::Active,
            Self::Withdraw => ConsentState::Withdrawn,
        }
    }
}

impl ConsentState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Active, Self::Disabled, Self::Withdrawn];

    /// The state after `change`, or `None` when it is not allowed (Consenting 2.0 figure 2.1,
    /// CN-20).
    #[must_use]
    //= CN-15, CN-16, CN-20, CN-49, CN-61
    pub const fn after(self, change: ConsentChange) -> Option<Self> {
        match (self, change) {
            (Self::Active, ConsentChange::Disable) => Some(Self::Disabled),
            (Self::Disabled, ConsentChange::Reactivate) => Some(Self::Active),
            (Self::Active | Self::Disabled, ConsentChange::Withdraw) => Some(Self::Withdrawn),
            (Self::Disabled | Self::Withdrawn, ConsentChange::Disable)
            | (Self::Active | Self::Withdrawn, ConsentChange::Reactivate)
            | (Self::Withdrawn, ConsentChange::Withdraw) => None,
        }
    }

    /// The state in a resident's words, said of a consent (ett samtycke).
    #[must_use]
    //= FW-33
    pub const fn label(self) -> Trilingual {
        match self {
            Self::Active => Trilingual {
                fi: "voimassa",
                sv: "i kraft",
                en: "active",
            },
            Self::Disabled => Trilingual {
                fi: "keskeytetty",
                sv: "pausat",
                en: "paused",
            },
            Self::Withdrawn => Trilingual {
                fi: "peruutettu",
                sv: "återkallat",
                en: "withdrawn",
            },
        }
    }
}

/// The consent status record, CSR (Consenting 2.0 §4.4).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
//= FW-29
pub struct ConsentStatus {
    /// `2.0`.
    pub version: Version,
    /// Unique (CN-91).
    pub record_id: RecordId,
    /// As in the consent record.
    pub surrogate_id: SurrogateId,
    /// The consent whose status this is.
    pub cr_id: ConsentId,
    /// The state from now on.
    pub consent_status: ConsentState,
    /// When the record was made.
    pub iat: Timestamp,
    /// The record before this one (CN-93).
    pub prev_record_id: Previous,
    /// Our extension members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_mydata: Option<StatusExtension>,
}

impl Payload for ConsentStatus {
    const TYP: &'static str = "mydata-csr+json";
    //= CN-94
    const SIGNERS: SignerRule = SignerRule::OneOf(&[Party::Owner, Party::Operator]);
    /// The whole record: consent and person are held against what the verifier holds before
    /// anything follows from a failure.
    type Hint = Self;

    fn hint(&self) -> &Self {
        self
    }
}

impl StatusRecord for ConsentStatus {
    type Subject = ConsentId;
    type State = ConsentState;
    const INITIAL: ConsentState = ConsentState::Active;

    fn make(
        record_id: RecordId,
        subject: ConsentId,
        surrogate_id: SurrogateId,
        state: ConsentState,
        iat: Timestamp,
        previous: Previous,
        digest: Option<Sha256>,
    ) -> Self {
        Self {
            version: Version,
            record_id,
            surrogate_id,
            cr_id: subject,
            consent_status: state,
            iat,
            prev_record_id: previous,
            x_mydata: digest.map(StatusExtension::after),
        }
    }

    fn record_id(&self) -> &RecordId {
        &self.record_id
    }

    fn subject(&self) -> &ConsentId {
        &self.cr_id
    }

    fn surrogate_id(&self) -> &SurrogateId {
        &self.surrogate_id
    }

    fn state(&self) -> ConsentState {
        self.consent_status
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

    fn allowed(from: ConsentState, to: ConsentState) -> bool {
        ConsentChange::ALL
            .iter()
            .any(|change| from.after(*change) == Some(to))
    }

    /// C08: the owner may make every transition; the operator may restrict, and may end a pause
    /// only when it made the pause itself.
    //= CN-25, CN-94
    fn may_sign(
        signer: Party,
        _: ConsentState,
        to: ConsentState,
        paused_by: Option<Party>,
    ) -> bool {
        match (signer, to) {
            (Party::Owner, _) => true,
            (Party::Operator, ConsentState::Disabled | ConsentState::Withdrawn) => true,
            (Party::Operator, ConsentState::Active) => paused_by == Some(Party::Operator),
            (Party::Service | Party::Sink, _) => false,
        }
    }

    fn is_pause(state: ConsentState) -> bool {
        state == ConsentState::Disabled
    }
}
