//! What lies with an account beside its records: the proposals that were shown, and the contracts.

use crate::export::ExportRefusal;
use mydata_core::base64;
use mydata_core::crypto::{Crypto, Sha256};
use mydata_core::id::{ContractId, DescriptionVersion, ServiceId};
use mydata_core::json;
use mydata_core::lang::Language;
use mydata_core::resource::ResourceUrl;
use mydata_core::time::Timestamp;
use mydata_operator::{Account, ContractEntry, Event, Fact};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// What the person was shown before they decided, octet for octet: a consent names it by address and
/// hash (CN-72).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ProposalItem {
    /// Where it is served.
    pub url: ResourceUrl,
    /// SHA-256 of the octets.
    pub sha256: Sha256,
    /// What kind of octets they are.
    pub media_type: String,
    /// The language in which it speaks.
    pub language: Language,
    /// When it was archived.
    pub shown_at: Timestamp,
    /// The services that it is about.
    pub rests_on: Vec<RestsOn>,
    /// The octets.
    pub octets: Octets,
}

/// A service with the version of its description that was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RestsOn {
    /// The service.
    pub service_id: ServiceId,
    /// The version.
    pub service_description_version: DescriptionVersion,
}

/// A contract with all its versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ContractItem {
    /// Whose it is.
    pub service_id: ServiceId,
    /// The service's name for it.
    pub id: ContractId,
    /// The versions, oldest first.
    pub versions: Vec<ContractEntry>,
    /// When it was ended, if somebody has ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
}

/// Octets, written as base64url without padding. `Debug` prints how many there are.
#[derive(Clone, PartialEq, Eq)]
pub struct Octets(Box<[u8]>);

impl Octets {
    /// The octets.
    #[must_use]
    pub const fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Octets({})", self.0.len())
    }
}

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = |text: &str| base64::decode(text).map(|octets| Self(octets.into()));
        json::from_text(deserializer, "octets in base64url", read)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Octets {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Octets".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[A-Za-z0-9_-]*$" })
    }
}

impl ProposalItem {
    /// Every proposal that was archived, in the order in which they were shown.
    pub(crate) fn all(events: &[Event]) -> Vec<Self> {
        let archived = events.iter().filter_map(|event| {
            let Fact::ProposalShown { proposal, hash } = &event.fact else {
                return None;
            };
            let rests_on = proposal.rests_on().map(|(service, version)| RestsOn {
                service_id: service.clone(),
                service_description_version: version.clone(),
            });
            Some(Self {
                url: proposal.url().clone(),
                sha256: *hash,
                media_type: proposal.media_type().to_owned(),
                language: proposal.language(),
                shown_at: event.at,
                rests_on: rests_on.collect(),
                octets: Octets(proposal.octets().into()),
            })
        });
        archived.collect()
    }

    /// Whether the octets are those of the hash.
    //= CN-72
    pub(crate) fn check(&self, crypto: &dyn Crypto) -> Result<(), ExportRefusal> {
        if crypto.sha256(self.octets.as_slice()) == self.sha256 {
            Ok(())
        } else {
            Err(ExportRefusal::ProposalAltered)
        }
    }
}

impl ContractItem {
    /// Every contract, also the ended ones and those of removed links.
    //= AC-03
    pub(crate) fn all(account: &Account) -> Vec<Self> {
        let item =
            |((service, id), contract): (&(ServiceId, ContractId), &mydata_operator::Contract)| {
                Self {
                    service_id: service.clone(),
                    id: id.clone(),
                    versions: contract.history().cloned().collect(),
                    ended: contract.ended(),
                }
            };
        account.contracts().map(item).collect()
    }
}
