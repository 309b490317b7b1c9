//! From an entry to events of an account.

use super::read::Records;
use super::verify::{Judge, demand, known};
use super::wire::{By, Document, Happened, Invited, Number, What};
use super::{Entry, JournalFault, JournalRefusal};
use crate::account::Account;
use crate::command::{Act, Told};
use crate::contract::ContractEntry;
use crate::event::{Event, Fact};
use crate::lifecycle::LifecycleChange;
use crate::linking::{Linking, Offer, Stage};
use crate::proposal::Proposal;
use mydata_core::crypto::Crypto;
use mydata_core::id::LinkCode;
use mydata_record::consent::{AnyConsent, ConsentChange, ConsentStatus, Reason};
use mydata_record::link::LinkStatus;
use mydata_record::objection::ObjectionResponse;
use mydata_token::claims::Token;

impl Account {
    /// Takes an entry that follows what this account has: every record in it is opened, verified with
    /// the keys that the account has bound, and put behind its predecessor; then the events are
    /// applied, all of them or none, and given back. An entry without events changes nothing.
    ///
    /// The keys of services that came from a registry are taken as they are kept; an auditor holds
    /// the events that come back against it ([`Event::check_service_keys`]).
    ///
    /// # Errors
    /// [`JournalFault`]; the account is then as it was.
    pub fn resume(
        &mut self,
        entry: &Entry,
        crypto: &dyn Crypto,
    ) -> Result<Vec<Event>, JournalFault> {
        let wire = &entry.wire;
        // Only where nothing has happened it may be nobody's.
        let is_own = wire
            .account
            .as_ref()
            .map_or(wire.events.is_empty(), |id| id == self.id());
        if !is_own {
            return Err(JournalRefusal::OtherAccount.into());
        }
        let read = |account: &Self, happened: &Happened, before: Option<&Event>| {
            let judge = Judge { account, crypto };
            judge.event(happened, before, Records(&wire.records))
        };
        match wire.events.as_slice() {
            [] => Ok(Vec::new()),
            _ if self.version() != wire.version => Err(JournalRefusal::OutOfOrder.into()),
            // Most entries have one event, and need no copy of the account.
            [happened] => {
                let event = read(self, happened, None)?;
                self.apply(&event);
                Ok(vec![event])
            }
            all => {
                let mut after = self.clone();
                let mut events: Vec<Event> = Vec::with_capacity(all.len());
                for happened in all {
                    let event = read(&after, happened, events.last())?;
                    after.apply(&event);
                    events.push(event);
                }
                *self = after;
                Ok(events)
            }
        }
    }
}

impl<'a> Judge<'a> {
    fn event(
        self,
        happened: &Happened,
        before: Option<&Event>,
        records: Records<'_>,
    ) -> Result<Event, JournalFault> {
        let at = happened.at.or(before.map(|before| before.at));
        let at = known(at)?;
        let act = match (&happened.by, before) {
            (Some(by), _) => self.act(by),
            (None, before) => known(before)?.act.clone(),
        };
        let fact = self.fact(&happened.fact, records)?;
        Ok(Event { at, act, fact })
    }

    fn act(self, by: &By) -> Act {
        Act {
            account: self.account.id().clone(),
            actor: by.actor.clone(),
            capacity: by.capacity.clone(),
        }
    }

    /// Everything that [`Account::apply`] relies on is looked at here.
    fn fact(self, what: &What, records: Records<'_>) -> Result<Fact, JournalFault> {
        Ok(match what {
            What::LinkingStarted { code, linking } => {
                demand(self.account.linking(code).is_none())?;
                Fact::LinkingStarted {
                    code: code.clone(),
                    linking: linking.linking(),
                }
            }
            What::SurrogateOffered { code, offer } => {
                demand(self.linking(code)?.stage == Stage::Invited)?;
                Fact::SurrogateOffered {
                    code: code.clone(),
                    offer: offer.offer(),
                }
            }
            What::LinkProposed { code, record } => {
                let linking = self.linking(code)?;
                let Stage::Offered(offer) = &linking.stage else {
                    return Err(JournalRefusal::Mismatch.into());
                };
                Fact::LinkProposed {
                    code: code.clone(),
                    record: self.proposed(linking, offer, &records.get(*record)?)?,
                }
            }
            What::Countersigned { code, record } => {
                let linking = self.linking(code)?;
                let Stage::Proposed(offer, proposal) = &linking.stage else {
                    return Err(JournalRefusal::Mismatch.into());
                };
                let record = self.countersigned(linking, offer, &records.get(*record)?)?;
                demand(*record == proposal.0)?;
                Fact::Countersigned {
                    code: code.clone(),
                    record,
                }
            }
            What::Linked { code, status } => self.completed(code, *status, records)?,
            What::LinkingEnded { code } => {
                self.linking(code)?;
                Fact::LinkingEnded { code: code.clone() }
            }
            What::LinkChanged { reason, status } => self.link_changed(*reason, *status, records)?,
            What::ProposalShown(document) => self.shown(document)?,
            What::SingleGiven { record, status } => {
                let (record, _) = self.consent(&records.get(*record)?)?;
                self.given(AnyConsent::Single(record), *status, records)?
            }
            What::SourceGiven { record, status } => {
                let (record, _) = self.consent(&records.get(*record)?)?;
                self.given(AnyConsent::Source(record), *status, records)?
            }
            What::SinkGiven { record, status } => {
                let (record, _) = self.consent(&records.get(*record)?)?;
                self.given(AnyConsent::Sink(record), *status, records)?
            }
            What::ConsentChanged {
                reason,
                mirrored,
                status,
            } => self.consent_changed((*reason, *mirrored), *status, records)?,
            What::ContractFiled(entry) => {
                let link = self.link(&entry.filing.link_id)?;
                demand(link.record.service_id == entry.service_id)?;
                let earlier = self.account.contract(&entry.service_id, &entry.filing.id);
                demand(earlier.is_none_or(|contract| contract.ended().is_none()))?;
                let entry = ContractEntry::clone(entry);
                Fact::ContractFiled { entry }
            }
            What::ContractEnded { service_id, id } => {
                known(self.account.contract(service_id, id))?;
                Fact::ContractEnded {
                    service_id: service_id.clone(),
                    id: id.clone(),
                }
            }
            What::TokenIssued { token } => {
                let sealed = records.get::<Token>(*token)?;
                let opened = sealed.open()?;
                let consent = known(self.account.consent(opened.hint()))?;
                let token = self.token(consent, opened)?;
                Fact::TokenIssued {
                    cr_id: token.consent().clone(),
                    jti: token.id().clone(),
                    iat: token.iat(),
                    exp: token.exp(),
                    token: sealed,
                }
            }
            What::VerificationAsked {
                what,
                digest,
                expires,
            } => Fact::VerificationAsked {
                what: *what,
                digest: *digest,
                expires: *expires,
            },
            What::Activated { by } => {
                self.may(LifecycleChange::Activate)?;
                Fact::Activated { by: *by }
            }
            What::ExportOpened { by, until } => Fact::ExportOpened {
                by: *by,
                until: *until,
            },
            What::Exported => Fact::Exported,
            What::Closing { by, until } => {
                self.may(LifecycleChange::Close)?;
                Fact::Closing {
                    by: *by,
                    until: *until,
                }
            }
            What::Reopened => {
                self.may(LifecycleChange::Reopen)?;
                Fact::Reopened
            }
            What::Ended => {
                self.may(LifecycleChange::End)?;
                Fact::Ended
            }
            What::Erased => {
                self.may(LifecycleChange::Erase)?;
                Fact::Erased
            }
            What::Subscribed { link, record } => {
                let record = self.subscription(self.link(link)?, &records.get(*record)?)?;
                let link_id = link.clone();
                Fact::Subscribed { link_id, record }
            }
            What::SubscriptionConfirmed { link, id } => {
                let mailbox = known(self.link(link)?.mailbox())?;
                let mut all = mailbox.subscriptions().iter();
                demand(all.any(|subscription| subscription.id() == id))?;
                Fact::SubscriptionConfirmed {
                    link_id: link.clone(),
                    id: id.clone(),
                }
            }
            What::Notified { link, record, key } => {
                let record = self.notification(self.link(link)?, &records.get(*record)?, key)?;
                Fact::Notified {
                    link_id: link.clone(),
                    notification: Told::Signed(record),
                }
            }
            What::NotifiedEncrypted { link, jwe } => {
                self.link(link)?;
                Fact::Notified {
                    link_id: link.clone(),
                    notification: Told::Encrypted(jwe.clone()),
                }
            }
            What::Objected { link, record } => {
                let record = self.objection(self.link(link)?, &records.get(*record)?)?;
                demand(self.account.objection(record.id()).is_none())?;
                let link_id = link.clone();
                Fact::Objected { link_id, record }
            }
            What::ObjectionAnswered { record, key } => {
                let opened = records.get::<ObjectionResponse>(*record)?.open()?;
                let objection = known(self.account.objection(opened.hint()))?;
                let record = self.response(objection, opened, key)?;
                Fact::ObjectionAnswered { record }
            }
        })
    }

    fn linking(self, code: &LinkCode) -> Result<&'a Linking, JournalRefusal> {
        known(self.account.linking(code))
    }

    fn may(self, change: LifecycleChange) -> Result<(), JournalRefusal> {
        demand(self.account.lifecycle().after(change).is_some())
    }

    fn completed(
        self,
        code: &LinkCode,
        status: Number,
        records: Records<'_>,
    ) -> Result<Fact, JournalFault> {
        let Stage::Countersigned(
            Offer {
                link_id,
                surrogate_id,
                ..
            },
            _,
        ) = &self.linking(code)?.stage
        else {
            return Err(JournalRefusal::Mismatch.into());
        };
        demand(self.account.link(link_id).is_none())?;
        let chain = self.first_of_link(&records.get(status)?, link_id, surrogate_id)?;
        let code = code.clone();
        Ok(Fact::Linked { code, chain })
    }

    fn link_changed(
        self,
        reason: Reason,
        status: Number,
        records: Records<'_>,
    ) -> Result<Fact, JournalFault> {
        let opened = records.get::<LinkStatus>(status)?.open()?;
        let link = self.link(opened.hint())?;
        Ok(Fact::LinkChanged {
            link_id: link.record.link_id.clone(),
            reason,
            next: self.next(&link.chain, link, opened)?,
        })
    }

    fn shown(self, document: &Document) -> Result<Fact, JournalFault> {
        let proposal = Proposal::new(
            document.url.clone(),
            &document.media_type,
            document.language,
            document.rests_on.clone(),
            &document.octets.0,
        )?;
        demand(self.account.shown_at(proposal.url()).is_none())?;
        let hash = self.crypto.sha256(proposal.octets());
        demand(hash == document.hash)?;
        Ok(Fact::ProposalShown { proposal, hash })
    }

    fn given(
        self,
        record: AnyConsent,
        status: Number,
        records: Records<'_>,
    ) -> Result<Fact, JournalFault> {
        let terms = record.terms();
        demand(self.account.consent(&terms.cr_id).is_none())?;
        if let AnyConsent::Sink(sink) = &record {
            let source = self.account.consent(sink.source_cr_id());
            demand(matches!(
                source.map(|source| &source.record),
                Some(AnyConsent::Source(_))
            ))?;
        }
        let chain = self.first_of_consent(&records.get(status)?, terms)?;
        Ok(Fact::ConsentGiven { record, chain })
    }

    fn consent_changed(
        self,
        (reason, mirrored): (Reason, bool),
        status: Number,
        records: Records<'_>,
    ) -> Result<Fact, JournalFault> {
        let opened = records.get::<ConsentStatus>(status)?.open()?;
        let consent = known(self.account.consent(&opened.hint().cr_id))?;
        let link = self.link(&consent.terms().slr_id)?;
        let next = self.next(&consent.chain, link, opened)?;
        let state = next.record().consent_status;
        let mut changes = ConsentChange::ALL.into_iter();
        Ok(Fact::ConsentChanged {
            cr_id: consent.terms().cr_id.clone(),
            change: known(changes.find(|change| change.target() == state))?,
            reason,
            mirrored,
            next,
        })
    }
}

impl Invited {
    pub(super) fn linking(&self) -> Linking {
        Linking {
            service_id: self.service_id.clone(),
            description_version: self.description_version.clone(),
            service_keys: self.service_keys.clone(),
            is_sink: self.is_sink,
            surrogate_id: self.surrogate_id.clone(),
            expires: self.expires,
            stage: Stage::Invited,
        }
    }
}
