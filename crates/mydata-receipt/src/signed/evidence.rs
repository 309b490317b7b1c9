//! The records that a signed receipt carries.

use mydata_core::base64;
use mydata_core::json;
use mydata_core::jws::{Payload, Sealed, Verified};
use mydata_record::chain::Chain;
use mydata_record::consent::{ConsentStatus, SingleConsent, SinkConsent, SourceConsent};
use mydata_record::link::LinkRecord;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// The records behind a receipt, octet for octet as they were signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[expect(clippy::exhaustive_enums, reason = "one record, two, or none")]
pub enum Evidence {
    /// A consent for one service.
    Single(Box<Single>),
    /// A consent for a source and a sink.
    Pair(Box<Pair>),
    /// None: the law or a contract permits the processing, and nobody has signed for it but the
    /// operator, this receipt.
    None {},
}

/// The evidence of a consent for one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Single {
    /// The record.
    pub record: RecordEvidence<SingleConsent>,
    /// What the person was shown, if it is carried too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<ProposalOctets>,
}

/// The evidence of a consent for a source and a sink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Pair {
    /// The source's half.
    pub source: RecordEvidence<SourceConsent>,
    /// The sink's half.
    pub sink: RecordEvidence<SinkConsent>,
    /// What the person was shown, if it is carried too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<ProposalOctets>,
}

/// A consent record with all that it takes to verify it: the link that binds the person's keys, and
/// the history.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(bound = "")]
pub struct RecordEvidence<C> {
    /// The link.
    pub link: Sealed<LinkRecord>,
    /// The consent.
    pub consent: Sealed<C>,
    /// Its status records, oldest first; at least one.
    pub status: Vec<Sealed<ConsentStatus>>,
}

impl<C> Clone for RecordEvidence<C> {
    fn clone(&self) -> Self {
        Self {
            link: self.link.clone(),
            consent: self.consent.clone(),
            status: self.status.clone(),
        }
    }
}

/// What the person was shown, octet for octet; its SHA-256 is in the consent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProposalOctets {
    /// What kind of octets they are: the operator's word, since only the octets are hashed. One line of
    /// ASCII.
    #[serde(deserialize_with = "media_type")]
    pub media_type: String,
    /// The octets; base64url without padding.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub octets: Vec<u8>,
}

fn media_type<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    json::from_text(deserializer, "a media type", |text| {
        let is_line = text.bytes().all(|b| b == b' ' || b.is_ascii_graphic());
        let is_type = text.len() <= 128 && text.contains('/') && is_line;
        is_type.then(|| text.to_owned())
    })
}

fn write<S: Serializer>(octets: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&base64::encode(octets))
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    json::from_text(deserializer, "base64url", base64::decode)
}

impl fmt::Debug for ProposalOctets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "ProposalOctets({}, {} octets)",
            self.media_type.escape_debug(),
            self.octets.len()
        )
    }
}

impl<C: Payload> RecordEvidence<C> {
    /// The octets of records that have been verified.
    #[must_use]
    pub fn of(
        link: &Verified<LinkRecord>,
        consent: &Verified<C>,
        chain: &Chain<ConsentStatus>,
    ) -> Self {
        Self {
            link: link.seal(),
            consent: consent.seal(),
            status: chain.iter().map(Verified::seal).collect(),
        }
    }
}
