//! What is better in a description and not demanded. A warning stops nothing.

use super::check::ServiceDescription;
use mydata_core::refusals;
use std::fmt;

refusals! {
    /// What could be better in a description that holds. The one set of codes here that refuses
    /// nothing.
    pub enum DescriptionAdvice {
        DatasetScheme = "description_dataset_scheme": "the identity of a dataset's schema is not the address of a scheme that others share",
        PurposeScheme = "description_purpose_scheme": "a purpose is not linked to a term of a common scheme",
    }
}

/// One piece of advice, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DescriptionWarning {
    /// What could be better.
    pub advice: DescriptionAdvice,
    /// The id of the dataset or purpose.
    pub at: String,
}

impl fmt::Display for DescriptionWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: `{}`", self.advice, self.at)
    }
}

impl ServiceDescription {
    /// Warnings, apart from the faults: datasets and purposes should be linked to common schemes
    /// (Framework 2.0 §5.1.4).
    //= FW-18
    #[must_use]
    pub fn warnings(&self) -> Vec<DescriptionWarning> {
        let datasets = self.data_description.iter();
        let datasets = datasets.filter(|dataset| !is_shared(&dataset.dataset_schema.id));
        let datasets = datasets.map(|dataset| DescriptionWarning {
            advice: DescriptionAdvice::DatasetScheme,
            at: dataset.dataset_id.to_string(),
        });
        let purposes = self.purposes().map(|(_, purpose)| purpose);
        let purposes = purposes.filter(|purpose| {
            let extension = purpose.extension.as_ref();
            extension.and_then(|ext| ext.purpose.as_ref()).is_none()
        });
        let purposes = purposes.map(|purpose| DescriptionWarning {
            advice: DescriptionAdvice::PurposeScheme,
            at: purpose.purpose_id.to_string(),
        });
        datasets.chain(purposes).collect()
    }
}

/// Whether a schema's identity is the same wherever it stands: an address or a URN.
fn is_shared(id: &str) -> bool {
    ["https://", "http://", "urn:"]
        .iter()
        .any(|scheme| id.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}
