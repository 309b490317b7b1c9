//! Status records of older systems: of links and of consents.
//!
//! The states are those of 2.0. `Paused`, which a service of the SDK knew, is none (C37).

use crate::authentic::payload;
use crate::raw::{Scalar, either};
use crate::{Fault, Kind, LegacyVersion, RecordRefusal};
use mydata_core::id::{AccountId, ConsentId, LinkId, RecordId, SurrogateId};
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use mydata_record::chain::{Previous, StatusRecord};
use mydata_record::consent::ConsentState;
use mydata_record::link::LinkState;
use serde::Deserialize;

/// A status record of either kind, as a [`History`](crate::history::History) sees it.
pub trait Status: Kind {
    /// The status record of 2.0 whose rules of transition and of signers hold here too (C08).
    type Rules: StatusRecord;

    /// Its own id.
    fn record_id(&self) -> &RecordId;
    /// What it is about.
    fn subject(&self) -> &<Self::Rules as StatusRecord>::Subject;
    /// Whom it is about.
    fn surrogate_id(&self) -> &SurrogateId;
    /// The state from this record on.
    fn state(&self) -> <Self::Rules as StatusRecord>::State;
    /// When it was made.
    fn iat(&self) -> Timestamp;
    /// Its predecessor.
    fn previous(&self) -> &Previous;
}

/// A service link status record, SSR (Service Linking 1.3 §4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkStatus {
    /// The version that wrote it, under `version` or `Version` (C01).
    pub version: LegacyVersion,
    /// The record itself.
    pub record_id: RecordId,
    /// The person, towards the service.
    pub surrogate_id: SurrogateId,
    /// The link.
    pub slr_id: LinkId,
    /// The state from then on.
    pub sl_status: LinkState,
    /// When it was made.
    pub iat: Timestamp,
    /// The record before, if there was one (C10).
    pub previous: Previous,
    /// The account, which the SDK wrote here and sent to services (C52). It does not print itself.
    pub account_id: Option<AccountId>,
}

/// A consent status record, CSR (Consenting 1.3 §4.4).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsentStatus {
    /// The version that wrote it.
    pub version: LegacyVersion,
    /// The record itself.
    pub record_id: RecordId,
    /// The person, towards the service.
    pub surrogate_id: SurrogateId,
    /// The consent.
    pub cr_id: ConsentId,
    /// The state from then on.
    pub consent_status: ConsentState,
    /// When it was made.
    pub iat: Timestamp,
    /// The record before, if there was one (C10).
    pub previous: Previous,
    /// The account, should a system have written it here too. It does not print itself.
    pub account_id: Option<AccountId>,
}

const SIGNERS: SignerRule = SignerRule::OneOf(&[Party::Owner, Party::Operator]);

impl Kind for LinkStatus {
    const SIGNERS: SignerRule = SIGNERS;

    fn signed_at(&self) -> Timestamp {
        self.iat
    }

    fn read(octets: &[u8]) -> Result<Self, Fault> {
        let wire: LinkWire = payload(octets, Self::LIMITS)?;
        let sl_status = match &*wire.sl_status {
            "Active" => LinkState::Active,
            "Removed" => LinkState::Removed,
            _ => return Err(RecordRefusal::State.into()),
        };
        Ok(Self {
            version: LegacyVersion::parse(&either(wire.version, wire.capital)?)?,
            record_id: wire.record_id,
            surrogate_id: wire.surrogate_id,
            slr_id: wire.slr_id,
            sl_status,
            iat: wire.iat.seconds()?,
            previous: wire.prev_record_id.previous()?,
            account_id: account(wire.account_id)?,
        })
    }
}

impl Kind for ConsentStatus {
    const SIGNERS: SignerRule = SIGNERS;

    fn signed_at(&self) -> Timestamp {
        self.iat
    }

    fn read(octets: &[u8]) -> Result<Self, Fault> {
        let wire: ConsentWire = payload(octets, Self::LIMITS)?;
        let consent_status = match &*wire.consent_status {
            "Active" => ConsentState::Active,
            "Disabled" => ConsentState::Disabled,
            "Withdrawn" => ConsentState::Withdrawn,
            _ => return Err(RecordRefusal::State.into()),
        };
        Ok(Self {
            version: LegacyVersion::parse(&either(wire.version, wire.capital)?)?,
            record_id: wire.record_id,
            surrogate_id: wire.surrogate_id,
            cr_id: wire.cr_id,
            consent_status,
            iat: wire.iat.seconds()?,
            previous: wire.prev_record_id.previous()?,
            account_id: account(wire.account_id)?,
        })
    }
}

fn account(wire: Option<Scalar>) -> Result<Option<AccountId>, RecordRefusal> {
    wire.map(|id| id.account()).transpose()
}

#[derive(Deserialize)]
struct LinkWire {
    #[serde(default)]
    version: Option<Box<str>>,
    #[serde(default, rename = "Version")]
    capital: Option<Box<str>>,
    record_id: RecordId,
    surrogate_id: SurrogateId,
    slr_id: LinkId,
    sl_status: Box<str>,
    iat: Scalar,
    prev_record_id: Scalar,
    #[serde(default)]
    account_id: Option<Scalar>,
}

#[derive(Deserialize)]
struct ConsentWire {
    #[serde(default)]
    version: Option<Box<str>>,
    #[serde(default, rename = "Version")]
    capital: Option<Box<str>>,
    record_id: RecordId,
    surrogate_id: SurrogateId,
    cr_id: ConsentId,
    consent_status: Box<str>,
    iat: Scalar,
    prev_record_id: Scalar,
    #[serde(default)]
    account_id: Option<Scalar>,
}

impl Status for LinkStatus {
    type Rules = mydata_record::link::LinkStatus;

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
        &self.previous
    }
}

impl Status for ConsentStatus {
    type Rules = mydata_record::consent::ConsentStatus;

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
        &self.previous
    }
}
