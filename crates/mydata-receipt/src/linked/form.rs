//! The table of the form: which members there are, how each is spelled, what it means, what it holds.
//!
//! One table carries the reader, the validator and the `@context`, so that they cannot disagree.

use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::LazyLock;

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Form {
    Receipt,
    Record,
    Header,
    Replaced,
    Processing,
    Described,
    Notice,
    Purpose,
    Data,
    Storage,
    Retention,
    Receiver,
    Service,
    Control,
    Indication,
    Decider,
    Event,
    Status,
    Duration,
    Party,
    Address,
    Contact,
}

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A text that is not blank.
    Text,
    /// A number from 0.
    Number,
    /// A number or a text.
    Free,
    /// Texts by language.
    Texts,
    /// A moment of UTC.
    Time,
    /// An IRI.
    Iri,
    /// A party by its id.
    Party,
    /// A class of DPV of one of these kinds (any when there is none), or a word of ours.
    Term(&'static [&'static str]),
    /// An object.
    Node(Form),
    /// A party by its id, or an object.
    PartyOr(Form),
}

/// A member of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) of: Form,
    /// The key in ISO's spelling, which is ours.
    pub(super) key: &'static str,
    /// Another name that others have for it; in camel case every key is read.
    pub(super) alias: &'static str,
    /// The property; empty for a keyword of JSON-LD, `@nest` and `@included` for a group.
    pub(super) property: &'static str,
    pub(super) is_needed: bool,
    pub(super) is_many: bool,
    pub(super) shape: Shape,
}

macro_rules! members {
    ($($of:ident { $($key:literal $alias:literal $property:literal $need:ident $many:ident $shape:expr;)+ })+) => {
        &[$($(Member {
            of: Form::$of, key: $key, alias: $alias, property: $property,
            is_needed: members!(@$need), is_many: members!(@$many), shape: $shape,
        },)+)+]
    };
    (@must) => { true };
    (@may) => { false };
    (@many) => { true };
    (@one) => { false };
}

const ANY: Shape = Shape::Term(&[]);
const PLACE: Shape = Shape::Term(&[]);
const DESCRIBED: Shape = Shape::Node(Form::Described);
const CONTROL: Shape = Shape::Node(Form::Control);

/// All members.
pub(super) const MEMBERS: &[Member] = members! {
    Receipt {
        "@id" "" "" may one Shape::Iri;
        "@type" "" "" may many ANY;
        "schema_version" "" "dct:conformsTo" must one Shape::Iri;
        "receipt_id" "" "dpv:hasIdentifier" must one Shape::Text;
        "identifier" "" "dct:identifier" may one Shape::Text;
        "created" "" "dct:created" must one Shape::Time;
        "receipt_version" "" "mydata:version" may one Shape::Text;
        "operator_id" "" "mydata:operatorId" may one Shape::Text;
        "publisher" "" "dct:publisher" may one Shape::Party;
        "consent_records" "records" "dpv:hasRecordOfActivity" must many Shape::Node(Form::Record);
        "party_identification" "" "@included" must many Shape::Node(Form::Party);
    }
    Record {
        "@type" "" "" may many ANY;
        "header" "record" "@nest" must one Shape::Node(Form::Header);
        "pii_processing" "" "@nest" must one Shape::Node(Form::Processing);
        "events" "event" "dpv:hasStatus" may many Shape::Node(Form::Event);
    }
    Header {
        "schema_version" "" "dct:conformsTo" must one Shape::Iri;
        "record_id" "" "dpv:hasIdentifier" must one Shape::Text;
        "identifier" "" "dct:identifier" may one Shape::Text;
        "pii_principal_id" "" "dpv:hasDataSubject" must one Shape::Party;
        "created" "" "dct:created" may one Shape::Time;
        "replaces" "" "dct:replaces" may one Shape::Node(Form::Replaced);
        "role" "" "mydata:role" may one ANY;
        "link" "" "mydata:link" may one Shape::Text;
        "signing_key" "" "mydata:signingKey" may one Shape::Text;
        "sha256" "" "mydata:sha256" may one Shape::Text;
    }
    Replaced {
        "record_id" "" "dpv:hasIdentifier" must one Shape::Text;
    }
    Processing {
        "privacy_notice" "" "dpv:hasNotice" must many Shape::Node(Form::Notice);
        "language" "" "dct:language" must many Shape::Text;
        "basis" "" "dpv:hasLegalBasis" may many Shape::Term(&["LegalBasis"]);
        "purposes" "" "dpv:hasProcess" must many Shape::Node(Form::Purpose);
        "pii_controllers" "" "dpv:hasDataController" must many Shape::Party;
        "services" "" "dpv:hasService" may many Shape::Node(Form::Service);
        "jurisdiction" "" "dpv:hasJurisdiction" must many PLACE;
        "withdrawal_method" "" "dpv:hasConsentControl" may many CONTROL;
        "involvement" "" "dpv:hasEntityControl" may many CONTROL;
        "contract_control" "" "dpv:hasContractControl" may many CONTROL;
        "privacy_rights" "" "dpv:hasRight" may many CONTROL;
        "authority_party" "" "dpv:hasAuthority" may one Shape::Party;
        "indication" "" "dpv:hasIndicationMethod" may one Shape::Node(Form::Indication);
        "codes_of_conduct" "codeOfConduct" "dpv:hasOrganisationalMeasure" may many DESCRIBED;
        "impact_assessment" "" "dpv:hasImpactAssessment" may many DESCRIBED;
    }
    Described {
        "@id" "" "" may one Shape::Iri;
        "@type" "" "" may many ANY;
        "description" "" "dct:description" may one Shape::Texts;
    }
    Notice {
        "@id" "" "" may one Shape::Iri;
        "@type" "" "" may many ANY;
        "date" "" "dct:date" may one Shape::Time;
        "sha256" "" "mydata:sha256" may one Shape::Text;
    }
    Purpose {
        "@type" "" "" may many ANY;
        "identifier" "" "dct:identifier" may one Shape::Text;
        "title" "" "dct:title" may one Shape::Texts;
        "description" "" "dct:description" may one Shape::Texts;
        "purpose" "" "dpv:hasPurpose" must many Shape::Term(&["Purpose"]);
        "purpose_type" "" "skos:broader" may many Shape::Term(&["Purpose"]);
        "importance" "" "dpv:hasImportance" may one Shape::Term(&["Importance"]);
        "purpose_category" "" "mydata:purposeCategory" may one Shape::Number;
        "lawful_basis" "" "dpv:hasLegalBasis" may many Shape::Term(&["LegalBasis"]);
        "pii_information" "" "dpv:hasPersonalData" must many Shape::Node(Form::Data);
        "left_out" "" "mydata:leftOut" may many Shape::Node(Form::Data);
        "collection_method" "" "dpv:hasDataSource" may many DESCRIBED;
        "processing_method" "" "dpv:hasProcessing" may many Shape::Term(&["Processing"]);
        "storage_locations" "storageLocation" "dpv:hasStorageCondition" must many Shape::Node(Form::Storage);
        "retention_period" "" "dpv:hasStorageCondition" must many Shape::Node(Form::Retention);
        "processing_locations" "" "dpv:hasProcessingCondition" may many DESCRIBED;
        "geographic_restrictions" "" "dpv:hasRule" may many DESCRIBED;
        "recipient_third_parties" "" "dpv:hasRecipient" must many Shape::PartyOr(Form::Receiver);
    }
    Data {
        "@type" "" "" may many ANY;
        "pii_type" "" "skos:broader" must many Shape::Term(&["PersonalData"]);
        "pii_attribute_id" "" "dct:identifier" may one Shape::Text;
        "pii_optional" "" "dpv:hasNecessity" may one Shape::Term(&["Necessity"]);
        "sensitive_pii_category" "" "rdf:type" may many ANY;
        "special_pii_category" "" "rdf:type" may many ANY;
        "title" "" "dct:title" may one Shape::Texts;
        "description" "" "dct:description" may one Shape::Texts;
        "pii_category" "" "mydata:piiCategory" may one Shape::Number;
    }
    Storage {
        "@type" "" "" may many ANY;
        "location" "" "dpv:hasLocation" may many PLACE;
    }
    Retention {
        "@type" "" "" may many ANY;
        "description" "" "dct:description" may one Shape::Texts;
        "duration" "" "schema:duration" may one Shape::Text;
    }
    Receiver {
        "@type" "" "" may many ANY;
        "party_name" "" "dpv:hasName" may one Shape::Texts;
        "location" "" "dpv:hasLocation" may many PLACE;
    }
    Service {
        "@type" "" "" may many ANY;
        "identifier" "" "dct:identifier" may one Shape::Text;
        "title" "" "dct:title" may one Shape::Texts;
        "version" "" "schema:version" may one Shape::Text;
        "issued" "" "dct:issued" may one Shape::Free;
        "provider" "" "dpv:hasServiceProvider" may one Shape::Party;
        "consumer" "" "dpv:hasServiceConsumer" may one Shape::Party;
        "policy" "" "dpv:hasPolicy" may one Shape::Iri;
    }
    Control {
        "@type" "" "" may many ANY;
        "exercised_at" "" "dpv:isExercisedAt" may one Shape::Iri;
        "description" "" "dct:description" may one Shape::Texts;
    }
    Indication {
        "event_time" "" "dpv:isIndicatedAtTime" may one Shape::Time;
        "decided_by" "" "dpv:isIndicatedBy" may one Shape::Node(Form::Decider);
        "channel" "" "mydata:channel" may one ANY;
        "method" "" "dpv:hasIndicationMethod" may many ANY;
        "assurance" "" "mydata:assurance" may one ANY;
        "custody" "" "mydata:custody" may one ANY;
        "age" "" "mydata:age" may one Shape::Number;
    }
    Decider {
        "@type" "" "" may many ANY;
        "mandate" "" "mydata:mandate" may one Shape::Text;
    }
    Event {
        "event_time" "" "dpv:isIndicatedAtTime" must one Shape::Time;
        "validity_duration" "" "dpv:hasDuration" must one Shape::Node(Form::Duration);
        "entity_id" "" "dpv:isIndicatedBy" must one Shape::Party;
        "event_type" "" "dpv:hasLegalBasis" must many Shape::Term(&["LegalBasis"]);
        "event_state" "" "dpv:hasConsentStatus" must many Shape::Term(&["ConsentStatus"]);
        "method" "" "dpv:hasIndicationMethod" may many ANY;
        "actor" "" "mydata:actor" may one ANY;
        "reason" "" "mydata:reason" may one ANY;
        "status_record" "" "mydata:statusRecord" may one Shape::Node(Form::Status);
    }
    Status {
        "record_id" "" "dpv:hasIdentifier" must one Shape::Text;
        "sha256" "" "mydata:sha256" must one Shape::Text;
    }
    Duration {
        "@type" "" "" may many ANY;
        "valid_from" "" "schema:validFrom" may one Shape::Time;
        "valid_through" "" "schema:validThrough" may one Shape::Time;
        "duration" "" "schema:duration" may one Shape::Text;
    }
    Party {
        "@id" "" "" must one Shape::Iri;
        "party_id" "" "dpv:hasIdentifier" must one Shape::Text;
        "identifier" "" "dct:identifier" may one Shape::Text;
        "party_name" "" "dpv:hasName" may one Shape::Texts;
        "party_address" "" "dpv:hasAddress" may one Shape::Node(Form::Address);
        "party_email" "" "schema:email" may one Shape::Text;
        "party_url" "" "schema:url" may one Shape::Iri;
        "party_phone" "" "schema:telephone" may one Shape::Text;
        "party_role" "" "rdf:type" may many ANY;
        "party_contact" "" "schema:contactPoint" may one Shape::Node(Form::Contact);
        "party_type" "" "rdf:type" must many ANY;
    }
    Address {
        "@type" "" "" may many ANY;
        "street_address" "" "schema:streetAddress" may one Shape::Text;
        "postal_code" "" "schema:postalCode" may one Shape::Text;
        "address_locality" "" "schema:addressLocality" may one Shape::Text;
        "address_country" "" "schema:addressCountry" may one Shape::Text;
    }
    Contact {
        "@type" "" "" may many ANY;
        "contact_type" "" "schema:contactType" may one Shape::Texts;
        "party_email" "" "schema:email" may one Shape::Text;
    }
};

/// The namespace of our own terms: an identifier under a name that RFC 2606 reserves. Nothing is
/// served there.
pub const NAMESPACE: &str = "https://mydata.example/ns/receipt#";

/// Vocabularies beside those of DPV, by prefix.
const VOCABULARIES: [(&str, &str); 6] = [
    ("dct", "http://purl.org/dc/terms/"),
    ("mydata", NAMESPACE),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("schema", "https://schema.org/"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

impl Member {
    /// Every spelling under which it is read.
    fn spellings(&self) -> impl Iterator<Item = String> {
        let alias = (!self.alias.is_empty()).then(|| self.alias.to_owned());
        let property = self.is_property_plain().then(|| self.property.to_owned());
        [self.key.to_owned(), camel(self.key)]
            .into_iter()
            .chain(alias)
            .chain(property)
    }

    /// Whether the property says which member it is: two of them are shared by two members each, and
    /// groups have none.
    fn is_property_plain(&self) -> bool {
        self.property.contains(':')
            && !matches!(self.property, "rdf:type" | "dpv:hasStorageCondition")
    }
}

/// A key of ISO's in camel case.
fn camel(key: &str) -> String {
    let mut is_next = false;
    let letter = |c: char| match (c, std::mem::replace(&mut is_next, c == '_')) {
        ('_', _) => None,
        (c, true) => Some(c.to_ascii_uppercase()),
        (c, false) => Some(c),
    };
    key.chars().filter_map(letter).collect()
}

/// Every spelling of every form: a document has thousands of names, and each is asked for here.
static SPELLINGS: LazyLock<HashMap<Form, HashMap<String, &'static Member>>> = LazyLock::new(|| {
    let mut all: HashMap<Form, HashMap<String, &'static Member>> = HashMap::new();
    for member in MEMBERS {
        let of = all.entry(member.of).or_default();
        for spelling in member.spellings() {
            of.entry(spelling).or_insert(member);
        }
    }
    all
});

/// The member of `form` that `name` spells.
pub(super) fn member(form: Form, name: &str) -> Option<&'static Member> {
    SPELLINGS.get(&form)?.get(name).copied()
}

/// The members of `form`.
pub(super) fn members(form: Form) -> impl Iterator<Item = &'static Member> {
    MEMBERS.iter().filter(move |member| member.of == form)
}

/// What each key means, so that the document is JSON-LD 1.1 as it stands: expanding it needs no network.
#[must_use]
pub fn context() -> Value {
    let mut context = Map::new();
    context.insert("@version".into(), json!(1.1));
    for (prefix, namespace) in crate::dpv::NAMESPACES.iter().chain(&VOCABULARIES) {
        context.insert((*prefix).into(), json!(namespace));
    }
    for member in MEMBERS {
        if let Some(meaning) = meaning(member) {
            context.insert(member.key.into(), meaning);
        }
    }
    Value::Object(context)
}

fn meaning(member: &Member) -> Option<Value> {
    let id = member.property;
    match (id, member.shape) {
        ("", _) => None,
        ("@nest" | "@included", _) => Some(json!(id)),
        (_, Shape::Text | Shape::Number | Shape::Free) => Some(json!({ "@id": id })),
        (_, Shape::Texts) => Some(json!({ "@id": id, "@container": "@language" })),
        (_, Shape::Time) => Some(json!({ "@id": id, "@type": "xsd:dateTime" })),
        (_, Shape::Iri | Shape::Party | Shape::Term(_) | Shape::Node(_) | Shape::PartyOr(_)) => {
            Some(json!({ "@id": id, "@type": "@id" }))
        }
    }
}
