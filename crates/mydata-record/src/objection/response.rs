//! What a service decides about an objection.

use super::{ObjectionRefusal, ObjectionRequest};
use crate::Version;
use mydata_core::id::{ObjectedId, ObjectionId, ObjectionResponseId, ServiceId, SurrogateId};
use mydata_core::jws::Payload;
use mydata_core::lang::Trilingual;
use mydata_core::party::{Party, SignerRule};
use mydata_core::time::Timestamp;
use mydata_core::web::WebLink;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

//= OB-18
/// The verdict on one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the framework closes the set")]
pub enum Verdict {
    /// The processing ends.
    Accepted,
    /// The processing goes on, for the reason that is given.
    Rejected,
    /// The service has not decided yet.
    Pending,
}

impl Verdict {
    /// Every verdict.
    pub const ALL: [Self; 3] = [Self::Accepted, Self::Rejected, Self::Pending];
}

/// Where one item of an objection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the framework closes the set")]
pub enum ObjectedState {
    /// The service has not answered.
    Requested,
    /// The service has said that it will decide.
    Pending,
    /// The processing has ended.
    Accepted,
    /// The processing goes on.
    Rejected,
}

impl ObjectedState {
    /// Every state.
    pub const ALL: [Self; 4] = [
        Self::Requested,
        Self::Pending,
        Self::Accepted,
        Self::Rejected,
    ];

    //= OB-06, OB-08
    /// The state after a verdict, or `None` when it is not allowed: a final verdict stays, and an
    /// answer that repeats it changes nothing.
    #[must_use]
    pub const fn after(self, verdict: Verdict) -> Option<Self> {
        match (self, verdict) {
            (Self::Requested | Self::Pending, Verdict::Pending) => Some(Self::Pending),
            (Self::Requested | Self::Pending | Self::Accepted, Verdict::Accepted) => {
                Some(Self::Accepted)
            }
            (Self::Requested | Self::Pending | Self::Rejected, Verdict::Rejected) => {
                Some(Self::Rejected)
            }
            (Self::Accepted, Verdict::Rejected | Verdict::Pending)
            | (Self::Rejected, Verdict::Accepted | Verdict::Pending) => None,
        }
    }

    /// Whether the service has decided.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Accepted | Self::Rejected => true,
            Self::Requested | Self::Pending => false,
        }
    }

    /// The state in a resident's words, said of an objection (en invändning).
    #[must_use]
    pub const fn label(self) -> Trilingual {
        let (fi, sv, en) = match self {
            Self::Requested => ("lähetetty", "skickad", "sent"),
            Self::Pending => ("käsiteltävänä", "under behandling", "being considered"),
            Self::Accepted => ("hyväksytty", "godkänd", "accepted"),
            Self::Rejected => ("hylätty", "avslagen", "rejected"),
        };
        Trilingual { fi, sv, en }
    }
}

/// The verdict on one item of an objection.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct ObjectionDecision {
    /// The item (OB-21).
    pub id: ObjectedId,
    /// The verdict.
    pub decision: Verdict,
    /// Where the person can read why; demanded of a rejection (OB-19).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<WebLink>,
}

/// An answer to an objection (Objection 2.0 §4.2): signed by the service. Every answer has a verdict
/// on every item; a later one replaces the earlier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct ObjectionResponse {
    wire: Wire,
}

//= OB-16, OB-17
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "ObjectionResponse"))]
struct Wire {
    /// `2.0`.
    version: Version,
    /// Unique in the service.
    id: ObjectionResponseId,
    /// The service.
    service_id: ServiceId,
    /// The person, as in the objection.
    sub: SurrogateId,
    /// When the record was made.
    iat: Timestamp,
    /// The objection.
    request_id: ObjectionId,
    /// One verdict an item.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    decisions: Vec<ObjectionDecision>,
}

impl ObjectionResponse {
    /// An answer of `service_id` to `request`.
    ///
    /// # Errors
    /// [`ObjectionRefusal`]; also when the verdicts are not those on the items of `request`.
    pub fn to(
        request: &ObjectionRequest,
        id: ObjectionResponseId,
        service_id: ServiceId,
        iat: Timestamp,
        decisions: Vec<ObjectionDecision>,
    ) -> Result<Self, ObjectionRefusal> {
        let response = Self::try_from(Wire {
            version: Version,
            id,
            service_id,
            sub: request.surrogate_id().clone(),
            iat,
            request_id: request.id().clone(),
            decisions,
        })?;
        if response.answers(request) {
            Ok(response)
        } else {
            Err(ObjectionRefusal::Decisions)
        }
    }

    /// Unique in the service.
    #[must_use]
    pub const fn id(&self) -> &ObjectionResponseId {
        &self.wire.id
    }

    /// The service.
    #[must_use]
    pub const fn service_id(&self) -> &ServiceId {
        &self.wire.service_id
    }

    /// The person.
    #[must_use]
    pub const fn surrogate_id(&self) -> &SurrogateId {
        &self.wire.sub
    }

    /// When it was made.
    #[must_use]
    pub const fn iat(&self) -> Timestamp {
        self.wire.iat
    }

    /// The objection answered.
    #[must_use]
    pub const fn request_id(&self) -> &ObjectionId {
        &self.wire.request_id
    }

    /// The verdicts.
    #[must_use]
    pub fn decisions(&self) -> &[ObjectionDecision] {
        &self.wire.decisions
    }

    /// Whether every item has its verdict and none is pending.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.decisions()
            .iter()
            .all(|decision| decision.decision != Verdict::Pending)
    }

    //= OB-17, OB-21
    /// Whether this answers `request`: its id, its person, and a verdict on exactly its items.
    #[must_use]
    pub fn answers(&self, request: &ObjectionRequest) -> bool {
        let asked: BTreeSet<_> = request.items().iter().map(|item| &item.id).collect();
        let decided: BTreeSet<_> = self.decisions().iter().map(|d| &d.id).collect();
        self.wire.request_id == *request.id()
            && self.wire.sub == *request.surrogate_id()
            && asked == decided
    }

    /// The states of the items after this answer, or `None` when it takes back a final verdict.
    #[must_use]
    pub fn after(
        &self,
        states: &BTreeMap<ObjectedId, ObjectedState>,
    ) -> Option<BTreeMap<ObjectedId, ObjectedState>> {
        let mut next = states.clone();
        for decision in self.decisions() {
            let state = next.get_mut(&decision.id)?;
            *state = state.after(decision.decision)?;
        }
        Some(next)
    }
}

impl TryFrom<Wire> for ObjectionResponse {
    type Error = ObjectionRefusal;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        let ids: BTreeSet<_> = wire.decisions.iter().map(|d| &d.id).collect();
        if ids.is_empty() || ids.len() != wire.decisions.len() {
            return Err(ObjectionRefusal::Decisions);
        }
        //= OB-19
        let is_bare = |d: &ObjectionDecision| d.decision == Verdict::Rejected && d.url.is_none();
        if wire.decisions.iter().any(is_bare) {
            return Err(ObjectionRefusal::Explanation);
        }
        Ok(Self { wire })
    }
}

impl From<ObjectionResponse> for Wire {
    fn from(response: ObjectionResponse) -> Self {
        response.wire
    }
}

//= OB-20
impl Payload for ObjectionResponse {
    const TYP: &'static str = "mydata-objection-response+json";
    const SIGNERS: SignerRule = SignerRule::All(&[Party::Service]);
    type Hint = ObjectionId;

    fn hint(&self) -> &ObjectionId {
        &self.wire.request_id
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for ObjectionResponse {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ObjectionResponse".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Wire::json_schema(generator)
    }
}
