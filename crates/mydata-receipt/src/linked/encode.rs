//! From a receipt to the document.

mod parties;

use super::document::*;
use super::words::*;
use super::{RECEIPT_SCHEMA, RECORD_SCHEMA, form};
use crate::receipt::{
    Actor, Ceremony, Controller, DataItem, EventState, Given, Grounds, Process, Receipt, RecordRef,
    RemedyKind, Right, StatusEvent,
};
use mydata_record::consent::Role;
use mydata_record::description::Category;

impl Document {
    /// The document of a receipt. The same receipt gives the same document, octet for octet.
    #[must_use]
    pub fn of(receipt: &Receipt) -> Self {
        let names = Names::of(receipt);
        Self {
            context: form::context(),
            id: Some(names.receipt.clone()),
            kind: names.kinds("dpv:ConsentReceipt", "mydata:NoticeReceipt"),
            schema_version: Some(RECEIPT_SCHEMA.to_owned()),
            receipt_id: Some(names.receipt.clone()),
            identifier: Some(names.receipt.clone()),
            created: Some(Moment(receipt.issued)),
            receipt_version: Some(crate::receipt::ReceiptVersion::TEXT.to_owned()),
            operator_id: Some(receipt.operator_id.as_str().to_owned()),
            publisher: Some(names.of_party("operator")),
            consent_records: records(receipt, &names),
            party_identification: parties::of(receipt, &names),
        }
    }

    /// The document as JSON.
    ///
    /// # Errors
    /// [`mydata_core::json::JsonFault`] when it cannot stand in JSON, which none does.
    pub fn to_json(&self) -> Result<Vec<u8>, mydata_core::json::JsonFault> {
        mydata_core::json::to_vec(self)
    }
}

/// What the parties of one receipt are called: fragments of the receipt's own IRI, so that the names
/// of two receipts never meet.
struct Names {
    receipt: String,
    is_consent: bool,
}

impl Names {
    fn of(receipt: &Receipt) -> Self {
        Self {
            receipt: format!("urn:uuid:{}", receipt.receipt_id),
            is_consent: receipt.given().is_some(),
        }
    }

    fn of_party(&self, party: &str) -> String {
        [&self.receipt, "#", party].concat()
    }

    fn kinds(&self, consent: &str, otherwise: &str) -> Vec<String> {
        one(if self.is_consent { consent } else { otherwise })
    }
}

fn one(text: &str) -> Vec<String> {
    vec![text.to_owned()]
}

fn records(receipt: &Receipt, names: &Names) -> Vec<Record> {
    let processing = processing(receipt, names);
    let record = |header, events| Record {
        kind: names.kinds("dpv:ConsentRecord", "dpv:DataProcessingRecord"),
        header,
        pii_processing: processing.clone(),
        events,
    };
    match &receipt.grounds {
        Grounds::Consent(given) => {
            let heir = heir(given.records.iter().map(|of| Some(of.role)));
            let of = |(at, of)| {
                let mut header = header(receipt, of, names);
                let replaces = given.replaces.as_ref().filter(|_| at == heir);
                header.replaces = replaces.map(|id| Replaced {
                    record_id: id.as_str().to_owned(),
                });
                record(header, events(receipt, given, of, names))
            };
            given.records.iter().enumerate().map(of).collect()
        }
        Grounds::Law(_) => {
            let id = names.of_party("record");
            let header = Header {
                schema_version: RECORD_SCHEMA.to_owned(),
                identifier: Some(id.clone()),
                record_id: id,
                pii_principal_id: names.of_party("subject-sink"),
                created: None,
                replaces: None,
                role: None,
                link: None,
                signing_key: None,
                sha256: None,
            };
            vec![record(header, Vec::new())]
        }
    }
}

fn header(receipt: &Receipt, record: &RecordRef, names: &Names) -> Header {
    Header {
        schema_version: RECORD_SCHEMA.to_owned(),
        record_id: record.cr_id.as_str().to_owned(),
        identifier: Some(record.cr_id.as_str().to_owned()),
        pii_principal_id: names.of_party(side(receipt, record.role).1),
        created: Some(Moment(record.iat)),
        replaces: None,
        role: Some(term(ROLES, &record.role)),
        link: Some(record.slr_id.as_str().to_owned()),
        signing_key: Some(record.kid.as_str().to_owned()),
        sha256: Some(record.sha256.to_base64url()),
    }
}

/// The controller of a half, and the person towards it. Without a source both halves are one service's.
const fn side(receipt: &Receipt, role: Role) -> (&'static str, &'static str) {
    match (role, &receipt.source) {
        (Role::Source, Some(_)) => ("source", "subject-source"),
        (Role::Source | Role::Sink, _) => ("controller", "subject-sink"),
    }
}

fn events(receipt: &Receipt, given: &Given, record: &RecordRef, names: &Names) -> Vec<Event> {
    let (controller, subject) = side(receipt, record.role);
    let event = |event: &StatusEvent| Event {
        event_time: Moment(event.at),
        validity_duration: validity(given),
        entity_id: names.of_party(match event.by {
            Actor::DataSubject => subject,
            Actor::Representative => "representative",
            Actor::Operator | Actor::System => "operator",
            Actor::Service => controller,
        }),
        event_type: vec![term(EXPRESSION, &given.ceremony.is_explicit)],
        event_state: std::iter::once(term(STATES, &event.state))
            .chain(own_state(event.state))
            .collect(),
        method: one(match (&event.record, event.state) {
            (_, EventState::Given) => name(METHODS, &given.ceremony.method),
            (Some(_), _) => "mydata:StatusRecord",
            (None, _) => "mydata:TimePassed",
        }),
        actor: Some(term(ACTORS, &event.by)),
        reason: event.reason.map(|reason| term(REASONS, &reason)),
        status_record: event.record.as_ref().map(|record| StatusNode {
            record_id: record.record_id.as_str().to_owned(),
            sha256: record.sha256.to_base64url(),
        }),
    };
    record.events.iter().map(event).collect()
}

fn own_state(state: EventState) -> Option<String> {
    let own = OWN_STATES.iter().find(|(known, _)| *known == state);
    own.map(|(_, term)| (*term).to_owned())
}

fn validity(given: &Given) -> Duration {
    Duration {
        kind: one(match given.exp {
            Some(_) => "dpv:UntilTimeDuration",
            None => "dpv:EndlessDuration",
        }),
        valid_from: given.nbf.map(Moment),
        valid_through: given.exp.map(Moment),
        duration: None,
    }
}

fn processing(receipt: &Receipt, names: &Names) -> Processing {
    let remedy = |kinds: &[RemedyKind]| {
        let control = Control {
            kind: vec![term(REMEDIES, &receipt.remedy.kind)],
            exercised_at: Some(receipt.remedy.url.as_str().to_owned()),
            description: Some(receipt.remedy.otherwise.clone()),
        };
        let is_here = kinds.contains(&receipt.remedy.kind);
        is_here.then_some(control).into_iter().collect()
    };
    let controllers = ["controller", "source"]
        .into_iter()
        .zip(receipt.controllers());
    let controllers: Vec<(&str, &Controller)> = controllers.collect();
    Processing {
        privacy_notice: vec![notice(receipt)],
        language: one(receipt.language.as_str()),
        basis: vec![match &receipt.grounds {
            Grounds::Consent(given) => term(EXPRESSION, &given.ceremony.is_explicit),
            Grounds::Law(told) => term(BASES, &told.basis),
        }],
        purposes: receipt
            .processes
            .iter()
            .map(|process| purpose(process, receipt.source.is_some(), names))
            .collect(),
        pii_controllers: controllers
            .iter()
            .map(|(name, _)| names.of_party(name))
            .collect(),
        services: controllers
            .iter()
            .map(|(name, controller)| service(name, controller, names))
            .collect(),
        jurisdiction: receipt.jurisdiction.iter().map(place).collect(),
        withdrawal_method: remedy(&[RemedyKind::Withdraw]),
        involvement: remedy(&[RemedyKind::Object, RemedyKind::Nothing]),
        contract_control: remedy(&[RemedyKind::EndContract]),
        privacy_rights: receipt.rights.iter().map(right).collect(),
        authority_party: Some(names.of_party("authority")),
        indication: receipt.given().map(|given| indication(&given.ceremony)),
        codes_of_conduct: Vec::new(),
        impact_assessment: Vec::new(),
    }
}

fn place(country: &crate::receipt::Country) -> String {
    ["loc:", country.as_str()].concat()
}

fn notice(receipt: &Receipt) -> NoticeNode {
    match &receipt.grounds {
        Grounds::Consent(given) => NoticeNode {
            id: Some(given.notice.url.as_str().to_owned()),
            kind: one("dpv:ConsentNotice"),
            date: Some(Moment(given.notice.shown_at)),
            sha256: Some(given.notice.sha256.to_base64url()),
        },
        Grounds::Law(told) => NoticeNode {
            id: Some(receipt.controller.policy_url.as_str().to_owned()),
            kind: one("dpv:PrivacyNotice"),
            date: Some(Moment(told.at)),
            sha256: None,
        },
    }
}

fn indication(ceremony: &Ceremony) -> Indication {
    Indication {
        event_time: Some(Moment(ceremony.decided_at)),
        decided_by: Some(Decider {
            kind: vec![term(CAPACITIES, &ceremony.acting.capacity)],
            mandate: ceremony.acting.authority.clone(),
        }),
        channel: Some(term(CHANNELS, &ceremony.channel)),
        method: vec![term(METHODS, &ceremony.method)],
        assurance: Some(term(ASSURANCES, &ceremony.assurance)),
        custody: Some(term(CUSTODIES, &ceremony.custody)),
        age: ceremony.acting.minor.map(|minor| minor.age.into()),
    }
}

fn right(right: &Right) -> Control {
    Control {
        kind: one(right.right.as_str()),
        exercised_at: Some(right.url.as_str().to_owned()),
        description: None,
    }
}

fn service(name: &str, controller: &Controller, names: &Names) -> Service {
    Service {
        kind: one("dpv:Service"),
        identifier: Some(controller.service.service_id.as_str().to_owned()),
        title: Some(controller.service.title.clone()),
        version: Some(controller.service.version.as_str().to_owned()),
        issued: Some(controller.service.issued.clone()),
        provider: Some(names.of_party(name)),
        consumer: Some(names.of_party(subject(name))),
        policy: Some(controller.policy_url.as_str().to_owned()),
    }
}

fn subject(controller: &str) -> &'static str {
    match controller {
        "source" => "subject-source",
        _ => "subject-sink",
    }
}

fn purpose(process: &Process, has_source: bool, names: &Names) -> Purpose {
    // Whoever uses the data of another service receives it.
    let user = has_source.then(|| Receiver::Party(names.of_party("controller")));
    let others = process.recipients.iter().map(|recipient| {
        Receiver::Node(ReceiverNode {
            kind: one("dpv:ThirdParty"),
            party_name: Some(recipient.name.clone()),
            location: vec![place(&recipient.country)],
        })
    });
    Purpose {
        kind: one("dpv:Process"),
        identifier: Some(process.purpose_id.as_str().to_owned()),
        title: Some(process.title.clone()),
        description: Some(process.description.clone()),
        purpose: one(process.purpose.as_str()),
        purpose_type: Vec::new(),
        importance: Some(term(IMPORTANCE, &process.is_primary)),
        purpose_category: Some(process.category.number().into()),
        lawful_basis: process
            .legal_basis
            .iter()
            .map(|b| b.as_str().to_owned())
            .collect(),
        pii_information: process.data.iter().map(data).collect(),
        left_out: process.left_out.iter().map(data).collect(),
        collection_method: Vec::new(),
        processing_method: process
            .operations
            .iter()
            .map(|o| o.as_str().to_owned())
            .collect(),
        storage_locations: process
            .storage
            .iter()
            .map(|country| Storage {
                kind: one("dpv:StorageLocation"),
                location: vec![place(country)],
            })
            .collect(),
        retention_period: vec![RetentionNode {
            kind: one("dpv:StorageDuration"),
            description: Some(process.retention.rule.clone()),
            duration: process.retention.days.map(|days| format!("P{days}D")),
        }],
        processing_locations: Vec::new(),
        geographic_restrictions: Vec::new(),
        recipient_third_parties: user.into_iter().chain(others).collect(),
    }
}

fn data(item: &DataItem) -> Data {
    let of = |category: Category| {
        let is_so = item.sensitivity == category;
        is_so
            .then(|| term(SENSITIVITIES, &category))
            .into_iter()
            .collect()
    };
    Data {
        kind: one("dpv:PersonalData"),
        pii_type: one(item.personal_data.as_str()),
        pii_attribute_id: Some(item.dataset_id.as_str().to_owned()),
        pii_optional: Some(term(NECESSITIES, &item.necessity)),
        sensitive_pii_category: of(Category::Confidential),
        special_pii_category: of(Category::Special),
        title: Some(item.title.clone()),
        description: Some(item.description.clone()),
        pii_category: Some(item.category.number().into()),
    }
}
