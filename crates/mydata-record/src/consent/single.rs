//! The consent record for processing inside one service.

use super::Consent;
use super::terms::{ConsentExtension, ConsentProposal, ConsentRefusal, Role, Terms, UsageRule};
use crate::Version;
use crate::resource_set::ResourceSetDescription;
use mydata_core::id::{ConsentId, DescriptionVersion, LinkId, OperatorId, ServiceId, SurrogateId};
use mydata_core::jws::Payload;
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The consent record for one service (Consenting 2.0 §4.2): a flat object, role `Sink` (C11).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
//= CN-04
pub struct SingleConsent {
    terms: Terms,
    usage_rules: Vec<UsageRule>,
}

impl SingleConsent {
    /// From its parts.
    ///
    /// # Errors
    /// [`ConsentRefusal`].
    pub fn new(terms: Terms, usage_rules: Vec<UsageRule>) -> Result<Self, ConsentRefusal> {
        terms.check(Role::Sink)?;
        terms.check_rules(&usage_rules)?;
        let usage_rules = UsageRule::fitted(usage_rules);
        Ok(Self { terms, usage_rules })
    }
}

impl Consent for SingleConsent {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn usage_rules(&self) -> &[UsageRule] {
        &self.usage_rules
    }
}

impl Payload for SingleConsent {
    const TYP: &'static str = "mydata-cr+json";
    //= CN-78
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Owner]);
    type Hint = LinkId;

    fn hint(&self) -> &LinkId {
        &self.terms.slr_id
    }
}

/// `Terms` and the rules in one object. Written out: a flattened member would be read through a
/// buffer that takes an array for an object.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "SingleConsent"))]
struct Wire {
    version: Version,
    cr_id: ConsentId,
    surrogate_id: SurrogateId,
    rs_description: ResourceSetDescription,
    slr_id: LinkId,
    service_description_version: DescriptionVersion,
    consent_proposal: ConsentProposal,
    iat: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    exp: Option<Timestamp>,
    operator: OperatorId,
    subject_id: ServiceId,
    #[serde(default = "sink")]
    role: Role,
    usage_rules: Vec<UsageRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x_mydata: Option<ConsentExtension>,
}

const fn sink() -> Role {
    Role::Sink
}

impl TryFrom<Wire> for SingleConsent {
    type Error = ConsentRefusal;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let terms = Terms {
            version: wire.version,
            cr_id: wire.cr_id,
            surrogate_id: wire.surrogate_id,
            rs_description: wire.rs_description,
            slr_id: wire.slr_id,
            service_description_version: wire.service_description_version,
            consent_proposal: wire.consent_proposal,
            iat: wire.iat,
            nbf: wire.nbf,
            exp: wire.exp,
            operator: wire.operator,
            subject_id: wire.subject_id,
            role: wire.role,
            x_mydata: wire.x_mydata,
        };
        Self::new(terms, wire.usage_rules)
    }
}

impl From<SingleConsent> for Wire {
    fn from(record: SingleConsent) -> Self {
        let terms = record.terms;
        Self {
            version: terms.version,
            cr_id: terms.cr_id,
            surrogate_id: terms.surrogate_id,
            rs_description: terms.rs_description,
            slr_id: terms.slr_id,
            service_description_version: terms.service_description_version,
            consent_proposal: terms.consent_proposal,
            iat: terms.iat,
            nbf: terms.nbf,
            exp: terms.exp,
            operator: terms.operator,
            subject_id: terms.subject_id,
            role: terms.role,
            usage_rules: record.usage_rules,
            x_mydata: terms.x_mydata,
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for SingleConsent {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SingleConsent".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Wire::json_schema(generator)
    }
}
