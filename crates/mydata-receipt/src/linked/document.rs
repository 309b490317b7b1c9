//! The document as types. Field names are the keys.

use mydata_core::json;
use mydata_core::time::Timestamp;
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

mod party;
mod processing;

pub use party::{AddressNode, ContactNode, PartyNode};
pub use processing::{
    Control, Data, Decider, Described, Indication, NoticeNode, Processing, Purpose, Receiver,
    ReceiverNode, RetentionNode, Service, Storage,
};

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
        /// The profile: one of [`SCHEMA_VERSIONS`](super::SCHEMA_VERSIONS). It is absent, as are
        /// `receipt_id` and `created`, when what was read is a record without a receipt around it.
        #[serde(skip_serializing_if = "Option::is_none")]
        schema_version: Option<String>,
        /// `urn:uuid:` and the id of the receipt.
        #[serde(skip_serializing_if = "Option::is_none")]
        receipt_id: Option<String>,
        /// The same for readers of Dublin Core.
        #[serde(skip_serializing_if = "Option::is_none")]
        identifier: Option<String>,
        /// When it was issued.
        #[serde(skip_serializing_if = "Option::is_none")]
        created: Option<Moment>,
        /// The version of the receipt's own form.
        #[serde(skip_serializing_if = "Option::is_none")]
        receipt_version: Option<String>,
        /// The id of the operator.
        #[serde(skip_serializing_if = "Option::is_none")]
        operator_id: Option<String>,
        /// Who runs the operator, by the id of its party.
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
