//! What goes over the wire between a resident's app and the operator, where no document has a form for it.

pub(super) use crate::problem::Words;
use crate::query::Page;
use mydata::core::id::{ConsentId, DatasetId, PurposeId, ServiceId, SurrogateId};
use mydata::core::jwk::KeySet;
use mydata::core::jws::{Payload, Sealed, Unsigned};
use mydata::core::lang::Language;
use mydata::core::time::Timestamp;
use mydata::operator::{ConsentChoice, Scope};
use mydata::record::consent::{
    ConsentProposal, ConsentStatus, SingleConsent, SinkConsent, SourceConsent, UsageRule, Validity,
};
use mydata::record::notification::Selection;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `{"data": …}`, as the framework's API files wrap an answer.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Data<T> {
    pub(super) data: T,
}

/// A page of a list in the same form, and how many there are in all.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Listed<T> {
    pub(super) data: Vec<T>,
    pub(super) total: usize,
}

impl<T> Listed<T> {
    pub(super) fn on<A>(page: Page, all: impl Iterator<Item = A>, make: impl Fn(A) -> T) -> Self {
        let (data, total) = page.of(all, make);
        Self { data, total }
    }
}

/// A resource of those files: what it is, its id, the thing itself, and what we add.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Res<A, X = ()> {
    pub(super) r#type: &'static str,
    pub(super) id: String,
    pub(super) attributes: A,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) x_mydata: Option<X>,
}

impl<A> Res<A> {
    pub(super) fn plain(r#type: &'static str, id: impl ToString, attributes: A) -> Self {
        Self {
            r#type,
            id: id.to_string(),
            attributes,
            x_mydata: None,
        }
    }
}

impl<A, X> Res<A, X> {
    pub(super) fn with(r#type: &'static str, id: impl ToString, attributes: A, more: X) -> Self {
        Self {
            r#type,
            id: id.to_string(),
            attributes,
            x_mydata: Some(more),
        }
    }
}

/// A linking begins; from the service's side with its surrogate (C48).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Begin {
    #[serde(default)]
    pub(super) surrogate_id: Option<SurrogateId>,
}

/// "What would I agree to?"
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Where the data is; none when it stays in one service.
    #[serde(default)]
    pub(super) source: Option<ServiceId>,
    pub(super) sink: ServiceId,
    pub(super) purposes: Vec<PurposeId>,
    pub(super) language: Language,
}

/// "This is what I choose."
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    #[serde(default)]
    pub(super) source: Option<ServiceId>,
    pub(super) sink: ServiceId,
    rules: Vec<UsageRule>,
    #[serde(default)]
    nbf: Option<Timestamp>,
    #[serde(default)]
    exp: Option<Timestamp>,
    proposal: ConsentProposal,
}

impl Choice {
    pub(super) fn chosen(&self) -> ConsentChoice {
        ConsentChoice {
            rules: self.rules.clone(),
            validity: Validity::new(self.nbf, self.exp),
            proposal: self.proposal.clone(),
        }
    }
}

/// A consent that a wallet has signed: of a pair four records, else two.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignedConsent {
    #[serde(default)]
    pub(super) source: Option<Signed<SourceConsent>>,
    #[serde(default)]
    pub(super) sink: Option<Signed<SinkConsent>>,
    #[serde(default)]
    pub(super) single: Option<Signed<SingleConsent>>,
}

/// A record with its first status.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[serde(bound(deserialize = ""))]
pub(super) struct Signed<T> {
    pub(super) record: Sealed<T>,
    pub(super) status: Sealed<ConsentStatus>,
}

/// A change that a wallet has signed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignedChange {
    pub(super) status: Sealed<ConsentStatus>,
    #[serde(default)]
    pub(super) mirrored: Option<Sealed<ConsentStatus>>,
}

/// A modification that a wallet has signed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignedModification {
    pub(super) withdrawal: SignedChange,
    pub(super) consent: SignedConsent,
}

/// Which consents were made.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Given {
    pub(super) sink_cr_id: ConsentId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source_cr_id: Option<ConsentId>,
}

/// "Tell me this, and no longer that."
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wishes {
    pub(super) notifications: Vec<Selection>,
    #[serde(default)]
    pub(super) encrypted: bool,
}

/// "I object to this."
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Objections {
    pub(super) items: Vec<Item>,
}

/// One thing objected to, as in the record: a purpose, a dataset, or a dataset for a purpose.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Item {
    #[serde(default)]
    processing_id: Option<PurposeId>,
    #[serde(default)]
    dataset_id: Option<DatasetId>,
}

impl Objections {
    /// `None` when an item names nothing.
    pub(super) fn scopes(self) -> Option<Vec<Scope>> {
        let scope = |item: Item| match (item.processing_id, item.dataset_id) {
            (Some(purpose), None) => Some(Scope::Processing(purpose)),
            (None, Some(dataset)) => Some(Scope::Dataset(dataset)),
            (Some(purpose), Some(dataset)) => Some(Scope::ProcessingOf(purpose, dataset)),
            (None, None) => None,
        };
        self.items.into_iter().map(scope).collect()
    }
}

/// A record for a wallet to sign: what it is, and the octets to be signed with each key of the owner's. They
/// are `protected`, a full stop and `payload` of the envelope that comes back; the wallet reads what it signs
/// out of the payload.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Draft {
    typ: &'static str,
    inputs: Vec<Input>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Input {
    kid: String,
    signing_input: String,
}

impl Draft {
    pub(super) fn of<T: Payload>(record: &Unsigned<T>, keys: &KeySet) -> Self {
        let input = |key: &mydata::core::jwk::PublicKey| Input {
            kid: key.kid().as_str().to_owned(),
            signing_input: record.signing_input(key),
        };
        Self {
            typ: T::TYP,
            inputs: keys.iter().map(input).collect(),
        }
    }
}
