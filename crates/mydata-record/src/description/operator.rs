//! The operator description (Service Descriptions 2.0 §3.1, table 7).

use super::service::{Certificate, Profile, Provider};
use mydata_core::id::{DescriptionVersion, OperatorId};
use mydata_core::json::{self, JsonFault, Limits};
use mydata_core::jws::Payload;
use mydata_core::party::{Party, SignerRule};
use mydata_core::resource::Origin;
use serde::{Deserialize, Serialize};

/// An operator description.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OperatorDescription {
    /// Unique (SD-30).
    pub operator_id: OperatorId,
    /// Who runs it.
    pub service_provider: Provider,
    /// The version of this description, under the name that the table gives it.
    #[serde(
        rename = "operatorservicedescriptionVersion",
        alias = "serviceDescriptionVersion"
    )]
    pub version: DescriptionVersion,
    /// The use cases that the operator supports.
    pub supported_profiles: Vec<Profile>,
    /// Its certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cert: Option<Certificate>,
    /// Where it is reached.
    #[serde(alias = "serviceUrls")]
    pub operator_urls: OperatorUrls,
    /// When the description was made: free form (C06).
    pub created_on_date: String,
    /// Who made it.
    pub created_by_user_id: String,
}

/// `operatorUrls`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct OperatorUrls {
    /// The operator's endpoints.
    pub domain: Origin,
    /// Where a service sends a person who wants to link.
    pub linking_redirect_uri: String,
}

impl OperatorDescription {
    /// Reads a description.
    ///
    /// # Errors
    /// [`JsonFault`].
    pub fn from_json(octets: &[u8]) -> Result<Self, JsonFault> {
        json::from_slice(octets, Limits::MESSAGE)
    }
}

/// A description may be signed by its operator (SD-31, SD-32).
impl Payload for OperatorDescription {
    const TYP: &'static str = "mydata-operator+json";
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Operator]);
    const LIMITS: Limits = Limits::MESSAGE;
    type Hint = OperatorId;

    fn hint(&self) -> &OperatorId {
        &self.operator_id
    }
}
