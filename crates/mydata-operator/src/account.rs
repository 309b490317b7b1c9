//! What the operator remembers of one person.

use crate::command::Capacity;
use crate::contract::{Contract, ContractEntry};
use crate::event::{Event, Fact};
use crate::lifecycle::{Life, Lifecycle, LifecycleChange, Need};
use crate::linking::{Linking, Offer, Stage};
use crate::mailbox::{Mailbox, Received};
use crate::objection::Objection;
use crate::proposal::Shown;
use crate::rejection::Refusal;
use mydata_core::id::{
    AccountId, ConsentId, ContractId, LinkCode, LinkId, ObjectionId, ServiceId, SurrogateId,
};
use mydata_core::jwk::{KeySet, PublicKey};
use mydata_core::jws::{Sealed, Verified};
use mydata_core::party::{Party, PartyKeys};
use mydata_core::resource::ResourceUrl;
use mydata_core::time::Timestamp;
use mydata_record::chain::Chain;
use mydata_record::consent::Reason;
use mydata_record::consent::{AnyConsent, ConsentProposal, ConsentStatus, Terms};
use mydata_record::link::{LinkRecord, LinkState, LinkStatus};
use mydata_record::standing::{Bar, Standing, standing};
use mydata_token::claims::Token;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// One person's account: links, consents and their history; nothing is ever deleted on a change of
/// status (AC-03, FW-32). Only [`Command::Erase`](crate::Command::Erase) empties it.
///
/// A link has at least one status record and any number of consents, and a consent at least one
/// status record: a [`Chain`] is never empty, and no consent is accepted without its link (AC-49).
//= AC-03, AC-49
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
//= FW-32
pub struct Account {
    pub(crate) id: AccountId,
    pub(crate) owner_keys: KeySet,
    pub(crate) version: u64,
    pub(crate) life: Life,
    pub(crate) linkings: BTreeMap<LinkCode, Linking>,
    pub(crate) links: BTreeMap<LinkId, Link>,
    pub(crate) consents: BTreeMap<ConsentId, Consent>,
    pub(crate) objections: BTreeMap<ObjectionId, Objection>,
    pub(crate) proposals: BTreeMap<ResourceUrl, Shown>,
    pub(crate) contracts: BTreeMap<(ServiceId, ContractId), Contract>,
}

/// A link with its history.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Link {
    /// The record.
    pub record: Verified<LinkRecord>,
    /// Its status.
    pub chain: Chain<LinkStatus>,
    /// A sink's proof-of-possession key (SL-18).
    //= SL-18
    pub pop_key: Option<PublicKey>,
    /// Subscriptions and notifications, once there are any.
    pub mailbox: Option<Box<Mailbox>>,
}

/// A consent with its history.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Consent {
    /// The record.
    pub record: AnyConsent,
    /// Its status.
    pub chain: Chain<ConsentStatus>,
    /// The pause in force.
    pub pause: Option<Box<Pause>>,
    /// The newest token, in a source's consent.
    pub token: Option<Box<IssuedToken>>,
}

/// Who paused a consent, and why: that decides who may reactivate it (CN-19).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Pause {
    /// In what capacity.
    pub by: Capacity,
    /// Why.
    pub reason: Reason,
    /// Whether the pause followed one of the sink's half.
    pub mirrored: bool,
}

/// The newest token of a pair.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct IssuedToken {
    /// When it was issued.
    pub iat: Timestamp,
    /// When it ends.
    pub exp: Timestamp,
    /// The token.
    pub token: Sealed<Token>,
}

impl Account {
    /// A new account with the owner's public keys: consents and their status are verified with
    /// them. It is in use from the start: whoever opens it has verified the person before, in a
    /// stricter way than by a code (AC-14).
    //= AC-14
    #[must_use]
    pub const fn open(id: AccountId, owner_keys: KeySet) -> Self {
        Self::with_life(id, owner_keys, Life::at(Lifecycle::Active, None))
    }

    /// A new account that its person has yet to activate, before `activate_by`: until then nothing
    /// can be done with it, and after that the timers end it (AC-13).
    //= AC-13, FW-54
    #[must_use]
    pub const fn create(id: AccountId, owner_keys: KeySet, activate_by: Timestamp) -> Self {
        let life = Life::at(Lifecycle::Created, Some(activate_by));
        Self::with_life(id, owner_keys, life)
    }

    pub(crate) const fn with_life(id: AccountId, owner_keys: KeySet, life: Life) -> Self {
        Self {
            id,
            owner_keys,
            version: 0,
            life,
            linkings: BTreeMap::new(),
            links: BTreeMap::new(),
            consents: BTreeMap::new(),
            objections: BTreeMap::new(),
            proposals: BTreeMap::new(),
            contracts: BTreeMap::new(),
        }
    }

    /// This account after `events`.
    #[must_use]
    pub fn replay<'e>(mut self, events: impl IntoIterator<Item = &'e Event>) -> Self {
        for event in events {
            self.apply(event);
        }
        self
    }

    /// Remembers what has happened. Total: an event of a decision of this account always fits; any
    /// other leaves the state alone but for the count.
    pub fn apply(&mut self, event: &Event) {
        self.version += 1;
        match &event.fact {
            Fact::LinkingStarted { code, linking } => {
                self.linkings.insert(code.clone(), linking.clone());
            }
            Fact::SurrogateOffered { code, offer } => {
                self.stage(code, Stage::Offered(offer.clone()));
            }
            Fact::LinkProposed { code, record } => {
                if let Some(offer) = self.offer(code) {
                    self.stage(code, Stage::Proposed(offer, record.clone()));
                }
            }
            Fact::Countersigned { code, record } => {
                if let Some(offer) = self.offer(code) {
                    self.stage(code, Stage::Countersigned(offer, record.clone()));
                }
            }
            Fact::Linked { code, chain } => self.linked(code, chain),
            Fact::LinkingEnded { code } => {
                self.linkings.remove(code);
            }
            Fact::LinkChanged {
                link_id,
                next,
                reason: _,
            } => {
                if let Some(link) = self.links.get_mut(link_id) {
                    link.chain.push(next);
                }
            }
            Fact::ProposalShown { proposal, hash } => {
                let shown = proposal.shown(*hash, event.at);
                self.proposals.insert(proposal.url().clone(), shown);
            }
            //= CN-02, AC-41
            Fact::ConsentGiven { record, chain } => {
                let consent = Consent {
                    record: record.clone(),
                    chain: chain.clone(),
                    pause: None,
                    token: None,
                };
                self.consents.insert(record.terms().cr_id.clone(), consent);
            }
            Fact::ConsentChanged {
                cr_id,
                reason,
                mirrored,
                next,
                change: _,
            } => {
                if let Some(consent) = self.consents.get_mut(cr_id) {
                    consent.chain.push(next);
                    consent.pause = consent.chain.paused_by().map(|_| {
                        Box::new(Pause {
                            by: event.act.capacity.clone(),
                            reason: *reason,
                            mirrored: *mirrored,
                        })
                    });
                }
            }
            Fact::ContractFiled { entry } => self.filed(entry),
            Fact::ContractEnded { service_id, id } => {
                let key = (service_id.clone(), id.clone());
                if let Some(contract) = self.contracts.get_mut(&key) {
                    contract.end(event.at);
                }
            }
            Fact::TokenIssued {
                cr_id,
                iat,
                exp,
                token,
                jti: _,
            } => {
                if let Some(consent) = self.consents.get_mut(cr_id) {
                    consent.token = Some(Box::new(IssuedToken {
                        iat: *iat,
                        exp: *exp,
                        token: token.clone(),
                    }));
                }
            }
            Fact::VerificationAsked {
                what,
                digest,
                expires,
            } => self.life.ask(*what, *digest, (event.at, *expires)),
            Fact::Activated { by: _ } => self.advance(LifecycleChange::Activate, None),
            Fact::ExportOpened { by: _, until } => {
                self.life.asked = None;
                self.life.export = Some(*until);
            }
            Fact::Exported => {}
            Fact::Closing { by: _, until } => self.advance(LifecycleChange::Close, Some(*until)),
            Fact::Reopened => self.advance(LifecycleChange::Reopen, None),
            Fact::Ended => {
                self.advance(LifecycleChange::End, None);
                self.life.export = None;
            }
            Fact::Erased => self.erased(),
            Fact::Subscribed { link_id, record } => {
                if let Some(mailbox) = self.mailbox(link_id) {
                    mailbox.subscribed(record.clone());
                }
            }
            Fact::SubscriptionConfirmed { link_id, id } => {
                if let Some(mailbox) = self.mailbox(link_id) {
                    mailbox.confirmed(id);
                }
            }
            Fact::Notified {
                link_id,
                notification,
            } => {
                if let Some(mailbox) = self.mailbox(link_id) {
                    mailbox.received(event.at, notification.clone());
                }
            }
            Fact::Objected { link_id, record } => {
                let objection = Objection::new(link_id.clone(), record.clone());
                self.objections.insert(record.id().clone(), objection);
            }
            Fact::ObjectionAnswered { record } => {
                if let Some(objection) = self.objections.get_mut(record.request_id()) {
                    objection.answered(record.clone());
                }
            }
        }
    }

    /// The account goes on, and a code that was sent before is good no longer.
    fn advance(&mut self, change: LifecycleChange, until: Option<Timestamp>) {
        self.life.asked = None;
        self.life.change(change, until);
    }

    /// What is left is the id and the owner's public keys, until the caller drops them.
    //= AC-26
    fn erased(&mut self) {
        self.advance(LifecycleChange::Erase, None);
        if self.life.state == Lifecycle::Erased {
            self.linkings.clear();
            self.links.clear();
            self.consents.clear();
            self.proposals.clear();
            self.contracts.clear();
            self.objections.clear();
        }
    }

    fn mailbox(&mut self, link_id: &LinkId) -> Option<&mut Mailbox> {
        let link = self.links.get_mut(link_id)?;
        Some(link.mailbox.get_or_insert_default())
    }

    fn stage(&mut self, code: &LinkCode, stage: Stage) {
        if let Some(linking) = self.linkings.get_mut(code) {
            linking.stage = stage;
        }
    }

    fn offer(&self, code: &LinkCode) -> Option<Offer> {
        self.linkings.get(code)?.offer().cloned()
    }

    //= SL-21, AC-36
    fn linked(&mut self, code: &LinkCode, chain: &Chain<LinkStatus>) {
        let linking = self.linkings.remove(code);
        if let Some(Stage::Countersigned(offer, record)) = linking.map(|linking| linking.stage) {
            let link = Link {
                record,
                chain: chain.clone(),
                pop_key: offer.pop_key,
                mailbox: None,
            };
            self.links.insert(offer.link_id, link);
        }
    }

    fn filed(&mut self, entry: &ContractEntry) {
        let key = (entry.service_id.clone(), entry.filing.id.clone());
        match self.contracts.entry(key) {
            Entry::Vacant(place) => {
                place.insert(Contract::new(entry.clone()));
            }
            Entry::Occupied(mut contract) => contract.get_mut().supersede(entry.clone()),
        }
    }

    /// The id. It never leaves the operator.
    #[must_use]
    pub const fn id(&self) -> &AccountId {
        &self.id
    }

    /// The owner's keys.
    #[must_use]
    pub const fn owner_keys(&self) -> &KeySet {
        &self.owner_keys
    }

    /// How far the life of the account has come.
    #[must_use]
    pub const fn lifecycle(&self) -> Lifecycle {
        self.life.state
    }

    /// When the timers end the account: while it is closing, the end of the grace; before it is
    /// activated, the time by which it must be.
    #[must_use]
    pub const fn ends_at(&self) -> Option<Timestamp> {
        self.life.until
    }

    pub(crate) const fn life(&self) -> &Life {
        &self.life
    }

    /// Whether something new may be made: asked of a draft too, so that nobody signs in vain.
    pub(crate) const fn is_open(&self) -> Result<(), Refusal> {
        self.life.state.admits(Need::Open)
    }

    /// How many events have been applied.
    #[must_use]
    pub const fn version(&self) -> u64 {
        self.version
    }

    /// The links, also the removed ones.
    pub fn links(&self) -> impl Iterator<Item = (&LinkId, &Link)> {
        self.links.iter()
    }

    /// The consents, also the ended ones.
    pub fn consents(&self) -> impl Iterator<Item = (&ConsentId, &Consent)> {
        self.consents.iter()
    }

    /// The linkings under way.
    pub fn linkings(&self) -> impl Iterator<Item = (&LinkCode, &Linking)> {
        self.linkings.iter()
    }

    //= OB-08, AC-03
    /// The objections with all their answers, also the decided ones.
    pub fn objections(&self) -> impl Iterator<Item = (&ObjectionId, &Objection)> {
        self.objections.iter()
    }

    /// The objection with this id.
    #[must_use]
    pub fn objection(&self, id: &ObjectionId) -> Option<&Objection> {
        self.objections.get(id)
    }

    //= NT-11, FW-46
    /// Everything that services have told the person, the newest first; of removed links too.
    #[must_use]
    pub fn notifications(&self) -> Vec<(&Link, &Received)> {
        let of = |link| {
            let mailbox: Option<&Mailbox> = Link::mailbox(link);
            mailbox
                .into_iter()
                .flat_map(Mailbox::history)
                .map(move |n| (link, n))
        };
        let mut all: Vec<_> = self.links.values().flat_map(of).collect();
        all.sort_by_key(|(_, received)| Reverse(received.at));
        all
    }

    /// What was shown to the person, by address; the octets are in the events
    /// ([`crate::archived_proposal`]).
    pub fn proposals(&self) -> impl Iterator<Item = (&ResourceUrl, &Shown)> {
        self.proposals.iter()
    }

    /// The proposal that a consent names, when it is archived here.
    #[must_use]
    pub fn proposal(&self, named: &ConsentProposal) -> Option<&Shown> {
        let shown = self.proposals.get(&named.url)?;
        (shown.hash == named.hash).then_some(shown)
    }

    /// The proposal at an address.
    pub(crate) fn shown_at(&self, url: &ResourceUrl) -> Option<&Shown> {
        self.proposals.get(url)
    }

    /// This account as if the consent and, of a pair, the source's half had never been: what a
    /// draft sees of a consent that is to be withdrawn before the draft comes back.
    pub(crate) fn without(&self, cr_id: &ConsentId) -> Self {
        let mut rest = self.clone();
        let gone = rest.consents.remove(cr_id);
        if let Some(source) = gone.as_ref().and_then(Consent::source) {
            rest.consents.remove(source);
        }
        rest
    }

    /// The contracts, also the ended ones and those of removed links.
    //= FW-24
    pub fn contracts(&self) -> impl Iterator<Item = (&(ServiceId, ContractId), &Contract)> {
        self.contracts.iter()
    }

    /// The contract that a service calls so.
    #[must_use]
    pub fn contract(&self, service: &ServiceId, id: &ContractId) -> Option<&Contract> {
        self.contracts.get(&(service.clone(), id.clone()))
    }

    /// The link with this id.
    #[must_use]
    pub fn link(&self, id: &LinkId) -> Option<&Link> {
        self.links.get(id)
    }

    /// The consent with this id.
    #[must_use]
    pub fn consent(&self, id: &ConsentId) -> Option<&Consent> {
        self.consents.get(id)
    }

    /// The linking with this code.
    #[must_use]
    pub fn linking(&self, code: &LinkCode) -> Option<&Linking> {
        self.linkings.get(code)
    }

    /// The active link to a service.
    #[must_use]
    //= AC-38
    pub fn active_link(&self, service: &ServiceId) -> Option<(&LinkId, &Link)> {
        self.links
            .iter()
            .find(|(_, link)| link.is_active() && link.record.service_id == *service)
    }

    /// The link of a service with this surrogate; there is one at the most.
    #[must_use]
    pub fn link_by_surrogate(&self, service: &ServiceId, surrogate: &SurrogateId) -> Option<&Link> {
        self.links.values().find(|link| {
            link.record.service_id == *service && link.record.surrogate_id == *surrogate
        })
    }

    /// The standing of a consent at `now`; `None` when there is no such consent.
    #[must_use]
    pub fn standing(&self, id: &ConsentId, now: Timestamp) -> Option<Standing> {
        self.consents
            .get(id)
            .map(|consent| self.standing_of(consent, now))
    }

    pub(crate) fn standing_of(&self, consent: &Consent, now: Timestamp) -> Standing {
        let terms = consent.terms();
        match self.links.get(&terms.slr_id) {
            Some(link) => standing(
                link.chain.state(),
                consent.chain.state(),
                terms.validity(),
                now,
            ),
            None => Standing::Barred(Bar::LinkRemoved),
        }
    }

    /// The keys with which the owner's and the operator's records of this account are verified.
    #[must_use]
    pub fn party_keys<'k>(&'k self, operator: Option<&'k KeySet>) -> PartyKeys<'k> {
        let keys = PartyKeys::none().with(Party::Owner, &self.owner_keys);
        match operator {
            Some(operator) => keys.with(Party::Operator, operator),
            None => keys,
        }
    }

    /// The keys with which a countersigned link record of a linking under way is verified.
    ///
    /// # Errors
    /// [`Refusal::LinkingUnknown`].
    pub fn linking_keys(&self, code: &LinkCode) -> Result<PartyKeys<'_>, Refusal> {
        let linking = self.linkings.get(code).ok_or(Refusal::LinkingUnknown)?;
        Ok(self
            .party_keys(None)
            .with(Party::Service, &linking.service_keys))
    }
}

impl Link {
    /// Subscriptions and notifications; none before the first.
    #[must_use]
    pub fn mailbox(&self) -> Option<&Mailbox> {
        self.mailbox.as_deref()
    }

    /// Whether the link is active.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.chain.state() == LinkState::Active
    }
}

impl Consent {
    /// What the record says.
    #[must_use]
    pub fn terms(&self) -> &Terms {
        self.record.terms()
    }

    /// The source's half, when this is the sink's.
    #[must_use]
    pub fn source(&self) -> Option<&ConsentId> {
        match &self.record {
            AnyConsent::Sink(sink) => Some(sink.source_cr_id()),
            AnyConsent::Single(_) | AnyConsent::Source(_) => None,
        }
    }
}
