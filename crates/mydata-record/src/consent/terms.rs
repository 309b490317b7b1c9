//! What every consent record says.

use crate::Version;
use crate::resource_set::{ResourceSet, ResourceSetDescription};
use mydata_core::crypto::Sha256;
use mydata_core::id::{
    ConsentId, DatasetId, DescriptionVersion, LinkId, OperatorId, PurposeId, ServiceId, SurrogateId,
};
use mydata_core::lang::Language;
use mydata_core::refusals;
use mydata_core::resource::ResourceUrl;
use mydata_core::time::Timestamp;
use serde::{Deserialize, Serialize};

refusals! {
    /// Why parts do not make a consent record.
    pub enum ConsentRefusal {
        Role = "consent_role": "the role is that of the other record",
        Validity = "consent_validity": "`exp` is not after `nbf`",
        UsageRules = "consent_usage_rules": "usage rules are missing, doubled or outside the resource set",
        NoDistribution = "consent_no_distribution": "a dataset has no distribution to fetch it from",
        KeysAreOne = "consent_keys_are_one": "the sink's key and the token issuer's key are one",
    }
}

/// The role in which a service appears in a record (CN-81).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(clippy::exhaustive_enums, reason = "the framework closes the set")]
//= CN-81
pub enum Role {
    /// Gives data.
    Source,
    /// Uses data.
    Sink,
}

/// When a consent begins and ends; both may be open (CN-74, CN-75, C14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
//= CN-74, CN-75, CN-82, CN-83
pub struct Validity {
    /// Not before this moment.
    pub nbf: Option<Timestamp>,
    /// Not at or after this moment.
    pub exp: Option<Timestamp>,
}

impl Validity {
    /// From `nbf` (inclusive) to `exp` (exclusive).
    #[must_use]
    pub const fn new(nbf: Option<Timestamp>, exp: Option<Timestamp>) -> Self {
        Self { nbf, exp }
    }

    /// Until `exp`, exclusive.
    #[must_use]
    pub const fn until(exp: Timestamp) -> Self {
        Self::new(None, Some(exp))
    }

    /// Whether there is a moment in it.
    #[must_use]
    pub fn is_possible(self) -> bool {
        match (self.nbf, self.exp) {
            (Some(nbf), Some(exp)) => nbf < exp,
            _ => true,
        }
    }
}

/// What the person was shown when they decided (CN-72): its address and SHA-256 of the octets
/// served there (C15).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ConsentProposal {
    /// Where the proposal is archived.
    pub url: ResourceUrl,
    /// SHA-256 of the octets.
    pub hash: Sha256,
}

/// For one purpose, the datasets that it may use (CN-77, C13).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UsageRule {
    /// A purpose of the sink's description.
    #[serde(rename = "purposeId")]
    pub purpose_id: PurposeId,
    /// Datasets of the resource set.
    pub datasets: Vec<DatasetId>,
}

impl UsageRule {
    /// Rules are kept for years: what the reader has grown in advance goes back.
    pub(super) fn fitted(mut rules: Vec<Self>) -> Vec<Self> {
        for rule in &mut rules {
            rule.datasets.shrink_to_fit();
        }
        rules.shrink_to_fit();
        rules
    }
}

/// What we add to a consent record of MyData 2.0 (decision D13).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ConsentExtension {
    /// The language in which the proposal was shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

impl ConsentExtension {
    /// The proposal was shown in `language`.
    #[must_use]
    pub const fn shown_in(language: Language) -> Self {
        Self {
            language: Some(language),
        }
    }
}

/// The members that all consent records have: `common_part` of a pair's records.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
//= CN-70, CN-71, CN-76, FW-25, FW-26
pub struct Terms {
    /// `2.0`.
    pub version: Version,
    /// Unique (CN-69).
    pub cr_id: ConsentId,
    /// As in the link (CN-70).
    pub surrogate_id: SurrogateId,
    /// The data.
    pub rs_description: ResourceSetDescription,
    /// The link under which the consent is given (CN-70).
    pub slr_id: LinkId,
    /// The description of the service in force at issue (CN-71).
    pub service_description_version: DescriptionVersion,
    /// What the person was shown.
    pub consent_proposal: ConsentProposal,
    /// When the record was made.
    pub iat: Timestamp,
    /// Not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<Timestamp>,
    /// Not at or after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<Timestamp>,
    /// The operator that made the record (CN-76).
    pub operator: OperatorId,
    /// The service that the record is for (CN-76).
    pub subject_id: ServiceId,
    /// Its role.
    pub role: Role,
    /// Our extension members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_mydata: Option<ConsentExtension>,
}

impl Terms {
    /// The data.
    #[must_use]
    pub const fn resource_set(&self) -> &ResourceSet {
        &self.rs_description.resource_set
    }

    /// When the consent begins and ends.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        Validity::new(self.nbf, self.exp)
    }

    pub(super) fn check(&self, role: Role) -> Result<(), ConsentRefusal> {
        if self.role != role {
            Err(ConsentRefusal::Role)
        } else if !self.validity().is_possible() {
            Err(ConsentRefusal::Validity)
        } else {
            Ok(())
        }
    }

    /// One or more rules, no purpose twice, each with one or more datasets of the resource set.
    //= CN-77, CN-87
    pub(super) fn check_rules(&self, rules: &[UsageRule]) -> Result<(), ConsentRefusal> {
        let mut purposes: Vec<&PurposeId> = rules.iter().map(|rule| &rule.purpose_id).collect();
        purposes.sort_unstable();
        let distinct = purposes.windows(2).all(|pair| pair.first() != pair.last());
        let known = |rule: &UsageRule| {
            !rule.datasets.is_empty()
                && rule
                    .datasets
                    .iter()
                    .all(|id| self.resource_set().contains(id))
        };
        if rules.is_empty() || !distinct || !rules.iter().all(known) {
            return Err(ConsentRefusal::UsageRules);
        }
        Ok(())
    }
}
