//! What a service holds.

use crate::known::KnownOperator;
use crate::objection::HeldObjection;
use crate::refusal::ServiceRefusal;
use mydata_core::id::{
    ConsentId, LinkCode, LinkId, ObjectionId, OperatorId, ServiceId, SubscriptionId, SurrogateId,
};
use mydata_core::jwk::{KeyHistory, PublicKey};
use mydata_core::jws::Verified;
use mydata_core::party::{Party, PartyKeys};
use mydata_core::time::Timestamp;
use mydata_record::chain::Chain;
use mydata_record::consent::{AnyConsent, ConsentStatus};
use mydata_record::link::{LinkProposal, LinkRecord, LinkState, LinkStatus};
use mydata_record::notification::{Subscribed, Subscription};
use mydata_record::possession::ProofScheme;
use mydata_record::standing::{Bar, Standing, standing};
use std::collections::BTreeMap;

/// A source or a sink with the links and consents of its people, in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub(crate) id: ServiceId,
    pub(crate) keys: KeyHistory,
    pub(crate) operators: Vec<KnownOperator>,
    pub(crate) pending: BTreeMap<LinkCode, PendingLink>,
    /// Surrogates given to people who begin a linking here: for which operator, and when.
    pub(crate) offered: BTreeMap<SurrogateId, (OperatorId, Timestamp)>,
    /// The codes of the linkings that have become links: their messages may come again.
    pub(crate) linked: BTreeMap<LinkCode, OperatorId>,
    pub(crate) links: BTreeMap<LinkId, HeldLink>,
    pub(crate) consents: BTreeMap<ConsentId, HeldConsent>,
    pub(crate) objections: BTreeMap<ObjectionId, HeldObjection>,
}

/// A link as the service holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldLink {
    /// The record.
    pub record: Verified<LinkRecord>,
    /// Its status.
    pub chain: Chain<LinkStatus>,
    /// The service has asked for the removal and waits for the operator (SL-29, SL-30).
    pub removal_asked: bool,
    /// What the person wishes to be told: what all of `subscriptions` say together.
    pub subscribed: Subscribed,
    /// Every subscription that has come, in whatever order it came.
    pub subscriptions: BTreeMap<SubscriptionId, Verified<Subscription>>,
    /// The operator's key for the status records of this link, the one in the record, with its life as
    /// far as it is known.
    pub(crate) operator_key: KeyHistory,
}

/// A consent as the service holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeldConsent {
    /// The record.
    pub record: AnyConsent,
    /// Its status.
    pub chain: Chain<ConsentStatus>,
    /// A status is known to be missing or could not be verified: nothing is processed until the
    /// operator has been asked (CN-29, CN-30).
    pub in_doubt: bool,
    /// Rises with every doubt: an answer to an earlier question does not end a later doubt.
    pub(crate) round: u32,
}

/// A linking under way at the service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingLink {
    /// With which operator.
    pub operator: OperatorId,
    /// When the invitation came.
    pub since: Timestamp,
    /// The surrogate: once the person has confirmed.
    pub surrogate_id: Option<SurrogateId>,
    /// How it has said that it will prove that it holds its key: once it has answered the invitation.
    pub proof: Option<ProofScheme>,
    /// The record that the service has countersigned.
    pub(crate) proposal: Option<Verified<LinkProposal>>,
}

impl Service {
    /// A service that has no links yet. `keys` are its own public signature keys, of whatever time, by
    /// which it knows its own signature again.
    #[must_use]
    pub fn new(id: ServiceId, keys: impl Into<KeyHistory>, operators: Vec<KnownOperator>) -> Self {
        Self {
            id,
            keys: keys.into(),
            operators,
            pending: BTreeMap::new(),
            offered: BTreeMap::new(),
            linked: BTreeMap::new(),
            links: BTreeMap::new(),
            consents: BTreeMap::new(),
            objections: BTreeMap::new(),
        }
    }

    /// The keys of an operator have changed, or there is one more: what is known of it from now on, also
    /// under the links that there are.
    pub fn know(&mut self, operator: KnownOperator) {
        for link in self.links.values_mut() {
            if link.record.operator_id == *operator.id() {
                link.operator_key = life_of(&link.record.operator_key, Some(&operator));
            }
        }
        self.operators.retain(|known| known.id() != operator.id());
        self.operators.push(operator);
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> &ServiceId {
        &self.id
    }

    /// The link with this id.
    #[must_use]
    pub fn link(&self, id: &LinkId) -> Option<&HeldLink> {
        self.links.get(id)
    }

    /// The consent with this id.
    #[must_use]
    pub fn consent(&self, id: &ConsentId) -> Option<&HeldConsent> {
        self.consents.get(id)
    }

    /// The link of this person, as the operator names them towards this service.
    #[must_use]
    pub fn link_by_surrogate(
        &self,
        operator: &OperatorId,
        surrogate: &SurrogateId,
    ) -> Option<&HeldLink> {
        self.links.values().find(|link| {
            link.record.surrogate_id == *surrogate && link.record.operator_id == *operator
        })
    }

    /// The linking under way with this code.
    #[must_use]
    pub fn linking(&self, code: &LinkCode) -> Option<&PendingLink> {
        self.pending.get(code)
    }

    /// All links, also the removed ones.
    pub fn links(&self) -> impl Iterator<Item = (&LinkId, &HeldLink)> {
        self.links.iter()
    }

    /// All consents, also the ended ones.
    pub fn consents(&self) -> impl Iterator<Item = (&ConsentId, &HeldConsent)> {
        self.consents.iter()
    }

    /// The standing of a consent at `now`; `None` when the service holds no such consent.
    #[must_use]
    pub fn standing(&self, id: &ConsentId, now: Timestamp) -> Option<Standing> {
        let consent = self.consents.get(id)?;
        Some(self.standing_of(consent, now))
    }

    pub(crate) fn standing_of(&self, consent: &HeldConsent, now: Timestamp) -> Standing {
        let terms = consent.record.terms();
        let Some(link) = self.links.get(&terms.slr_id) else {
            return Standing::Barred(Bar::LinkRemoved);
        };
        let found = standing(
            link.chain.state(),
            consent.chain.state(),
            terms.validity(),
            now,
        );
        match found {
            // What is over is over; only what might still be permitted is in doubt.
            Standing::Active if consent.in_doubt => Standing::Barred(Bar::StatusUnknown),
            Standing::Active | Standing::Barred(_) => found,
        }
    }

    pub(crate) fn operator(&self, id: &OperatorId) -> Result<&KnownOperator, ServiceRefusal> {
        let known = self.operators.iter().find(|operator| operator.id() == id);
        known.ok_or(ServiceRefusal::OperatorUnknown)
    }

    /// The link, when it is one with this operator.
    pub(crate) fn link_with(
        &self,
        id: &LinkId,
        operator: &OperatorId,
    ) -> Result<&HeldLink, ServiceRefusal> {
        let link = self.links.get(id).ok_or(ServiceRefusal::HeldLinkUnknown)?;
        if link.record.operator_id == *operator {
            Ok(link)
        } else {
            Err(ServiceRefusal::OperatorOther)
        }
    }
}

/// The key of a link record with the life that is known of it. Of one that the service has not been
/// told of, or no more, no end is known.
pub(crate) fn life_of(key: &PublicKey, operator: Option<&KnownOperator>) -> KeyHistory {
    let known = operator.and_then(|operator| operator.status_keys().only(key));
    known.unwrap_or_else(|| key.clone().into())
}

impl HeldLink {
    /// Whether the link is active.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.chain.state() == LinkState::Active
    }

    /// The keys frozen in the link record: everything under the link is verified with them.
    pub(crate) fn party_keys(&self) -> PartyKeys<'_> {
        PartyKeys::none()
            .with(Party::Owner, &self.record.cr_keys)
            .with_history(Party::Operator, &self.operator_key)
    }
}
