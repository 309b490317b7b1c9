//! Service links of older systems.

use crate::authentic::payload;
use crate::raw::{Key, Keys, Scalar, either};
use crate::{Fault, Gap, Kind, LegacyVersion};
use mydata_core::id::{DescriptionVersion, LinkId, OperatorId, ServiceId, SurrogateId};
use mydata_core::jwk::{KeySet, PublicKey};
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use serde::Deserialize;

/// A service link record, SLR (Service Linking 1.3 §4.1): who was linked, and with which keys.
///
/// A plain value: [`Authentic`](crate::Authentic) says that it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// The version that wrote it.
    pub version: LegacyVersion,
    /// The link.
    pub link_id: LinkId,
    /// The operator.
    pub operator_id: OperatorId,
    /// The service.
    pub service_id: ServiceId,
    /// The description in force; the SDK did not write it (C05).
    pub service_description_version: Option<DescriptionVersion>,
    /// The person, towards this service.
    pub surrogate_id: SurrogateId,
    /// The operator's key; in the SDK its `kid` is the operator's id.
    pub operator_key: PublicKey,
    /// The owner's keys.
    pub cr_keys: KeySet,
    /// When it was made.
    pub iat: Timestamp,
}

impl Link {
    /// What 2.0 demands and this record does not say.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let version = &self.service_description_version;
        Vec::from_iter(version.is_none().then_some(Gap::DescriptionVersion))
    }
}

impl Kind for Link {
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Owner, Party::Service]);

    fn signed_at(&self) -> Timestamp {
        self.iat
    }

    fn read(octets: &[u8]) -> Result<Self, Fault> {
        let wire: Wire = payload(octets, Self::LIMITS)?;
        Ok(Self {
            version: LegacyVersion::parse(&either(wire.version, wire.capital)?)?,
            link_id: wire.link_id,
            operator_id: wire.operator_id,
            service_id: wire.service_id,
            service_description_version: wire.service_description_version,
            surrogate_id: wire.surrogate_id,
            operator_key: wire.operator_key.0,
            cr_keys: wire.cr_keys.0,
            iat: wire.iat.seconds()?,
        })
    }
}

#[derive(Deserialize)]
struct Wire {
    #[serde(default)]
    version: Option<Box<str>>,
    #[serde(default, rename = "Version")]
    capital: Option<Box<str>>,
    link_id: LinkId,
    operator_id: OperatorId,
    service_id: ServiceId,
    #[serde(default)]
    service_description_version: Option<DescriptionVersion>,
    surrogate_id: SurrogateId,
    operator_key: Key,
    cr_keys: Keys,
    iat: Scalar,
}
