//! Service descriptions of older systems: the 1.x layout with service instances (C25), as a view and as
//! a draft of a 2.0 description.
//!
//! Descriptions of 1.x were not signed.

mod draft;
mod wire;

pub use draft::{Draft, Open};

use crate::Fault;
use mydata_core::id::{DatasetId, DistributionId, ServiceId};
use mydata_core::json::{self, Limits};
use mydata_core::time::Timestamp;

/// A service as 1.x described it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OldService {
    /// The service.
    pub service_id: ServiceId,
    /// Its title.
    pub title: String,
    /// The version of the description.
    pub version: Option<String>,
    /// What the service does; 1.x had one language and did not say which.
    pub text: String,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// An icon, `serviceIconURI` there.
    pub icon: Option<String>,
    /// Who runs it.
    pub provider: OldProvider,
    /// Where it ran.
    pub instances: Vec<OldInstance>,
    /// What data it had.
    pub datasets: Vec<OldDataset>,
    /// `issued` in seconds or `createdOnDate` in milliseconds (C06), the former if there are both.
    pub issued: Option<Timestamp>,
    /// Who made the description.
    pub created_by: Option<String>,
}

/// Who ran a service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct OldProvider {
    /// `vatNumber`, or `id`.
    pub business_id: Option<String>,
    /// The name.
    pub name: Option<String>,
    /// `contactEmail`.
    pub email: Option<String>,
    /// `contactTel`.
    pub telephone: Option<String>,
    /// Whose law applies.
    pub jurisdiction: Option<String>,
}

/// Where a service ran.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct OldInstance {
    /// Scheme, host and port; mostly `http`.
    pub domain: String,
    /// `serviceAccessURI`: the path of the MyData endpoints.
    pub access_path: String,
    /// `loginUri`: where a person signed in to be linked.
    pub login_uri: Option<String>,
}

/// A dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OldDataset {
    /// The dataset.
    pub dataset_id: DatasetId,
    /// Its title.
    pub title: String,
    /// What it is.
    pub description: String,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// The identity of its schema.
    pub schema: Option<String>,
    /// Titles of the purposes that used it.
    pub purposes: Vec<String>,
    /// Where it was fetched.
    pub distributions: Vec<OldDistribution>,
}

/// Where a dataset was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OldDistribution {
    /// The distribution.
    pub distribution_id: DistributionId,
    /// `accessURL`: an address, or a path below that of the instance.
    pub access_url: String,
    /// The media type.
    pub format: Option<String>,
}

impl OldService {
    /// Reads a description in the layout of 1.x.
    ///
    /// # Errors
    /// [`Fault::Json`] for another shape; [`Fault::Record`] for a time in a unit that its member does
    /// not have, or a description that stands at both levels.
    pub fn from_json(octets: &[u8]) -> Result<Self, Fault> {
        let wire: wire::Service = json::from_slice(octets, Limits::MESSAGE).map_err(Fault::Json)?;
        wire.read().map_err(Fault::Record)
    }
}
