//! The operator description (Service Descriptions 2.0 §3.1, table 7).

use super::check::{DescriptionFault, Faults};
use super::issued::Issued;
use super::service::{Certificate, Profile, Provider};
use mydata_core::id::{DescriptionVersion, OperatorId};
use mydata_core::json::{self, JsonFault, Limits};
use mydata_core::jws::Payload;
use mydata_core::party::{Party, SignerRule};
use mydata_core::resource::Origin;
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// An operator description, not yet checked.
//= SD-28, SD-30, FW-56
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
    /// When the description was made.
    pub created_on_date: Issued,
    /// Who made it: published, so never a person's name.
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

/// An operator description in which every rule holds. It reads as the [`OperatorDescription`] that
/// it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedOperator(OperatorDescription);

impl CheckedOperator {
    /// Checks: a provider, at least one profile and none twice, a certificate with an address, and a
    /// place where a service can send a person who wants to link.
    ///
    /// # Errors
    /// Every fault there is.
    //= SD-30, FW-53, FW-55
    pub fn check(operator: OperatorDescription) -> Result<Self, Vec<DescriptionFault>> {
        let mut faults = Faults(Vec::new());
        let OperatorDescription {
            service_provider,
            supported_profiles,
            cert,
            operator_urls: urls,
            ..
        } = &operator;
        let id = &operator.operator_id;
        faults.common(service_provider, supported_profiles, cert.as_ref(), id);
        faults.endpoint(
            &urls.domain,
            &urls.linking_redirect_uri,
            "linkingRedirectUri",
        );
        if faults.0.is_empty() {
            Ok(Self(operator))
        } else {
            Err(faults.0)
        }
    }
}

impl Deref for CheckedOperator {
    type Target = OperatorDescription;

    fn deref(&self) -> &OperatorDescription {
        &self.0
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
