//! What a person objects to.

use super::ObjectionRefusal;
use crate::Version;
use mydata_core::id::{DatasetId, ObjectedId, ObjectionId, PurposeId, SurrogateId};
use mydata_core::jws::Payload;
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One thing objected to: a processing, a dataset, or a processing of a dataset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Objected {
    /// Unique in the objection (OB-14).
    pub id: ObjectedId,
    /// A purpose of the service's description; `purposeId` there (C36).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub processing_id: Option<PurposeId>,
    /// A dataset of the service's description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset_id: Option<DatasetId>,
}

impl Objected {
    //= OB-11, OB-12, OB-13
    /// Whether the item is about processing `dataset` for `purpose`: a processing alone means all of
    /// its datasets, a dataset alone all that is done with it, both mean that processing of that
    /// dataset.
    #[must_use]
    pub fn covers(&self, purpose: &PurposeId, dataset: &DatasetId) -> bool {
        let names_one = self.processing_id.is_some() || self.dataset_id.is_some();
        names_one
            && self.processing_id.as_ref().is_none_or(|id| id == purpose)
            && self.dataset_id.as_ref().is_none_or(|id| id == dataset)
    }
}

/// An objection (Objection 2.0 §4.1): signed by the owner.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct ObjectionRequest {
    wire: Wire,
}

//= OB-09, OB-10
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ObjectionRequest"))]
struct Wire {
    /// `2.0`.
    version: Version,
    /// Unique.
    id: ObjectionId,
    /// When the record was made.
    iat: Timestamp,
    /// The person, as in the link.
    sub: SurrogateId,
    /// One or more items, none twice.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    processing_objected: Vec<Objected>,
}

impl ObjectionRequest {
    /// From its parts.
    ///
    /// # Errors
    /// [`ObjectionRefusal`].
    pub fn new(
        id: ObjectionId,
        iat: Timestamp,
        sub: SurrogateId,
        processing_objected: Vec<Objected>,
    ) -> Result<Self, ObjectionRefusal> {
        Self::try_from(Wire {
            version: Version,
            id,
            iat,
            sub,
            processing_objected,
        })
    }

    /// Unique in the operator.
    #[must_use]
    pub const fn id(&self) -> &ObjectionId {
        &self.wire.id
    }

    /// When it was made.
    #[must_use]
    pub const fn iat(&self) -> Timestamp {
        self.wire.iat
    }

    /// The person, towards the service.
    #[must_use]
    pub const fn surrogate_id(&self) -> &SurrogateId {
        &self.wire.sub
    }

    /// What is objected to; at least one item.
    #[must_use]
    pub fn items(&self) -> &[Objected] {
        &self.wire.processing_objected
    }
}

impl TryFrom<Wire> for ObjectionRequest {
    type Error = ObjectionRefusal;

    //= OB-14
    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let items = &wire.processing_objected;
        let ids: BTreeSet<_> = items.iter().map(|item| &item.id).collect();
        if ids.is_empty() || ids.len() != items.len() {
            return Err(ObjectionRefusal::Items);
        }
        let is_empty = |item: &Objected| item.processing_id.is_none() && item.dataset_id.is_none();
        if items.iter().any(is_empty) {
            return Err(ObjectionRefusal::Scope);
        }
        Ok(Self { wire })
    }
}

impl From<ObjectionRequest> for Wire {
    fn from(request: ObjectionRequest) -> Self {
        request.wire
    }
}

//= OB-15
impl Payload for ObjectionRequest {
    const TYP: &'static str = "mydata-objection+json";
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Owner]);
    type Hint = SurrogateId;

    fn hint(&self) -> &SurrogateId {
        &self.wire.sub
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for ObjectionRequest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ObjectionRequest".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Wire::json_schema(generator)
    }
}
