//! The copy of everything: the export of the framework (Account 2.0 §3.1.2, §4.6, C46).

use crate::correspondence::{NotificationItem, ObjectionItem, SubscriptionItem};
use crate::log::{LogEntry, Retention};
use crate::papers::{ContractItem, ProposalItem};
use crate::person::{AccountInfo, LinkedIdentity, Profile};
use crate::personal::Username;
use crate::registration::AccountKind;
use crate::typed::{Tag, kinds};
use mydata_core::id::{AccountId, ConsentId, LinkId, OperatorId, RecordId, ServiceId};
use mydata_core::json::{self, JsonFault, Limits};
use mydata_core::jwk::{KeySet, PublicKey};
use mydata_core::jws::Sealed;
use mydata_core::refusals;
use mydata_core::time::Timestamp;
use mydata_operator::{Account, Consent, Event, ExportPermit, Link};
use mydata_record::consent::{AnyConsent, ConsentStatus};
use mydata_record::link::{LinkRecord, LinkStatus};
use serde::{Deserialize, Serialize};
use std::fmt;

refusals! {
    /// Why an export is not made, or not believed.
    pub enum ExportRefusal {
        OtherAccount = "export_other_account": "the permit is for another account",
        PermitOver = "export_permit_over": "the time of the permit is over",
        OwnerKeysOther = "export_owner_keys_other": "the owner's keys in the export are not those that the person has shown",
        OperatorOther = "export_operator_other": "a link is one with another operator than the export",
        ServiceUnknown = "export_service_unknown": "the keys of a linked service are not known here",
        IdMismatch = "export_id_mismatch": "a resource has another id than the record in it",
        LinkMismatch = "export_link_mismatch": "a record stands under another link than it names",
        ProposalAltered = "export_proposal_altered": "a proposal in the export is not the one of its hash",
        LinkUnknown = "export_link_unknown": "a record stands under a link that is not in the export",
        RecordTwice = "export_record_twice": "two records in the export have one id",
        SubscriptionOrder = "export_subscription_order": "a subscription is not later than the one before it",
        AnswerOther = "export_answer_other": "an answer in the export is not one to its objection",
        AnswerOrder = "export_answer_order": "an answer is earlier than the one before it, or takes back what that decided",
        StatusMissing = "export_status_missing": "a link or a consent has no status record",
    }
}

/// A copy of all that an account holds, in the schema of the framework, with our extension members
/// under `x_mydata` (AC-51). Every signed record stands in it with its octets as they are.
///
/// What is not in it: the hash of the password, since who has it can guess at leisure; the tokens,
/// which are the sinks' credentials (when each was issued is in the log); and the names of the
/// operator's staff.
//= AC-04, AC-20, AC-51, AC-52
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Export {
    /// `Account`.
    #[serde(rename = "type")]
    pub kind: Tag<AccountKind>,
    /// The account's id at its operator.
    pub id: AccountId,
    /// The same, with the operator before it: unique among operators.
    pub gid: String,
    /// What the account holds.
    pub attributes: ExportAttributes,
}

/// What an account holds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ExportAttributes {
    /// The person.
    pub account_info: Vec<InfoItem>,
    /// What has happened, oldest first.
    pub event_logs: Vec<LogItem>,
    /// The links, also the removed ones, each with the consents under it.
    pub service_links: Vec<LinkItem>,
    /// What the framework's schema has no place for.
    pub x_mydata: ExportExtension,
}

/// What we add to the export of MyData 2.0.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ExportExtension {
    /// When it was collected.
    pub exported_at: Timestamp,
    /// The operator that hosts the account.
    pub operator_id: OperatorId,
    /// The local identity.
    pub username: Username,
    /// Identities at other providers.
    #[serde(default)]
    pub identities: Vec<LinkedIdentity>,
    /// The owner's public keys.
    pub owner_keys: KeySet,
    /// Linkings under way.
    #[serde(default)]
    pub linkings: Vec<LinkingItem>,
    /// What the person has subscribed to, link by link, oldest first.
    #[serde(default)]
    pub subscriptions: Vec<SubscriptionItem>,
    /// Notifications as received, link by link, oldest first.
    #[serde(default)]
    pub notifications: Vec<NotificationItem>,
    /// Objections and what was decided on them, as sent and received.
    #[serde(default)]
    pub objections: Vec<ObjectionItem>,
    /// What the person was shown before each consent, in the order in which it was shown.
    #[serde(default)]
    pub proposals: Vec<ProposalItem>,
    /// The contracts, also the ended ones.
    #[serde(default)]
    pub contracts: Vec<ContractItem>,
}

/// A linking under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LinkingItem {
    /// The service.
    pub service_id: ServiceId,
    /// When it is given up.
    pub expires: Timestamp,
}

/// A consent of whichever kind: a name for octets, which are opened as what they are
/// ([`Sealed::renamed`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no value of it")]
pub enum AnyRecord {}

kinds! {
    /// The word for account info.
    InfoKind = "AccountInfo"
    /// The word for a line of the log.
    LogKind = "Event"
    /// The word for a link.
    LinkKind = "ServiceLinkRecord"
    /// The word for the status of a link.
    LinkStatusKind = "ServiceLinkStatusRecord"
    /// The word for a consent.
    ConsentKind = "ConsentRecord"
    /// The word for the status of a consent.
    ConsentStatusKind = "ConsentStatusRecord"
}

macro_rules! items {
    ($($(#[$meta:meta])* $name:ident: $kind:ident, $id:ty, $attributes:ty $(, $(#[$of:meta])* $member:ident: $type:ty)*;)+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub struct $name {
            /// What it is.
            #[serde(rename = "type")]
            pub kind: Tag<$kind>,
            /// Its id.
            pub id: $id,
            /// The thing itself.
            pub attributes: $attributes,
            $($(#[$of])* pub $member: $type,)*
        }
    )+};
}

items! {
    /// The person.
    InfoItem: InfoKind, String, AccountInfo;
    /// A line of the log; its id is its number.
    LogItem: LogKind, String, LogEntry;
    /// A link.
    LinkItem: LinkKind, LinkId, Sealed<LinkRecord>,
        /// Its status, oldest first.
        status_records: Vec<LinkStatusItem>,
        /// The consents under it.
        consent_records: Vec<ConsentItem>,
        /// What the framework leaves open.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        x_mydata: Option<LinkExtension>;
    /// One status of a link.
    LinkStatusItem: LinkStatusKind, RecordId, Sealed<LinkStatus>;
    /// A consent.
    ConsentItem: ConsentKind, ConsentId, Sealed<AnyRecord>,
        /// Its status, oldest first.
        status_records: Vec<ConsentStatusItem>;
    /// One status of a consent.
    ConsentStatusItem: ConsentStatusKind, RecordId, Sealed<ConsentStatus>;
}

/// What we add to a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LinkExtension {
    /// A sink's proof-of-possession key.
    pub pop_key: PublicKey,
}

/// Everything there is about one person, in the hands of whoever collects it.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a new holding must break whoever collects"
)]
pub struct Holdings<'a> {
    /// The links, consents, contracts, notifications and objections.
    pub account: &'a Account,
    /// The person.
    pub profile: &'a Profile,
    /// What has happened, all of it, oldest first.
    pub events: &'a [Event],
    /// How far back the log is shown.
    pub retention: Retention,
    /// The operator that hosts the account.
    pub operator: &'a OperatorId,
}

impl Export {
    /// The bounds of an export: a life of records.
    pub const LIMITS: Limits = Limits::new(64 << 20, 16, 1024, 1 << 20);

    /// Collects everything. The permit is what a decision on `Command::Export` replies, so nothing is
    /// collected before the person was verified.
    ///
    /// # Errors
    /// [`ExportRefusal::OtherAccount`] and [`ExportRefusal::PermitOver`].
    //= AC-17, AC-19, AC-20
    pub fn collect(
        permit: ExportPermit,
        holdings: Holdings<'_>,
        now: Timestamp,
    ) -> Result<Self, ExportRefusal> {
        let (account, profile) = (holdings.account, holdings.profile);
        if permit.account() != account.id() {
            return Err(ExportRefusal::OtherAccount);
        }
        if !(permit.at()..permit.until()).contains(&now) {
            return Err(ExportRefusal::PermitOver);
        }
        let lines = holdings.retention.view(holdings.events, now);
        let log = lines.zip(1_u64..).map(|(attributes, number)| LogItem {
            kind: Tag::NEW,
            id: number.to_string(),
            attributes,
        });
        let info = InfoItem {
            kind: Tag::NEW,
            id: "1".to_owned(),
            attributes: profile.info.clone(),
        };
        let links = account
            .links()
            .map(|(id, link)| self::link(account, id, link));
        let linkings = account.linkings().map(|(_, linking)| LinkingItem {
            service_id: linking.service_id.clone(),
            expires: linking.expires,
        });
        Ok(Self {
            kind: Tag::NEW,
            id: account.id().clone(),
            gid: [holdings.operator.as_str(), "/", account.id().as_str()].concat(),
            attributes: ExportAttributes {
                account_info: vec![info],
                event_logs: log.collect(),
                service_links: links.collect(),
                x_mydata: ExportExtension {
                    exported_at: now,
                    operator_id: holdings.operator.clone(),
                    username: profile.credentials.username.clone(),
                    identities: profile.credentials.identities.clone(),
                    owner_keys: account.owner_keys().clone(),
                    linkings: linkings.collect(),
                    subscriptions: SubscriptionItem::all(account),
                    notifications: NotificationItem::all(account),
                    objections: ObjectionItem::all(account),
                    proposals: ProposalItem::all(holdings.events),
                    contracts: ContractItem::all(account),
                },
            },
        })
    }

    /// Reads an export. Nothing in it is believed: [`Export::verify`] is the next step.
    ///
    /// # Errors
    /// [`JsonFault`].
    pub fn read(octets: &[u8]) -> Result<Self, JsonFault> {
        json::from_slice(octets, Self::LIMITS)
    }
}

fn link(account: &Account, id: &LinkId, link: &Link) -> LinkItem {
    let status = link.chain.iter().map(|record| LinkStatusItem {
        kind: Tag::NEW,
        id: record.record_id.clone(),
        attributes: record.seal(),
    });
    let under = account.consents();
    let under = under.filter(|(_, consent)| consent.terms().slr_id == *id);
    let extension = |key: &PublicKey| LinkExtension {
        pop_key: key.clone(),
    };
    LinkItem {
        kind: Tag::NEW,
        id: id.clone(),
        attributes: link.record.seal(),
        status_records: status.collect(),
        consent_records: under
            .map(|(id, consent)| self::consent(id, consent))
            .collect(),
        x_mydata: link.pop_key.as_ref().map(extension),
    }
}

fn consent(id: &ConsentId, consent: &Consent) -> ConsentItem {
    let status = consent.chain.iter().map(|record| ConsentStatusItem {
        kind: Tag::NEW,
        id: record.record_id.clone(),
        attributes: record.seal(),
    });
    ConsentItem {
        kind: Tag::NEW,
        id: id.clone(),
        attributes: match &consent.record {
            AnyConsent::Single(record) => record.seal().renamed(),
            AnyConsent::Source(record) => record.seal().renamed(),
            AnyConsent::Sink(record) => record.seal().renamed(),
        },
        status_records: status.collect(),
    }
}

impl fmt::Debug for Export {
    /// How much there is; a copy of a life is not for a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.attributes, f)
    }
}

impl fmt::Debug for ExportAttributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (links, lines) = (self.service_links.len(), self.event_logs.len());
        write!(f, "Export({links} links, {lines} log lines)")
    }
}

impl fmt::Debug for ExportExtension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExportExtension({}, redacted)", self.exported_at)
    }
}
