//! The form of an entry.

use super::{JournalFault, JournalRefusal};
use crate::command::Capacity;
use crate::contract::ContractEntry;
use crate::lifecycle::{Verification, VerifiedBy};
use crate::linking::Offer;
use crate::person::ToPerson;
use mydata_core::base64;
use mydata_core::crypto::Sha256;
use mydata_core::id::{
    AccountId, ActorId, ContractId, DescriptionVersion, LinkCode, LinkId, ServiceId,
    SubscriptionId, SurrogateId,
};
use mydata_core::json::{self, Limits};
use mydata_core::jwk::{KeySet, PublicKey};
use mydata_core::jws::Kept;
use mydata_core::lang::Language;
use mydata_core::resource::ResourceUrl;
use mydata_core::time::Timestamp;
use mydata_record::consent::{ConsentProposal, Reason};
use mydata_record::message::LinkInvitation;
use mydata_record::notification::Jwe;
use mydata_record::possession::ProofScheme;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The form of today.
pub(super) const FORM: u32 = 1;

/// A document that says of what form it is.
pub(super) trait Formed {
    fn form(&self) -> u32;
}

/// Reads a document of today's form. One of another form is refused as such, whatever else is in it.
pub(super) fn read<'de, W: Deserialize<'de> + Formed>(
    octets: &'de [u8],
    limits: Limits,
) -> Result<W, JournalFault> {
    /// The one member that every form has.
    #[derive(Deserialize)]
    struct Any {
        v: u32,
    }

    let form = match json::from_slice::<W>(octets, limits) {
        Ok(wire) if wire.form() == FORM => return Ok(wire),
        Ok(wire) => Ok(wire.form()),
        Err(fault) => match json::from_slice::<Any>(octets, limits) {
            Ok(any) if any.v != FORM => Ok(any.v),
            Ok(_) | Err(_) => Err(fault),
        },
    };
    form?;
    Err(JournalRefusal::Version.into())
}

/// Writes a document that [`read`] takes.
pub(super) fn write<W: Serialize>(wire: &W, limits: Limits) -> Result<Vec<u8>, JournalFault> {
    let octets = json::to_vec(wire)?;
    if octets.len() > limits.octets {
        return Err(JournalRefusal::TooLarge.into());
    }
    Ok(octets)
}

/// The number of a record in its entry.
pub(super) type Number = u32;

/// An entry.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    pub(super) v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<AccountId>,
    pub(super) version: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<Happened>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) records: Vec<Kept<()>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) outbox: Vec<Said>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) letters: Vec<Letter>,
    #[serde(default, skip_serializing_if = "Answer::is_done")]
    pub(super) reply: Answer,
}

impl Formed for Wire {
    fn form(&self) -> u32 {
        self.v
    }
}

/// An event. What it does not say of time and actor is as in the event before it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Happened {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) by: Option<By>,
    pub(super) fact: What,
}

/// Who acted.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct By {
    pub(super) actor: ActorId,
    pub(super) capacity: Capacity,
}

/// What happened. What a record says itself is not said again.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum What {
    LinkingStarted {
        code: LinkCode,
        linking: Box<Invited>,
    },
    SurrogateOffered {
        code: LinkCode,
        offer: Box<Offered>,
    },
    LinkProposed {
        code: LinkCode,
        record: Number,
    },
    Countersigned {
        code: LinkCode,
        record: Number,
    },
    Linked {
        code: LinkCode,
        status: Number,
    },
    LinkingEnded {
        code: LinkCode,
    },
    LinkChanged {
        reason: Reason,
        status: Number,
    },
    ProposalShown(Box<Document>),
    SingleGiven {
        record: Number,
        status: Number,
    },
    SourceGiven {
        record: Number,
        status: Number,
    },
    SinkGiven {
        record: Number,
        status: Number,
    },
    ConsentChanged {
        reason: Reason,
        #[serde(default, skip_serializing_if = "is_false")]
        mirrored: bool,
        status: Number,
    },
    ContractFiled(Box<ContractEntry>),
    ContractEnded {
        service_id: ServiceId,
        id: ContractId,
    },
    TokenIssued {
        token: Number,
    },
    VerificationAsked {
        what: Verification,
        digest: Sha256,
        expires: Timestamp,
    },
    Activated {
        by: VerifiedBy,
    },
    ExportOpened {
        by: VerifiedBy,
        until: Timestamp,
    },
    Exported,
    Closing {
        by: VerifiedBy,
        until: Timestamp,
    },
    Reopened,
    Ended,
    Erased,
    Subscribed {
        link: LinkId,
        record: Number,
    },
    SubscriptionConfirmed {
        link: LinkId,
        id: SubscriptionId,
    },
    Notified {
        link: LinkId,
        record: Number,
        key: PublicKey,
    },
    NotifiedEncrypted {
        link: LinkId,
        jwe: Jwe,
    },
    Objected {
        link: LinkId,
        record: Number,
    },
    ObjectionAnswered {
        record: Number,
        key: PublicKey,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
pub(super) const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A linking at its start.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invited {
    pub(super) service_id: ServiceId,
    pub(super) description_version: DescriptionVersion,
    pub(super) service_keys: KeySet,
    pub(super) is_sink: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) surrogate_id: Option<SurrogateId>,
    pub(super) expires: Timestamp,
}

/// What a service has brought.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Offered {
    link_id: LinkId,
    surrogate_id: SurrogateId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pop_key: Option<PublicKey>,
    proof: ProofScheme,
}

impl From<&Offer> for Offered {
    fn from(offer: &Offer) -> Self {
        Self {
            link_id: offer.link_id.clone(),
            surrogate_id: offer.surrogate_id.clone(),
            pop_key: offer.pop_key.clone(),
            proof: offer.proof,
        }
    }
}

impl Offered {
    pub(super) fn offer(&self) -> Offer {
        Offer {
            link_id: self.link_id.clone(),
            surrogate_id: self.surrogate_id.clone(),
            pop_key: self.pop_key.clone(),
            proof: self.proof,
        }
    }
}

/// A proposal that was shown, with its octets.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) url: ResourceUrl,
    pub(super) hash: Sha256,
    pub(super) media_type: String,
    pub(super) language: Language,
    pub(super) rests_on: Vec<(ServiceId, DescriptionVersion)>,
    pub(super) octets: Octets,
}

/// Octets, in base64url.
pub(super) struct Octets(pub(super) Vec<u8>);

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&base64::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        json::from_text(deserializer, "base64url", |text| {
            base64::decode(text).map(Self)
        })
    }
}

/// A message to a service.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    pub(super) to: ServiceId,
    pub(super) message: Message,
}

/// Every message of `ToService`, with numbers where it has records.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Message {
    LinkInvitation(LinkInvitation),
    LinkProposal { code: LinkCode, slr: Number },
    Link { slr: Number, ssr: Number },
    LinkStatus { ssr: Number },
    SingleConsent { cr: Number, csr: Number },
    SourceConsent { cr: Number, csr: Number },
    SinkConsent { cr: Number, csr: Number },
    ConsentStatus { csr: Number },
    Subscription { subscription: Number },
    Objection { objection: Number },
}

/// A letter to the person that may be kept.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Letter {
    ExportReady { until: Timestamp },
    Closing { until: Timestamp },
    Reopened,
    Ended,
}

impl Letter {
    /// Nothing of a letter with a code.
    pub(super) const fn of(letter: &ToPerson) -> Option<Self> {
        match letter {
            ToPerson::Verify { .. } => None,
            ToPerson::ExportReady { until } => Some(Self::ExportReady { until: *until }),
            ToPerson::Closing { until } => Some(Self::Closing { until: *until }),
            ToPerson::Reopened => Some(Self::Reopened),
            ToPerson::Ended => Some(Self::Ended),
        }
    }

    pub(super) const fn letter(&self) -> ToPerson {
        match self {
            Self::ExportReady { until } => ToPerson::ExportReady { until: *until },
            Self::Closing { until } => ToPerson::Closing { until: *until },
            Self::Reopened => ToPerson::Reopened,
            Self::Ended => ToPerson::Ended,
        }
    }
}

/// What was answered.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Answer {
    #[default]
    Done,
    Linking(LinkCode),
    Token(Number),
    Proposal(ConsentProposal),
    Export {
        at: Timestamp,
        until: Timestamp,
    },
}

impl Answer {
    const fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}
