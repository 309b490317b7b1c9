//! What Kantara has no place for, in our extension member.

use crate::category::PiiCategory;
use crate::receipt::{
    ActingAs, Assurance, Custody, EventState, Necessity, Notice, ReceiptVersion, RecordRef,
};
use mydata_core::id::{
    ConsentId, DatasetId, DescriptionVersion, OperatorId, PurposeId, ServiceId, SurrogateId,
};
use mydata_core::lang::Language;
use mydata_core::time::Timestamp;
use mydata_core::web::WebLink;
use mydata_record::consent::Role;
use mydata_record::description::{Category, Issued};
use serde::{Deserialize, Serialize};

/// The member `x_mydata` of a receipt: which records show the consent, until when, and which data.
///
/// Whoever knows Kantara alone passes over it, as the published schema does. Who acted for whom, by
/// what proof, and the age of a child are not in it: this form is handed on to others.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Extension {
    /// `1.0`, the version of the model that it is from.
    pub version: ReceiptVersion,
    /// When the receipt was issued.
    pub issued: Timestamp,
    /// The language that was asked for, for the texts of the receipt.
    pub texts: Language,
    /// The state of the consent at issue; it is in force.
    pub state: EventState,
    /// Not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<Timestamp>,
    /// Not at or after; none means until it is withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<Timestamp>,
    /// The consent that this one took the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<ConsentId>,
    /// What the person was shown.
    pub notice: Notice,
    /// How the person decided.
    pub decided: Decided,
    /// The operator.
    pub operator: OperatorEvidence,
    /// The services, in the order of `services`.
    pub services: Vec<ServiceEvidence>,
    /// The consent records, each with its history.
    pub records: Vec<RecordRef>,
    /// The purposes, in the order of the `purposes` of each service.
    pub purposes: Vec<PurposeEvidence>,
}

/// How a person decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Decided {
    /// Whether the act was about this consent and nothing else (GDPR Art. 9(2)(a)): what `consentType`
    /// says in words, as data.
    pub is_explicit: bool,
    /// In what capacity somebody acted.
    pub capacity: ActingAs,
    /// How surely the one who acted is known.
    pub assurance: Assurance,
    /// Where the key was that signed.
    pub custody: Custody,
}

/// The operator.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OperatorEvidence {
    /// The operator.
    pub operator_id: OperatorId,
    /// Its business id.
    pub business_id: String,
}

/// A service and the description that was in force.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ServiceEvidence {
    /// Whether it gives or uses the data.
    pub role: Role,
    /// The business id of its controller.
    pub business_id: String,
    /// The service.
    pub service_id: ServiceId,
    /// The version of its description.
    pub description_version: DescriptionVersion,
    /// When that description was made.
    pub description_issued: Issued,
    /// The person towards it.
    pub surrogate_id: SurrogateId,
    /// Its policy and terms in force.
    pub policy_url: WebLink,
}

/// A purpose, with the data as whoever gives it names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PurposeEvidence {
    /// The purpose.
    pub purpose_id: PurposeId,
    /// The data.
    pub datasets: Vec<DatasetEvidence>,
    /// Data that was asked for and that the person left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<DatasetId>,
}

/// One kind of data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DatasetEvidence {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// Whether the purpose can do without.
    pub necessity: Necessity,
    /// How sensitive it is.
    pub sensitivity: Category,
    /// Its category, by number.
    pub category: PiiCategory,
}
