//! What a record says of the processing.

use super::*;
use crate::category::{PiiCategory, PurposeCategory};
use crate::dpv::{LegalBasisTerm, PersonalDataTerm, ProcessingTerm, PurposeTerm, RightTerm};
use crate::receipt::{DataItem, Necessity, Process, Recipient, Retention};
use mydata_core::id::{DatasetId, DescriptionVersion, PurposeId, ServiceId, SurrogateId};
use mydata_core::lang::Language;
use mydata_record::description::Category;

/// What all records of a receipt say alike.
pub(super) struct Parts {
    pub(super) source: Option<Controller>,
    pub(super) controller: Controller,
    pub(super) jurisdiction: Vec<Country>,
    pub(super) authority: Party,
    pub(super) language: Language,
    pub(super) processes: Vec<Process>,
    pub(super) remedy: Remedy,
    pub(super) rights: Vec<Right>,
}

impl<'d> Reader<'d> {
    pub(super) fn processing(&mut self, processing: &'d Processing) -> Option<Parts> {
        let language = processing.language.first();
        let language = self.need("language", language, |text| Language::parse(text));
        let jurisdiction = self.each("jurisdiction", &processing.jurisdiction, |reader, term| {
            let read = country(term);
            if read.is_none() {
                reader.error(LinkedRule::BadFact);
            }
            read
        });
        let authority = self.need(
            "authority_party",
            processing.authority_party.as_deref(),
            Some,
        );
        let authority = authority.and_then(|id| self.organisation(id));
        let (controllers, givers): (Vec<&str>, Vec<&str>) = processing
            .pii_controllers
            .iter()
            .map(String::as_str)
            .partition(|id| !self.is_giver(id));
        let controller = self.need("pii_controllers", controllers.first().copied(), Some);
        let controller = controller.and_then(|id| self.controller(processing, id));
        let source = match givers.first() {
            None => Some(None),
            Some(id) => self.controller(processing, id).map(Some),
        };
        let user = controllers.first().copied();
        let processes = self.each("purposes", &processing.purposes, |reader, purpose| {
            reader.process(purpose, user)
        });
        let remedy = self.remedy(processing);
        let rights = self.each(
            "privacy_rights",
            &processing.privacy_rights,
            |reader, right| {
                let term = |term: &String| RightTerm::parse(term);
                let term = reader.need("@type", right.kind.first(), term);
                let url = reader.need("exercised_at", right.exercised_at.as_deref(), web);
                Some(Right {
                    right: term?,
                    url: url?,
                })
            },
        );
        Some(Parts {
            source: source?,
            controller: controller?,
            jurisdiction: jurisdiction?,
            authority: authority?,
            language: language?,
            processes: processes?,
            remedy: remedy?,
            rights: rights?,
        })
    }

    /// Whether a party gives the data rather than use it.
    pub(super) fn is_giver(&self, id: &str) -> bool {
        let is_exporter = |party: &PartyNode| {
            let mut terms = party.party_type.iter();
            terms.any(|term| term == "dpv:DataExporter")
        };
        self.party(id).is_some_and(is_exporter)
    }

    fn controller(&mut self, processing: &'d Processing, id: &str) -> Option<Controller> {
        let party = self.at("pii_controllers", |reader| reader.organisation(id));
        let services = processing.services.iter();
        let mut services = services.enumerate();
        let service = services.find(|(_, of)| of.provider.as_deref() == Some(id));
        let (at, service) = self.need("services", service.as_ref(), |of| Some(*of))?;
        let name = format!("services/{at}");
        self.at(&name, |reader| {
            let of = |text: &str| ServiceId::parse(text).ok();
            let service_id = reader.need("identifier", service.identifier.as_deref(), of);
            let title = reader.need("title", service.title.as_ref(), localized);
            let of = |text: &str| DescriptionVersion::parse(text).ok();
            let version = reader.need("version", service.version.as_deref(), of);
            let issued = reader.need("issued", service.issued.as_ref(), |of| Some(of.clone()));
            let policy_url = reader.need("policy", service.policy.as_deref(), web);
            let person = service.consumer.as_deref().and_then(|id| reader.party(id));
            let surrogate_id = reader.need("consumer", person, |person| {
                SurrogateId::parse(&person.party_id).ok()
            });
            Some(Controller {
                party: party?,
                service: ServiceRef {
                    service_id: service_id?,
                    title: title?,
                    version: version?,
                    issued: issued?,
                },
                surrogate_id: surrogate_id?,
                policy_url: policy_url?,
            })
        })
    }

    fn remedy(&mut self, processing: &'d Processing) -> Option<Remedy> {
        let controls = [
            ("withdrawal_method", &processing.withdrawal_method),
            ("involvement", &processing.involvement),
            ("contract_control", &processing.contract_control),
        ];
        let mut found = controls
            .iter()
            .filter_map(|(name, of)| Some((*name, of.first()?)));
        let Some((name, control)) = found.next() else {
            self.at("withdrawal_method", |reader| {
                reader.error(LinkedRule::NoFact)
            });
            return None;
        };
        self.at(&format!("{name}/0"), |reader| {
            let kind = reader.need("@type", control.kind.first(), |term| word(REMEDIES, term));
            let url = reader.need("exercised_at", control.exercised_at.as_deref(), web);
            let otherwise = reader.need("description", control.description.as_ref(), localized);
            Some(Remedy {
                kind: kind?,
                url: url?,
                otherwise: otherwise?,
            })
        })
    }

    fn process(&mut self, purpose: &'d Purpose, user: Option<&str>) -> Option<Process> {
        let of = |text: &str| PurposeId::parse(text).ok();
        let purpose_id = self.need("identifier", purpose.identifier.as_deref(), of);
        let title = self.need("title", purpose.title.as_ref(), localized);
        let description = self.need("description", purpose.description.as_ref(), localized);
        let term = self.need("purpose", purpose.purpose.first(), |term| {
            PurposeTerm::parse(term)
        });
        let category = self.need(
            "purpose_category",
            purpose.purpose_category.as_ref(),
            |number| PurposeCategory::of_number(u8::try_from(*number).ok()?),
        );
        let of = |term: &str| word(IMPORTANCE, term);
        let is_primary = self.need("importance", purpose.importance.as_deref(), of);
        let legal_basis = self.terms("lawful_basis", &purpose.lawful_basis, LegalBasisTerm::parse);
        let data = self.each("pii_information", &purpose.pii_information, Self::item);
        let left_out = self.each("left_out", &purpose.left_out, Self::item);
        let operations = &purpose.processing_method;
        let operations = self.terms("processing_method", operations, ProcessingTerm::parse);
        let receivers = purpose.recipient_third_parties.as_slice();
        let recipients = self.each("recipient_third_parties", receivers, |reader, receiver| {
            reader.recipient(receiver, user)
        });
        let storage = self.each(
            "storage_locations",
            &purpose.storage_locations,
            |reader, place| reader.need("location", place.location.first(), |term| country(term)),
        );
        let retention = self.need("retention_period", purpose.retention_period.first(), Some);
        let retention = retention.and_then(|retention| {
            self.at("retention_period/0", |reader| {
                let rule = reader.need("description", retention.description.as_ref(), localized);
                let days = reader.may("duration", retention.duration.as_deref(), days);
                Some(Retention {
                    rule: rule?,
                    days: days?,
                })
            })
        });
        Some(Process {
            purpose_id: purpose_id?,
            title: title?,
            description: description?,
            purpose: term?,
            category: category?,
            is_primary: is_primary?,
            legal_basis: legal_basis?,
            data: data?,
            left_out: left_out?,
            operations: operations?,
            recipients: recipients?.into_iter().flatten().collect(),
            storage: storage?,
            retention: retention?,
        })
    }

    fn terms<T>(
        &mut self,
        name: &str,
        terms: &'d [String],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<Vec<T>> {
        if terms.is_empty() {
            self.at(name, |reader| reader.error(LinkedRule::NoFact));
        }
        self.each(name, terms, |reader, term| {
            let read = parse(term);
            if read.is_none() {
                reader.error(LinkedRule::BadFact);
            }
            read
        })
    }

    fn item(&mut self, data: &'d Data) -> Option<DataItem> {
        let of = |text: &str| DatasetId::parse(text).ok();
        let dataset_id = self.need("pii_attribute_id", data.pii_attribute_id.as_deref(), of);
        let title = self.need("title", data.title.as_ref(), localized);
        let description = self.need("description", data.description.as_ref(), localized);
        let of = |term: &str| word(NECESSITIES, term);
        let necessity = self.may("pii_optional", data.pii_optional.as_deref(), of);
        let of = |term: &String| PersonalDataTerm::parse(term);
        let personal_data = self.need("pii_type", data.pii_type.first(), of);
        let category = self.need("pii_category", data.pii_category.as_ref(), |number| {
            PiiCategory::of_number(u8::try_from(*number).ok()?)
        });
        let sensitivity = match (&*data.special_pii_category, &*data.sensitive_pii_category) {
            ([], []) => Category::Ordinary,
            ([], _) => Category::Confidential,
            (_, _) => Category::Special,
        };
        Some(DataItem {
            dataset_id: dataset_id?,
            title: title?,
            description: description?,
            necessity: necessity?.unwrap_or(Necessity::Required),
            sensitivity,
            personal_data: personal_data?,
            category: category?,
        })
    }

    /// Somebody who receives data further; none for the controller itself, which the form lists too.
    fn recipient(
        &mut self,
        receiver: &'d Receiver,
        user: Option<&str>,
    ) -> Option<Option<Recipient>> {
        let node = match receiver {
            Receiver::Party(id) if Some(&**id) == user => return Some(None),
            Receiver::Party(_) => {
                // A party says more of itself than the name and the country that a receipt has.
                self.error(LinkedRule::BadFact);
                return None;
            }
            Receiver::Node(node) => node,
        };
        let name = self.need("party_name", node.party_name.as_ref(), localized);
        let place = self.need("location", node.location.first(), |term| country(term));
        Some(Some(Recipient {
            name: name?,
            country: place?,
        }))
    }
}

/// A number of days, `P730D`; other spans have no fixed number of them.
fn days(span: &str) -> Option<u32> {
    span.strip_prefix('P')?.strip_suffix('D')?.parse().ok()
}
