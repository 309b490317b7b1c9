//! The strict writer.

use super::VERSION;
use super::checks::{self, EXPLICIT};
use super::document::{Document, PiiController, PostalAddress, Purpose, Service};
use super::extension::{
    DatasetEvidence, Decided, Extension, OperatorEvidence, PurposeEvidence, ServiceEvidence,
};
use crate::category::PiiCategory;
use crate::receipt::{
    Controller, EventState, Given, Localized, Party, Process, Receipt, ReceiptVersion, Recipient,
};
use mydata_core::lang::{Language, Trilingual};
use mydata_core::refusals;
use mydata_record::consent::Role;
use mydata_record::description::Category;

refusals! {
    /// Why a receipt is not written in this form.
    pub enum KantaraRefusal {
        NotConsent = "kantara_not_consent": "the receipt is not about a consent, and the form knows nothing else",
        NotInForce = "kantara_not_in_force": "the consent is paused or has ended, and the form would tell it as in force",
        NoUrl = "kantara_no_url": "the address of a page is one for browsers only (RFC 3986)",
        NoLanguage = "kantara_no_language": "a language is not one of ISO 639-1",
        Incomplete = "kantara_incomplete": "the receipt has no country, no purpose, no data for a purpose, or no record",
    }
}

impl Document {
    /// Writes a receipt in this form, with its texts in `language`, or, where they are not in it, in
    /// the language in which the person was told.
    ///
    /// - The controller comes first, since it collects; then the source; then the operator, which acts
    ///   on their behalf. There is one service for each of the first two.
    /// - The source discloses to the controller, the controller to its recipients.
    /// - Data is sensitive when it is of a special category (GDPR Art. 9). What is confidential by law
    ///   is not what the form means by the word; the extension tells of it.
    /// - One organisation is no third party to itself (one business id): a source discloses nothing to
    ///   the controller that it is itself. Whether a purpose is primary is told of the controller's
    ///   service alone: it is no purpose of the source's own.
    /// - The type is explicit where the act was about this consent and nothing else. Where it was not,
    ///   the specification (§4.5.6) asks for the method: it is told that there was an act, and which.
    ///   `IMPLICIT` would be as untrue: silence is no consent (GDPR Art. 4(11), recital 32).
    ///
    /// What is lost on the way: [`losses`](super::losses). One receipt is held at a time, and nothing
    /// is kept between two.
    ///
    /// # Errors
    /// [`KantaraRefusal`]: what the form would tell a lie about.
    pub fn of(receipt: &Receipt, language: Language) -> Result<Self, KantaraRefusal> {
        let given = receipt.given().ok_or(KantaraRefusal::NotConsent)?;
        let state = given.state().ok_or(KantaraRefusal::Incomplete)?;
        let is_over = given.exp.is_some_and(|exp| exp <= receipt.issued);
        if !state.is_valid() || is_over {
            return Err(KantaraRefusal::NotInForce);
        }
        let is_listed = |language: Language| checks::is_language(language.as_str());
        if !is_listed(language) || !is_listed(receipt.language) {
            return Err(KantaraRefusal::NoLanguage);
        }
        let has_data = |process: &Process| !process.data.is_empty();
        let is_told = !receipt.processes.is_empty() && receipt.processes.iter().all(has_data);
        if receipt.jurisdiction.is_empty() || !is_told {
            return Err(KantaraRefusal::Incomplete);
        }
        let pages = receipt.controllers().map(|one| &one.party.url);
        let pages = pages.chain([&receipt.operator.url, &receipt.controller.policy_url]);
        if !pages.into_iter().all(|page| checks::is_url(page.as_str())) {
            return Err(KantaraRefusal::NoUrl);
        }
        let writer = Writer {
            receipt,
            given,
            state,
            language,
        };
        Ok(writer.document())
    }
}

struct Writer<'r> {
    receipt: &'r Receipt,
    given: &'r Given,
    state: EventState,
    language: Language,
}

impl Writer<'_> {
    fn document(&self) -> Document {
        let receipt = self.receipt;
        let ceremony = &self.given.ceremony;
        let countries: Vec<&str> = receipt.jurisdiction.iter().map(|c| c.as_str()).collect();
        let sensitive = receipt.processes.iter().flat_map(|process| &process.data);
        let sensitive = sensitive.filter(|item| item.sensitivity == Category::Special);
        let spi_cat = written(sensitive.map(|item| item.category));
        let parties = self.sides().map(|(_, one)| self.party(&one.party, None));
        Document {
            version: VERSION.to_owned(),
            jurisdiction: countries.join(" "),
            consent_timestamp: ceremony.decided_at,
            collection_method: self.how(),
            consent_receipt_id: receipt.receipt_id.to_string(),
            public_key: None,
            language: Some(receipt.language.to_string()),
            pii_principal_id: receipt.controller.surrogate_id.as_str().to_owned(),
            pii_controllers: parties
                .chain([self.party(&receipt.operator, Some(true))])
                .collect(),
            policy_url: receipt.controller.policy_url.as_str().to_owned(),
            services: self
                .sides()
                .map(|(role, one)| self.service(role, one))
                .collect(),
            sensitive: !spi_cat.is_empty(),
            spi_cat,
            extension: Some(self.extension()),
        }
    }

    fn text<'t>(&self, text: &'t Localized) -> &'t str {
        text.best(self.language, self.receipt.language).1
    }

    fn how(&self) -> String {
        let ceremony = &self.given.ceremony;
        let how = [ceremony.channel.label(), ceremony.method.label()];
        how.map(|text| text.get(self.language)).join(", ")
    }

    fn consent_type(&self) -> String {
        if self.given.ceremony.is_explicit {
            EXPLICIT.to_owned()
        } else {
            format!("{} ({})", AFFIRMED.get(self.language), self.how())
        }
    }

    fn party(&self, party: &Party, on_behalf: Option<bool>) -> PiiController {
        let address = &party.address;
        let said = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
        PiiController {
            pii_controller: self.text(&party.name).to_owned(),
            on_behalf,
            contact: format!(
                "{}, {}",
                self.text(&party.contact.role),
                party.contact.email.as_str()
            ),
            address: PostalAddress {
                street_address: said(&address.street),
                postal_code: said(&address.postal_code),
                address_locality: said(&address.city),
                address_country: said(address.country.as_str()),
                ..PostalAddress::default()
            },
            email: party.email.as_str().to_owned(),
            phone: party.phone.to_uri(),
            pii_controller_url: Some(party.url.as_str().to_owned()),
        }
    }

    /// Who uses the data, then who gives it.
    fn sides(&self) -> impl Iterator<Item = (Role, &Controller)> {
        let source = self.receipt.source.iter().map(|one| (Role::Source, one));
        std::iter::once((Role::Sink, &self.receipt.controller)).chain(source)
    }

    fn service(&self, role: Role, controller: &Controller) -> Service {
        let purposes = self.receipt.processes.iter();
        Service {
            service: self.text(&controller.service.title).to_owned(),
            purposes: purposes
                .map(|process| self.purpose(role, process))
                .collect(),
        }
    }

    fn purpose(&self, role: Role, process: &Process) -> Purpose {
        let third_parties = match role {
            Role::Source if self.is_one_organisation() => String::new(),
            Role::Source => self.text(&self.receipt.controller.party.name).to_owned(),
            Role::Sink => {
                let named = |recipient: &Recipient| {
                    format!("{} ({})", self.text(&recipient.name), recipient.country)
                };
                let named: Vec<String> = process.recipients.iter().map(named).collect();
                named.join("; ")
            }
        };
        Purpose {
            purpose: Some(format!(
                "{}: {}",
                self.text(&process.title),
                self.text(&process.description)
            )),
            purpose_category: vec![process.category.written()],
            consent_type: self.consent_type(),
            pii_category: written(process.data.iter().map(|item| item.category)),
            primary_purpose: (role == Role::Sink).then_some(process.is_primary),
            termination: self.termination(),
            third_party_disclosure: !third_parties.is_empty(),
            third_party_name: (!third_parties.is_empty()).then_some(third_parties),
        }
    }

    fn is_one_organisation(&self) -> bool {
        let controller = &self.receipt.controller.party.business_id;
        let source = self.receipt.source.as_ref();
        source.is_some_and(|source| source.party.business_id == *controller)
    }

    fn termination(&self) -> String {
        let words = |text: Trilingual| text.get(self.language);
        let remedy = &self.receipt.remedy;
        let mut text = String::new();
        if let Some(nbf) = self.given.nbf {
            text += &format!("{} {nbf}. ", words(FROM));
        }
        match self.given.exp {
            Some(exp) => text += &format!("{} {exp}. ", words(UNTIL)),
            None => text += &format!("{} ", words(OPEN)),
        }
        let otherwise = self.text(&remedy.otherwise);
        text + words(remedy.kind.label()) + " " + remedy.url.as_str() + " " + otherwise
    }

    fn extension(&self) -> Extension {
        let (receipt, given) = (self.receipt, self.given);
        let ceremony = &given.ceremony;
        Extension {
            version: ReceiptVersion::default(),
            issued: receipt.issued,
            texts: self.language,
            state: self.state,
            nbf: given.nbf,
            exp: given.exp,
            replaces: given.replaces.clone(),
            notice: given.notice.clone(),
            decided: Decided {
                is_explicit: ceremony.is_explicit,
                capacity: ceremony.acting.capacity,
                assurance: ceremony.assurance,
                custody: ceremony.custody,
            },
            operator: OperatorEvidence {
                operator_id: receipt.operator_id.clone(),
                business_id: receipt.operator.business_id.clone(),
            },
            services: self
                .sides()
                .map(|(role, one)| ServiceEvidence {
                    role,
                    business_id: one.party.business_id.clone(),
                    service_id: one.service.service_id.clone(),
                    description_version: one.service.version.clone(),
                    description_issued: one.service.issued.clone(),
                    surrogate_id: one.surrogate_id.clone(),
                    policy_url: one.policy_url.clone(),
                })
                .collect(),
            records: given.records.clone(),
            purposes: receipt.processes.iter().map(purpose_evidence).collect(),
        }
    }
}

fn purpose_evidence(process: &Process) -> PurposeEvidence {
    let data = process.data.iter().map(|item| DatasetEvidence {
        dataset_id: item.dataset_id.clone(),
        necessity: item.necessity,
        sensitivity: item.sensitivity,
        category: item.category,
    });
    let left_out = process.left_out.iter();
    PurposeEvidence {
        purpose_id: process.purpose_id.clone(),
        datasets: data.collect(),
        left_out: left_out.map(|item| item.dataset_id.clone()).collect(),
    }
}

/// Categories as they are written, each once, in the order of their first appearance.
fn written(categories: impl Iterator<Item = PiiCategory>) -> Vec<String> {
    let mut seen: Vec<PiiCategory> = Vec::new();
    for category in categories {
        if !seen.contains(&category) {
            seen.push(category);
        }
    }
    seen.into_iter().map(PiiCategory::written).collect()
}

const AFFIRMED: Trilingual = Trilingual {
    fi: "AFFIRMATIVE: suostumusta ilmaiseva toimi, joka ei koskenut vain tätä suostumusta",
    sv: "AFFIRMATIVE: en bekräftande handling som inte gällde enbart detta samtycke",
    en: "AFFIRMATIVE: an act of consent that was not about this consent alone",
};
const FROM: Trilingual = Trilingual {
    fi: "Alkaa",
    sv: "Från",
    en: "From",
};
const UNTIL: Trilingual = Trilingual {
    fi: "Päättyy",
    sv: "Till",
    en: "Until",
};
const OPEN: Trilingual = Trilingual {
    fi: "Voimassa, kunnes peruutat sen.",
    sv: "Gäller tills du återkallar det.",
    en: "In force until you withdraw it.",
};
