//! Consents and their status, as they arrive.

use crate::effect::{Effect, Installed};
use crate::holding::{HeldConsent, Service};
use crate::known::Setting;
use crate::refusal::{Refusal, ServiceRefusal};
use mydata_core::id::ConsentId;
use mydata_core::jws::{Sealed, Verified};
use mydata_core::time::Timestamp;
use mydata_record::chain::{Chain, ChainRefusal};
use mydata_record::consent::{
    AnyConsent, Consent, ConsentState, ConsentStatus, SingleConsent, SinkConsent, SourceConsent,
};
use mydata_record::message::{ConsentDelivery, StatusQuery, StatusReply};
use mydata_record::standing::Bar;

/// A consent record that a service can be given.
pub(crate) trait Installable: Consent<Hint = mydata_core::id::LinkId> + Sized {
    fn any(record: Verified<Self>) -> AnyConsent;
}

impl Installable for SingleConsent {
    fn any(record: Verified<Self>) -> AnyConsent {
        AnyConsent::Single(record)
    }
}

impl Installable for SourceConsent {
    fn any(record: Verified<Self>) -> AnyConsent {
        AnyConsent::Source(record)
    }
}

impl Installable for SinkConsent {
    fn any(record: Verified<Self>) -> AnyConsent {
        AnyConsent::Sink(record)
    }
}

impl Service {
    /// The four steps of Consenting 2.0 §2.5: issued by an authorised party, not corrupted, well
    /// formed, with a verified status (CN-31 to CN-36). All of them, or nothing is stored.
    pub(crate) fn install_consent<C: Installable>(
        &mut self,
        delivery: &ConsentDelivery<C>,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        let unverified = delivery.cr.open()?;
        let link = self.link_with(unverified.hint(), setting.from)?;
        let record = unverified.verify(setting.crypto, &link.party_keys())?;
        let terms = record.terms();
        if terms.subject_id != self.id {
            return Err(ServiceRefusal::ServiceOther.into());
        }
        if terms.operator != *setting.from {
            return Err(ServiceRefusal::OperatorOther.into());
        }
        if terms.surrogate_id != link.record.surrogate_id {
            return Err(ServiceRefusal::ConsentNotOfLink.into());
        }
        let status = delivery.csr.open()?;
        let status = status.verify(setting.crypto, &link.party_keys())?;
        if let Some(held) = self.consents.get(&terms.cr_id) {
            let same = held.record == C::any(record.clone())
                && held.chain.iter().any(|known| *known == status);
            return if same {
                Ok(Installed::Already)
            } else {
                Err(ServiceRefusal::HeldConsentDiffers.into())
            };
        }
        if !link.is_active() {
            return Err(Bar::LinkRemoved.into());
        }
        let chain = Chain::begin(status, &terms.cr_id, &terms.surrogate_id)?;
        let cr_id = terms.cr_id.clone();
        let held = HeldConsent {
            record: C::any(record),
            chain,
            in_doubt: false,
        };
        self.consents.insert(cr_id.clone(), held);
        Ok(Installed::New(vec![Effect::Consented { cr_id }]))
    }

    /// A new status. What cannot be verified, or does not follow, is not installed; it leaves the
    /// consent in doubt, so that nothing is processed until the operator has been asked (CN-29,
    /// CN-30). Only the operator of the link can bring that about.
    pub(crate) fn install_status(
        &mut self,
        sealed: &Sealed<ConsentStatus>,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        let unverified = sealed.open()?;
        let cr_id = unverified.hint().clone();
        let consent = self.consents.get(&cr_id);
        let consent = consent.ok_or(ServiceRefusal::HeldConsentUnknown)?;
        let link = self.link_with(&consent.record.terms().slr_id, setting.from)?;
        let checked = unverified
            .verify(setting.crypto, &link.party_keys())
            .map_err(Refusal::from)
            .and_then(|status| Ok(consent.chain.check(status, setting.crypto)?));
        let (before, held) = match (consent.chain.state(), self.consents.get_mut(&cr_id)) {
            (before, Some(held)) => (before, held),
            (_, None) => return Err(ServiceRefusal::HeldConsentUnknown.into()),
        };
        match checked {
            Ok(next) => {
                held.chain.push(&next);
                let state = held.chain.state();
                Ok(Installed::New(changed(&cr_id, before, state)))
            }
            Err(Refusal::Chain(ChainRefusal::Repeated)) => Ok(Installed::Already),
            Err(refusal) => {
                held.in_doubt = true;
                Err(refusal)
            }
        }
    }

    /// What to ask the operators: one query for each consent in doubt (CN-30).
    pub fn doubts(&self) -> impl Iterator<Item = Effect> + '_ {
        let doubtful = self.consents.iter().filter(|(_, consent)| consent.in_doubt);
        doubtful.map(|(cr_id, consent)| Effect::AskStatus {
            operator: consent.record.terms().operator.clone(),
            query: query(cr_id, consent),
        })
    }

    /// What to ask the operator about one consent, by policy or before something important (CN-41,
    /// DT-28).
    ///
    /// # Errors
    /// [`ServiceRefusal::HeldConsentUnknown`].
    pub fn status_query(&self, cr_id: &ConsentId) -> Result<StatusQuery, Refusal> {
        let consent = self.consents.get(cr_id);
        Ok(query(
            cr_id,
            consent.ok_or(ServiceRefusal::HeldConsentUnknown)?,
        ))
    }

    /// Takes the operator's answer to a query: installs what was missing, in order, and ends the
    /// doubt when nothing is missing any more.
    ///
    /// # Errors
    /// [`Refusal`]; nothing is installed then, and the doubt stays.
    pub fn catch_up(
        &mut self,
        reply: &StatusReply,
        setting: Setting<'_>,
    ) -> Result<Installed, Refusal> {
        let consent = self.consents.get(&reply.cr_id);
        let consent = consent.ok_or(ServiceRefusal::HeldConsentUnknown)?;
        let link = self.link_with(&consent.record.terms().slr_id, setting.from)?;
        let before = consent.chain.state();
        let mut chain = consent.chain.clone();
        for sealed in &reply.missing {
            let status = sealed.open()?.verify(setting.crypto, &link.party_keys())?;
            match chain.append(status, setting.crypto) {
                Ok(()) | Err(ChainRefusal::Repeated) => {}
                Err(refusal) => return Err(refusal.into()),
            }
        }
        // The newest record must be the one that the operator names, or something is still missing.
        if chain.latest().record_id != reply.csr_id {
            return Err(ChainRefusal::Gap.into());
        }
        let state = chain.state();
        let mut effects = changed(&reply.cr_id, before, state);
        let mut is_new = chain != consent.chain;
        if let Some(held) = self.consents.get_mut(&reply.cr_id) {
            if held.in_doubt && state == ConsentState::Active && effects.is_empty() {
                effects.push(Effect::Resume {
                    cr_id: reply.cr_id.clone(),
                });
            }
            is_new |= held.in_doubt;
            held.chain = chain;
            held.in_doubt = false;
        }
        Ok(if is_new {
            Installed::New(effects)
        } else {
            Installed::Already
        })
    }

    /// Consents that stand at `now`.
    pub fn standing_consents(&self, now: Timestamp) -> impl Iterator<Item = &ConsentId> {
        let standing = self
            .consents
            .iter()
            .filter(move |(_, consent)| self.standing_of(consent, now).permit().is_ok());
        standing.map(|(cr_id, _)| cr_id)
    }
}

fn query(cr_id: &ConsentId, consent: &HeldConsent) -> StatusQuery {
    StatusQuery {
        cr_id: cr_id.clone(),
        since: Some(consent.chain.latest().record_id.clone()),
    }
}

/// What a change of state asks of the program.
fn changed(cr_id: &ConsentId, before: ConsentState, after: ConsentState) -> Vec<Effect> {
    let cr_id = cr_id.clone();
    match (before, after) {
        (ConsentState::Active, ConsentState::Disabled | ConsentState::Withdrawn) => {
            vec![Effect::Stop { cr_id }]
        }
        (ConsentState::Disabled, ConsentState::Active) => vec![Effect::Resume { cr_id }],
        (ConsentState::Active, ConsentState::Active)
        | (ConsentState::Disabled, ConsentState::Disabled | ConsentState::Withdrawn)
        | (ConsentState::Withdrawn, _) => Vec::new(),
    }
}
