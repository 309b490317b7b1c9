//! What is processed, what for, and what the person can do.

use super::{Many, Moment};
use crate::receipt::Localized;
use mydata_record::description::Issued;
use serde::{Deserialize, Serialize};

nodes! {
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
