//! Resource sets: which data a consent is about (Consenting 2.0 §2.2 and §4.1).

use mydata_core::id::{DatasetId, DistributionId, ResourceSetId};
use mydata_core::resource::ResourceUrl;
use serde::{Deserialize, Serialize};

/// One dataset of a resource set; the distribution members are absent in a single-service consent
/// (CN-66, C11).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ResourceDataset {
    /// The source's dataset, as its description names it.
    pub dataset_id: DatasetId,
    /// The distribution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_id: Option<DistributionId>,
    /// Where the data is fetched: the only address that a sink uses (DT-59).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distribution_url: Option<ResourceUrl>,
}

impl ResourceDataset {
    /// A dataset that stays in its service.
    #[must_use]
    //= CN-66
    pub const fn internal(dataset_id: DatasetId) -> Self {
        Self {
            dataset_id,
            distribution_id: None,
            distribution_url: None,
        }
    }

    /// A dataset that a sink may fetch.
    #[must_use]
    pub const fn fetched(
        dataset_id: DatasetId,
        distribution_id: DistributionId,
        distribution_url: ResourceUrl,
    ) -> Self {
        Self {
            dataset_id,
            distribution_id: Some(distribution_id),
            distribution_url: Some(distribution_url),
        }
    }
}

/// A resource set: an unguessable id and one or more datasets, none twice and no two at one address
/// (CN-65): an address in a request then means one dataset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(try_from = "Wire")]
pub struct ResourceSet {
    rs_id: ResourceSetId,
    dataset: Box<[ResourceDataset]>,
}

impl ResourceSet {
    /// From its parts; `None` when there is no dataset, one twice, or two at one address.
    #[must_use]
    //= CN-65
    pub fn new(rs_id: ResourceSetId, dataset: Vec<ResourceDataset>) -> Option<Self> {
        let mut ids: Vec<&DatasetId> = dataset.iter().map(|d| &d.dataset_id).collect();
        ids.sort_unstable();
        let distinct = ids.windows(2).all(|pair| pair.first() != pair.last());
        let mut urls: Vec<_> = dataset
            .iter()
            .filter_map(|d| d.distribution_url.as_ref())
            .collect();
        urls.sort_unstable();
        let apart = urls.windows(2).all(|pair| pair.first() != pair.last());
        // A set is kept for years: what the reader has grown in advance goes back.
        (!dataset.is_empty() && distinct && apart).then(|| Self {
            rs_id,
            dataset: dataset.into(),
        })
    }

    /// The id: opaque (C42).
    #[must_use]
    pub const fn id(&self) -> &ResourceSetId {
        &self.rs_id
    }

    /// The datasets; at least one.
    #[must_use]
    pub fn datasets(&self) -> &[ResourceDataset] {
        &self.dataset
    }

    /// Whether `dataset` is in the set.
    #[must_use]
    pub fn contains(&self, dataset: &DatasetId) -> bool {
        self.dataset.iter().any(|d| d.dataset_id == *dataset)
    }

    /// The dataset that is fetched at `url`.
    #[must_use]
    pub fn at(&self, url: &ResourceUrl) -> Option<&ResourceDataset> {
        self.dataset
            .iter()
            .find(|d| d.distribution_url.as_ref() == Some(url))
    }
}

#[derive(Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Wire {
    rs_id: ResourceSetId,
    dataset: Vec<ResourceDataset>,
}

impl TryFrom<Wire> for ResourceSet {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        Self::new(wire.rs_id, wire.dataset)
            .ok_or("a resource set without datasets, or with one twice")
    }
}

/// The member `rs_description` of a consent record: a resource set one level down, as the documents
/// have it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ResourceSetDescription {
    /// The set.
    pub resource_set: ResourceSet,
}

impl From<ResourceSet> for ResourceSetDescription {
    fn from(resource_set: ResourceSet) -> Self {
        Self { resource_set }
    }
}
