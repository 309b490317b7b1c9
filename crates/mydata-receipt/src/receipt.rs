//! The one model behind every form: a decision, frozen at issue.

mod ceremony;
mod event;
mod given;
mod id;
mod party;
mod place;
mod process;
mod remedy;
mod several;
mod text;

pub use ceremony::{Acting, ActingAs, Assurance, Ceremony, Channel, Custody, Method, Minor};
pub use event::{Actor, EventState, StatusEvent, StatusRef};
pub use given::{Given, Notice, RecordRef};
pub use id::ReceiptId;
pub use party::{Address, Contact, Controller, Email, Party, Phone, ServiceRef};
pub use place::Country;
pub use process::{DataItem, Necessity, Process, Recipient, Retention};
pub use remedy::{Remedy, RemedyKind, Right};
pub use text::Localized;

use mydata_core::id::OperatorId;
use mydata_core::json;
use mydata_core::lang::Language;
use mydata_core::time::Timestamp;
use mydata_record::description::Basis;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A receipt: what was decided about one flow of data, or what the law decides about it, with every
/// fact as it stood at issue. Nothing is looked up when it is shown.
///
/// It is plain data and proves nothing by itself; what proves it is
/// the signed form, which carries the records.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// `1.0`, the version of this form.
    pub version: ReceiptVersion,
    /// Unique: one for each receipt issued, also when it is about the same decision again.
    pub receipt_id: ReceiptId,
    /// When it was issued: everything in it is as of then.
    pub issued: Timestamp,
    /// The operator that issued it and keeps the records.
    pub operator_id: OperatorId,
    /// Who runs the operator.
    pub operator: Party,
    /// Who gives the data; none when it stays in one service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Controller>,
    /// Who uses the data.
    pub controller: Controller,
    /// Whose law applies; at least one.
    #[serde(deserialize_with = "several::read")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub jurisdiction: Vec<Country>,
    /// To whom one can complain.
    pub authority: Party,
    /// The language in which the person was told.
    pub language: Language,
    /// On what the processing rests: the person's decision, or the law.
    pub grounds: Grounds,
    /// What for, one for each purpose; at least one, all on one legal basis.
    #[serde(deserialize_with = "several::read")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub processes: Vec<Process>,
    /// What the person can do about it.
    pub remedy: Remedy,
    /// Rights of the person under the GDPR.
    pub rights: Vec<Right>,
}

/// On what the processing rests.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Grounds {
    /// The person has decided: a consent receipt.
    Consent(Box<Given>),
    /// The law or a contract: a notice receipt.
    Law(Told),
}

/// What the person was told of processing that does not rest on consent.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Told {
    /// The legal basis; never consent.
    pub basis: Basis,
    /// When the person was told.
    pub at: Timestamp,
}

impl Receipt {
    /// The legal basis of every process in it.
    #[must_use]
    pub const fn basis(&self) -> Basis {
        match &self.grounds {
            Grounds::Consent(_) => Basis::Consent,
            Grounds::Law(told) => told.basis,
        }
    }

    /// The decision, when it rests on one.
    #[must_use]
    pub fn given(&self) -> Option<&Given> {
        match &self.grounds {
            Grounds::Consent(given) => Some(given),
            Grounds::Law(_) => None,
        }
    }

    /// Who uses the data, and who gives it.
    pub fn controllers(&self) -> impl Iterator<Item = &Controller> {
        std::iter::once(&self.controller).chain(&self.source)
    }
}

impl fmt::Debug for Receipt {
    /// Which it is, never what is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receipt({}, {})", self.receipt_id, self.issued)
    }
}

impl fmt::Debug for Grounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Consent(_) => f.write_str("Consent"),
            Self::Law(told) => fmt::Debug::fmt(told, f),
        }
    }
}

/// The version member of a receipt: the string `1.0` and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct ReceiptVersion;

impl ReceiptVersion {
    /// The version that this crate writes.
    pub const TEXT: &'static str = "1.0";
}

impl Serialize for ReceiptVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Self::TEXT)
    }
}

impl<'de> Deserialize<'de> for ReceiptVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::from_text(deserializer, "version 1.0", |text| {
            (text == Self::TEXT).then_some(Self)
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for ReceiptVersion {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ReceiptVersion".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "const": "1.0" })
    }
}
