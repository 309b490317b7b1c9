//! The operator's desk for receipts: its own key, the city's register, and its record of how each
//! consent was given.

use super::OperatorParty;
use crate::post::Refused;
use mydata::account::Decided;
use mydata::core::crypto::{Random as _, Signer as _};
use mydata::core::id::{ConsentId, DescriptionVersion, PurposeId, ServiceId};
use mydata::core::jwk::KeySet;
use mydata::core::jws::{Sealed, Unsigned};
use mydata::core::lang::Language;
use mydata::core::time::Timestamp;
use mydata::keys::{PrivateKey, Ring, SystemRandom};
use mydata::receipt::Receipt;
use mydata::receipt::city::City;
use mydata::receipt::issue::{self, ConsentFacts, Lacks, NoticeFacts};
use mydata::receipt::receipt::{Ceremony, ReceiptId};
use mydata::receipt::signed::{Evidence, SignedReceipt};
use mydata::record::description::{CheckedOperator, ServiceDescription};
use std::error::Error;

/// The desk.
#[derive(Debug)]
pub struct ReceiptDesk {
    /// The operator as it describes itself.
    pub operator: CheckedOperator,
    /// The city's register.
    pub city: City,
    /// The key of receipts; it signs nothing else.
    pub key: PrivateKey,
    random: SystemRandom,
}

impl ReceiptDesk {
    /// A desk with a key of its own.
    #[must_use]
    pub fn new(operator: CheckedOperator, city: City, key: PrivateKey) -> Self {
        Self {
            operator,
            city,
            key,
            random: SystemRandom::new(),
        }
    }

    /// The keys with which its receipts are verified: published, and kept by whoever keeps receipts.
    #[must_use]
    pub fn keys(&self) -> KeySet {
        KeySet::from(self.key.public().clone())
    }

    fn receipt_id(&mut self) -> Result<ReceiptId, Box<dyn Error>> {
        Ok(ReceiptId::from_random(self.random.bits128()?))
    }

    /// The receipt of a decision as of now, not signed yet; or everything that is missing for it.
    ///
    /// # Errors
    /// When the account has no such consent.
    pub fn receipt(
        &mut self,
        operator: &OperatorParty,
        cr_id: &ConsentId,
        ceremony: &Ceremony,
        now: Timestamp,
    ) -> Result<Result<Receipt, Lacks>, Box<dyn Error>> {
        let decided = Decided::find(&operator.account, cr_id).ok_or("no such consent")?;
        let services = operator.services();
        let described =
            |id: &ServiceId, version: &DescriptionVersion| services.described(id, version);
        let facts = ConsentFacts {
            receipt_id: self.receipt_id()?,
            now,
            operator: &self.operator,
            city: &self.city,
            decision: decided
                .decision(&described)
                .ok_or("a description is lost")?,
            shown: decided.shown().ok_or("the form is not archived")?,
            ceremony,
            causes: &decided.causes(&operator.log, ceremony),
            replaces: None,
        };
        Ok(issue::of_consent(&facts, &Ring))
    }

    /// The receipt of a decision, signed, with the records in it.
    ///
    /// # Errors
    /// When anything is missing.
    pub fn signed(
        &mut self,
        operator: &OperatorParty,
        cr_id: &ConsentId,
        ceremony: &Ceremony,
        now: Timestamp,
    ) -> Result<Sealed<SignedReceipt>, Box<dyn Error>> {
        let receipt = self.receipt(operator, cr_id, ceremony, now)??;
        let decided = Decided::find(&operator.account, cr_id).ok_or("no such consent")?;
        let evidence = decided
            .evidence(&operator.log, &Ring)
            .ok_or("a record is lost")?;
        self.sign(receipt, evidence)
    }

    /// The receipt of processing that rests on no consent, signed.
    ///
    /// # Errors
    /// When anything is missing.
    pub fn notice(
        &mut self,
        operator: &OperatorParty,
        (source, sink): (Option<&ServiceId>, &ServiceId),
        purpose: &PurposeId,
        (language, now): (Language, Timestamp),
    ) -> Result<Sealed<SignedReceipt>, Box<dyn Error>> {
        let of = |id: &ServiceId| -> Result<_, Refused> {
            let (_, link) = operator.account.active_link(id).ok_or_else(not_linked)?;
            let description = operator.services().present(id)?;
            Ok((description, &link.record.surrogate_id))
        };
        let facts = NoticeFacts {
            receipt_id: self.receipt_id()?,
            now,
            operator: &self.operator,
            city: &self.city,
            sink: of(sink)?,
            source: source.map(of).transpose()?,
            purposes: std::slice::from_ref(purpose),
            told_at: now,
            language,
        };
        let receipt = issue::of_notice(&facts)?;
        self.sign(receipt, Evidence::None {})
    }

    /// Signs whatever it is given: an operator could. That is why a reader holds the receipt against
    /// the records.
    ///
    /// # Errors
    /// When the key cannot be used.
    pub fn sign(
        &self,
        receipt: Receipt,
        evidence: Evidence,
    ) -> Result<Sealed<SignedReceipt>, Box<dyn Error>> {
        let payload = SignedReceipt { receipt, evidence };
        Ok(Unsigned::new(payload).sign(&self.key)?.seal())
    }
}

fn not_linked() -> Refused {
    Refused::new("not_linked", "nobody is known there")
}

impl OperatorParty {
    /// The consents of the account, the newest last: what a page of consents lists.
    #[must_use]
    pub fn sink_consents(&self) -> Vec<ConsentId> {
        let all = self.account.consents();
        let sinks = all.filter(|(_, consent)| consent.source().is_some());
        let mut found: Vec<_> = sinks
            .map(|(id, consent)| (consent.terms().iat, id.clone()))
            .collect();
        found.sort();
        found.into_iter().map(|(_, id)| id).collect()
    }
}

impl super::Services {
    /// The description of a service at a version that a record names.
    #[must_use]
    pub fn described(
        &self,
        id: &ServiceId,
        version: &DescriptionVersion,
    ) -> Option<&ServiceDescription> {
        let edition = self.registry.service(id)?.edition(version)?;
        Some(edition.description.description())
    }

    /// The description of a service in force.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn present(&self, id: &ServiceId) -> Result<&ServiceDescription, Refused> {
        let found = self
            .registry
            .service(id)
            .and_then(|entry| entry.description());
        found.ok_or_else(|| Refused::new("service_undescribed", "not yet"))
    }
}
