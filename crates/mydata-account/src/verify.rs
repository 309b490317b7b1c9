//! Believing an export: every record is verified again, and every chain built again.

use crate::carried::{Carried, CarriedConsent, CarriedLink};
use crate::correspondence;
use crate::export::{AnyRecord, ConsentItem, Export, ExportRefusal, LinkItem};
use mydata_core::crypto::Crypto;
use mydata_core::id::ServiceId;
use mydata_core::json::JsonFault;
use mydata_core::jwk::{KeyHistory, KeySet};
use mydata_core::jws::{JwsFault, JwsRefusal, Payload, Sealed, Verified};
use mydata_core::party::{Party, PartyKeys};
use mydata_record::chain::{Chain, ChainRefusal};
use mydata_record::consent::{AnyConsent, SingleConsent, SinkConsent, SourceConsent};
use std::fmt;

/// Whom to believe. None of it comes from the export.
#[derive(Clone, Copy)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a struct literal is the way to make one"
)]
pub struct Trust<'a> {
    /// The keys that the person has shown to hold.
    pub owner: &'a KeySet,
    /// The signature keys of a service, of whatever time, from a registry.
    pub service: &'a dyn Fn(&ServiceId) -> Option<KeyHistory>,
    /// Verifies and hashes.
    pub crypto: &'a dyn Crypto,
}

impl fmt::Debug for Trust<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("owner", self.owner)
            .finish_non_exhaustive()
    }
}

/// Why an export is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportFault {
    /// It is not the JSON of an export.
    #[error("{0}")]
    Json(JsonFault),
    /// A record does not verify.
    #[error("{0}")]
    Record(JwsFault),
    /// A status is not the next one of its chain.
    #[error("{0}")]
    Chain(ChainRefusal),
    /// The parts do not belong together.
    #[error("{0}")]
    Rule(ExportRefusal),
}

impl ExportFault {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Json(fault) => fault.code(),
            Self::Record(fault) => fault.code(),
            Self::Chain(refusal) => refusal.code(),
            Self::Rule(refusal) => refusal.code(),
        }
    }
}

mydata_core::wraps!(ExportFault {
    Json(JsonFault),
    Record(JwsFault),
    Chain(ChainRefusal),
    Rule(ExportRefusal),
});

impl Export {
    /// Verifies every record with keys that the reader has bound itself, and builds every chain
    /// again: all of it, or nothing. What nobody has signed (the person's details, the log, the
    /// contracts and the times at which notifications came) is the exporting operator's word, and what
    /// is encrypted for the person stands there unread.
    ///
    /// # Errors
    /// [`ExportFault`].
    //= AC-08
    pub fn verify(&self, trust: &Trust<'_>) -> Result<Carried, ExportFault> {
        let attributes = &self.attributes;
        let extension = &attributes.x_mydata;
        if extension.owner_keys != *trust.owner {
            return Err(ExportRefusal::OwnerKeysOther.into());
        }
        for proposal in &extension.proposals {
            proposal.check(trust.crypto)?;
        }
        let mut links = Vec::with_capacity(attributes.service_links.len());
        for item in &attributes.service_links {
            let link = link(item, trust)?;
            if link.record.operator_id != extension.operator_id {
                return Err(ExportRefusal::OperatorOther.into());
            }
            links.push(link);
        }
        correspondence::check(extension, &links, trust)?;
        let info = attributes.account_info.first();
        Ok(Carried {
            operator: extension.operator_id.clone(),
            username: extension.username.clone(),
            identities: extension.identities.clone(),
            info: info.map(|item| item.attributes.clone()),
            owner_keys: extension.owner_keys.clone(),
            links,
        })
    }
}

fn link(item: &LinkItem, trust: &Trust<'_>) -> Result<CarriedLink, ExportFault> {
    let unverified = item.attributes.open()?;
    let service = (trust.service)(&unverified.hint().service_id);
    let service = service.ok_or(ExportRefusal::ServiceUnknown)?;
    let keys = PartyKeys::none()
        .with(Party::Owner, trust.owner)
        .with_history(Party::Service, &service);
    let record = unverified.verify(trust.crypto, &keys)?;
    if record.link_id != item.id {
        return Err(ExportRefusal::IdMismatch.into());
    }
    // From here on the keys that owner and service have signed into the link hold.
    let operator = KeySet::from(record.operator_key.clone());
    let keys = PartyKeys::none()
        .with(Party::Owner, &record.cr_keys)
        .with(Party::Operator, &operator);
    let mut chain = None;
    for status in &item.status_records {
        let next = status.attributes.open()?.verify(trust.crypto, &keys)?;
        if next.record_id != status.id {
            return Err(ExportRefusal::IdMismatch.into());
        }
        let about = (&record.link_id, &record.surrogate_id);
        extend(&mut chain, next, about, trust)?;
    }
    let consents = item.consent_records.iter();
    let consents = consents.map(|item| consent(item, &record.link_id, &keys, trust));
    let consents = consents.collect::<Result<Vec<_>, _>>()?;
    Ok(CarriedLink {
        chain: chain.ok_or(ExportRefusal::StatusMissing)?,
        pop_key: item.x_mydata.as_ref().map(|own| own.pop_key.clone()),
        consents,
        record,
    })
}

fn consent(
    item: &ConsentItem,
    link: &mydata_core::id::LinkId,
    keys: &PartyKeys<'_>,
    trust: &Trust<'_>,
) -> Result<CarriedConsent, ExportFault> {
    let record = any_consent(&item.attributes, keys, trust.crypto)?;
    let terms = record.terms();
    if terms.cr_id != item.id {
        return Err(ExportRefusal::IdMismatch.into());
    }
    if terms.slr_id != *link {
        return Err(ExportRefusal::LinkMismatch.into());
    }
    let mut chain = None;
    for status in &item.status_records {
        let next = status.attributes.open()?.verify(trust.crypto, keys)?;
        if next.record_id != status.id {
            return Err(ExportRefusal::IdMismatch.into());
        }
        extend(&mut chain, next, (&terms.cr_id, &terms.surrogate_id), trust)?;
    }
    let chain = chain.ok_or(ExportRefusal::StatusMissing)?;
    Ok(CarriedConsent { record, chain })
}

fn extend<S: mydata_record::chain::StatusRecord>(
    chain: &mut Option<Chain<S>>,
    next: Verified<S>,
    (subject, surrogate): (&S::Subject, &mydata_core::id::SurrogateId),
    trust: &Trust<'_>,
) -> Result<(), ChainRefusal> {
    match chain {
        Some(chain) => chain.append(next, trust.crypto),
        None => {
            *chain = Some(Chain::begin(next, subject, surrogate)?);
            Ok(())
        }
    }
}

/// The consent that the octets are: their `typ` says which of the three.
fn any_consent(
    sealed: &Sealed<AnyRecord>,
    keys: &PartyKeys<'_>,
    crypto: &dyn Crypto,
) -> Result<AnyConsent, JwsFault> {
    if let Some(record) = of_kind::<SourceConsent>(sealed, keys, crypto)? {
        return Ok(AnyConsent::Source(record));
    }
    if let Some(record) = of_kind::<SinkConsent>(sealed, keys, crypto)? {
        return Ok(AnyConsent::Sink(record));
    }
    let record = of_kind::<SingleConsent>(sealed, keys, crypto)?;
    Ok(AnyConsent::Single(record.ok_or(JwsRefusal::TypMismatch)?))
}

fn of_kind<T: Payload>(
    sealed: &Sealed<AnyRecord>,
    keys: &PartyKeys<'_>,
    crypto: &dyn Crypto,
) -> Result<Option<Verified<T>>, JwsFault> {
    match sealed.renamed::<T>().open() {
        Ok(unverified) => unverified.verify(crypto, keys).map(Some),
        Err(JwsFault::Envelope(JwsRefusal::TypMismatch)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

mydata_core::coded!(ref ExportFault);
