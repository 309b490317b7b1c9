//! The whole account as octets, and back.

mod wire;

use super::verify::{Judge, demand, known};
use super::wire::{read, write};
use super::{JournalFault, SNAPSHOT_LIMITS};
use crate::account::{Account, Consent, IssuedToken, Link, Pause};
use crate::command::Told;
use crate::contract::Contract;
use crate::linking::{Linking, Stage};
use crate::mailbox::Mailbox;
use crate::objection::Objection;
use crate::proposal::Shown;
use mydata_core::crypto::Crypto;
use mydata_core::jws::{Kept, Sealed};
use mydata_core::resource::ResourceUrl;
use mydata_record::chain::{Chain, StatusRecord};
use mydata_record::consent::AnyConsent;
use mydata_token::claims::Token;
use wire::{
    ConsentWire, ContractWire, GivenWire, LinkWire, LinkingWire, MailboxWire, ObjectionWire,
    ProposalWire, ReceivedWire, StageWire, Wire,
};

impl Account {
    /// The whole account as octets, every record once; of an account without events its opening.
    ///
    /// # Errors
    /// [`super::JournalRefusal::TooLarge`] for what [`from_snapshot`](Self::from_snapshot) would not
    /// take: [`SNAPSHOT_LIMITS`].
    pub fn snapshot(&self) -> Result<Vec<u8>, JournalFault> {
        write(&Wire::of(self)?, SNAPSHOT_LIMITS)
    }

    /// The account of a snapshot, within [`SNAPSHOT_LIMITS`]: every record in it is opened, verified
    /// with the keys that the account has bound, and put behind its predecessor.
    ///
    /// # Errors
    /// [`JournalFault`]; `journal_version` for a form that is not known here.
    pub fn from_snapshot(octets: &[u8], crypto: &dyn Crypto) -> Result<Self, JournalFault> {
        let wire: Wire = read(octets, SNAPSHOT_LIMITS)?;
        let mut account = Self::with_life(wire.account, wire.owner_keys, wire.life.life());
        account.version = wire.version;
        for kept in wire.linkings {
            let linking = Judge {
                account: &account,
                crypto,
            }
            .linking_again(&kept)?;
            let taken = account.linkings.insert(kept.code, linking);
            demand(taken.is_none())?;
        }
        for kept in wire.links {
            let link = Judge {
                account: &account,
                crypto,
            }
            .link_again(kept)?;
            let taken = account.links.insert(link.record.link_id.clone(), link);
            demand(taken.is_none())?;
        }
        for kept in wire.consents {
            let consent = Judge {
                account: &account,
                crypto,
            }
            .consent_again(kept)?;
            let id = consent.terms().cr_id.clone();
            let taken = account.consents.insert(id, consent);
            demand(taken.is_none())?;
        }
        for consent in account.consents.values() {
            if let AnyConsent::Sink(sink) = &consent.record {
                let source = known(account.consents.get(sink.source_cr_id()))?;
                demand(matches!(source.record, AnyConsent::Source(_)))?;
            }
        }
        for kept in wire.objections {
            let objection = Judge {
                account: &account,
                crypto,
            }
            .objection_again(&kept)?;
            let id = objection.request().id().clone();
            let taken = account.objections.insert(id, objection);
            demand(taken.is_none())?;
        }
        for kept in wire.proposals {
            let (url, shown) = kept.shown()?;
            demand(account.proposals.insert(url, shown).is_none())?;
        }
        for kept in wire.contracts {
            let contract = kept.contract()?;
            let current = contract.current();
            let key = (current.service_id.clone(), current.filing.id.clone());
            demand(account.contracts.insert(key, contract).is_none())?;
        }
        Ok(account)
    }
}

impl Judge<'_> {
    fn linking_again(self, kept: &LinkingWire) -> Result<Linking, JournalFault> {
        let mut linking = kept.linking.linking();
        linking.stage = match &kept.stage {
            StageWire::Invited => Stage::Invited,
            StageWire::Offered { offer } => Stage::Offered(offer.offer()),
            StageWire::Proposed { offer, record } => {
                let offer = offer.offer();
                let record = self.proposed(&linking, &offer, &record.0)?;
                Stage::Proposed(offer, record)
            }
            StageWire::Countersigned { offer, record } => {
                let offer = offer.offer();
                let record = self.countersigned(&linking, &offer, &record.0)?;
                Stage::Countersigned(offer, record)
            }
        };
        Ok(linking)
    }

    fn link_again(self, kept: LinkWire) -> Result<Link, JournalFault> {
        let record = self.linked(&kept.record.0, &kept.service_key)?;
        let (first, later) = known(kept.chain.split_first())?;
        let chain = self.first_of_link(&first.0, &record.link_id, &record.surrogate_id)?;
        let mut link = Link {
            record,
            chain,
            pop_key: kept.pop_key,
            mailbox: None,
        };
        let mut chain = link.chain.clone();
        self.follow(&mut chain, &link, later)?;
        link.chain = chain;
        if let Some(kept) = kept.mailbox {
            link.mailbox = Some(Box::new(self.mailbox_again(&link, kept)?));
        }
        Ok(link)
    }

    /// The later records of a chain.
    fn follow<S: StatusRecord>(
        self,
        chain: &mut Chain<S>,
        link: &Link,
        later: &[Kept<S>],
    ) -> Result<(), JournalFault> {
        for kept in later {
            let next = self.next(chain, link, kept.0.open()?)?;
            chain.push(&next);
        }
        Ok(())
    }

    fn mailbox_again(self, link: &Link, kept: MailboxWire) -> Result<Mailbox, JournalFault> {
        let mut mailbox = Mailbox::default();
        for record in &kept.subscriptions {
            mailbox.subscribed(self.subscription(link, &record.0)?);
        }
        if let Some(id) = &kept.confirmed {
            mailbox.confirmed(id);
        }
        for received in kept.history {
            let (at, told) = match received {
                ReceivedWire::Signed { at, record, key } => {
                    let record = self.notification(link, &record.0, &key)?;
                    (at, Told::Signed(record))
                }
                ReceivedWire::Encrypted { at, jwe } => (at, Told::Encrypted(jwe)),
            };
            mailbox.received(at, told);
        }
        Ok(mailbox)
    }

    fn consent_again(self, kept: ConsentWire) -> Result<Consent, JournalFault> {
        let (record, link) = match &kept.record {
            GivenWire::Single(record) => {
                let (record, link) = self.consent(&record.0)?;
                (AnyConsent::Single(record), link)
            }
            GivenWire::Source(record) => {
                let (record, link) = self.consent(&record.0)?;
                (AnyConsent::Source(record), link)
            }
            GivenWire::Sink(record) => {
                let (record, link) = self.consent(&record.0)?;
                (AnyConsent::Sink(record), link)
            }
        };
        let (first, later) = known(kept.chain.split_first())?;
        let mut chain = self.first_of_consent(&first.0, record.terms())?;
        self.follow(&mut chain, link, later)?;
        // What is kept of a pause is kept as long as there is one.
        demand(kept.pause.is_some() == chain.paused_by().is_some())?;
        let mut consent = Consent {
            record,
            chain,
            pause: kept.pause.map(|pause| {
                Box::new(Pause {
                    by: pause.by,
                    reason: pause.reason,
                    mirrored: pause.mirrored,
                })
            }),
            token: None,
        };
        if let Some(Kept(token)) = kept.token {
            consent.token = Some(Box::new(self.token_again(&consent, token)?));
        }
        Ok(consent)
    }

    fn token_again(
        self,
        consent: &Consent,
        sealed: Sealed<Token>,
    ) -> Result<IssuedToken, JournalFault> {
        let token = self.token(consent, sealed.open()?)?;
        Ok(IssuedToken {
            iat: token.iat(),
            exp: token.exp(),
            token: sealed,
        })
    }

    fn objection_again(self, kept: &ObjectionWire) -> Result<Objection, JournalFault> {
        let request = self.objection(self.link(&kept.link)?, &kept.request.0)?;
        let mut objection = Objection::new(kept.link.clone(), request);
        for answer in &kept.responses {
            let opened = answer.record.0.open()?;
            let record = self.response(&objection, opened, &answer.key)?;
            objection.answered(record);
        }
        Ok(objection)
    }
}

impl ProposalWire {
    fn shown(self) -> Result<(ResourceUrl, Shown), JournalFault> {
        let shown = Shown::again(self.hash, self.language, self.at, self.rests_on)?;
        Ok((self.url, shown))
    }
}

impl ContractWire {
    fn contract(self) -> Result<Contract, JournalFault> {
        let mut versions = self.versions.into_iter();
        let first = known(versions.next())?;
        let key = (first.service_id.clone(), first.filing.id.clone());
        let mut contract = Contract::new(first);
        for entry in versions {
            demand((&entry.service_id, &entry.filing.id) == (&key.0, &key.1))?;
            contract.supersede(entry);
        }
        if let Some(at) = self.ended {
            contract.end(at);
        }
        Ok(contract)
    }
}
