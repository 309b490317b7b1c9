//! The 1.x layout as it stands in JSON. Provider, data and times were written beside
//! `serviceDescription` by some systems and inside it by others: exactly one of the two is read.

use super::{OldDataset, OldDistribution, OldInstance, OldProvider, OldService};
use crate::RecordRefusal;
use crate::raw::{OneOrMany, Scalar};
use mydata_core::id::{DatasetId, DistributionId, ServiceId};
use mydata_core::time::Timestamp;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Service {
    service_id: ServiceId,
    service_description: About,
    service_instance: OneOrMany<Instance>,
    #[serde(default)]
    service_data_description: Option<OneOrMany<Data>>,
    #[serde(default)]
    issued: Option<Scalar>,
    #[serde(default)]
    created_on_date: Option<Scalar>,
    #[serde(default)]
    created_by_user_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct About {
    service_description_title: String,
    #[serde(default)]
    service_description_version: Option<String>,
    #[serde(default, rename = "serviceIconURI")]
    icon: Option<String>,
    #[serde(default)]
    description: OneOrMany<Text>,
    #[serde(default)]
    service_provider: Option<Provider>,
    #[serde(default)]
    service_data_description: Option<OneOrMany<Data>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Text {
    human_readable_description: String,
    #[serde(default)]
    keywords: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provider {
    #[serde(default)]
    vat_number: Option<String>,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    contact_email: Option<String>,
    #[serde(default)]
    contact_tel: Option<String>,
    #[serde(default)]
    jurisdiction: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Instance {
    domain: String,
    #[serde(default)]
    service_access_end_point: Option<AccessEndPoint>,
    #[serde(default)]
    login_uri: Option<String>,
    #[serde(default)]
    service_provider: Option<Provider>,
}

#[derive(Deserialize)]
struct AccessEndPoint {
    #[serde(rename = "serviceAccessURI")]
    path: String,
}

#[derive(Deserialize)]
struct Data {
    dataset: OneOrMany<Dataset>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dataset {
    dataset_id: DatasetId,
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    keyword: Vec<String>,
    #[serde(default)]
    dataset_schema: Option<Schema>,
    #[serde(default)]
    purpose: Vec<String>,
    #[serde(default)]
    distribution: OneOrMany<Distribution>,
}

#[derive(Deserialize)]
struct Schema {
    #[serde(default, rename = "@id")]
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Distribution {
    distribution_id: DistributionId,
    #[serde(rename = "accessURL")]
    access_url: String,
    #[serde(default)]
    format: Option<String>,
}

impl Service {
    pub(super) fn read(self) -> Result<OldService, RecordRefusal> {
        let issued = self.issued.map(|time| time.seconds()).transpose()?;
        let created = self.created_on_date.map(|time| time.milliseconds());
        let created: Option<Timestamp> = created.transpose()?;
        let about = self.service_description;
        let (mut provider, mut instances) = (about.service_provider, Vec::new());
        for instance in self.service_instance.0 {
            // The first one named is the one that answers for the service.
            provider = provider.or(instance.service_provider);
            let path = instance.service_access_end_point.map(|point| point.path);
            instances.push(OldInstance {
                domain: instance.domain,
                access_path: path.unwrap_or_default(),
                login_uri: instance.login_uri,
            });
        }
        let data = match (
            self.service_data_description,
            about.service_data_description,
        ) {
            (Some(_), Some(_)) => return Err(RecordRefusal::NamedTwice),
            (Some(data), None) | (None, Some(data)) => data.0,
            (None, None) => Vec::new(),
        };
        let datasets = data.into_iter().flat_map(|data| data.dataset.0);
        let mut texts = about.description.0.into_iter();
        let (text, keywords) = match (texts.next(), texts.next()) {
            (None, _) => Default::default(),
            (Some(text), None) => (text.human_readable_description, text.keywords),
            (Some(_), Some(_)) => return Err(RecordRefusal::NamedTwice),
        };
        Ok(OldService {
            service_id: self.service_id,
            title: about.service_description_title,
            version: about.service_description_version,
            text,
            keywords,
            icon: about.icon,
            provider: provider.map(OldProvider::from).unwrap_or_default(),
            instances,
            datasets: datasets.map(OldDataset::from).collect(),
            issued: issued.or(created),
            created_by: self.created_by_user_id,
        })
    }
}

impl From<Provider> for OldProvider {
    fn from(wire: Provider) -> Self {
        Self {
            business_id: wire.vat_number.or(wire.id),
            name: wire.name,
            email: wire.contact_email,
            telephone: wire.contact_tel,
            jurisdiction: wire.jurisdiction,
        }
    }
}

impl From<Dataset> for OldDataset {
    fn from(wire: Dataset) -> Self {
        let distributions = wire.distribution.0.into_iter().map(|d| OldDistribution {
            distribution_id: d.distribution_id,
            access_url: d.access_url,
            format: d.format,
        });
        Self {
            dataset_id: wire.dataset_id,
            title: wire.title,
            description: wire.description,
            keywords: wire.keyword,
            schema: wire.dataset_schema.and_then(|schema| schema.id),
            purposes: wire.purpose,
            distributions: distributions.collect(),
        }
    }
}
