//! Which services can exchange data: `/services/{id}/compatible`.

use crate::entry::Entry;
use crate::registry::Registry;
use crate::search::ServiceType;
use mydata_core::id::{DatasetId, PurposeId, ServiceId};
use mydata_record::description::{Basis, Dataset, Purpose, ServiceDescription};

/// A service that can exchange data with the one that was asked about, and in which direction.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Compatible<'a> {
    /// The other service.
    pub service: &'a Entry,
    /// What the other one is: a source for the one asked about, or a sink.
    pub as_type: ServiceType,
    /// For which purposes of the sink.
    pub purposes: Vec<Drawn<'a>>,
    /// Whether either names the other among its `compatibleServices`. The list is a recommendation:
    /// what decides is whether the data fits, and the sources that a purpose allows (D45).
    pub is_named: bool,
}

/// A purpose of a sink, and what a source has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drawn<'a> {
    /// The purpose.
    pub purpose: &'a PurposeId,
    /// Pairs of the sink's dataset and the source's of the same schema: every one that the purpose
    /// requires, and those that it may use.
    pub datasets: Vec<(&'a DatasetId, &'a DatasetId)>,
}

impl Registry {
    /// The open services that can give data to this one by consent, and those that can use data of
    /// it, in the order of their ids and the former first. None when it is not open itself.
    #[must_use]
    pub fn compatible(&self, id: &ServiceId) -> Vec<Compatible<'_>> {
        let Some(asked) = self.service(id).and_then(open) else {
            return Vec::new();
        };
        let others = || {
            let others = self.services().filter(|other| other.service_id() != id);
            others.filter_map(|entry| Some((entry, open(entry)?)))
        };
        let sources = others()
            .filter_map(|(entry, other)| compatible(entry, ServiceType::Source, (other, asked)));
        let sinks = others()
            .filter_map(|(entry, other)| compatible(entry, ServiceType::Sink, (asked, other)));
        sources.chain(sinks).collect()
    }
}

fn open(entry: &Entry) -> Option<&ServiceDescription> {
    entry.description().filter(|_| entry.is_open())
}

fn compatible<'a>(
    service: &'a Entry,
    as_type: ServiceType,
    (source, sink): (&'a ServiceDescription, &'a ServiceDescription),
) -> Option<Compatible<'a>> {
    if !sink.is_sink() {
        return None;
    }
    let by_consent = sink
        .purposes()
        .filter(|(basis, _)| *basis == Basis::Consent);
    let purposes: Vec<_> = by_consent
        .filter(|(_, purpose)| sink.allows_source(purpose, &source.service_id))
        .filter_map(|(_, purpose)| drawn(purpose, source, sink))
        .collect();
    let names = |one: &ServiceDescription, other: &ServiceDescription| {
        let named = &one.service_description.compatible_services;
        named.contains(&other.service_id)
    };
    (!purposes.is_empty()).then(|| Compatible {
        service,
        as_type,
        purposes,
        is_named: names(source, sink) || names(sink, source),
    })
}

/// What `source` has for the purpose; `None` when something that it requires is missing, or nothing
/// fits at all.
fn drawn<'a>(
    purpose: &'a Purpose,
    source: &'a ServiceDescription,
    sink: &'a ServiceDescription,
) -> Option<Drawn<'a>> {
    let of = |wanted: &'a DatasetId| {
        let schema = &sink.dataset(wanted)?.dataset_schema.id;
        let fits =
            |given: &&Dataset| !given.distribution.is_empty() && given.dataset_schema.id == *schema;
        let given = source.data_description.iter().find(fits)?;
        Some((wanted, &given.dataset_id))
    };
    let required: Option<Vec<_>> = purpose.required_datasets.iter().map(of).collect();
    let mut datasets = required?;
    datasets.extend(purpose.optional_datasets.iter().filter_map(of));
    (!datasets.is_empty()).then_some(Drawn {
        purpose: &purpose.purpose_id,
        datasets,
    })
}
