//! The document as types. Field names are the keys.

use crate::receipt::Localized;
use mydata_core::json;
use mydata_core::time::Timestamp;
use mydata_record::description::Issued;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// Structures of the document: every member that may be absent is left out when it is.
macro_rules! nodes {
    ($($(#[$meta:meta])* $name:ident { $($(#[$of:meta])* $field:ident: $type:ty,)+ })+) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[expect(clippy::exhaustive_structs, reason = "a form that is published")]
        pub struct $name { $($(#[$of])* pub $field: $type,)+ }

        impl std::fmt::Debug for $name {
            /// What it is, never what is in it.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )+};
}

/// One or more, or left out.
type Many<T> = Vec<T>;

nodes! {
    /// A receipt in the linked form: a wrapper around one record for each consent record.
    Document {
        /// What the keys mean; ours, or that of whoever wrote the document.
        #[serde(rename = "@context")]
        context: Value,
        /// The receipt as an IRI: the same as `receipt_id`.
        #[serde(rename = "@id", skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// The profile: one of [`SCHEMA_VERSIONS`](super::SCHEMA_VERSIONS).
        schema_version: String,
        /// `urn:uuid:` and the id of the receipt.
        receipt_id: String,
        /// The same for readers of Dublin Core.
        #[serde(skip_serializing_if = "Option::is_none")]
        identifier: Option<String>,
        /// When it was issued.
        created: Moment,
        /// The version of the receipt's own form.
        #[serde(skip_serializing_if = "Option::is_none")]
        receipt_version: Option<String>,
        /// The operator, by the id of its party.
        #[serde(skip_serializing_if = "Option::is_none")]
        publisher: Option<String>,
        /// The records.
        consent_records: Vec<Record>,
        /// Everybody whom the records name.
        party_identification: Vec<PartyNode>,
    }
    /// A record: who, what for, what became of it.
    Record {
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// Which it is.
        header: Header,
        /// What is processed.
        pii_processing: Processing,
        /// What became of the consent, oldest first; none when it rests on another basis.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        events: Many<Event>,
    }
    /// Which record it is.
    Header {
        /// The profile.
        schema_version: String,
        /// Its id.
        record_id: String,
        /// The same for readers of Dublin Core.
        #[serde(skip_serializing_if = "Option::is_none")]
        identifier: Option<String>,
        /// The person, by the id of the party that has the pseudonym.
        pii_principal_id: String,
        /// When it was signed.
        #[serde(skip_serializing_if = "Option::is_none")]
        created: Option<Moment>,
        /// The consent that it took the place of.
        #[serde(skip_serializing_if = "Option::is_none")]
        replaces: Option<Replaced>,
        /// Whose half it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<String>,
        /// The link under which it was given.
        #[serde(skip_serializing_if = "Option::is_none")]
        link: Option<String>,
        /// The key that signed it.
        #[serde(skip_serializing_if = "Option::is_none")]
        signing_key: Option<String>,
        /// SHA-256 of its signed octets.
        #[serde(skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
    }
    /// An older record, by its id.
    Replaced {
        /// The id.
        record_id: String,
    }
    /// What is processed, by whom, and what the person can do.
    Processing {
        /// What the person was told.
        privacy_notice: Vec<NoticeNode>,
        /// The language of it.
        language: Vec<String>,
        /// The legal basis as DPV names it without the GDPR.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        basis: Many<String>,
        /// One for each purpose.
        purposes: Vec<Purpose>,
        /// Who decides, by the ids of the parties; first the one that uses the data.
        pii_controllers: Vec<String>,
        /// The services that take part.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        services: Many<Service>,
        /// Whose law applies.
        jurisdiction: Vec<String>,
        /// How to withdraw.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        withdrawal_method: Many<Control>,
        /// What else the person can do, or cannot.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        involvement: Many<Control>,
        /// How to end the contract.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        contract_control: Many<Control>,
        /// Rights of the person.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        privacy_rights: Many<Control>,
        /// To whom one can complain, by the id of the party.
        #[serde(skip_serializing_if = "Option::is_none")]
        authority_party: Option<String>,
        /// How the person decided.
        #[serde(skip_serializing_if = "Option::is_none")]
        indication: Option<Indication>,
        /// Codes of conduct.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        codes_of_conduct: Many<Described>,
        /// Impact assessments.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        impact_assessment: Many<Described>,
    }
    /// Something that has an address, a kind or words.
    Described {
        /// Where it is.
        #[serde(rename = "@id", skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// In words.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<Localized>,
    }
    /// What the person was told.
    NoticeNode {
        /// Where it is.
        #[serde(rename = "@id", skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// When it was shown.
        #[serde(skip_serializing_if = "Option::is_none")]
        date: Option<Moment>,
        /// SHA-256 of its octets.
        #[serde(skip_serializing_if = "Option::is_none")]
        sha256: Option<String>,
    }
    /// Processing for one purpose.
    Purpose {
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// The purpose, as the service's description names it.
        #[serde(skip_serializing_if = "Option::is_none")]
        identifier: Option<String>,
        /// Its name.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<Localized>,
        /// What happens.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<Localized>,
        /// The purpose as terms.
        purpose: Vec<String>,
        /// Broader terms.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        purpose_type: Many<String>,
        /// Whether the service can do its main work without it.
        #[serde(skip_serializing_if = "Option::is_none")]
        importance: Option<String>,
        /// The purpose as a category of Kantara.
        #[serde(skip_serializing_if = "Option::is_none")]
        purpose_category: Option<u64>,
        /// What permits it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lawful_basis: Many<String>,
        /// The data.
        pii_information: Vec<Data>,
        /// Data that the person left out.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_out: Many<Data>,
        /// From where the data comes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        collection_method: Many<Described>,
        /// What is done with the data.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        processing_method: Many<String>,
        /// Where it is kept.
        storage_locations: Vec<Storage>,
        /// For how long.
        retention_period: Vec<RetentionNode>,
        /// Where it is processed.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        processing_locations: Many<Described>,
        /// Where it may not go.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        geographic_restrictions: Many<Described>,
        /// Who receives it. Nobody is an empty array, said rather than left out.
        recipient_third_parties: Vec<Receiver>,
    }
    /// One kind of data.
    Data {
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// What it is, as terms of personal data.
        pii_type: Vec<String>,
        /// The dataset.
        #[serde(skip_serializing_if = "Option::is_none")]
        pii_attribute_id: Option<String>,
        /// Whether the purpose can do without: `dpv:Required` or `dpv:Optional`; absent is required.
        #[serde(skip_serializing_if = "Option::is_none")]
        pii_optional: Option<String>,
        /// That it is sensitive.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sensitive_pii_category: Many<String>,
        /// That it is of a special category (GDPR Art. 9).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        special_pii_category: Many<String>,
        /// Its name.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<Localized>,
        /// What it is, in words.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<Localized>,
        /// What it is, as a category of Kantara.
        #[serde(skip_serializing_if = "Option::is_none")]
        pii_category: Option<u64>,
    }
    /// Where data is kept.
    Storage {
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// The place.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        location: Many<String>,
    }
    /// For how long data is kept.
    RetentionNode {
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// The rule, in words.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<Localized>,
        /// A duration (ISO 8601), `P730D`.
        #[serde(skip_serializing_if = "Option::is_none")]
        duration: Option<String>,
    }
    /// Somebody who receives data and of whom the receipt knows no more than this.
    ReceiverNode {
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// The name.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_name: Option<Localized>,
        /// The place.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        location: Many<String>,
    }
    /// A service.
    Service {
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// Its id.
        #[serde(skip_serializing_if = "Option::is_none")]
        identifier: Option<String>,
        /// Its name.
        #[serde(skip_serializing_if = "Option::is_none")]
        title: Option<Localized>,
        /// The version of its description.
        #[serde(skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        /// When that was made: a NumericDate, or free form.
        #[serde(skip_serializing_if = "Option::is_none")]
        issued: Option<Issued>,
        /// Who answers for it, by the id of the party.
        #[serde(skip_serializing_if = "Option::is_none")]
        provider: Option<String>,
        /// The person towards it, by the id of the party.
        #[serde(skip_serializing_if = "Option::is_none")]
        consumer: Option<String>,
        /// Its policy.
        #[serde(skip_serializing_if = "Option::is_none")]
        policy: Option<String>,
    }
    /// Something that the person can do, and where.
    Control {
        /// What.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// Where, on the web.
        #[serde(skip_serializing_if = "Option::is_none")]
        exercised_at: Option<String>,
        /// How else.
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<Localized>,
    }
    /// How the person decided.
    Indication {
        /// When.
        #[serde(skip_serializing_if = "Option::is_none")]
        event_time: Option<Moment>,
        /// Who.
        #[serde(skip_serializing_if = "Option::is_none")]
        decided_by: Option<Decider>,
        /// Where.
        #[serde(skip_serializing_if = "Option::is_none")]
        channel: Option<String>,
        /// By what act.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        method: Many<String>,
        /// How surely the one who acted is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        assurance: Option<String>,
        /// Where the key was.
        #[serde(skip_serializing_if = "Option::is_none")]
        custody: Option<String>,
        /// The age of the person, when a minor.
        #[serde(skip_serializing_if = "Option::is_none")]
        age: Option<u64>,
    }
    /// Who decided.
    Decider {
        /// In what capacity.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// The proof of the authority to act for another.
        #[serde(skip_serializing_if = "Option::is_none")]
        mandate: Option<String>,
    }
    /// One change of a consent's status.
    Event {
        /// When.
        event_time: Moment,
        /// For how long it holds.
        validity_duration: Duration,
        /// Who brought it about, by the id of the party.
        entity_id: String,
        /// What kind of consent it is.
        event_type: Vec<String>,
        /// What the consent is from then on.
        event_state: Vec<String>,
        /// How it was indicated.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        method: Many<String>,
        /// Who, in our own words.
        #[serde(skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// The signed record of it.
        #[serde(skip_serializing_if = "Option::is_none")]
        status_record: Option<StatusNode>,
    }
    /// A status record.
    StatusNode {
        /// Its id.
        record_id: String,
        /// SHA-256 of its signed octets.
        sha256: String,
    }
    /// For how long something holds.
    Duration {
        /// What kind of duration it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// Not before.
        #[serde(skip_serializing_if = "Option::is_none")]
        valid_from: Option<Moment>,
        /// Not at or after.
        #[serde(skip_serializing_if = "Option::is_none")]
        valid_through: Option<Moment>,
        /// A span (ISO 8601).
        #[serde(skip_serializing_if = "Option::is_none")]
        duration: Option<String>,
    }
    /// A party.
    PartyNode {
        /// What the records call it.
        #[serde(rename = "@id")]
        id: String,
        /// Its id in a register; of the person the pseudonym.
        party_id: String,
        /// The same for readers of Dublin Core.
        #[serde(skip_serializing_if = "Option::is_none")]
        identifier: Option<String>,
        /// Its name; a person has none here.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_name: Option<Localized>,
        /// Its postal address.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_address: Option<AddressNode>,
        /// Its e-mail address.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_email: Option<String>,
        /// Its pages.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_url: Option<String>,
        /// Its telephone, a `tel:` URI.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_phone: Option<String>,
        /// What it does here.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        party_role: Many<String>,
        /// Whom to ask.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_contact: Option<ContactNode>,
        /// What it is.
        party_type: Vec<String>,
    }
    /// A postal address.
    AddressNode {
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// Street and number.
        #[serde(skip_serializing_if = "Option::is_none")]
        street_address: Option<String>,
        /// The postal code.
        #[serde(skip_serializing_if = "Option::is_none")]
        postal_code: Option<String>,
        /// The city.
        #[serde(skip_serializing_if = "Option::is_none")]
        address_locality: Option<String>,
        /// The country, ISO 3166-1 alpha-2.
        #[serde(skip_serializing_if = "Option::is_none")]
        address_country: Option<String>,
    }
    /// Whom to ask.
    ContactNode {
        /// What it is.
        #[serde(rename = "@type", default, skip_serializing_if = "Vec::is_empty")]
        kind: Many<String>,
        /// The role.
        #[serde(skip_serializing_if = "Option::is_none")]
        contact_type: Option<Localized>,
        /// The e-mail address of the role.
        #[serde(skip_serializing_if = "Option::is_none")]
        party_email: Option<String>,
    }
}

/// Somebody who receives data.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "named, or described on the spot")]
pub enum Receiver {
    /// A party, by its id.
    Party(String),
    /// Somebody of whom the receipt knows a name and a place.
    Node(ReceiverNode),
}

impl std::fmt::Debug for Receiver {
    /// What it is, never what is in it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Party(_) => "Party",
            Self::Node(_) => "Node",
        })
    }
}

/// A moment, in JSON a text: RFC 3339 in UTC with whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a moment")]
pub struct Moment(pub Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::from_text(deserializer, "a moment of UTC, RFC 3339", |text| {
            Timestamp::parse(text).map(Self)
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time", "pattern": "Z$" })
    }
}
