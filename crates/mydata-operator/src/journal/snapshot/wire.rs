//! The form of a snapshot.

use super::super::JournalFault;
use super::super::wire::{FORM, Formed, Invited, Offered, is_false};
use super::super::written::service_key;
use crate::account::{Account, Consent, Link, Pause};
use crate::command::{Capacity, Told};
use crate::contract::{Contract, ContractEntry};
use crate::lifecycle::{Asked, Life, Lifecycle, Verification};
use crate::linking::{Linking, Stage};
use crate::mailbox::{Mailbox, Received};
use crate::objection::Objection;
use crate::proposal::Shown;
use mydata_core::crypto::Sha256;
use mydata_core::id::{AccountId, DescriptionVersion, LinkCode, LinkId, ServiceId, SubscriptionId};
use mydata_core::jwk::{KeySet, PublicKey};
use mydata_core::jws::{Kept, Payload, Verified};
use mydata_core::lang::Language;
use mydata_core::resource::ResourceUrl;
use mydata_core::time::Timestamp;
use mydata_record::chain::{Chain, StatusRecord};
use mydata_record::consent::{
    AnyConsent, ConsentStatus, Reason, SingleConsent, SinkConsent, SourceConsent,
};
use mydata_record::link::{LinkProposal, LinkRecord, LinkStatus};
use mydata_record::notification::{Jwe, Notification, Subscription};
use mydata_record::objection::{ObjectionRequest, ObjectionResponse};
use mydata_token::claims::Token;
use serde::{Deserialize, Serialize};

/// A snapshot.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    v: u32,
    pub(super) account: AccountId,
    pub(super) owner_keys: KeySet,
    pub(super) version: u64,
    pub(super) life: LifeWire,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) linkings: Vec<LinkingWire>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) links: Vec<LinkWire>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) consents: Vec<ConsentWire>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) objections: Vec<ObjectionWire>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) proposals: Vec<ProposalWire>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) contracts: Vec<ContractWire>,
}

impl Formed for Wire {
    fn form(&self) -> u32 {
        self.v
    }
}

impl Wire {
    pub(super) fn of(account: &Account) -> Result<Self, JournalFault> {
        let linkings = account.linkings.iter();
        let links = account.links.values().map(LinkWire::of);
        let objections = account.objections.values().map(ObjectionWire::of);
        Ok(Self {
            v: FORM,
            account: account.id.clone(),
            owner_keys: account.owner_keys.clone(),
            version: account.version,
            life: LifeWire::of(&account.life),
            linkings: linkings.map(LinkingWire::of).collect(),
            links: links.collect::<Result<_, _>>()?,
            consents: account.consents.values().map(ConsentWire::of).collect(),
            objections: objections.collect::<Result<_, _>>()?,
            proposals: account.proposals.iter().map(ProposalWire::of).collect(),
            contracts: account.contracts.values().map(ContractWire::of).collect(),
        })
    }
}

fn kept<T: Payload>(record: &Verified<T>) -> Kept<T> {
    Kept(record.seal())
}

fn chain<S: StatusRecord>(chain: &Chain<S>) -> Vec<Kept<S>> {
    chain.iter().map(kept).collect()
}

/// How far the account has come.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LifeWire {
    state: Lifecycle,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    export: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<AskedWire>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedWire {
    what: Verification,
    digest: Sha256,
    expires: Timestamp,
    first: Timestamp,
    count: u8,
}

impl LifeWire {
    fn of(life: &Life) -> Self {
        Self {
            state: life.state,
            until: life.until,
            export: life.export,
            asked: life.asked.as_ref().map(|asked| AskedWire {
                what: asked.what,
                digest: asked.digest,
                expires: asked.expires,
                first: asked.first,
                count: asked.count,
            }),
        }
    }

    pub(super) fn life(self) -> Life {
        Life {
            state: self.state,
            until: self.until,
            export: self.export,
            asked: self.asked.map(|asked| {
                Box::new(Asked {
                    what: asked.what,
                    digest: asked.digest,
                    expires: asked.expires,
                    first: asked.first,
                    count: asked.count,
                })
            }),
        }
    }
}

/// A linking under way.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkingWire {
    pub(super) code: LinkCode,
    pub(super) linking: Invited,
    pub(super) stage: StageWire,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum StageWire {
    Invited,
    Offered {
        offer: Offered,
    },
    Proposed {
        offer: Offered,
        record: Kept<LinkProposal>,
    },
    Countersigned {
        offer: Offered,
        record: Kept<LinkRecord>,
    },
}

impl LinkingWire {
    fn of((code, linking): (&LinkCode, &Linking)) -> Self {
        let stage = match &linking.stage {
            Stage::Invited => StageWire::Invited,
            Stage::Offered(offer) => StageWire::Offered {
                offer: offer.into(),
            },
            Stage::Proposed(offer, record) => StageWire::Proposed {
                offer: offer.into(),
                record: kept(record),
            },
            Stage::Countersigned(offer, record) => StageWire::Countersigned {
                offer: offer.into(),
                record: kept(record),
            },
        };
        Self {
            code: code.clone(),
            linking: linking.into(),
            stage,
        }
    }
}

/// A link, with the key of the service that has countersigned it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkWire {
    pub(super) record: Kept<LinkRecord>,
    pub(super) service_key: PublicKey,
    pub(super) chain: Vec<Kept<LinkStatus>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pop_key: Option<PublicKey>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mailbox: Option<MailboxWire>,
}

impl LinkWire {
    fn of(link: &Link) -> Result<Self, JournalFault> {
        Ok(Self {
            record: kept(&link.record),
            service_key: service_key(&link.record)?,
            chain: chain(&link.chain),
            pop_key: link.pop_key.clone(),
            mailbox: link.mailbox().map(MailboxWire::of).transpose()?,
        })
    }
}

/// Subscriptions and notifications.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MailboxWire {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) subscriptions: Vec<Kept<Subscription>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) confirmed: Option<SubscriptionId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) history: Vec<ReceivedWire>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum ReceivedWire {
    Signed {
        at: Timestamp,
        record: Kept<Notification>,
        key: PublicKey,
    },
    Encrypted {
        at: Timestamp,
        jwe: Jwe,
    },
}

impl MailboxWire {
    fn of(mailbox: &Mailbox) -> Result<Self, JournalFault> {
        let history = mailbox.history().iter().map(ReceivedWire::of);
        Ok(Self {
            subscriptions: mailbox.subscriptions().iter().map(kept).collect(),
            confirmed: mailbox.last_confirmed().cloned(),
            history: history.collect::<Result<_, _>>()?,
        })
    }
}

impl ReceivedWire {
    fn of(received: &Received) -> Result<Self, JournalFault> {
        let at = received.at;
        Ok(match &received.notification {
            Told::Signed(record) => Self::Signed {
                at,
                record: kept(record),
                key: service_key(record)?,
            },
            Told::Encrypted(jwe) => Self::Encrypted {
                at,
                jwe: jwe.clone(),
            },
        })
    }
}

/// A consent.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsentWire {
    pub(super) record: GivenWire,
    pub(super) chain: Vec<Kept<ConsentStatus>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pause: Option<PauseWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<Kept<Token>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum GivenWire {
    Single(Kept<SingleConsent>),
    Source(Kept<SourceConsent>),
    Sink(Kept<SinkConsent>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PauseWire {
    pub(super) by: Capacity,
    pub(super) reason: Reason,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) mirrored: bool,
}

impl ConsentWire {
    fn of(consent: &Consent) -> Self {
        let record = match &consent.record {
            AnyConsent::Single(record) => GivenWire::Single(kept(record)),
            AnyConsent::Source(record) => GivenWire::Source(kept(record)),
            AnyConsent::Sink(record) => GivenWire::Sink(kept(record)),
        };
        let pause = |pause: &Pause| PauseWire {
            by: pause.by.clone(),
            reason: pause.reason,
            mirrored: pause.mirrored,
        };
        let token = consent.token.as_deref();
        Self {
            record,
            chain: chain(&consent.chain),
            pause: consent.pause.as_deref().map(pause),
            token: token.map(|issued| Kept(issued.token.clone())),
        }
    }
}

/// An objection with its answers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObjectionWire {
    pub(super) link: LinkId,
    pub(super) request: Kept<ObjectionRequest>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) responses: Vec<ResponseWire>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ResponseWire {
    pub(super) record: Kept<ObjectionResponse>,
    pub(super) key: PublicKey,
}

impl ObjectionWire {
    fn of(objection: &Objection) -> Result<Self, JournalFault> {
        let response = |record: &Verified<ObjectionResponse>| {
            Ok(ResponseWire {
                record: kept(record),
                key: service_key(record)?,
            })
        };
        let responses = objection.responses().iter().map(response);
        Ok(Self {
            link: objection.link_id().clone(),
            request: kept(objection.request()),
            responses: responses.collect::<Result<_, JournalFault>>()?,
        })
    }
}

/// What is remembered of a proposal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProposalWire {
    pub(super) url: ResourceUrl,
    pub(super) hash: Sha256,
    pub(super) language: Language,
    pub(super) at: Timestamp,
    pub(super) rests_on: Vec<(ServiceId, DescriptionVersion)>,
}

impl ProposalWire {
    fn of((url, shown): (&ResourceUrl, &Shown)) -> Self {
        Self {
            url: url.clone(),
            hash: shown.hash,
            language: shown.language,
            at: shown.at,
            rests_on: shown.rests_on().to_vec(),
        }
    }
}

/// A contract with its versions, oldest first.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContractWire {
    pub(super) versions: Vec<ContractEntry>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<Timestamp>,
}

impl ContractWire {
    fn of(contract: &Contract) -> Self {
        Self {
            versions: contract.history().cloned().collect(),
            ended: contract.ended(),
        }
    }
}
