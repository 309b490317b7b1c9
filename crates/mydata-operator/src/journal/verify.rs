//! Believing what was kept, by the keys that the account has bound: for entries and snapshots alike.

use super::{JournalFault, JournalRefusal};
use crate::account::{Account, Consent, Link};
use crate::linking::{Linking, Offer};
use crate::objection::Objection;
use mydata_core::crypto::Crypto;
use mydata_core::id::{LinkId, SurrogateId};
use mydata_core::jwk::PublicKey;
use mydata_core::jws::{Payload, Sealed, Unverified, Verified};
use mydata_core::party::{Party, PartyKeys};
use mydata_record::chain::{Chain, Next, StatusRecord};
use mydata_record::consent::{AnyConsent, Consent as _, ConsentStatus, Terms};
use mydata_record::link::{LinkProposal, LinkRecord, LinkStatus};
use mydata_record::notification::{Notification, Subscription};
use mydata_record::objection::{ObjectionRequest, ObjectionResponse};
use mydata_token::claims::Token;

/// Whatever is kept must fit what is there.
pub(super) fn demand(is_so: bool) -> Result<(), JournalRefusal> {
    if is_so {
        Ok(())
    } else {
        Err(JournalRefusal::Mismatch)
    }
}

/// What the account must have for what is kept to be about it.
pub(super) fn known<T>(found: Option<T>) -> Result<T, JournalRefusal> {
    found.ok_or(JournalRefusal::Mismatch)
}

/// Reads records against an account.
#[derive(Clone, Copy)]
pub(super) struct Judge<'a> {
    pub(super) account: &'a Account,
    pub(super) crypto: &'a dyn Crypto,
}

impl<'a> Judge<'a> {
    fn believe<T: Payload>(
        self,
        opened: Unverified<T>,
        keys: &PartyKeys<'_>,
    ) -> Result<Verified<T>, JournalFault> {
        Ok(opened.verify(self.crypto, keys)?)
    }

    fn owner(self) -> PartyKeys<'a> {
        self.account.party_keys(None)
    }

    /// A record that the owner alone signs.
    fn by_owner<T: Payload>(self, sealed: &Sealed<T>) -> Result<Verified<T>, JournalFault> {
        self.believe(sealed.open()?, &self.owner())
    }

    /// A record of a service, which signed it with a key that is kept beside it.
    fn by_service<T: Payload>(
        self,
        opened: Unverified<T>,
        key: &PublicKey,
    ) -> Result<Verified<T>, JournalFault> {
        let keys = PartyKeys::none().with_key(Party::Service, key);
        self.believe(opened, &keys)
    }

    pub(super) fn link(self, id: &LinkId) -> Result<&'a Link, JournalRefusal> {
        known(self.account.link(id))
    }

    pub(super) fn proposed(
        self,
        linking: &Linking,
        offer: &Offer,
        sealed: &Sealed<LinkProposal>,
    ) -> Result<Verified<LinkProposal>, JournalFault> {
        let record = self.by_owner(sealed)?;
        demand(self.is_of(linking, offer, &record.0))?;
        Ok(record)
    }

    pub(super) fn countersigned(
        self,
        linking: &Linking,
        offer: &Offer,
        sealed: &Sealed<LinkRecord>,
    ) -> Result<Verified<LinkRecord>, JournalFault> {
        let keys = self.owner().with(Party::Service, &linking.service_keys);
        let record = self.believe(sealed.open()?, &keys)?;
        demand(self.is_of(linking, offer, &record))?;
        Ok(record)
    }

    /// Whether a link record is that of a linking.
    fn is_of(self, linking: &Linking, offer: &Offer, record: &LinkRecord) -> bool {
        record.link_id == offer.link_id
            && record.surrogate_id == offer.surrogate_id
            && record.service_id == linking.service_id
            && record.service_description_version == linking.description_version
            && record.cr_keys == *self.account.owner_keys()
    }

    /// The record of a link that was made before; the linking, with the service's keys, is gone.
    pub(super) fn linked(
        self,
        sealed: &Sealed<LinkRecord>,
        service_key: &PublicKey,
    ) -> Result<Verified<LinkRecord>, JournalFault> {
        let keys = self.owner().with_key(Party::Service, service_key);
        let record = self.believe(sealed.open()?, &keys)?;
        demand(record.cr_keys == *self.account.owner_keys())?;
        Ok(record)
    }

    pub(super) fn first_of_link(
        self,
        sealed: &Sealed<LinkStatus>,
        link_id: &LinkId,
        surrogate: &SurrogateId,
    ) -> Result<Chain<LinkStatus>, JournalFault> {
        Ok(Chain::begin(self.by_owner(sealed)?, link_id, surrogate)?)
    }

    /// The status of a link or a consent after those of its chain: the owner's, or the operator's
    /// with the key that the link record names.
    pub(super) fn next<S: StatusRecord>(
        self,
        chain: &Chain<S>,
        link: &Link,
        opened: Unverified<S>,
    ) -> Result<Next<S>, JournalFault> {
        let keys = self.owner();
        let keys = keys.with_key(Party::Operator, &link.record.operator_key);
        Ok(chain.check(self.believe(opened, &keys)?, self.crypto)?)
    }

    /// A consent under a link of the account.
    pub(super) fn consent<C: mydata_record::consent::Consent>(
        self,
        sealed: &Sealed<C>,
    ) -> Result<(Verified<C>, &'a Link), JournalFault> {
        let record = self.by_owner(sealed)?;
        let terms = record.terms();
        let link = self.link(&terms.slr_id)?;
        let is_of = link.record.service_id == terms.subject_id
            && link.record.surrogate_id == terms.surrogate_id
            && link.record.operator_id == terms.operator;
        demand(is_of)?;
        Ok((record, link))
    }

    pub(super) fn first_of_consent(
        self,
        sealed: &Sealed<ConsentStatus>,
        terms: &Terms,
    ) -> Result<Chain<ConsentStatus>, JournalFault> {
        let first = self.by_owner(sealed)?;
        Ok(Chain::begin(first, &terms.cr_id, &terms.surrogate_id)?)
    }

    /// A token on a source's consent, with the key that the consent names.
    pub(super) fn token(
        self,
        consent: &Consent,
        opened: Unverified<Token>,
    ) -> Result<Verified<Token>, JournalFault> {
        let AnyConsent::Source(record) = &consent.record else {
            return Err(JournalRefusal::Mismatch.into());
        };
        let keys = PartyKeys::none().with_key(Party::Operator, record.token_issuer_key());
        let token = self.believe(opened, &keys)?;
        demand(*token.consent() == record.terms().cr_id)?;
        Ok(token)
    }

    pub(super) fn subscription(
        self,
        link: &Link,
        sealed: &Sealed<Subscription>,
    ) -> Result<Verified<Subscription>, JournalFault> {
        let record = self.by_owner(sealed)?;
        demand(*record.surrogate_id() == link.record.surrogate_id)?;
        Ok(record)
    }

    pub(super) fn notification(
        self,
        link: &Link,
        sealed: &Sealed<Notification>,
        key: &PublicKey,
    ) -> Result<Verified<Notification>, JournalFault> {
        let record = self.by_service(sealed.open()?, key)?;
        let is_of = *record.service_id() == link.record.service_id
            && *record.surrogate_id() == link.record.surrogate_id;
        demand(is_of)?;
        Ok(record)
    }

    pub(super) fn objection(
        self,
        link: &Link,
        sealed: &Sealed<ObjectionRequest>,
    ) -> Result<Verified<ObjectionRequest>, JournalFault> {
        let record = self.by_owner(sealed)?;
        demand(*record.surrogate_id() == link.record.surrogate_id)?;
        Ok(record)
    }

    /// An answer that takes back nothing of the answers before it.
    pub(super) fn response(
        self,
        objection: &Objection,
        opened: Unverified<ObjectionResponse>,
        key: &PublicKey,
    ) -> Result<Verified<ObjectionResponse>, JournalFault> {
        let record = self.by_service(opened, key)?;
        let link = self.link(objection.link_id())?;
        let is_of = *record.service_id() == link.record.service_id
            && record.answers(objection.request())
            && record.after(objection.states()).is_some();
        demand(is_of)?;
        Ok(record)
    }
}
